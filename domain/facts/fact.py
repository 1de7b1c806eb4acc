"""Every kind of fact as one type, discriminated by its `kind`."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from domain.facts.accept import CitizenFact, DisposingFact, EmergencyFact, RiskFact
from domain.facts.adopt import EditionAdopted
from domain.facts.dispatch import ConsultationFact, IndustryFact, ObjectionFact
from domain.facts.handle import (
    Deliberated,
    ExtensionFact,
    HangingFact,
    PreSurveyHeld,
    ReadByHead,
    WhistleFact,
)
from domain.facts.incident import IncidentFact
from domain.facts.main_line import (
    Accepted,
    Answered,
    CalendarChanged,
    Classified,
    ClockMet,
    ClockMissed,
    ClockRescheduled,
    ClockStarted,
    ClockWaived,
    ClockWarned,
    Closed,
    ContactAttempted,
    Dispatched,
    Escalated,
    FeedbackGiven,
    Filed,
    LadderExhausted,
    Noted,
    Reassigned,
    RedoOrdered,
    Signed,
    Surveyed,
    SurveyOpened,
    SurveyTried,
    Urged,
    Visited,
)
from domain.facts.supervise import EscalatedByHand, OrderFact
from domain.facts.tasks import TaskFact

AnyFact = (
    Filed
    | Accepted
    | Classified
    | Answered
    | Dispatched
    | Reassigned
    | RedoOrdered
    | Signed
    | ContactAttempted
    | Visited
    | FeedbackGiven
    | ClockStarted
    | ClockWarned
    | ClockMet
    | ClockMissed
    | ClockWaived
    | ClockRescheduled
    | Escalated
    | LadderExhausted
    | SurveyOpened
    | SurveyTried
    | Surveyed
    | Urged
    | Noted
    | CalendarChanged
    | Closed
    | TaskFact
    | DisposingFact
    | EmergencyFact
    | RiskFact
    | CitizenFact
    | ExtensionFact
    | OrderFact
    | HangingFact
    | IncidentFact
    | ObjectionFact
    | IndustryFact
    | ConsultationFact
    | WhistleFact
    | EscalatedByHand
    | Deliberated
    | EditionAdopted
    | ReadByHead
    | PreSurveyHeld
)


Fact = Annotated[AnyFact, Field(discriminator="kind")]
"""One thing that happened, discriminated by `kind`."""


FACT: TypeAdapter[AnyFact] = TypeAdapter(Fact)
"""Reads a fact back from JSON."""
