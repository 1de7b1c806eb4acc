"""Fixtures for what the doctor asks of servers that run."""

from tests.activities.conftest import database

__all__ = ["database"]
