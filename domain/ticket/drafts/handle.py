"""Who is notified of facts while a unit handles a ticket."""

from domain.facts.handle import (
    Deliberated,
    ExtensionAsked,
    ExtensionDecided,
    HangingProposed,
    HangingRefused,
    Hung,
    HungReviewed,
    PreSurveyHeld,
    ReadByHead,
    ReportedIn,
    RequesterUpdated,
    TakenOff,
    WhistleBlown,
    WhistleEnded,
    WhistleRated,
)
from domain.ticket.draft import REQUESTER, NoticeDraft, drafts, unit_of
from domain.ticket.ticket import Ticket
from domain.vocabulary import Level


@drafts.register
def _(fact: ReportedIn, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the town that whistled."""
    to, unit = ticket.whistles[fact.whistle].by.code, ticket.tasks[fact.task].holder.code
    return [NoticeDraft(to, "reported_in", fact.task, {"task": fact.task, "unit": unit})]


@drafts.register
def _(fact: WhistleEnded, ticket: Ticket) -> list[NoticeDraft]:
    """Notify every unit that was called."""
    called = ticket.whistles[fact.whistle].tasks
    return [NoticeDraft(unit, "whistle_ended", fact.whistle, {"whistle": fact.whistle}) for unit in called]


@drafts.register
def _(fact: WhistleRated, _ticket: Ticket) -> list[NoticeDraft]:
    """Notify the side that was rated."""
    about = {"whistle": fact.whistle, "grade": fact.grade.value}
    return [NoticeDraft(fact.of, "whistle_rated", f"{fact.whistle}/{fact.by}", about)]


@drafts.register
def _(fact: ExtensionAsked, _ticket: Ticket) -> list[NoticeDraft]:
    """Notify the centre. Source: Ordinance art. 15 (2)."""
    return [NoticeDraft(fact.centre.code, "extension_applied", fact.task, {"until": fact.until.isoformat()})]


@drafts.register
def _(fact: ExtensionDecided, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the unit either way, and the requester, with the reason, when there is a new promise."""
    about = {"until": fact.until.isoformat(), "reason": fact.reason.id}
    kind = "extension_granted" if fact.granted else "extension_refused"
    to = [*unit_of(ticket), REQUESTER] if fact.granted else unit_of(ticket)
    return [NoticeDraft(recipient, kind, fact.task, about) for recipient in to]


@drafts.register
def _(fact: HangingRefused, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the unit."""
    return [NoticeDraft(to, "hanging_refused", fact.task, {"task": fact.task}) for to in unit_of(ticket)]


@drafts.register
def _(fact: Hung, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the requester and the unit."""
    return [NoticeDraft(to, "hung", fact.task, {"task": fact.task}) for to in [*unit_of(ticket), REQUESTER]]


@drafts.register
def _(fact: HungReviewed, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the unit."""
    return [NoticeDraft(to, "hung_reviewed", fact.task, {"task": fact.task}) for to in unit_of(ticket)]


@drafts.register
def _(fact: RequesterUpdated, _ticket: Ticket) -> list[NoticeDraft]:
    """Notify the requester."""
    return [NoticeDraft(REQUESTER, "hung_update", fact.task, {"text": fact.text.id})]


@drafts.register
def _(fact: TakenOff, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the requester and the unit."""
    about = {"because": fact.because}
    return [NoticeDraft(to, "taken_off", f"{fact.turn}", about) for to in [*unit_of(ticket), REQUESTER]]


@drafts.register
def _(fact: PreSurveyHeld, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the unit's own desk: its district's, else the city's."""
    desks = ticket.assignment.desks if ticket.assignment else {}
    desk = desks.get(Level.DISTRICT, ticket.terms.city_desk).code
    about = {"result": str(fact.result), "discontent": "yes" if fact.discontent else "no"}
    return [NoticeDraft(desk, "pre_survey_held", f"{fact.times}", about)] if desk != fact.actor.unit else []


@drafts.register
def _(_fact: WhistleBlown | Deliberated | HangingProposed | ReadByHead, _ticket: Ticket) -> list[NoticeDraft]:
    """Notify no recipient."""
    return []
