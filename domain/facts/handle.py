"""What can happen while a unit handles a ticket: whistles, extensions, the ledger, pre-callbacks."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from domain.facts.happening import Happening
from domain.facts.tasks import TaskHappening
from domain.messages import ProofRef, TextRef
from domain.model import Value
from domain.terms import Named
from domain.time.limits import Limit
from domain.vocabulary import ExtensionStanding, Satisfaction, TryResult, WhistleKind


class Rating(Value):
    """What one side of a whistle says of the other."""

    by: str
    of: str
    grade: Satisfaction


class Whistle(Value):
    """One whistle of a town. `tasks`: the task of each unit that was called, by the unit's code."""

    key: str
    what: WhistleKind
    by: Named
    tasks: dict[str, str]
    meets_at: datetime | None
    present: tuple[str, ...] = ()
    ended_at: datetime | None = None
    ratings: tuple[Rating, ...] = ()


class WhistleBlown(Happening):
    """A town called units to come; each has its task with the next facts."""

    kind: Literal["whistle_blown"] = "whistle_blown"
    whistle: str
    what: WhistleKind
    by: Named
    tasks: dict[str, str] = Field(description="unit → its task")
    place: TextRef
    meets_at: datetime | None = Field(description="null: at once, or within the edition's time")
    about: TextRef


class ReportedIn(TaskHappening):
    """A called unit is on the spot; from now on the joint work has its time."""

    kind: Literal["reported_in"] = "reported_in"
    whistle: str
    place: TextRef | None
    proof: tuple[ProofRef, ...]
    clock: str = Field(description="the clock that runs from now on")


class WhistleEnded(Happening):
    """The town says that it is done; who came and who failed to stands on record."""

    kind: Literal["whistle_ended"] = "whistle_ended"
    whistle: str
    result: TextRef
    proof: tuple[ProofRef, ...]
    absent: tuple[str, ...] = Field(description="who did not come although it was time")


class WhistleRated(Happening):
    """One side of a whistle rated the other. Source: Ordinance art. 33, both sides are appraised."""

    kind: Literal["whistle_rated"] = "whistle_rated"
    whistle: str
    by: str
    of: str
    grade: Satisfaction
    comment: TextRef | None


WhistleFact = WhistleBlown | ReportedIn | WhistleEnded | WhistleRated
"""Everything that can happen to a whistle."""


class Deliberated(TaskHappening):
    """Residents have deliberated: how many came, and what they came to. The task ends with the next fact."""

    kind: Literal["deliberated"] = "deliberated"
    attended: int
    result: TextRef


class Extension(Value):
    """One application for more time; `clock` is the requester's clock it is about."""

    task: str
    clock: str
    limit: Limit = Field(description="the whole limit as it would be, counted from the same beginning")
    until: datetime
    standing: ExtensionStanding = ExtensionStanding.ASKED


class ExtensionAsked(Happening):
    """The unit asked for more time: why, by what law, and the proof that the requester was notified."""

    kind: Literal["extension_asked"] = "extension_asked"
    task: str
    clock: str
    limit: Limit
    until: datetime
    basis: TextRef
    reason: TextRef
    proof: tuple[ProofRef, ...]
    centre: Named


class ExtensionDecided(Happening):
    """The desk granted or refused it; only a grant moves the requester's limit, by the fact that follows."""

    kind: Literal["extension_decided"] = "extension_decided"
    task: str
    granted: bool
    reason: TextRef
    until: datetime = Field(description="when the answer is due from now on")


ExtensionFact = ExtensionAsked | ExtensionDecided
"""Everything that can happen to an application for more time."""


class Hanging(Value):
    """A matter on the hold ledger, since when and by whose approval."""

    since: datetime
    plan: TextRef
    approved_by: Named
    reviews: int = 0
    updates: int = 0


class HangingProposed(Happening):
    """The unit proposed to hang the matter; its plan goes with the task that asks the desk."""

    kind: Literal["hanging_proposed"] = "hanging_proposed"
    task: str
    plan: TextRef
    proof: tuple[ProofRef, ...]


class HangingRefused(Happening):
    """The desk did not take it on the ledger; the requester's clock has run on."""

    kind: Literal["hanging_refused"] = "hanging_refused"
    task: str
    reason: TextRef


class Hung(Happening):
    """The desk took the matter on the ledger; the requester's clock stops being awaited."""

    kind: Literal["hung"] = "hung"
    task: str
    plan: TextRef
    approved_by: Named
    reason: TextRef | None
    elapsed: timedelta = Field(description="how much of the requester's limit had run")


class HungReviewed(Happening):
    """A desk looked at the matter on hold: it stays on the ledger, or goes back to the unit."""

    kind: Literal["hung_reviewed"] = "hung_reviewed"
    task: str
    text: TextRef
    goes_on: bool


class RequesterUpdated(Happening):
    """The requester was notified how the matter on hold stands."""

    kind: Literal["requester_updated"] = "requester_updated"
    task: str
    text: TextRef


class TakenOff(Happening):
    """The matter left the ledger (销账): the unit handles it again under a fresh limit."""

    kind: Literal["taken_off"] = "taken_off"
    turn: int
    because: str = Field(description="cleared, reviewed, or not_reviewed")
    reason: TextRef | None = None
    proof: tuple[ProofRef, ...] = ()


HangingFact = HangingProposed | HangingRefused | Hung | HungReviewed | RequesterUpdated | TakenOff
"""Everything that can happen to a matter on its way to, on and off the hold ledger."""


class HeadReading(Value):
    """One person's reading: of which unit, in which of the ticket's turns, when."""

    unit: str
    person: str
    turn: int
    at: datetime


class ReadByHead(Happening):
    """The head of the responsible unit, or of a desk above it, has read the ticket."""

    kind: Literal["read_by_head"] = "read_by_head"
    unit: str
    person: str
    turn: int = Field(description="the responsible unit's turn in which it was read")


class PreSurveyed(Value):
    """What the unit's last call came to: the answers, null where nobody answered, and whether to mend it."""

    at: datetime
    round: int
    times: int = Field(description="how often the unit has asked, this time included")
    result: TryResult
    contacted: bool | None
    resolved: bool | None
    satisfied: Satisfaction | None
    discontent: bool = Field(description="not resolved, or one of the failing grades: weak as it stands")


class PreSurveyHeld(Happening):
    """The unit asked the requester itself; it counts for no rate and ends nothing."""

    kind: Literal["pre_survey_held"] = "pre_survey_held"
    round: int
    times: int
    result: TryResult
    contacted: bool | None = None
    resolved: bool | None = None
    satisfied: Satisfaction | None = None
    discontent: bool
    comment: TextRef | None = None
