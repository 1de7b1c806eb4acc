"""How Jiesu leaves one machine: a cluster without containers, and the files for containers and services."""
