"""Desks that may be asked for something although no edition lists them as a unit for a matter."""

from domain.calendar import ALWAYS_OPEN
from domain.terms import Assignment, Named
from domain.vocabulary import UnitKind


def always_there(unit: Named) -> Assignment:
    """Return `unit` as one that can be asked at any hour and answers to nobody but the city's desk."""
    return Assignment(unit=unit, kind=UnitKind.DESK, district=None, desks={}, hours=ALWAYS_OPEN)
