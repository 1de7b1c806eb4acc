"""Fixtures of the rules, for the commands on them."""

from tests.rules.conftest import little

__all__ = ["little"]
