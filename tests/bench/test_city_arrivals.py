"""The load of a city's day: its curve, when contacts come in, and what they are about."""

from collections import Counter
from itertools import islice, pairwise
from pathlib import Path
from random import Random
from statistics import mean

import pytest

from activities.rulebook import Rulebook
from bench.city.arrivals import MINUTE, arrivals, minute
from bench.city.contacts import Contact, contacts
from bench.city.facts import beijing
from clock import utc_now
from domain.vocabulary import Channel, RequestType

DAY = beijing()
TEN_TIMES = DAY.rate(None, 10)


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> list[Contact]:
    """Two thousand contacts of one day."""
    folder: Path = tmp_path_factory.mktemp("data")
    return list(islice(contacts(DAY, Rulebook("beijing", folder), 7, utc_now), 2000))


def test_the_hours_are_the_whole_day() -> None:
    """A hundred per cent, seventy thousand contacts, most of them in the morning."""
    assert sum(DAY.hours) == pytest.approx(100)
    assert sum(3600 * DAY.rate(hour, 1) for hour in range(24)) == pytest.approx(70_000)
    assert DAY.peak == 10
    assert DAY.rate(DAY.peak, 3) == pytest.approx(3 * 70_000 * 0.093 / 3600)


def test_ten_times_the_mean_hour_is_eight_contacts_a_second() -> None:
    """The hour that the goal speaks of."""
    assert pytest.approx(8.1, abs=0.01) == TEN_TIMES


def test_more_than_half_of_a_day_has_called_by_three_in_the_afternoon() -> None:
    """As on the day of which the public figures tell."""
    assert 55 < sum(DAY.hours[:15]) < 59


@pytest.mark.parametrize("times", [1, 3, 10])
def test_a_minute_has_its_mean_with_a_burst_of_twenty_a_second(times: float) -> None:
    """What comes in a burst is missing outside of it."""
    rate = DAY.rate(None, times)
    now = minute(DAY, rate, Random(1))
    lasts = now.burst_until - now.burst_from
    assert now.burst == 20
    assert now.burst * lasts + now.usual * (MINUTE - lasts) == pytest.approx(rate * MINUTE)
    assert 0 <= now.burst_from < now.burst_until <= MINUTE


def test_above_the_rate_of_a_burst_there_is_none() -> None:
    """Twenty-five a second need no leap."""
    now = minute(DAY, 25.0, Random(1))
    assert {now.rate(second) for second in range(60)} == {25.0}


def test_arrivals_come_in_order_at_their_rate() -> None:
    """An hour of 8.1 a second is 29,167 contacts, give or take four deviations of a Poisson process."""
    found = list(arrivals(DAY, lambda _: TEN_TIMES, 3600, 1))
    assert all(one < other for one, other in pairwise(found))
    assert 0 <= found[0] < found[-1] < 3600
    assert abs(len(found) - 3600 * TEN_TIMES) < 4 * (3600 * TEN_TIMES) ** 0.5


def test_bursts_reach_twenty_a_second() -> None:
    """In the fullest second of most minutes far more come in than the mean."""
    by_second = Counter(int(at) for at in arrivals(DAY, lambda _: TEN_TIMES, 1200, 3))
    fullest = [max(by_second[60 * place + second] for second in range(60)) for place in range(20)]
    assert mean(fullest) > 20


def test_a_minute_that_is_cut_short_has_no_arrivals_beyond_its_end() -> None:
    """Ninety seconds are a minute and a half."""
    assert max(arrivals(DAY, lambda _: TEN_TIMES, 90, 1)) < 90


def test_the_rate_is_asked_for_minute_by_minute() -> None:
    """Nothing comes in an hour that has nothing."""
    found = list(arrivals(DAY, lambda second: 5.0 if second < 120 else 0.0, 600, 1))
    assert found
    assert max(found) < 120


def test_the_same_seed_gives_the_same_arrivals() -> None:
    """And another seed others."""
    one, same, other = (list(arrivals(DAY, lambda _: 5.0, 300, seed)) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_contacts_have_the_mix_of_the_day(some: list[Contact]) -> None:
    """Inquiries 58.5 %, the phone nine of ten, every district, and a fifth of the appeals repeated."""
    kinds = Counter(one.type for one in some)
    assert 0.54 < kinds[RequestType.INQUIRY] / len(some) < 0.63
    phone = sum(one.body["channel"] == Channel.PHONE for one in some)
    assert 0.88 < phone / len(some) < 0.95
    appeals = [one for one in some if one.type not in (RequestType.INQUIRY, RequestType.PRAISE)]
    assert 0.15 < sum(one.is_repeat for one in appeals) / len(appeals) < 0.25
    places = Counter(str(location(one)["district"]) for one in some)
    assert set(places) == set(DAY.districts.population)
    central = sum(places[code] for code in DAY.districts.central)
    assert 0.55 < central / len(some) < 0.65


def test_repeats_come_from_the_same_people_and_a_few_call_often(some: list[Contact]) -> None:
    """The same requester and matter in other words; somebody calls at least four times."""
    by_person = Counter(str(one.body["requester"]) for one in some)
    assert max(by_person.values()) >= 4
    again = next(one for one in some if one.is_repeat)
    first = next(one for one in some if one.body["requester"] == again.body["requester"])
    assert (first.category, location(first)) == (again.category, location(again))
    assert first.body["description"] != again.body["description"]


def test_the_same_seed_gives_the_same_contacts(tmp_path: Path, some: list[Contact]) -> None:
    """Whoever measures twice measures the same."""
    assert list(islice(contacts(DAY, Rulebook("beijing", tmp_path), 7, utc_now), 50)) == some[:50]


def location(contact: Contact) -> dict[str, object]:
    """Return where a contact's matter is."""
    found = contact.body["location"]
    assert isinstance(found, dict)
    return found
