"""Which way off the main line a matter takes: pure draws, the same for the same seed."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.vocabulary import RequestType, UnitKind
from simulation.city import Request
from simulation.people import drawn, rng_for

SHORTEST = timedelta(seconds=12)
"""Less time than this leaves no room for more than the main line."""


class Turning(StrEnum):
    """What a unit does with a ticket besides the main line."""

    NONE = "none"
    OBJECT = "object"
    WHISTLE = "whistle"
    ASSIST = "assist"
    HANG = "hang"


_TURNINGS = {Turning.NONE: 72, Turning.OBJECT: 7, Turning.WHISTLE: 12, Turning.ASSIST: 4, Turning.HANG: 5}
_WANT_SOMETHING = (RequestType.COMPLAINT, RequestType.HELP, RequestType.REPORT)


@dataclass(frozen=True)
class Helping:
    """How a unit that is asked for its part behaves; `after` in seconds.

    `comes`: it answers, or is on the spot, at all. `reports_first`: an interim report before the answer.
    """

    after: float
    comes: bool
    reports_first: bool


def turning_of(seed: int, unit: str, kind: UnitKind, ticket: str, turn: int, left: timedelta) -> Turning:
    """Return what `unit` does besides the main line with `ticket`, for which it has the time `left`.

    Only in the first turn, and never at a desk. A unit that is no street or town asks for assistance, it
    does not whistle.
    """
    if turn != 1 or kind is UnitKind.DESK or left < SHORTEST:
        return Turning.NONE
    turning = drawn(rng_for(seed, "turning", unit, ticket), _TURNINGS)
    if turning is Turning.WHISTLE and kind is not UnitKind.TOWN:
        return Turning.ASSIST
    return turning


def is_upheld(seed: int, ticket: str) -> bool:
    """Return whether the review of an objection that proposes somebody else finds it right."""
    return rng_for(seed, "verdict", ticket).random() < 0.6  # noqa: PLR2004 - somewhat more often than not


def is_hung(seed: int, ticket: str) -> bool:
    """Return whether the desk takes a matter on the hold ledger."""
    return rng_for(seed, "ledger", ticket).random() < 0.8  # noqa: PLR2004 - most plans are sound


def helping_of(seed: int, unit: str, ticket: str) -> Helping:
    """Return how `unit` does its part of `ticket`, which another unit leads."""
    rng = rng_for(seed, "helping", unit, ticket)
    return Helping(
        after=rng.uniform(0.5, 2.5),
        comes=rng.random() < 0.85,  # noqa: PLR2004 - now and then one stays away
        reports_first=rng.random() < 0.35,  # noqa: PLR2004 - one in three needs longer
    )


def withdraws_after(seed: int, ticket: str, request: Request) -> float | None:
    """Return after how many seconds the requester takes `request` back; null: not at all."""
    rng = rng_for(seed, "mind", ticket)
    changes = rng.random() < 0.05  # noqa: PLR2004 - one in twenty
    return rng.uniform(2.0, 9.0) if changes and request.type in _WANT_SOMETHING else None
