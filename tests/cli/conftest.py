"""Fixtures of the rules and of the database, for the commands on them."""

from tests.activities.conftest import database
from tests.rules.conftest import little

__all__ = ["database", "little"]
