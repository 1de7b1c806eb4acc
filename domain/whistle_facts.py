"""What happens around a whistle: blown, reported in to, ended, rated by both sides."""

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from domain.happening import Happening, Told
from domain.messages import ProofRef, TextRef
from domain.model import Value
from domain.task_facts import TaskHappening
from domain.terms import Named
from domain.vocabulary import Satisfaction, WhistleKind

if TYPE_CHECKING:
    from domain.ticket import Ticket


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
