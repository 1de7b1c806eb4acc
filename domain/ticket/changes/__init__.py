"""What each fact changes in the ticket's state: one file for each file of `domain/facts/`."""
