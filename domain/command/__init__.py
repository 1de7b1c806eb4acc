"""What every command shares: its specification, who may give it, its fields."""
