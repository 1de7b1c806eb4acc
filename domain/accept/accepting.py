"""Accept (受理): what is answered or recorded at once, and what goes to dispatch.

Source: Ordinance art. 10, 11.
"""

from datetime import datetime
from functools import reduce

from domain.command.authority import city_desk
from domain.command.given import Given
from domain.command.spec import CommandSpec, cannot
from domain.errors import Incomplete, WrongStage
from domain.facts import main_line as f
from domain.facts.fact import AnyFact
from domain.messages import SYSTEM, Answer, Classify, ResolutionQuery
from domain.supervise.obligations import recount, start, start_dispatch, waive
from domain.supervise.ordering import require_no_orders
from domain.supervise.tasks import close, close_by, keep_within
from domain.terms import Terms
from domain.ticket.evolving import evolve
from domain.ticket.ticket import Ticket
from domain.ticket.transitions import BEFORE_FEEDBACK, before
from domain.time.limits import Ledger, due
from domain.vocabulary import ClockName, Ending, RequestType, Role, Status
from phrases import Phrase


def needs_no_unit(ticket: Ticket) -> bool:
    """Return whether the request closes by being recorded: praise."""
    return ticket.type is RequestType.PRAISE


def record_praise(ticket: Ticket, now: datetime) -> list[AnyFact]:
    """Return the facts that close praise: formatted, archived and passed on to the unit it is for."""
    return close(ticket, Ending.PRAISE_RECORDED, now)


def waits_for_an_answer_until(ticket: Ticket) -> datetime | None:
    """Return until when an inquiry waits to be answered at once, null for all other types."""
    if ticket.type is not RequestType.INQUIRY:
        return None
    return due(ticket.terms.answer_window, Ledger.started(ticket.filed_at), ticket.terms.calendar).at


def accept(ticket: Ticket, now: datetime) -> list[AnyFact]:
    """Return the facts that hand the request to dispatch, under the same-day alarm."""
    return [f.Accepted(at=now, actor=SYSTEM), start_dispatch(ticket.terms, ticket.filed_at, now)]


def check_classify(ticket: Ticket, command: Classify) -> None:
    """Raise `Incomplete` unless `command` sets something, with a reason where one is due."""
    if command.type is None and command.category is None and command.tier is None:
        raise Incomplete(Phrase("Give at least one of type, category and tier."))
    if ticket.assignment is not None and command.reason is None:
        raise Incomplete(Phrase("After dispatch a change of classification needs a reason."))
    if command.tier is not None and command.reason is None:
        raise Incomplete(Phrase("Setting the tier by hand needs a reason."))


def about_the_matter(ticket: Ticket, command: Classify, at: datetime) -> ResolutionQuery:
    """Return the question for terms and routing of the matter as `command` classifies it."""
    known = ticket.terms.category.code if ticket.category_given else None
    return ResolutionQuery(
        edition=ticket.terms.edition,
        category=command.category or known,
        tier=command.tier,
        place=ticket.place,
        at=at,
    )


def classify(ticket: Ticket, command: Classify, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts that classify the ticket again.

    The requester's clock keeps the time it has counted, only its limit follows the new terms; what they no
    longer ask for lapses, a visit they promise runs from now. What turns out to be praise while it waits for
    a unit is recorded and closes.
    """
    resolution = given.known_resolution
    terms, new_type = resolution.terms, command.type or ticket.type
    no_longer = [name for name in ticket.terms.norms if name not in terms.norms]
    out: list[AnyFact] = [
        f.Classified(
            at=now, actor=command.actor, type=new_type, resolution=resolution, reason=command.reason
        ),
        *recount(ticket, terms, now, terms.calendar, (ClockName.FEEDBACK_BY, ClockName.PARALLEL_BY)),
        *waive(ticket, no_longer, now, "reclassified"),
        *_promise_of_a_visit(ticket, terms, now),
    ]
    if new_type is RequestType.PRAISE and ticket.status is Status.AWAITING_DISPATCH:
        require_no_orders(ticket)
        out += waive(ticket, (ClockName.DISPATCH_BY, ClockName.CONSULT_BY), now, "praise")
        out += record_praise(reduce(evolve, out, ticket), now)
    return [*out, *keep_within(reduce(evolve, out, ticket), now)]


def _promise_of_a_visit(ticket: Ticket, terms: Terms, now: datetime) -> list[AnyFact]:
    is_running = any(clock.name is ClockName.DOOR_BY for clock in ticket.open_clocks())
    is_merged = ticket.incident is not None and not ticket.incident.told  # nothing is owed singly then
    if ticket.assignment is None or is_running or is_merged or ticket.visited or not terms.promises_visit:
        return []
    started = start(terms, ClockName.DOOR_BY, ticket.turn, ticket.assignment, now)
    before = [key for key in ticket.clocks if key.startswith(started.clock)]  # promised, dropped, promised
    key = f"{started.clock}.{len(before) + 1}" if before else started.clock
    return [started.model_copy(update={"clock": key})]


def answer(ticket: Ticket, command: Answer, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts that answer an inquiry at once and close it."""
    if ticket.type is not RequestType.INQUIRY:
        raise WrongStage(
            Phrase("Only an inquiry is answered at once; this is a {type}.", type=ticket.type),
        )
    if (command.knowledge is None) != (command.knowledge_version is None):
        raise Incomplete(Phrase("Name a knowledge item together with its version."))
    require_no_orders(ticket)
    answered = f.Answered(
        at=now,
        actor=command.actor,
        reply=command.reply,
        knowledge=command.knowledge,
        knowledge_version=command.knowledge_version,
    )
    return close_by(ticket, [answered], Ending.ANSWERED, now, command.actor)


def _too_late_to_classify(status: Status) -> WrongStage:
    return WrongStage(
        Phrase("The ticket is in status '{status}': it is too late to classify it.", status=status),
    )


_DESK = {Role.AGENT: city_desk, Role.DISPATCHER: city_desk}

COMMANDS = {
    "classify": CommandSpec(
        message=Classify,
        rule=classify,
        does=Phrase("classify it"),
        may=_DESK,
        when=BEFORE_FEEDBACK - {Status.HUNG},
        asks=about_the_matter,
        asks_again=True,
        wrong_stage=_too_late_to_classify,
        requires=check_classify,
    ),
    "answer": CommandSpec(
        message=Answer,
        rule=answer,
        does=Phrase("answer an inquiry at once"),
        may=_DESK,
        when=before("answered"),
        wrong_stage=cannot(Phrase("answer at once")),
    ),
}
"""The commands of this step by name."""
