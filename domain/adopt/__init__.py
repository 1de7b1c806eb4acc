"""Adopting another edition of the rules on a running ticket."""
