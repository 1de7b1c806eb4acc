"""What the requester told the unit itself (预回访), beside the centre's survey and never in its place."""

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from domain.happening import Happening, Told
from domain.messages import TextRef
from domain.model import Value
from domain.vocabulary import Level, Satisfaction, TryResult

if TYPE_CHECKING:
    from domain.ticket import Ticket


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
