"""The hold ledger (挂账督办): entry by approval, plan, milestones, reviews, word to the requester, exit.

Source: Ordinance art. 15 (2) for what cannot be solved for now; the ledger itself is practice (挂账督办,
跟踪问效), its limits are the edition's.
"""

from datetime import datetime
from functools import reduce

from pydantic import AwareDatetime, Field

from domain.command.asking import the_edition
from domain.command.authority import assigned_unit, desk_above
from domain.command.given import Given
from domain.command.spec import CommandSpec
from domain.errors import Incomplete, WrongStage
from domain.facts.fact import AnyFact
from domain.facts.handle import HangingProposed, HangingRefused, Hung, HungReviewed, RequesterUpdated
from domain.facts.tasks import Task
from domain.messages import SYSTEM, Command, ProofRef, TaskKey, TextRef
from domain.supervise.obligations import waive
from domain.supervise.off_the_ledger import take_off
from domain.supervise.ordering import issuer_called
from domain.supervise.supervising import desk_answers
from domain.supervise.tasks import (
    Ask,
    as_holder,
    decider,
    finish,
    next_key,
    open_task,
    open_tasks,
    task_called,
    waive_tasks,
)
from domain.terms import Assignment
from domain.ticket.clocks import Clock
from domain.ticket.evolving import evolve
from domain.ticket.ticket import Ticket
from domain.time.limits import Limit, elapsed_time
from domain.time.speech import spoken_limit
from domain.vocabulary import ClockName, Role, Status, TaskKind
from phrases import Phrase

ENDED_BY_HANGING = (ClockName.SIGN_BY, ClockName.CONTACT_BY, ClockName.DOOR_BY, ClockName.FEEDBACK_BY)
"""The unit's clocks that stop being awaited while a matter hangs."""


class ProposeHanging(Command):
    """申请挂账: propose a hold, with a plan and proof; the requester's clock runs on."""

    plan: TextRef
    proof: tuple[ProofRef, ...] = Field(description="why it cannot be solved for now; at least one")


class ApproveHanging(Command):
    """批准挂账: take the matter on the hold ledger; reviews begin."""

    reason: TextRef | None = None


class RefuseHanging(Command):
    """不予挂账: the unit handles it in time."""

    reason: TextRef


class ReviewHanging(Command):
    """挂账复核: look at the matter on hold; it goes on, perhaps with a milestone, or back to the unit."""

    text: TextRef
    go_on: bool = True
    milestone: TextRef | None = Field(default=None, description="the next milestone, with `due`")
    due: AwareDatetime | None = None


class AddMilestone(Command):
    """挂账节点: set what is to be reached by when."""

    text: TextRef
    due: AwareDatetime


class ReachMilestone(Command):
    """节点完成: a milestone is reached, with proof."""

    task: TaskKey
    text: TextRef
    proof: tuple[ProofRef, ...] = ()


class UpdateRequester(Command):
    """挂账告知: notify the requester how the matter on hold stands."""

    text: TextRef


class ClearHanging(Command):
    """销账: the matter leaves the ledger; the unit gives feedback as ever, under a fresh limit."""

    reason: TextRef
    proof: tuple[ProofRef, ...] = ()


def propose_hanging(ticket: Ticket, command: ProposeHanging, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of a proposal, put before the desk above the unit while the clock runs on.

    Raises `Incomplete` without proof, `WrongStage` while one is undecided or when the unit's time is over.
    """
    if not command.proof:
        raise Incomplete(Phrase("A proposal for the hold ledger needs proof why it cannot be solved."))
    limit = _limit_left(ticket)
    if ticket.incident is not None and not ticket.incident.told:
        raise WrongStage(
            Phrase(
                "It is handled with incident {number}: detach it before it is put on hold.",
                number=ticket.incident.number,
            ),
        )
    most, hung = given.terms.numbers.get("hangings"), ticket.times_hung
    if most is not None and hung >= most:
        raise WrongStage(
            Phrase("It has been on hold {hung} time(s) already; at most {most}.", hung=hung, most=most)
        )
    if open_tasks(ticket, TaskKind.HANGING):
        raise WrongStage(Phrase("A proposal for the hold ledger is not decided yet."))
    ask = Ask(
        TaskKind.HANGING, decider(ticket), command.actor, command.plan, mandatory=False, cap=limit.due_at
    )
    proposed = HangingProposed(
        at=now,
        actor=command.actor,
        task=next_key(ticket, TaskKind.HANGING),
        plan=command.plan,
        proof=command.proof,
    )
    return [proposed, *open_task(ticket, ask, given.terms, now)]


def approve_hanging(ticket: Ticket, command: ApproveHanging, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts that take the matter on the ledger, which has clocks of its own: review and word.

    The requester's clock lapses on record, with how much of it had run.
    """
    task, plan = _proposal(ticket)
    clock = _limit_left(ticket)
    out = _decided(ticket, task, plan, command, now)
    after = reduce(evolve, out, ticket)
    out += waive_tasks(after, open_tasks(after, TaskKind.EXTENSION), now, "hung")
    out += waive(reduce(evolve, out, ticket), ENDED_BY_HANGING, now, "hung")
    desk = issuer_called(ticket, command.actor.unit)
    out.append(
        Hung(
            at=now,
            actor=command.actor,
            task=task.key,
            plan=plan,
            approved_by=desk,
            reason=command.reason,
            elapsed=elapsed_time(clock.limit, clock.ledger, ticket.terms.calendar, now),
        )
    )
    after = reduce(evolve, out, ticket)
    review = _owed(after, TaskKind.HUNG_REVIEW, as_holder(desk), plan, given, now)
    return [*out, *review, *_owed(after, TaskKind.HUNG_UPDATE, ticket.responsible, plan, given, now)]


def refuse_hanging(ticket: Ticket, command: RefuseHanging, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of a refusal; the requester's clock has run on all the while."""
    task, _plan = _proposal(ticket)
    refused = HangingRefused(at=now, actor=command.actor, task=task.key, reason=command.reason)
    return [*_decided(ticket, task, command.reason, command, now), refused]


def review_hanging(ticket: Ticket, command: ReviewHanging, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of a review: its clock restarts, or the matter goes back to the unit."""
    (task,) = open_tasks(ticket, TaskKind.HUNG_REVIEW)
    if (command.milestone is None) != (command.due is None):
        raise Incomplete(Phrase("A milestone needs both its text and when it is due."))
    if command.milestone is not None and not command.go_on:
        raise Incomplete(Phrase("What leaves the ledger has no next milestone."))
    out = _decided(ticket, task, command.text, command, now)
    out.append(
        HungReviewed(at=now, actor=command.actor, task=task.key, text=command.text, goes_on=command.go_on)
    )
    after = reduce(evolve, out, ticket)
    if not command.go_on:
        return [*out, *take_off(after, now, "reviewed", command.actor, command.text)]
    out += _owed(after, TaskKind.HUNG_REVIEW, as_holder(task.holder), task.about, given, now)
    if command.milestone is not None and command.due is not None:
        step = AddMilestone(actor=command.actor, text=command.milestone, due=command.due)
        out += add_milestone(after, step, given, now)
    return out


def add_milestone(ticket: Ticket, command: AddMilestone, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of a milestone, a task of the unit's that is due when it says.

    Raises `WrongStage` for an instant that is not ahead, or further ahead than the edition lets one lie.
    """
    longest = given.terms.limits[ClockName.MILESTONE_BY].limit
    ahead = command.due - now
    if not 0 < ahead.total_seconds() <= longest.amount.total_seconds():
        raise WrongStage(
            Phrase("A milestone is due after now, within {longest}.", longest=spoken_limit(longest)),
        )
    ask = Ask(
        TaskKind.MILESTONE,
        ticket.responsible,
        command.actor,
        command.text,
        mandatory=False,
        limit=Limit(amount=ahead),
    )
    return open_task(ticket, ask, given.terms, now)


def reach_milestone(ticket: Ticket, command: ReachMilestone, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of a milestone that was reached; late ones stand as late. Raises `Incomplete`."""
    if not command.proof:
        raise Incomplete(Phrase("That a milestone is reached needs proof."))
    task = task_called(ticket, command.task, TaskKind.MILESTONE)
    return finish(ticket, task, command.text, command.proof, now, command.actor)


def update_requester(ticket: Ticket, command: UpdateRequester, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of word to the requester; the time until the next one restarts."""
    (task,) = open_tasks(ticket, TaskKind.HUNG_UPDATE)
    update = RequesterUpdated(at=now, actor=command.actor, task=task.key, text=command.text)
    out = [update, *finish(ticket, task, command.text, (), now, command.actor)]
    after = reduce(evolve, out, ticket)
    return [*out, *_owed(after, TaskKind.HUNG_UPDATE, ticket.responsible, task.about, given, now)]


def clear_hanging(ticket: Ticket, command: ClearHanging, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts by which the matter leaves the ledger; what was owed to the ledger lapses."""
    out = desk_answers(ticket, command.actor, now)
    after = reduce(evolve, out, ticket)
    return [*out, *take_off(after, now, "cleared", command.actor, command.reason, command.proof)]


def _proposal(ticket: Ticket) -> tuple[Task, TextRef]:
    """Return the task of deciding a proposal, and the plan that is proposed."""
    tasks = open_tasks(ticket, TaskKind.HANGING)
    waiting = [(task, task.about) for task in tasks if task.about is not None]
    if not waiting:
        raise WrongStage(Phrase("There is no proposal for the hold ledger to decide."))
    return waiting[0]


def _limit_left(ticket: Ticket) -> Clock:
    """Return the requester's clock, which the hold ledger ends. Raises `WrongStage` once it is unanswered."""
    clock = ticket.feedback_clock
    if clock is None or ticket.is_unanswered:
        raise WrongStage(
            Phrase(
                "The limit was missed and raised to the city, and the callback comes next: too late for "
                "the hold ledger."
            ),
        )
    return clock


def _decided(ticket: Ticket, task: Task, text: TextRef, command: Command, now: datetime) -> list[AnyFact]:
    """Return the facts by which a desk has done its task, and answered any escalation to it."""
    out = desk_answers(ticket, command.actor, now)
    return [*out, *finish(reduce(evolve, out, ticket), task, text, (), now, command.actor)]


def _owed(
    ticket: Ticket, kind: TaskKind, holder: Assignment, about: TextRef | None, given: Given, now: datetime
) -> list[AnyFact]:
    """Return the facts of what the ledger asks of `holder` once in a period."""
    return open_task(ticket, Ask(kind, holder, SYSTEM, about, mandatory=False), given.terms, now)


_HANDLING, _HUNG = frozenset({Status.HANDLING}), frozenset({Status.HUNG})
_UNIT, _DESK = {Role.HANDLER: assigned_unit}, {Role.SUPERVISOR: desk_above}

COMMANDS = {
    "propose_hanging": CommandSpec(
        ProposeHanging,
        propose_hanging,
        Phrase("propose a hold"),
        _UNIT,
        _HANDLING,
        asks=the_edition,
    ),
    "approve_hanging": CommandSpec(
        ApproveHanging,
        approve_hanging,
        Phrase("put it on hold"),
        _DESK,
        _HANDLING,
        asks=the_edition,
    ),
    "refuse_hanging": CommandSpec(RefuseHanging, refuse_hanging, Phrase("refuse a hold"), _DESK, _HANDLING),
    "review_hanging": CommandSpec(
        ReviewHanging, review_hanging, Phrase("review a hold"), _DESK, _HUNG, asks=the_edition
    ),
    "add_milestone": CommandSpec(
        AddMilestone, add_milestone, Phrase("set a milestone"), _UNIT | _DESK, _HUNG, asks=the_edition
    ),
    "reach_milestone": CommandSpec(
        ReachMilestone, reach_milestone, Phrase("reach a milestone"), _UNIT, _HUNG
    ),
    "update_requester": CommandSpec(
        UpdateRequester, update_requester, Phrase("tell the requester"), _UNIT, _HUNG, asks=the_edition
    ),
    "clear_hanging": CommandSpec(
        ClearHanging, clear_hanging, Phrase("take it off the hold ledger"), _UNIT | _DESK, _HUNG
    ),
}
"""The commands of this branch by name."""
