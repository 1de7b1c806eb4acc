"""Four tiers filed before National Day, counted in working time over the holidays and make-up workdays.

On a server of its own, so that the clock can stand at the end of September 2040: then Monday is the first of
October. The plan of that year is made up in the manner of the real ones: Monday 1 to Friday 5 October are
off, Sunday 30 September and Saturday 13 October are worked.
"""

from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime, timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.facts import main_line as f
from domain.time.calendar import Calendar
from domain.time.limits import Basis
from domain.vocabulary import ClockName, Status, Tier
from embedded import temporal
from tests import sample
from tests.workflows.city import BEIJING, City, city_of
from tests.workflows.conftest import register_search_attributes

PLAN = Calendar(
    name="2040",
    holidays=tuple(date(2040, 10, day) for day in range(1, 6)),
    workdays=(date(2040, 9, 30), date(2040, 10, 13)),
    known_until=date(2040, 12, 31),
)
FRIDAY_AFTERNOON = datetime(2040, 9, 28, 15, 30, tzinfo=BEIJING).astimezone(UTC)
"""Friday, 28 September 2040, half past three: offices close at six until Sunday's make-up workday."""


@pytest.fixture(scope="session")
async def autumn_server() -> AsyncGenerator[WorkflowEnvironment]:
    """A server of these tests alone, whose clock goes to the year 2040."""
    async with await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=str(temporal.program("temporal-test-server"))
    ) as environment:
        await register_search_attributes(environment)
        yield environment


@pytest.fixture
async def autumn(autumn_server: WorkflowEnvironment) -> AsyncGenerator[City]:
    """A city on Friday afternoon before National Day."""
    async with city_of(autumn_server) as city, city.worker():
        await city.comes_to(FRIDAY_AFTERNOON)
        yield city


def local(at: datetime) -> str:
    """Return weekday, date and time in Beijing, to the minute."""
    return f"{at.astimezone(BEIJING):%a %d %b %H:%M}"


async def test_four_tiers_over_the_national_day_week(autumn: City) -> None:
    """Each promise in words, and each kept to the minute: no clock runs out on a holiday.

    Two working hours from Friday 15:30 end on Friday at 17:30. Twenty-four of eight a day: what is left of
    Friday, Sunday's make-up workday, Monday the 8th, and the 9th until 15:30. Seven working days are
    counted from the day after filing: 30 September, 8 to 12 October, and Saturday the 13th, which is
    worked. Fifteen end on Wednesday the 24th.
    """
    promised = {
        Tier.TIER_1: "Fri 28 Sep 17:30",
        Tier.TIER_2: "Tue 09 Oct 15:30",
        Tier.TIER_3: "Sat 13 Oct 18:00",
        Tier.TIER_4: "Wed 24 Oct 18:00",
    }
    tickets = {}
    for tier in promised:
        terms = sample.terms(tier, basis=Basis.WORKING).model_copy(update={"calendar": PLAN})
        tickets[tier] = await autumn.files(with_terms=terms)
        await tickets[tier].comes_to(Status.AWAITING_SIGN)
        await tickets[tier].signs()
        await tickets[tier].reaches_requester()
    for tier, words in promised.items():
        limit = await tickets[tier].clock(ClockName.FEEDBACK_BY)
        assert local(limit.due_at) == words, tier
        await autumn.comes_to(limit.due_at - timedelta(seconds=1))
        assert not (await tickets[tier].status()).overdue
        await autumn.comes_to(limit.due_at + timedelta(seconds=1))
        await tickets[tier].shows(lambda view: view.overdue)
        facts = await tickets[tier].facts_of(f.ClockMissed)
        missed = [fact.at for fact in facts if fact.clock == limit.clock]
        assert [local(at) for at in missed] == [words]
