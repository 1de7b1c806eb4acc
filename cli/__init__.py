"""The command line `jiesu`: `main`, and one file for each command."""
