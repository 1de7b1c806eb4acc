"""The ticket's state, how a fact changes it, and who is notified of a fact."""
