"""A city's day as load: `python -m bench city`."""
