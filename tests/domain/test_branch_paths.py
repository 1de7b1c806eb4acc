"""Whatever is said in the branches, in any order: clocks ring once, nothing is forgotten, every path ends."""

from collections import Counter
from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import messages as m
from domain.errors import Refused
from domain.facts import main_line as f
from domain.facts.fact import FACT
from domain.handle import assisting, deliberating, subassigning, whistling
from domain.show.views import status_view
from domain.supervise import escalating
from domain.ticket.evolving import begin, evolve
from domain.vocabulary import Role
from tests import sample
from tests.domain.journey import Journey
from tests.domain.speakers import said_by

WATER = m.Actor(unit=sample.WATER.code, role=Role.HANDLER)
HEATING = m.Actor(unit=sample.HEATING.code, role=Role.HANDLER)
DESK = m.Actor(unit=sample.CITY_DESK.code, role=Role.SUPERVISOR)
PEOPLE = [*[sample.HANDLER] * 6, WATER, HEATING, DESK, sample.DISTRICT_SUPERVISOR]
BRANCHES = {
    **assisting.COMMANDS,
    **subassigning.COMMANDS,
    **whistling.COMMANDS,
    **escalating.COMMANDS,
    **deliberating.COMMANDS,
}
"""The branches that bring others into the matter; none of them moves what the requester was promised."""
ONCE = (f.ClockStarted, f.ClockMissed, f.ClockMet, f.ClockWaived, f.Escalated, f.LadderExhausted)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_any_words_in_any_order_keep_the_ticket_sound_and_let_it_end(data: st.DataObject) -> None:
    """Each thing happens once to a clock, each notice is the only one, the promise stands, all clocks end."""
    journey = Journey()
    journey.sign()
    journey.contact()
    promised = journey.ticket.promised_at
    for _ in range(data.draw(st.integers(5, 20))):
        name, command = data.draw(sayings(journey))
        before = journey.ticket
        try:
            journey.take(name, command)
        except Refused:
            assert journey.ticket == before
        journey.wait(hours=data.draw(st.sampled_from([0, 0, 1, 26, 50])))
        assert status_view(journey.ticket).level is journey.ticket.level
    assert journey.ticket.promised_at == promised
    with suppress(Refused):
        journey.feedback()
    journey.left_alone()
    assert not journey.ticket.is_open
    assert not journey.ticket.open_clocks()
    assert not any(task.is_open for task in journey.ticket.tasks.values())
    _happened_once(journey)
    _follows_from_its_log(journey)


@st.composite
def sayings(draw: st.DrawFn, journey: Journey) -> tuple[str, m.Command]:
    """Return a command of these branches, mostly by somebody whom it concerns and about an open task."""
    name = draw(st.sampled_from(sorted(BRANCHES)))
    actor = draw(st.sampled_from(PEOPLE))
    command = draw(said_by(actor, BRANCHES[name].message))
    tasks = [task for task in journey.ticket.tasks.values() if task.is_open]
    if not tasks or "task" not in type(command).model_fields or draw(st.integers(0, 4)) == 0:
        return name, command
    task = draw(st.sampled_from(tasks))
    unit = task.asked_by.unit if name == "withdraw_task" else task.holder.code
    said: dict[str, object] = {"task": task.key, "actor": m.Actor(unit=unit, role=Role.HANDLER)}
    if name == "sub_assign":
        said |= {"unit": None, "sub_unit": f"{unit}/a"}
    return name, command.model_copy(update=said)


def _happened_once(journey: Journey) -> None:
    rang = Counter(
        (fact.kind, fact.clock, getattr(fact, "level", "")) for fact in journey.log if isinstance(fact, ONCE)
    )
    assert set(rang.values()) <= {1}
    keys = [notice.key for notice in journey.notices]
    assert len(set(keys)) == len(keys)


def _follows_from_its_log(journey: Journey) -> None:
    ticket = begin(journey.intake)
    for fact in journey.log[1:]:
        ticket = evolve(ticket, FACT.validate_json(FACT.dump_json(fact)))
    assert ticket == journey.ticket
