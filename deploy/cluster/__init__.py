"""A real Temporal cluster and several processes of Jiesu on this machine, without containers."""
