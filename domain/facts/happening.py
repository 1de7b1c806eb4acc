"""What every fact is: something that happened, at an instant, by an actor."""

from datetime import datetime

from domain.messages import Actor
from domain.model import Value


class Happening(Value):
    """What every fact carries: the engine's time, and who did it."""

    at: datetime
    actor: Actor
