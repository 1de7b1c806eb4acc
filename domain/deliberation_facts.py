"""What happens when residents deliberate."""

from typing import Literal

from domain.messages import TextRef
from domain.task_facts import TaskHappening


class Deliberated(TaskHappening):
    """Residents have deliberated: how many came, and what they came to. The task ends with the next fact."""

    kind: Literal["deliberated"] = "deliberated"
    attended: int
    result: TextRef
