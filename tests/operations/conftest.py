"""Fixtures for what operations do to a running installation."""

from tests.activities.conftest import database

__all__ = ["database"]
