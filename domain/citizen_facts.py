"""What a requester does to a request that is on its way, or has ended."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from domain.happening import Happening, Told
from domain.messages import TextRef

if TYPE_CHECKING:
    from domain.ticket import Ticket


class Supplemented(Happening):
    """The requester added facts."""

    kind: Literal["supplemented"] = "supplemented"
    text: TextRef
    times: int

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return how often facts were added."""
        del ticket
        return {"supplements": self.times}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the responsible unit; the city's desk while there is none, or while it reviews whose it is."""
        return [(ticket.hears.code, "supplemented", f"{self.times}", {})]


class WithdrawalAsked(Happening):
    """The requester wants the request back while it is supervised: it ends when that is answered."""

    kind: Literal["withdrawal_asked"] = "withdrawal_asked"
    reason: TextRef | None

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the wish as the one that waits."""
        del ticket
        return {"withdrawal": self}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the unit and the city's desk."""
        unit = [ticket.assignment.unit.code] if ticket.assignment else []
        to = sorted({*unit, ticket.terms.city_desk.code})
        return [(one, "withdrawal_asked", f"{ticket.version}", {}) for one in to]


class Withdrawn(Happening):
    """The requester took the request back before there was an outcome; the end follows."""

    kind: Literal["withdrawn"] = "withdrawn"
    reason: TextRef | None


class Reopened(Happening):
    """The requester says, in time, that an ended matter is not over: another round begins."""

    kind: Literal["reopened"] = "reopened"
    reason: TextRef
    round: int
    times: int = Field(description="how often the ticket was opened again, this time included")

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the ticket as it waits for a unit once more; what was said and done stays on record."""
        del ticket
        return {
            "reopened": self.times,
            "incident": None,
            "consultation": None,
            "round": self.round,
            "ending": None,
            "closed_at": None,
            "contacts": 0,
            "contacted": False,
            "visited": False,
            "outcome": None,
            "feedback_at": None,
            "survey_tries": 0,
            "survey_try_open": False,
            "last_try_at": None,
            "reopened_at": self.at,
            "withdrawal": None,
            "disposed": None,
            "nuisance": None,
            "handed_over": {},
        }

    def told(self, ticket: "Ticket") -> Told:
        """Tell the requester and the city's desk."""
        from domain.notices import REQUESTER  # noqa: PLC0415 - it reads the facts, this one too

        to = (REQUESTER, ticket.terms.city_desk.code)
        return [(one, "reopened", f"{self.times}", {}) for one in to]


CitizenFact = Supplemented | WithdrawalAsked | Withdrawn | Reopened
"""Everything a requester brings about besides filing, urging and answering."""
