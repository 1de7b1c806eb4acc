"""Whatever a caller may send, a rule answers with facts or a refusal: an error would stop the ticket."""

from collections.abc import Callable
from copy import copy
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime

from domain.commands import COMMANDS
from domain.errors import Refused
from domain.facts.fact import FACT
from domain.time.limits import LONGEST
from domain.vocabulary import RequestType
from tests import sample
from tests.domain.journey import Journey
from tests.domain.making_up import Author, give

WEST, EAST = timezone(-timedelta(hours=23, minutes=59)), timezone(timedelta(hours=23, minutes=59))
ENDS_OF_TIME = (
    datetime.min.replace(tzinfo=UTC),
    datetime.min.replace(tzinfo=EAST),
    datetime.max.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=WEST),
)
"""The first and the last instants there are; in UTC two of them lie beyond the calendar."""
STEPS = (
    timedelta(0),
    timedelta(microseconds=1),
    timedelta(days=730),
    LONGEST,
    LONGEST + timedelta(microseconds=1),
    timedelta(days=365 * 40),
)
"""How far from now an instant may lie at which a rule changes its mind."""
WAITS = (0, 0, 0, 1, 26, 50, 24 * 8)
"""How many hours pass between two words of a ticket's life."""
WAYS: tuple[tuple[str, ...], ...] = (
    (),
    ("consult",),
    ("dispose",),
    ("dispatch", "object"),
    ("dispatch", "sign"),
    ("dispatch", "sign", "extend"),
    ("dispatch", "sign", "propose_hanging", "approve_hanging", "add_milestone"),
    ("dispatch", "sign", "whistle", "report_in"),
    ("dispatch", "sign", "whistle", "end_whistle"),
    ("hand_over", "acknowledge"),
    ("dispatch", "sign", "assist", "sub_assign"),
    ("dispatch", "sign", "contact", "visit", "feedback"),
    ("supervise", "dispatch", "sign", "answer_task"),
)
"""How a life may begin, so that every part of the process is met."""
ENDING = ("dispose", "withdraw", "hand_over", "answer")
GOING_ON = tuple(name for name in COMMANDS if name not in ENDING)
"""The commands after which there is more to say."""
SOON = timedelta(minutes=1)
"""So long after an obligation ran out nobody above has let it go any further."""


class Extreme(Author):
    """Makes up commands whose instants and numbers lie at the ends of what their forms take."""

    def _plain(self, kind: Any, marks: tuple[Any, ...]) -> Any:  # noqa: ANN401 - a table of types
        if kind in (datetime, AwareDatetime):
            near = [self.now + sign * step for sign in (1, -1) for step in STEPS]
            return self._of([*ENDS_OF_TIME, *near])
        if kind is int:
            low = max([getattr(mark, "ge", None) or 0 for mark in marks], default=0)
            high = max([getattr(mark, "le", None) or 0 for mark in marks], default=0) or 2**63
            return self._of([low, high])
        if kind is timedelta:
            return self._of([timedelta(0), timedelta.max])
        return super()._plain(kind, marks)


def lived(random: Random) -> Journey:
    """Return a ticket after some life of its own, often just after an obligation ran out."""
    unit = random.choice([sample.TOWN, sample.TOWN, sample.HEATING, sample.DISTRICT])
    type_ = random.choice([RequestType.COMPLAINT, RequestType.COMPLAINT, RequestType.INQUIRY])
    journey = Journey(sample.intake(type_, unit=unit, certain=random.random() < 0.7))
    for name in random.choice(WAYS):
        _said(random, journey, name)
    for _ in range(random.randint(0, 4)):
        _said(random, journey, random.choice(GOING_ON))
        journey.wait(hours=random.choice(WAITS))
    waiting = sorted(clock.due_at for clock in journey.ticket.open_clocks())
    if waiting and random.random() < 0.5:
        journey.until(max(journey.now, random.choice(waiting) + SOON))
    return journey


def _said(random: Random, journey: Journey, name: str) -> None:
    """Let somebody say `name`, in other words again while it is refused."""
    for _ in range(8):
        command = Author(random, journey.ticket, journey.now).command(name)
        if _tried(lambda command=command: give(journey, name, command)):
            return


def _tried(act: Callable[[], object]) -> bool:
    """Return whether `act` counted; a refusal is as good an answer."""
    try:
        act()
    except Refused:
        return False
    return True


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(st.integers(0, 2**32))
def test_a_rule_answers_extreme_commands_with_facts_or_a_refusal(seed: int) -> None:
    """Every command there is, to a ticket wherever it stands; what counts can be written and read again."""
    random = Random(seed)
    journey = lived(random)
    for name in (*COMMANDS, *COMMANDS, *COMMANDS):
        one = copy(journey)
        one.log, one.notices = [], []
        command = Extreme(random, one.ticket, one.now).command(name)
        if _tried(lambda name=name, one=one, command=command: give(one, name, command)):
            for fact in one.log:
                assert FACT.validate_json(FACT.dump_json(fact)) == fact
