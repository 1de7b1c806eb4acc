"""Editions for the tests of the rules: the real one, its rehearsal, and a little one that tests may break."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.time.calendar import Calendar
from rules.calendars import calendar_for, calendar_settings
from rules.pack import RulePack
from rules.reading import load
from tests.rules.little_city import LittleEdition, build


@pytest.fixture
def little(tmp_path: Path) -> LittleEdition:
    """A little sound edition in a folder of its own."""
    return build(tmp_path / "rules")


@pytest.fixture(scope="session")
def beijing() -> RulePack:
    """The edition that comes with the product."""
    return load("beijing")


@pytest.fixture(scope="session")
def minutes() -> RulePack:
    """The rehearsal edition, an hour of which lasts a second."""
    return load("beijing-minutes")


@pytest.fixture(scope="session")
def china() -> Calendar:
    """The working calendar of Beijing."""
    return calendar_for(calendar_settings("beijing"))


@pytest.fixture(scope="session")
def noon() -> datetime:
    """A Monday noon in Beijing."""
    return datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
