"""Extension, orders, redo and hold ledger together: nobody but a desk, on record, moves what was promised."""

from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import messages as m
from domain.errors import Refused
from domain.facts import main_line as f
from domain.facts.fact import FACT, AnyFact
from domain.handle.assisting import AnswerTask
from domain.handle.extending import DecideExtension, Extend
from domain.handle.hanging import ApproveHanging, ClearHanging, ProposeHanging, ReviewHanging, UpdateRequester
from domain.show.views import clock_views, status_view
from domain.supervise.supervision_orders import ReviewOrder, Supervise, WaiveOrder
from domain.ticket.evolving import begin, evolve
from domain.vocabulary import RedoTo, Role, Satisfaction, Status, TaskKind
from tests import sample
from tests.domain.journey import Journey

CITY = m.Actor(unit=sample.CITY_DESK.code, role=Role.SUPERVISOR)
PROOF = (m.ProofRef(kind="explanation", ref=sample.TEXT),)
ACTS = (
    *("sign", "contact", "feedback", "say", "extend", "grant", "refuse", "reassign", "urge"),
    *("supervise", "answer", "review", "waive", "propose", "approve", "inspect", "tell", "clear", "wait"),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    acts=st.lists(st.sampled_from(ACTS), max_size=25),
    hours=st.integers(1, 90),
    to=st.sampled_from(RedoTo),
    order=st.booleans(),
)
def test_only_a_granted_extension_or_the_ledger_moves_the_requesters_limit(
    acts: list[str], hours: int, to: RedoTo, order: bool
) -> None:
    """Whatever else is said in whatever order; and it ends, with nothing owed and nothing told twice."""
    terms = sample.terms(redo_rounds=2).model_copy(
        update={"redo_to": to, "order_after_redo": sample.hours(48) if order else None}
    )
    journey = Journey(sample.intake(with_terms=terms))
    for act in acts:
        before, known = journey.ticket.promised_at, len(journey.log)
        with suppress(Refused):
            do(journey, act, hours)
        moved = journey.ticket.promised_at != before
        assert not moved or any(may_move(fact) for fact in journey.log[known:])
        assert status_view(journey.ticket).sentence_zh
    journey.left_alone()
    assert journey.ticket.status is Status.CLOSED
    assert not [task for task in journey.ticket.tasks.values() if task.is_open]
    assert {view.standing for view in clock_views(journey.ticket)} <= {"met", "late", "missed", "waived"}
    once = Counter(
        (fact.kind, fact.clock)
        for fact in journey.log
        if isinstance(fact, f.ClockStarted | f.ClockMet | f.ClockWaived | f.ClockMissed)
    )
    assert set(once.values()) <= {1}
    keys = [notice.key for notice in journey.notices]
    assert len(keys) == len(set(keys))
    rebuilt = begin(journey.intake)
    for fact in journey.log[1:]:
        rebuilt = evolve(rebuilt, FACT.validate_json(FACT.dump_json(fact)))
    assert rebuilt == journey.ticket


def may_move(fact: AnyFact) -> bool:
    """Return whether a fact may change what the requester was promised."""
    granted = isinstance(fact, f.ClockRescheduled) and fact.extension is not None
    return granted or fact.kind in ("hung", "taken_off", "redo_ordered")


def do(journey: Journey, act: str, hours: int) -> None:
    """Let somebody who might do it do `act`. Raises `Refused` where it does not count."""
    ticket, now, actor = journey.ticket, journey.now, journey.handler
    commands: dict[str, tuple[str, m.Command]] = {
        "extend": ("extend", _extend(actor, now, hours)),
        "grant": ("decide_extension", _decide(journey, granted=True)),
        "refuse": ("decide_extension", _decide(journey, granted=False)),
        "supervise": ("supervise", Supervise(actor=CITY, text=sample.TEXT)),
        "answer": ("answer_task", _answer(journey)),
        "review": (
            "review_order",
            ReviewOrder(actor=CITY, task=_order(journey), satisfied=bool(hours % 2), text=sample.TEXT),
        ),
        "waive": ("waive_order", WaiveOrder(actor=CITY, task=_order(journey), reason=sample.TEXT)),
        "propose": ("propose_hanging", ProposeHanging(actor=actor, plan=sample.TEXT, proof=PROOF)),
        "approve": ("approve_hanging", ApproveHanging(actor=CITY)),
        "inspect": ("review_hanging", ReviewHanging(actor=CITY, text=sample.TEXT, go_on=hours % 3 > 0)),
        "tell": ("update_requester", UpdateRequester(actor=actor, text=sample.TEXT)),
        "clear": ("clear_hanging", ClearHanging(actor=actor, reason=sample.TEXT)),
    }
    if act in commands:
        journey.take(*commands[act])
    elif act == "reassign":
        here = ticket.assignment
        other = sample.TOWN if here and here.unit == sample.OTHER_TOWN else sample.OTHER_TOWN
        journey.reassign(sample.assignment(other))
    elif act == "say":
        journey.until(ticket.promised_at or now)
        journey.says(resolved=False, satisfied=Satisfaction.DISSATISFIED)
    elif act == "wait":
        journey.wait(hours=hours)
    else:
        plain = {
            "sign": Journey.sign,
            "contact": Journey.contact,
            "feedback": Journey.feedback,
            "urge": Journey.urge,
        }
        plain[act](journey)


def _extend(actor: m.Actor, now: datetime, hours: int) -> Extend:
    until = now + timedelta(hours=4 * hours) if hours % 2 else None
    days = None if until else hours % 7 + 1
    return Extend(actor=actor, basis=sample.TEXT, reason=sample.TEXT, proof=PROOF, days=days, until=until)


def _decide(journey: Journey, *, granted: bool) -> DecideExtension:
    task = next(reversed(journey.ticket.extensions), "extension.1")
    return DecideExtension(actor=CITY, task=task, granted=granted, reason=sample.TEXT)


def _order(journey: Journey) -> str:
    return next(reversed(journey.ticket.orders), "order.1")


def _answer(journey: Journey) -> AnswerTask:
    orders = [task for task in journey.ticket.tasks.values() if task.kind is TaskKind.ORDER and task.is_open]
    holder = orders[0].holder.code if orders else sample.TOWN.code
    key = orders[0].key if orders else "order.1"
    return AnswerTask(actor=m.Actor(unit=holder, role=Role.HANDLER), task=key, reply=sample.TEXT)
