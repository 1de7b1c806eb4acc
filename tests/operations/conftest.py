"""Fixtures for what operations do to a running installation."""

from tests.activities.conftest import engine

__all__ = ["engine"]
