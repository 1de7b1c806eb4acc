"""The closing account and its tables: nothing that was filed may be missing."""

from datetime import timedelta
from io import StringIO

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from domain.show.views import ClockView
from domain.terms import Named
from domain.vocabulary import ClockName, Ending, Level
from simulation.account import Account, Running, next_due, take_account
from simulation.line import Escalation, Seen
from simulation.report import closing_tables, verdict
from tests.simulation.sightings import NOON, a_closed_one, a_sighting

SPACING = timedelta(seconds=24)
NUMBERS = [f"20261122-{place:06d}-0" for place in range(30)]
FATES = st.sampled_from(["closed", "open", "lost", "stranger"])


def account_of(filed: list[str], tickets: list[Seen], escalations: tuple[Escalation, ...] = ()) -> Account:
    """Return the account of `filed` when the city's list holds `tickets`."""
    seen = {ticket.number: ticket for ticket in tickets}
    dues = {
        number: next_due(ticket, (), SPACING, NOON)
        for number, ticket in seen.items()
        if ticket.ending is None
    }
    return take_account(filed, seen, dues, escalations)


def climb(number: str, level: Level, clock: ClockName = ClockName.SIGN_BY) -> Escalation:
    """Return the notice of one escalation."""
    return Escalation(
        key=f"{number}/{clock}/{level}", number=number, to="110114-DESK", clock=clock, level=level
    )


def a_clock(name: ClockName, **changes: object) -> ClockView:
    """Return a clock that is due at noon."""
    plain = ClockView(
        clock=f"{name}.1",
        name=name,
        holder=Named(code="BJ-DESK", zh="热线中心", en="Hotline"),
        due_at=NOON,
        provisional=False,
        standing="running",
        warned=(),
        climbed=(),
        missed_at=None,
        done_at=None,
    )
    return plain.model_copy(update=changes)


def shown(account: Account) -> str:
    """Return the tables as they are printed."""
    console = Console(file=StringIO(), width=120)
    for table in closing_tables(account):
        console.print(table)
    console.print(verdict(account))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@given(st.lists(FATES, max_size=len(NUMBERS)))
def test_every_filed_number_is_ended_running_or_lost_and_in_one_place_only(fates: list[str]) -> None:
    """The three parts add up to what was filed, whatever became of each."""
    by_fate = dict(zip(NUMBERS, fates, strict=False))
    filed = [number for number, fate in by_fate.items() if fate != "stranger"]
    tickets = [
        a_closed_one(number) if fate == "closed" else a_sighting(number)
        for number, fate in by_fate.items()
        if fate != "lost"
    ]
    account = account_of(filed, tickets)
    parts = [seen.number for seen in account.ended]
    parts += [ticket.seen.number for ticket in account.running]
    parts += account.lost
    assert sorted(parts) == sorted(filed)
    assert set(account.strangers) == {number for number, fate in by_fate.items() if fate == "stranger"}
    assert bool(account.lost) == ("lost" in fates)


@given(st.lists(FATES, min_size=1, max_size=len(NUMBERS)))
def test_every_running_and_every_lost_number_stands_in_the_tables(fates: list[str]) -> None:
    """What has not ended is named one by one."""
    by_fate = dict(zip(NUMBERS, fates, strict=False))
    tickets = [a_sighting(number) for number, fate in by_fate.items() if fate == "open"]
    text = shown(account_of(list(by_fate), tickets))
    assert all(number in text for number in by_fate)


def test_an_account_without_shortcomings_needs_endings_and_escalations() -> None:
    """Nine of ten ended, nothing lost, one in the district and one in the city: that counts."""
    tickets = [*(a_closed_one(number) for number in NUMBERS[:9]), a_sighting(NUMBERS[9])]
    climbs = (climb(NUMBERS[0], Level.DISTRICT), climb(NUMBERS[0], Level.CITY))
    assert account_of(NUMBERS[:10], tickets, climbs).shortcomings == []


def test_each_shortcoming_is_named_in_both_languages() -> None:
    """A demonstration that does not count says why."""
    missing = account_of(NUMBERS[:2], [a_sighting(NUMBERS[0]), a_sighting(NUMBERS[5])]).shortcomings
    assert len(missing) == 5
    assert all(" / " in sentence for sentence in missing)
    text = shown(account_of(NUMBERS[:2], [a_sighting(NUMBERS[0])]))
    assert "✗" in text


def test_escalations_of_the_citys_own_desk_do_not_count_as_a_units() -> None:
    """A dispatcher who was late is shown, but it is not what the demonstration must prove."""
    account = account_of(NUMBERS[:1], [], (climb(NUMBERS[0], Level.CITY, ClockName.DISPATCH_BY),))
    assert account.climbed[ClockName.DISPATCH_BY, Level.CITY] == 1
    assert account.climbed_to.get(Level.CITY, 0) == 0


def test_a_ticket_that_climbs_by_two_clocks_is_one_ticket() -> None:
    """Totals count tickets, not notices."""
    both = tuple(
        climb(NUMBERS[0], Level.DISTRICT, clock) for clock in (ClockName.SIGN_BY, ClockName.CONTACT_BY)
    )
    assert account_of(NUMBERS[:1], [], both).climbed_to[Level.DISTRICT] == 1


def test_endings_are_counted_by_kind() -> None:
    """The table of endings rests on this count."""
    account = account_of(NUMBERS[:2], [a_closed_one(NUMBERS[0]), a_closed_one(NUMBERS[1], "unreachable")])
    assert account.endings == {Ending.RESOLVED: 1, Ending.UNREACHABLE: 1}
    assert account.share_ended == 1.0


def test_what_is_due_next_is_the_open_clock() -> None:
    """Where an obligation runs, that is what comes next."""
    assert next_due(a_sighting(), (), SPACING, NOON) == Running(a_sighting(), ClockName.SIGN_BY, NOON)


def test_after_feedback_the_callback_comes_at_the_promised_instant() -> None:
    """No clock runs between feedback and the limit."""
    later = NOON + timedelta(minutes=2)
    seen = a_sighting(
        status="feedback_given", stage="feedback", next_clock=None, next_due_at=None, promised_at=later
    )
    assert next_due(seen, (), SPACING, NOON) == Running(seen, ClockName.SURVEY_BY, later)


def test_between_two_callback_tries_the_next_comes_after_the_spacing() -> None:
    """Counted from the try before."""
    seen = a_sighting(status="surveying", stage="evaluate", next_clock=None, next_due_at=None)
    made = a_clock(ClockName.SURVEY_BY, done_at=NOON - SPACING)
    assert next_due(seen, (made,), SPACING, NOON).due_at == NOON


def test_a_ticket_that_has_just_come_in_is_due_now() -> None:
    """A request that is not even dispatched has no clock yet."""
    seen = a_sighting(status="accepted", stage="accept", next_clock=None, next_due_at=None, unit=None)
    assert next_due(seen, (a_clock(ClockName.DISPATCH_BY),), SPACING, NOON).due_at == NOON
    assert "city desk" in shown(account_of([seen.number], [seen]))
