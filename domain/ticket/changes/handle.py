"""What facts while a unit handles a ticket change."""

from domain.facts.handle import (
    Deliberated,
    Extension,
    ExtensionAsked,
    ExtensionDecided,
    Hanging,
    HangingProposed,
    HangingRefused,
    HeadReading,
    Hung,
    HungReviewed,
    PreSurveyed,
    PreSurveyHeld,
    Rating,
    ReadByHead,
    ReportedIn,
    RequesterUpdated,
    TakenOff,
    Whistle,
    WhistleBlown,
    WhistleEnded,
    WhistleRated,
)
from domain.ticket.change import Change, change, with_task
from domain.ticket.ticket import Ticket
from domain.vocabulary import ExtensionStanding


@change.register
def _(fact: WhistleBlown, ticket: Ticket) -> Change:
    """Return the ticket's whistles with the new one."""
    new = Whistle(key=fact.whistle, what=fact.what, by=fact.by, tasks=fact.tasks, meets_at=fact.meets_at)
    return {"whistles": {**ticket.whistles, fact.whistle: new}}


@change.register
def _(fact: ReportedIn, ticket: Ticket) -> Change:
    """Return the unit as present, its task under the new clock."""
    whistle, unit = ticket.whistles[fact.whistle], ticket.tasks[fact.task].holder.code
    present = whistle.model_copy(update={"present": (*whistle.present, unit)})
    return {
        "whistles": {**ticket.whistles, fact.whistle: present},
        **with_task(ticket, fact.task, clock=fact.clock),
    }


@change.register
def _(fact: WhistleEnded, ticket: Ticket) -> Change:
    """Return the whistle as ended."""
    ended = ticket.whistles[fact.whistle].model_copy(update={"ended_at": fact.at})
    return {"whistles": {**ticket.whistles, fact.whistle: ended}}


@change.register
def _(fact: WhistleRated, ticket: Ticket) -> Change:
    """Return the whistle with one rating more."""
    whistle = ticket.whistles[fact.whistle]
    rating = Rating(by=fact.by, of=fact.of, grade=fact.grade)
    rated = whistle.model_copy(update={"ratings": (*whistle.ratings, rating)})
    return {"whistles": {**ticket.whistles, fact.whistle: rated}}


@change.register
def _(fact: ExtensionAsked, ticket: Ticket) -> Change:
    """Return the applications with the new one."""
    asked = Extension(task=fact.task, clock=fact.clock, limit=fact.limit, until=fact.until)
    return {"extensions": {**ticket.extensions, fact.task: asked}}


@change.register
def _(fact: ExtensionDecided, ticket: Ticket) -> Change:
    """Return the application as decided."""
    standing = ExtensionStanding.GRANTED if fact.granted else ExtensionStanding.REFUSED
    decided = ticket.extensions[fact.task].model_copy(update={"standing": standing})
    return {"extensions": {**ticket.extensions, fact.task: decided}}


@change.register
def _(fact: Hung, ticket: Ticket) -> Change:
    """Return the matter as hung; nothing is promised for a day any more."""
    hanging = Hanging(since=fact.at, plan=fact.plan, approved_by=fact.approved_by)
    return {"hanging": hanging, "times_hung": ticket.times_hung + 1, "promised_at": None}


@change.register
def _(_fact: HungReviewed, ticket: Ticket) -> Change:
    """Return the matter on hold with one review more."""
    return {"hanging": _counted(ticket, "reviews")}


@change.register
def _(_fact: RequesterUpdated, ticket: Ticket) -> Change:
    """Return the matter on hold with one word to the requester more."""
    return {"hanging": _counted(ticket, "updates")}


@change.register
def _(fact: TakenOff, _ticket: Ticket) -> Change:
    """Return the ticket off the ledger."""
    return {"hanging": None, "turn": fact.turn}


@change.register
def _(fact: ReadByHead, ticket: Ticket) -> Change:
    """Return the readings with this one."""
    reading = HeadReading(unit=fact.unit, person=fact.person, turn=fact.turn, at=fact.at)
    return {"readings": (*ticket.readings, reading)}


@change.register
def _(fact: PreSurveyHeld, _ticket: Ticket) -> Change:
    """Return the ticket with these answers as the unit's last ones; the surveys stay as they are."""
    said = PreSurveyed(
        at=fact.at,
        round=fact.round,
        times=fact.times,
        result=fact.result,
        contacted=fact.contacted,
        resolved=fact.resolved,
        satisfied=fact.satisfied,
        discontent=fact.discontent,
    )
    return {"pre_survey": said}


@change.register
def _(_fact: Deliberated | HangingProposed | HangingRefused, _ticket: Ticket) -> Change:
    """Change nothing but status and version."""
    return {}


def _counted(ticket: Ticket, what: str) -> Hanging | None:
    hanging = ticket.hanging
    return hanging and hanging.model_copy(update={what: getattr(hanging, what) + 1})
