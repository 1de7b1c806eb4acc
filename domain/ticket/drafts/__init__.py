"""Who is notified of each fact: one file for each file of `domain/facts/`."""
