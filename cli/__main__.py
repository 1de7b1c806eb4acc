"""`python -m cli` is the command `jiesu`."""

from cli.main import main

main()
