"""Durations and instants as people speak them."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.time.limits import Basis, parse_limit
from domain.time.speech import spoken_deadline, spoken_duration, spoken_instant, spoken_limit

ZONE = "Asia/Shanghai"
AT = datetime(2026, 11, 30, 1, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "0秒", "0 seconds"),
        (168, "2分48秒", "2 minutes 48 seconds"),
        (900, "15分钟", "15 minutes"),
        (3600, "1小时", "1 hour"),
        (86400, "24小时", "24 hours"),
        (15 * 86400, "15天", "15 days"),
    ],
)
def test_a_duration_is_spoken(seconds: int, zh: str, en: str) -> None:
    """The minutes edition has limits of seconds."""
    assert spoken_duration(timedelta(seconds=seconds)) == (zh, en)


@pytest.mark.parametrize(
    ("text", "basis", "zh", "en"),
    [
        ("2h", Basis.NATURAL, "2小时", "2 hours"),
        ("1d", Basis.NATURAL, "1天", "1 day"),
        ("1d", Basis.WORKING, "1个工作日", "1 working day"),
        ("7d", Basis.WORKING, "7个工作日", "7 working days"),
    ],
)
def test_a_limit_is_spoken(text: str, basis: Basis, zh: str, en: str) -> None:
    """Working days are named as such."""
    assert spoken_limit(parse_limit(text, basis)) == (zh, en)


def test_an_instant_is_spoken() -> None:
    """The day is left out where it is plain, seconds where there are none; another year is said."""
    assert spoken_instant(AT, ZONE) == ("11月30日09:59", "30 Nov 09:59")
    assert spoken_instant(AT + timedelta(seconds=5), ZONE, same_day_as=AT) == ("09:59:05", "09:59:05")
    assert spoken_instant(AT, ZONE, same_day_as=AT - timedelta(days=1)) == ("11月30日09:59", "30 Nov 09:59")
    assert spoken_instant(AT, ZONE, year_of=AT) == ("11月30日09:59", "30 Nov 09:59")
    assert spoken_instant(AT + timedelta(days=60), ZONE, year_of=AT) == (
        "2027年1月29日09:59",
        "29 Jan 2027 09:59",
    )


def test_a_deadline_at_midnight_ends_its_day() -> None:
    """Who has until the end of the day is not given the date of the next one, nor its year."""
    midnight = datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert spoken_deadline(midnight, ZONE) == ("12月31日24:00", "31 Dec 24:00")
    assert spoken_deadline(midnight, ZONE, year_of=AT) == ("12月31日24:00", "31 Dec 24:00")
    assert spoken_deadline(midnight, ZONE, same_day_as=midnight - timedelta(hours=1)) == ("24:00", "24:00")
    assert spoken_deadline(AT, ZONE, same_day_as=AT) == ("09:59", "09:59")


def test_working_time_is_never_spoken_in_days() -> None:
    """Its days have eight hours, not twenty-four."""
    assert spoken_duration(timedelta(hours=48), Basis.WORKING) == ("48小时", "48 hours")
    assert spoken_limit(parse_limit("48h", Basis.WORKING)) == ("48小时", "48 hours")
    assert spoken_duration(timedelta(hours=71) - timedelta(milliseconds=1)) == ("71小时", "71 hours")
