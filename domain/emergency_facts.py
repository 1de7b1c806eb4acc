"""What happens when a matter is handed to an emergency service (即时转紧急专线)."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from domain.happening import Happening, Told
from domain.messages import TextRef
from domain.task_facts import TaskHappening
from domain.vocabulary import EmergencyService, TaskStanding

if TYPE_CHECKING:
    from domain.ticket import Ticket


class HandedOver(Happening):
    """The matter was handed to 110, 119, 120 or 122, which has to acknowledge it."""

    kind: Literal["handed_over"] = "handed_over"
    task: str
    service: EmergencyService
    also_handle: bool = Field(description="the ticket goes on beside the emergency service")
    text: TextRef | None = None

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the hand-overs of the ticket with this one, by task."""
        return {"handed_over": {**ticket.handed_over, self.task: self}}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the requester who comes; the service itself is told by the task."""
        from domain.notices import REQUESTER  # noqa: PLC0415 - it reads the facts, this one too

        del ticket
        return [(REQUESTER, "handed_over", self.task, {"service": str(self.service)})]


class Acknowledged(TaskHappening):
    """The service has the matter; `reference` is its own number for it."""

    kind: Literal["acknowledged"] = "acknowledged"
    reference: str

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the task as done."""
        return self._with(ticket, standing=TaskStanding.DONE, closed_at=self.at)


EmergencyFact = HandedOver | Acknowledged
"""Everything that happens between the hotline and an emergency service."""
