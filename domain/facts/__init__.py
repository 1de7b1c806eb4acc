"""What can happen to a ticket: one value for each kind of fact."""
