"""The lanes of the API: the limits of each, which requests belong to it, and the weights of their keys."""

from datetime import timedelta
from typing import Protocol

from api.lane_limits import Bounds, Lane, LaneLimits
from domain.vocabulary import Channel

LINES = "application/x-ndjson"
"""The media type of what is sent line by line, as long as there is something to send."""
REPORTS = ("/api/v1/directory/proposals", "/api/v1/editions/preview")
REPORT_ENDS = ("/archive",)
"""Reports look back or ahead, and can wait. A feed is none: units work from it."""

_WEIGHTS = {Channel.PHONE: 8.0, Channel.POLICE: 8.0, Channel.IMPORT: 1.0, Channel.OPEN311: 1.0}
_WEIGHT = 4.0
"""Turns of a channel: on the telephone a caller waits with the operator; an importing program can wait."""

_WAIT = {
    Lane.INTAKE: (2000, timedelta(seconds=30)),
    Lane.COMMANDS: (400, timedelta(seconds=8)),
    Lane.LISTS: (100, timedelta(seconds=4)),
    Lane.REPORTS: (10, timedelta(seconds=2)),
}
"""How many of a lane may wait for a place, and how long. A waiting request costs a few kilobytes."""


class Rooms(Protocol):
    """How many places each lane has."""

    @property
    def intake_places(self) -> int:
        """Return the places of intake."""
        ...

    @property
    def command_places(self) -> int:
        """Return the places of commands."""
        ...

    @property
    def list_places(self) -> int:
        """Return the places of lists."""
        ...

    @property
    def report_places(self) -> int:
        """Return the places of reports."""
        ...


def bounds_of(rooms: Rooms) -> dict[Lane, Bounds]:
    """Return the bounds that `rooms` ask for.

    One channel holds half of intake's places at most: so it alone stops reports, and never lists or commands.
    A lane that stands still – commands while the engine is away – stops no other.
    """
    intake = rooms.intake_places
    sizes = {
        Lane.INTAKE: (intake, intake),
        Lane.COMMANDS: (rooms.command_places, max(1, intake * 7 // 8)),
        Lane.LISTS: (rooms.list_places, max(1, intake * 5 // 8)),
        Lane.REPORTS: (rooms.report_places, max(1, intake // 4)),
    }
    return {lane: Bounds(places, gives_way, *_WAIT[lane]) for lane, (places, gives_way) in sizes.items()}


def limits_of(rooms: Rooms) -> LaneLimits:
    """Return the places of an API with these `rooms`."""
    return LaneLimits(bounds_of(rooms), weight)


def weight(lane: Lane, key: str) -> float:
    """Return how many turns a key has to one of weight 1; only channels of intake differ."""
    if lane is not Lane.INTAKE:
        return 1.0
    return _WEIGHTS.get(Channel(key), _WEIGHT)


def lane_of(path: str) -> Lane:
    """Return the lane of what is read at `path`."""
    is_report = path.startswith(REPORTS) or path.endswith(REPORT_ENDS)
    return Lane.REPORTS if is_report else Lane.LISTS
