"""What happens when somebody escalates by hand."""

from typing import Literal

from domain.happening import Happening
from domain.messages import TextRef
from domain.terms import Named
from domain.vocabulary import EscalateTo


class EscalatedByHand(Happening):
    """A desk was asked for its opinion and for measures; its task is opened with the next fact."""

    kind: Literal["escalated_by_hand"] = "escalated_by_hand"
    task: str
    to: EscalateTo
    desk: Named
    opinion: TextRef
    measures: TextRef
