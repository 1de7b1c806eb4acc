"""The lanes of the API: how much room each has, which requests are in it, whose turns count for more."""

from datetime import timedelta

from api.places import Bounds, Lane, Places
from domain.vocabulary import Channel
from settings import Settings

_REPORTS = ("/api/v1/reports", "/api/v1/exports", "/api/v1/editions/preview")
_REPORT_ENDS = ("/archive",)

_WEIGHTS = {Channel.PHONE: 8.0, Channel.POLICE: 8.0, Channel.IMPORT: 1.0, Channel.OPEN311: 1.0}
_WEIGHT = 4.0
"""Turns of a channel: somebody on the telephone waits with the operator; a program that files can wait."""

_WAIT = {
    Lane.INTAKE: (2000, timedelta(seconds=30)),
    Lane.COMMANDS: (400, timedelta(seconds=8)),
    Lane.LISTS: (100, timedelta(seconds=4)),
    Lane.REPORTS: (10, timedelta(seconds=2)),
}
"""How many of a lane may wait for a place, and how long. A waiting request costs a few kilobytes."""


def bounds_of(settings: Settings) -> dict[Lane, Bounds]:
    """Return the bounds that `settings` ask for.

    The ceilings rise with what a lane matters. All places of the lower lanes together fit below the ceiling
    of reports, so a lane that stands still – commands while the engine is away – keeps none below it from
    working; only intake pushes others out, reports first.
    """
    others = settings.command_places + settings.list_places + settings.report_places
    intake = settings.intake_places
    rooms = {
        Lane.INTAKE: (intake, others + intake),
        Lane.COMMANDS: (settings.command_places, others + intake * 3 // 4),
        Lane.LISTS: (settings.list_places, others + intake // 2),
        Lane.REPORTS: (settings.report_places, others + intake // 4),
    }
    return {lane: Bounds(places, ceiling, *_WAIT[lane]) for lane, (places, ceiling) in rooms.items()}


def places_of(settings: Settings) -> Places:
    """Return the places of an API with these `settings`."""
    return Places(bounds_of(settings), weight)


def weight(lane: Lane, key: str) -> float:
    """Return how many turns a key has to one of weight 1; channels of intake differ, nobody else does."""
    if lane is not Lane.INTAKE:
        return 1.0
    return _WEIGHTS.get(Channel(key), _WEIGHT)


def lane_of(path: str) -> Lane:
    """Return the lane of what is read at `path`."""
    is_report = path.startswith(_REPORTS) or path.endswith(_REPORT_ENDS)
    return Lane.REPORTS if is_report else Lane.LISTS
