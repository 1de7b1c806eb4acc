"""Tools that made parts of the tables once; nothing here runs when the product does."""
