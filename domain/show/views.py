"""What a ticket shows of itself to supervisors, in the Temporal UI and in lists: no free text."""

from datetime import datetime

from pydantic import Field

from domain.facts.fact import Fact
from domain.facts.handle import HeadReading, PreSurveyed
from domain.facts.incident import Membership
from domain.facts.tasks import Task
from domain.messages import Receipt
from domain.model import Value, View
from domain.recusal import Accused
from domain.show.standing import holder_of, pre_survey_of, sentence, wakes_at
from domain.supervise.tasks import open_tasks
from domain.terms import Named, Place
from domain.ticket.clocks import next_due
from domain.ticket.notices import Notice
from domain.ticket.ticket import Ticket
from domain.vocabulary import (
    Channel,
    ClockName,
    DispatchMode,
    Disposal,
    Ending,
    Level,
    Outcome,
    Region,
    RequestType,
    Satisfaction,
    Stage,
    Status,
    StatutoryRoute,
    TaskKind,
    Tier,
)


class ClockView(View):
    """One clock as people read it."""

    clock: str
    name: ClockName
    holder: Named
    due_at: datetime
    provisional: bool
    standing: str
    warned: tuple[str, ...]
    climbed: tuple[Level, ...]
    missed_at: datetime | None
    missed_by: Named | None = Field(default=None, description="who held it when it was missed")
    done_at: datetime | None


class TaskView(View):
    """One open task as people read it; what was asked stands in the vault, under the id `about`."""

    task: str
    kind: TaskKind
    holder: Named
    due_at: datetime
    overdue: bool
    mandatory: bool
    about: str | None
    of: str | None = Field(default=None, description="the task it is a part of; null: the ticket itself")
    name: str | None = Field(default=None, description="the vault's id of what a unit of a unit is called")
    level: Level | None = Field(default=None, description="how high it lifts the ticket")


class AskedDesk(View):
    """A desk that has to answer an escalation; `task` is the key of its clock."""

    task: str
    holder: Named
    due_at: datetime


class DisposalView(View):
    """How a request ended without a unit, in codes."""

    disposal: Disposal
    route: StatutoryRoute | None
    master: str | None
    region: Region | None


class HangingView(View):
    """How a matter on the hold ledger stands; what was planned stands in the vault, under the id `plan`."""

    since: datetime
    plan: str
    approved_by: Named
    reviews: int
    updates: int


class StatusView(View):
    """Where the ticket stands, for the query `status`, the ticket page and the projection."""

    number: str
    version: int
    stage: Stage
    status: Status
    type: RequestType
    channel: Channel
    category: Named
    tier: Tier
    urgent_sensitive: bool
    place: Place
    edition: str
    unit: Named | None
    holder: Named = Field(description="whose act is awaited: the unit, or the city's desk")
    desk: Named | None = Field(description="the desk that has to answer an escalation, the most urgent one")
    desk_due_at: datetime | None
    district: Named | None
    watchers: tuple[Named, ...]
    mode: DispatchMode | None
    proposed_unit: Named
    why_zh: str
    why_en: str
    legal_basis: str
    level: Level
    overdue: bool
    filed_at: datetime
    promised_at: datetime | None
    next_clock: ClockName | None
    next_due_at: datetime | None
    provisional: bool
    wakes_at: datetime | None
    turn: int
    round: int
    outcome: Outcome | None
    survey_contacted: bool | None
    survey_resolved: bool | None
    survey_satisfied: Satisfaction | None
    survey_tries: int
    urged: int
    ending: Ending | None
    closed_at: datetime | None
    tasks: tuple[TaskView, ...] = Field(default=(), description="what is asked for and not answered yet")
    disposed: DisposalView | None = Field(default=None, description="how it ended without a unit")
    resolved_at_attempt: int | None = Field(
        default=None, description="1: at the first go; null: not resolved"
    )
    hanging: HangingView | None = Field(default=None, description="null: not on the hold ledger")
    incident: Membership | None = Field(default=None, description="the incident it is handled with")
    asked: tuple[AskedDesk, ...] = Field(
        default=(), description="other desks that have to answer besides `desk`"
    )
    desks: dict[Level, Named] = Field(
        default_factory=dict, description="the desk of each level above the unit"
    )
    against: Accused | None = Field(default=None, description="the unit complained of, which keeps out of it")
    readings: tuple[HeadReading, ...] = Field(default=(), description="which heads have read it, and when")
    pre_survey: PreSurveyed | None = Field(
        default=None,
        description="what the requester answered the unit in this round; it counts for no rate",
    )
    sentence_zh: str
    sentence_en: str


class RecordedFact(Value):
    """A fact with its place in the ticket's event log."""

    seq: int
    fact: Fact


class Batch(Value):
    """What one write to the database takes: new facts, the notices they call for, the state after them."""

    number: str
    written_at: datetime = Field(description="the engine's time; of two accounts of one fact the later holds")
    facts: tuple[RecordedFact, ...]
    notices: tuple[Notice, ...]
    view: StatusView
    answers: dict[str, Receipt] = Field(default_factory=dict)


def status_view(ticket: Ticket) -> StatusView:
    """Return where `ticket` stands. The first survey's answers are the ones that stand."""
    due = next_due(ticket.clocks) if ticket.is_open else None
    answer = next_due({key: clock for key, clock in ticket.clocks.items() if clock.of is not None})
    first = ticket.surveys[0] if ticket.surveys else None
    said = sentence(ticket)
    return StatusView(
        number=ticket.number,
        version=ticket.version,
        stage=ticket.stage,
        status=ticket.status,
        type=ticket.type,
        channel=ticket.channel,
        category=ticket.terms.category,
        tier=ticket.terms.tier,
        urgent_sensitive=ticket.terms.urgent_sensitive,
        place=ticket.place,
        edition=ticket.terms.edition,
        unit=ticket.assignment.unit if ticket.assignment else None,
        holder=holder_of(ticket),
        desk=answer.holder if answer else None,
        desk_due_at=answer.due_at if answer else None,
        district=ticket.assignment.district if ticket.assignment else None,
        watchers=ticket.assignment.watchers if ticket.assignment else (),
        mode=ticket.mode,
        proposed_unit=ticket.routing.assignment.unit,
        why_zh=ticket.routing.why_zh,
        why_en=ticket.routing.why_en,
        legal_basis=ticket.routing.legal_basis,
        level=ticket.level,
        overdue=ticket.is_open and ticket.is_overdue,
        filed_at=ticket.filed_at,
        promised_at=ticket.promised_at,
        next_clock=due.name if due else None,
        next_due_at=due.due_at if due else None,
        provisional=any(clock.provisional for clock in ticket.open_clocks()),
        wakes_at=wakes_at(ticket),
        turn=ticket.turn,
        round=ticket.round,
        outcome=ticket.outcome,
        survey_contacted=first.contacted if first else None,
        survey_resolved=first.resolved if first else None,
        survey_satisfied=first.satisfied if first else None,
        survey_tries=ticket.survey_tries,
        urged=ticket.urged,
        ending=ticket.ending,
        closed_at=ticket.closed_at,
        tasks=tuple(_task_view(ticket, task) for task in open_tasks(ticket)),
        disposed=_disposal_view(ticket),
        resolved_at_attempt=ticket.resolved_at_attempt,
        hanging=_hanging_view(ticket),
        incident=ticket.incident,
        asked=tuple(
            AskedDesk(task=clock.key, holder=clock.holder, due_at=clock.due_at)
            for clock in ticket.open_clocks()
            if answer is not None and clock.of is not None and clock.holder != answer.holder
        ),
        desks=ticket.assignment.desks if ticket.assignment else {},
        against=ticket.against,
        readings=ticket.readings,
        pre_survey=pre_survey_of(ticket),
        sentence_zh=said.zh,
        sentence_en=said.en,
    )


def _disposal_view(ticket: Ticket) -> DisposalView | None:
    record = ticket.disposed
    if record is None:
        return None
    return DisposalView(
        disposal=record.disposal, route=record.route, master=record.master, region=record.region
    )


def _task_view(ticket: Ticket, task: Task) -> TaskView:
    clock = ticket.clocks[task.clock]
    return TaskView(
        task=task.key,
        kind=task.kind,
        holder=task.holder,
        due_at=clock.due_at,
        overdue=clock.is_overdue,
        mandatory=task.mandatory,
        about=task.about.id if task.about else None,
        of=task.of,
        name=task.name.id if task.name else None,
        level=task.level,
    )


def _hanging_view(ticket: Ticket) -> HangingView | None:
    hanging = ticket.hanging
    if hanging is None:
        return None
    return HangingView(
        since=hanging.since,
        plan=hanging.plan.id,
        approved_by=hanging.approved_by,
        reviews=hanging.reviews,
        updates=hanging.updates,
    )


def clock_views(ticket: Ticket) -> tuple[ClockView, ...]:
    """Return every clock of the ticket in the order in which they were started."""
    return tuple(
        ClockView(
            clock=clock.key,
            name=clock.name,
            holder=clock.holder,
            due_at=clock.due_at,
            provisional=clock.provisional,
            standing=clock.standing,
            warned=clock.warned,
            climbed=clock.climbed,
            missed_at=clock.missed_at,
            missed_by=clock.missed_by,
            done_at=clock.done_at,
        )
        for clock in ticket.clocks.values()
    )


def search_attributes(ticket: Ticket) -> dict[str, str | bool | datetime]:
    """Return the search attributes of `ticket` (see `domain.search_attributes`) that have a value.

    `Due` is what the requester was promised; when another clock runs out first, `Overdue` shows it in time.
    """
    district = ticket.assignment.district if ticket.assignment else None
    shown: dict[str, str | bool | datetime | None] = {
        "Stage": ticket.stage.value,
        "District": district.zh if district else ticket.place_zh.partition(" ")[0],
        "Unit": ticket.assignment.unit.code if ticket.assignment else None,
        "Category": ticket.terms.category.code,
        "Tier": ticket.terms.tier.value,
        "EscalationLevel": ticket.level.value,
        "Overdue": ticket.is_open and ticket.is_overdue,
        "Due": ticket.promised_at if ticket.is_open else None,
    }
    return {name: value for name, value in shown.items() if value is not None and value != ""}
