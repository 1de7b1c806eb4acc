"""The rules as data, one folder per edition, and the code that loads, checks and applies them."""
