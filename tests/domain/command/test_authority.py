"""Who may do what: the whole table, command by command and role by role, and the sentence of each refusal."""

from functools import cache

import pytest

from domain import messages as m
from domain.command.authority import answers_escalation, require_one_of
from domain.commands import COMMANDS
from domain.errors import StaleVersion, WrongActor
from domain.terms import Assignment, Named
from domain.ticket.evolving import begin, evolve
from domain.ticket.ticket import Ticket
from domain.vocabulary import Role, UnitKind
from tests import sample
from tests.domain.journey import Journey
from tests.domain.lives import LIVES

STRANGER = "ENT-GAS"
UNITS = (
    sample.CITY_DESK.code,
    sample.DISTRICT_DESK.code,
    sample.DISTRICT.code,
    sample.TOWN.code,
    STRANGER,
    None,
)
DESK, DISTRICT_DESK, DISTRICT, TOWN = UNITS[:4]

ALLOWED: dict[str, dict[Role, set[str | None]]] = {
    "classify": {Role.AGENT: {DESK}, Role.DISPATCHER: {DESK}},
    "answer": {Role.AGENT: {DESK}, Role.DISPATCHER: {DESK}},
    "dispatch": {Role.DISPATCHER: {DESK}},
    "sign": {Role.HANDLER: {TOWN}},
    "contact": {Role.HANDLER: {TOWN}},
    "visit": {Role.HANDLER: {TOWN}},
    "feedback": {Role.HANDLER: {TOWN}},
    "survey": {Role.SURVEYOR: {DESK}, Role.REQUESTER: {None}},
    "urge": {
        Role.SUPERVISOR: {DESK, DISTRICT_DESK, DISTRICT},
        Role.AGENT: {DESK},
        Role.REQUESTER: {None},
    },
    "reassign": {Role.DISPATCHER: {DESK}, Role.SUPERVISOR: {DESK, DISTRICT_DESK, DISTRICT}},
    "note": {
        Role.AGENT: {DESK},
        Role.DISPATCHER: {DESK},
        Role.SURVEYOR: {DESK},
        Role.HANDLER: {TOWN},
        Role.SUPERVISOR: {DESK, DISTRICT_DESK, DISTRICT, TOWN},
        Role.REQUESTER: {None},
    },
}
"""command of the main line → role → units, for a ticket with a town; written down here once more, by hand."""


def dispatched() -> Ticket:
    """Return a ticket that lies with the town, its district getting a copy."""
    watched = sample.assignment().model_copy(update={"watchers": (sample.DISTRICT,)})
    journey = Journey(sample.intake(certain=False))
    journey.dispatch(watched)
    return journey.ticket


def require_actor(ticket: Ticket, act: str, actor: m.Actor) -> None:
    """Raise `WrongActor` unless the table lets `actor` do `act` to `ticket`."""
    require_one_of(ticket, COMMANDS[act].does, COMMANDS[act].may, actor)


def refusal_of(ticket: Ticket, act: str, actor: m.Actor) -> WrongActor | None:
    """Return how `actor` is refused, null where he may act."""
    try:
        require_actor(ticket, act, actor)
    except WrongActor as refused:
        return refused
    return None


def test_the_table_speaks_of_every_command() -> None:
    """A command that it forgot would be refused to everybody or allowed to all."""
    messages = [spec.message for spec in COMMANDS.values()]
    assert set(messages) == set(m.Command.__subclasses__())
    assert len(set(messages)) == len(messages)
    assert all(spec.may and spec.when and spec.does.zh and spec.does.en for spec in COMMANDS.values())


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", ALLOWED)
def test_for_every_command_and_role_exactly_the_units_of_the_table_may_act(act: str, role: Role) -> None:
    """The ticket's unit, those above it, the city's desk, a stranger, and nobody's unit are tried."""
    ticket, allowed = dispatched(), set[str | None]()
    for unit in UNITS:
        refused = refusal_of(ticket, act, m.Actor(unit=unit, role=role))
        if refused is None:
            allowed.add(unit)
            continue
        assert refused.zh.endswith("。")
        assert refused.en.endswith(".")
        assert COMMANDS[act].does.en in refused.en
    assert allowed == ALLOWED[act].get(role, set())


@pytest.mark.parametrize("act", ALLOWED)
def test_the_system_itself_sends_no_commands(act: str) -> None:
    """What the process does by itself goes by the rules, not by a command in its name."""
    with pytest.raises(WrongActor, match="系统"):
        require_actor(dispatched(), act, m.SYSTEM)


@pytest.mark.parametrize("act", ["sign", "contact", "visit", "feedback", "note", "urge", "reassign"])
@pytest.mark.parametrize("role", [Role.HANDLER, Role.SUPERVISOR])
def test_before_dispatch_only_the_citys_desk_has_any_say(act: str, role: Role) -> None:
    """Nobody is responsible yet, so nobody is above him either."""
    ticket = Journey(sample.intake(certain=False)).ticket
    for unit in (TOWN, DISTRICT_DESK, STRANGER):
        with pytest.raises(WrongActor, match=r"市民热线调度台|无权"):
            require_actor(ticket, act, m.Actor(unit=unit, role=role))


@cache
def wherever_it_lay() -> list[Ticket]:
    """Return the tickets of all lives, each as often as somebody else came to have a say in it."""
    found: dict[str, Ticket] = {}
    for life in LIVES:
        journey = life()
        ticket = begin(journey.intake)
        for fact in journey.log[1:]:
            ticket = evolve(ticket, fact)
            tasks = [(task.is_open, task.holder, task.asked_by) for task in ticket.tasks.values()]
            found[repr((ticket.assignment, tasks, ticket.against))] = ticket
    return list(found.values())


@pytest.mark.parametrize("act", COMMANDS)
def test_who_may_act_today_is_not_refused_on_replay(act: str) -> None:
    """Whatever rule a release before went by: what counted by today's stands in the history (ADR 0010)."""
    counted = 0
    for ticket in wherever_it_lay():
        replayed = ticket.model_copy(update={"is_replayed": True})
        for actor in (m.Actor(unit=unit, role=role) for role in Role for unit in (*sample.UNITS, None)):
            try:
                require_one_of(ticket, COMMANDS[act].does, COMMANDS[act].may, actor)
            except WrongActor:
                continue
            counted += 1
            require_one_of(replayed, COMMANDS[act].does, COMMANDS[act].may, actor)
    assert counted


def test_after_reassignment_the_old_unit_has_no_say() -> None:
    """Its handler may not even add a remark."""
    journey = Journey()
    journey.reassign(sample.assignment(sample.OTHER_TOWN))
    for act in ("sign", "note"):
        with pytest.raises(WrongActor, match=sample.OTHER_TOWN.zh):
            require_actor(journey.ticket, act, sample.HANDLER)


def test_a_stale_version_is_refused_with_both_numbers() -> None:
    """A command that names an outdated version is refused; without a version nothing is compared."""
    ticket = dispatched()
    for version, ok in ((None, True), (ticket.version, True), (3, False)):
        command = m.Note(actor=sample.DISPATCHER, text=sample.TEXT, expected_version=version)
        if ok:
            COMMANDS["note"].check(ticket, command)
            continue
        with pytest.raises(StaleVersion, match=f"第{ticket.version}版") as refused:
            COMMANDS["note"].check(ticket, command)
        assert "you saw 3" in refused.value.en


def test_the_wrong_actor_is_refused_before_the_stale_version() -> None:
    """Who may not act learns nothing of the ticket's version."""
    command = m.Sign(actor=sample.REQUESTER, expected_version=3)
    with pytest.raises(WrongActor):
        COMMANDS["sign"].check(dispatched(), command)


@pytest.mark.parametrize(
    ("unit", "kind"), [(sample.HEATING, UnitKind.ENTERPRISE), (sample.DISTRICT, UnitKind.DISTRICT)]
)
def test_a_districts_desk_has_no_say_over_a_unit_it_is_not_above(unit: Named, kind: UnitKind) -> None:
    """Over the heating company and over itself only the city stands."""
    alone = Assignment(
        unit=unit, kind=kind, district=None, desks={}, hours=sample.assignment().hours, watchers=()
    )
    journey = Journey(sample.intake(certain=False))
    journey.dispatch(alone)
    with pytest.raises(WrongActor):
        require_actor(journey.ticket, "urge", sample.DISTRICT_SUPERVISOR)
    require_actor(journey.ticket, "urge", m.Actor(unit=DESK, role=Role.SUPERVISOR))


def test_only_the_desk_that_was_asked_answers_its_escalation() -> None:
    """The district's supervisor answers for the district; handler, requester and city do not."""
    journey = Journey()
    journey.until("2026-11-02 12:00")
    asked = ["sign_by.1/district"]
    assert answers_escalation(journey.ticket, sample.DISTRICT_SUPERVISOR) == asked
    for actor in (sample.HANDLER, sample.REQUESTER, sample.DISPATCHER):
        assert answers_escalation(journey.ticket, actor) == []


@pytest.mark.parametrize(
    ("ticket", "actor", "act", "zh", "en"),
    [
        (
            dispatched(),
            m.Actor(unit=sample.DISTRICT.code, role=Role.HANDLER),
            "sign",
            "本工单由回龙观街道承办,昌平区不能签收。",
            "Huilongguan Subdistrict handles this ticket; Changping District may not sign for it.",
        ),
        (
            dispatched(),
            m.Actor(unit="E-GAS", role=Role.HANDLER),
            "sign",
            "本工单由回龙观街道承办,您所在单位(E-GAS)不能签收。",
            "Huilongguan Subdistrict handles this ticket; your unit (E-GAS) may not sign for it.",
        ),
        (
            dispatched(),
            m.Actor(unit=sample.TOWN.code, role=Role.DISPATCHER),
            "dispatch",
            "回龙观街道是本工单的承办单位,但不能派单。",
            "Huilongguan Subdistrict handles this ticket, but may not dispatch it.",
        ),
        (
            Journey(sample.intake(certain=False)).ticket,
            sample.HANDLER,
            "sign",
            "本工单尚未派单,由市民热线调度台受理,您所在单位(110114015)不能签收。",
            (
                "This ticket is not dispatched yet and is with City dispatch desk; "
                "your unit (110114015) may not sign for it."
            ),
        ),
    ],
)
def test_a_refused_unit_reads_whose_the_ticket_is(
    ticket: Ticket, actor: m.Actor, act: str, zh: str, en: str
) -> None:
    """By name, as far as the ticket knows it, and by what people call the act."""
    refused = refusal_of(ticket, act, actor)
    assert refused is not None
    assert (refused.zh, refused.en) == (zh, en)


def test_what_a_command_does_can_follow_may_not() -> None:
    """In Chinese it follows 不能: an act that begins with a negation would say its opposite."""
    assert [name for name, spec in COMMANDS.items() if spec.does.zh.startswith("不")] == []
