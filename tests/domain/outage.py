"""A heating outage for tests: an incident of the sample's town, and what is said about it."""

from domain import messages as m
from domain.facts.incident import IncidentBrief, Result
from domain.incident.incident import GiveResult, Opening, ResultOfIncident
from domain.incident.membership import JoinIncident
from domain.terms import Named
from domain.vocabulary import Outcome
from tests import sample

INCIDENT = "I20261102-000001"
REPLY = m.TextRef(id="t-2", hash="h-2")


def brief(lead: Named = sample.TOWN, result: Result | None = None, *, closed: bool = False) -> IncidentBrief:
    """Return the brief of the outage that a ticket has before it joins."""
    return IncidentBrief(number=INCIDENT, lead=sample.assignment(lead), result=result, closed=closed)


def opening(number: str = INCIDENT, lead: Named = sample.TOWN, actor: m.Actor = sample.DISPATCHER) -> Opening:
    """Return the start argument of the outage's workflow."""
    return Opening(
        number=number,
        opened_at=sample.MONDAY,
        actor=actor,
        category=Named(code="heating", zh="供暖", en="Heating"),
        place=sample.intake().place,
        place_zh="昌平区 回龙观街道",
        lead=sample.assignment(lead),
        about=sample.TEXT,
        city_desk=sample.CITY_DESK,
    )


def join(actor: m.Actor = sample.DISPATCHER, incident: str = INCIDENT) -> JoinIncident:
    """Return the decision that a ticket has the outage's cause."""
    return JoinIncident(actor=actor, incident=incident, reason=sample.TEXT)


def result(number: int = 1) -> Result:
    """Return a result of the outage: the heating runs again."""
    return Result(
        number=number, at=sample.MONDAY, actor=sample.HANDLER, outcome=Outcome.RESOLVED, reply=REPLY
    )


def result_signal(number: int = 1, incident: str = INCIDENT) -> ResultOfIncident:
    """Return the signal by which a ticket hears of a result."""
    return ResultOfIncident(incident=incident, result=result(number))


def give_result(actor: m.Actor = sample.HANDLER) -> GiveResult:
    """Return the lead unit's command."""
    return GiveResult(actor=actor, outcome=Outcome.RESOLVED, reply=REPLY)
