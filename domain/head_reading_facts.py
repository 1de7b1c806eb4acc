"""That the head of a unit has read a ticket (领导签阅), and when."""

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from domain.happening import Happening
from domain.model import Value

if TYPE_CHECKING:
    from domain.ticket import Ticket


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
