"""The ticket from its event log: taking in, rebuilding, archiving."""
