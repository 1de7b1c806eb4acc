"""What can happen while a unit handles a ticket: whistles, extensions, the ledger, pre-callbacks."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from domain.facts.happening import Happening, Told, unit_of
from domain.facts.tasks import TaskHappening
from domain.messages import ProofRef, TextRef
from domain.model import Value
from domain.terms import Named
from domain.time.limits import Limit
from domain.vocabulary import ExtensionStanding, Level, Satisfaction, TryResult, WhistleKind

if TYPE_CHECKING:
    from domain.ticket.ticket import Ticket


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


def ended_with_the_ticket(whistles: dict[str, Whistle], at: datetime) -> dict[str, Whistle]:
    """Return `whistles` with those that were open as ended: nobody works together on a closed ticket."""
    open_ones = {key: one for key, one in whistles.items() if one.ended_at is None}
    return whistles | {key: one.model_copy(update={"ended_at": at}) for key, one in open_ones.items()}


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

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the ticket's whistles with the new one."""
        new = Whistle(key=self.whistle, what=self.what, by=self.by, tasks=self.tasks, meets_at=self.meets_at)
        return {"whistles": {**ticket.whistles, self.whistle: new}}


class ReportedIn(TaskHappening):
    """A called unit is on the spot; from now on the joint work has its time."""

    kind: Literal["reported_in"] = "reported_in"
    whistle: str
    place: TextRef | None
    proof: tuple[ProofRef, ...]
    clock: str = Field(description="the clock that runs from now on")

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the unit as present, its task under the new clock."""
        whistle, unit = ticket.whistles[self.whistle], ticket.tasks[self.task].holder.code
        present = whistle.model_copy(update={"present": (*whistle.present, unit)})
        return {
            "whistles": {**ticket.whistles, self.whistle: present},
            **self._with(ticket, clock=self.clock),
        }

    def told(self, ticket: "Ticket") -> Told:
        """Tell the town that whistled."""
        to, unit = ticket.whistles[self.whistle].by.code, ticket.tasks[self.task].holder.code
        return [(to, "reported_in", self.task, {"task": self.task, "unit": unit})]


class WhistleEnded(Happening):
    """The town says that it is done; who came and who failed to stands on record."""

    kind: Literal["whistle_ended"] = "whistle_ended"
    whistle: str
    result: TextRef
    proof: tuple[ProofRef, ...]
    absent: tuple[str, ...] = Field(description="who did not come although it was time")

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the whistle as ended."""
        ended = ticket.whistles[self.whistle].model_copy(update={"ended_at": self.at})
        return {"whistles": {**ticket.whistles, self.whistle: ended}}

    def told(self, ticket: "Ticket") -> Told:
        """Tell every unit that was called."""
        called = ticket.whistles[self.whistle].tasks
        return [(unit, "whistle_ended", self.whistle, {"whistle": self.whistle}) for unit in called]


class WhistleRated(Happening):
    """One side of a whistle rated the other. Source: Ordinance art. 33, both sides are appraised."""

    kind: Literal["whistle_rated"] = "whistle_rated"
    whistle: str
    by: str
    of: str
    grade: Satisfaction
    comment: TextRef | None

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the whistle with one rating more."""
        whistle = ticket.whistles[self.whistle]
        rating = Rating(by=self.by, of=self.of, grade=self.grade)
        rated = whistle.model_copy(update={"ratings": (*whistle.ratings, rating)})
        return {"whistles": {**ticket.whistles, self.whistle: rated}}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the side that was rated."""
        del ticket
        about = {"whistle": self.whistle, "grade": self.grade.value}
        return [(self.of, "whistle_rated", f"{self.whistle}/{self.by}", about)]


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
    """The unit asked for more time, saying why and by what law, with proof that the requester was told."""

    kind: Literal["extension_asked"] = "extension_asked"
    task: str
    clock: str
    limit: Limit
    until: datetime
    basis: TextRef
    reason: TextRef
    proof: tuple[ProofRef, ...]
    centre: Named

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the applications with the new one."""
        asked = Extension(task=self.task, clock=self.clock, limit=self.limit, until=self.until)
        return {"extensions": {**ticket.extensions, self.task: asked}}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the centre. Source: Ordinance art. 15 (2)."""
        del ticket
        return [(self.centre.code, "extension_applied", self.task, {"until": self.until.isoformat()})]


class ExtensionDecided(Happening):
    """The desk granted or refused it; only a grant moves the requester's limit, by the fact that follows."""

    kind: Literal["extension_decided"] = "extension_decided"
    task: str
    granted: bool
    reason: TextRef
    until: datetime = Field(description="when the answer is due from now on")

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the application as decided."""
        standing = ExtensionStanding.GRANTED if self.granted else ExtensionStanding.REFUSED
        decided = ticket.extensions[self.task].model_copy(update={"standing": standing})
        return {"extensions": {**ticket.extensions, self.task: decided}}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the unit either way, and the requester, with the reason, when there is a new promise."""
        about = {"until": self.until.isoformat(), "reason": self.reason.id}
        kind = "extension_granted" if self.granted else "extension_refused"
        to = [*unit_of(ticket), "requester"] if self.granted else unit_of(ticket)
        return [(recipient, kind, self.task, about) for recipient in to]


ExtensionFact = ExtensionAsked | ExtensionDecided
"""Everything that can happen to an application for more time."""


class Hanging(Value):
    """A matter on the hung ledger, since when and by whose approval."""

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

    def told(self, ticket: "Ticket") -> Told:
        """Tell the unit."""
        return [(to, "hanging_refused", self.task, {"task": self.task}) for to in unit_of(ticket)]


class Hung(Happening):
    """The desk took the matter on the ledger; the requester's clock stops being awaited."""

    kind: Literal["hung"] = "hung"
    task: str
    plan: TextRef
    approved_by: Named
    reason: TextRef | None
    elapsed: timedelta = Field(description="how much of the requester's limit had run")

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the matter as hung; nothing is promised for a day any more."""
        hanging = Hanging(since=self.at, plan=self.plan, approved_by=self.approved_by)
        return {"hanging": hanging, "times_hung": ticket.times_hung + 1, "promised_at": None}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the requester and the unit."""
        return [(to, "hung", self.task, {"task": self.task}) for to in [*unit_of(ticket), "requester"]]


class HungReviewed(Happening):
    """A desk looked at the hung matter: it stays on the ledger, or goes back to the unit."""

    kind: Literal["hung_reviewed"] = "hung_reviewed"
    task: str
    text: TextRef
    goes_on: bool

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the hung matter with one review more."""
        return {"hanging": _counted(ticket, "reviews")}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the unit."""
        return [(to, "hung_reviewed", self.task, {"task": self.task}) for to in unit_of(ticket)]


class RequesterUpdated(Happening):
    """The requester was told how the hung matter stands."""

    kind: Literal["requester_updated"] = "requester_updated"
    task: str
    text: TextRef

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the hung matter with one word to the requester more."""
        return {"hanging": _counted(ticket, "updates")}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the requester."""
        del ticket
        return [("requester", "hung_update", self.task, {"text": self.text.id})]


class TakenOff(Happening):
    """The matter left the ledger (销账): the unit handles it again under a fresh limit."""

    kind: Literal["taken_off"] = "taken_off"
    turn: int
    because: str = Field(description="cleared, reviewed, or not_reviewed")
    reason: TextRef | None = None
    proof: tuple[ProofRef, ...] = ()

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the ticket off the ledger."""
        del ticket
        return {"hanging": None, "turn": self.turn}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the requester and the unit."""
        about = {"because": self.because}
        return [(to, "taken_off", f"{self.turn}", about) for to in [*unit_of(ticket), "requester"]]


def _counted(ticket: "Ticket", what: str) -> Hanging | None:
    hanging = ticket.hanging
    return hanging and hanging.model_copy(update={what: getattr(hanging, what) + 1})


HangingFact = HangingProposed | HangingRefused | Hung | HungReviewed | RequesterUpdated | TakenOff
"""Everything that can happen to a matter on its way to, on and off the hung ledger."""


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

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the readings with this one."""
        reading = HeadReading(unit=self.unit, person=self.person, turn=self.turn, at=self.at)
        return {"readings": (*ticket.readings, reading)}


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

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the ticket with these answers as the unit's last ones; the surveys stay as they are."""
        del ticket
        said = PreSurveyed(
            at=self.at,
            round=self.round,
            times=self.times,
            result=self.result,
            contacted=self.contacted,
            resolved=self.resolved,
            satisfied=self.satisfied,
            discontent=self.discontent,
        )
        return {"pre_survey": said}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the unit's own desk: its district's, else the city's."""
        desks = ticket.assignment.desks if ticket.assignment else {}
        desk = desks.get(Level.DISTRICT, ticket.terms.city_desk).code
        about = {"result": str(self.result), "discontent": "yes" if self.discontent else "no"}
        return [(desk, "pre_survey_held", f"{self.times}", about)] if desk != self.actor.unit else []
