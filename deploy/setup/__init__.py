"""What stands behind `make setup` when it fails, and what tries it with every Python of a machine."""
