"""Whose task the engine hands out first when more wait than workers can take: docs/adr/0011.

Set when a workflow starts, inherited by all its tasks, kept when it continues as new; no command of a
workflow knows of it, so histories replay whatever stands here. Level before key: a lower level goes first,
and within a level the keys take turns.
"""

from temporalio.common import Priority

from domain.messages import Intake
from domain.vocabulary import Channel, Tier

BULK = frozenset({Channel.IMPORT, Channel.OPEN311})
"""The channels by which programs file, as fast as they can: behind people, emergencies excepted."""

_EMERGENCY, _URGENT, _NORMAL, _BULK, _BATCH = 1, 2, 3, 4, 5

BATCH = Priority(priority_key=_BATCH, fairness_key="batch")
"""Of workflows that go through all tickets: no person waits for their next page."""


def of_ticket(intake: Intake) -> Priority:
    """Return how soon tasks of the ticket are handed out: by tier, and channels in turn within a level.

    It stays what it was at filing: the engine does not take another one for a running workflow.
    """
    return Priority(priority_key=_level(intake), fairness_key=intake.channel.value)


def _level(intake: Intake) -> int:
    if intake.terms.tier is Tier.TIER_1:
        return _EMERGENCY
    if intake.channel in BULK:
        return _BULK
    return _URGENT if intake.terms.tier is Tier.TIER_2 else _NORMAL
