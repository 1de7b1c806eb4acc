"""Whom the responsibility directory names for a matter at a place, and why (派单目录).

The deepest category that the directory speaks of decides, and there the row with the narrowest place. A row
whose lead is the town or district of the place needs to know that place: where it does not, the matter
goes to the place's last row, its district or the city's desk, rather than to the unit of the wider matter.
Source: Ordinance art. 11, 12.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from domain.model import Value
from domain.terms import Assignment, Named, Place, Routing
from domain.time.calendar import ALWAYS_OPEN
from domain.vocabulary import DispatchMode, Level, UnitKind
from phrases import Phrase
from rules.directory_checks import reach
from rules.pack import RulePack
from rules.tables import ANY, Category, DirectoryRow, Unit


class RunnerUp(Value):
    """A row that would have decided if those before it were not there."""

    row: str
    lead: Named
    mode: DispatchMode
    legal_basis: str


class Explanation(Value):
    """Why a matter goes where it goes: the routing and the rows that came after, best first."""

    edition: str
    routing: Routing
    runners_up: tuple[RunnerUp, ...]


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place as units; the district is the one that answers for the town."""

    town: Unit | None
    district: Unit | None


def route(pack: RulePack, category: str | None, place: Place, at: datetime) -> Routing:
    """Return whom the directory names for a category (null: unknown) at `place` at the aware instant `at`.

    It never fails: a district is the last row of its places, the city's desk that of all others.
    Raises `UnknownCode` only for a category, district or town that the edition does not have.
    """
    return explain(pack, category, place, at).routing


def explain(pack: RulePack, category: str | None, place: Place, at: datetime) -> Explanation:
    """Return the routing with its runners-up, the answer to “why this unit?”; arguments as for `route`."""
    spot = _spot(pack, place)
    rows = list(_candidates(pack, category, spot, at))
    routing = _routing(pack, category, rows[0], spot)
    others: dict[str, RunnerUp] = {}
    for row in rows[1:]:
        lead = _unit(pack, row.lead, spot)
        if lead and lead.code != routing.assignment.unit.code:
            runner_up = RunnerUp(
                row=str(row.origin), lead=lead.named, mode=row.mode, legal_basis=row.legal_basis
            )
            others.setdefault(lead.code, runner_up)
    return Explanation(edition=pack.identity, routing=routing, runners_up=tuple(others.values()))


def deciding_row(pack: RulePack, category: str | None, place: Place, at: datetime) -> DirectoryRow:
    """Return the row of the directory that decides; arguments and errors as for `route`."""
    return next(_candidates(pack, category, _spot(pack, place), at))


def assignment(pack: RulePack, unit: str) -> Assignment:
    """Return what the process needs to know of the unit with this code.

    A town's district gets a copy. Raises `UnknownCode`. Source: Ordinance art. 12 (1).
    """
    found = pack.unit(unit)
    district = pack.district_of(found)
    desks = {Level.CITY: pack.city_desk.named}
    watchers = [district] if district and found.kind is UnitKind.TOWN else []
    if district and found.kind not in (UnitKind.DISTRICT, UnitKind.DESK):
        desks = {Level.DISTRICT: pack.desk_of(district.code).named} | desks
    return Assignment(
        unit=found.named,
        kind=found.kind,
        district=district.named if district else None,
        desks=desks,
        hours=found.service_hours if pack.settings.quiet_hours.policy == "wait" else ALWAYS_OPEN,
        watchers=tuple(unit.named for unit in watchers),
    )


def industry_of(pack: RulePack, category: str | None) -> Named | None:
    """Return the department in charge of the category's industry (行业主管), null for an unknown category."""
    node = pack.categories.get(category or "")
    return pack.unit(node.industry).named if node else None


def spot_codes(pack: RulePack, place: Place) -> tuple[str | None, str | None]:
    """Return the codes of the place's town and of the district that answers for it. Raises `UnknownCode`."""
    spot = _spot(pack, place)
    return (spot.town.code if spot.town else None), (spot.district.code if spot.district else None)


def _spot(pack: RulePack, place: Place) -> _Spot:
    town = pack.town(place.town) if place.town else None
    district = pack.district_of(town) if town else None
    if district is None and place.district:
        district = pack.district(place.district)
    return _Spot(town, district)


def _candidates(pack: RulePack, category: str | None, spot: _Spot, at: datetime) -> Iterator[DirectoryRow]:
    """Yield the rows that fit, the deciding one first."""
    day = at.astimezone(ZoneInfo(pack.settings.time_zone)).date()
    narrowness = partial(reach, pack)
    for node in pack.path(pack.category(category).code if category else ""):
        rows = pack.rows_of(node.code, day)
        fitting = [row for row in rows if _fits(row, spot)]
        yield from sorted(fitting, key=narrowness, reverse=True)
        if not fitting and any(row.place == ANY for row in rows):
            break
    yield from sorted(
        (row for row in pack.rows_of(ANY, day) if _fits(row, spot)), key=narrowness, reverse=True
    )


def _fits(row: DirectoryRow, spot: _Spot) -> bool:
    if row.lead == "town" and spot.town is None:
        return False
    if row.lead == "district" and spot.district is None:
        return False
    return row.place == ANY or row.place in [unit.code for unit in (spot.town, spot.district) if unit]


def _unit(pack: RulePack, lead: str | None, spot: _Spot) -> Unit | None:
    """Return the unit that a lead or parallel names at `spot`; null where the place is unknown."""
    if lead is None:
        return None
    roles = {"town": spot.town, "district": spot.district, "city_desk": pack.city_desk}
    return roles[lead] if lead in roles else pack.unit(lead)


def _routing(pack: RulePack, category: str | None, row: DirectoryRow, spot: _Spot) -> Routing:
    lead = _unit(pack, row.lead, spot) or pack.city_desk
    parallel = _unit(pack, row.parallel, spot)
    if parallel is not None and parallel.code == lead.code:
        parallel = None
    matter = pack.category(category) if category else None
    named = pack.categories.get(row.matter)
    # A matter the directory speaks of goes to its district by art. 12 (2); without category a person decides.
    speaks = matter is not None and any(pack.covers_every_place(node.code) for node in pack.path(matter.code))
    certain = speaks and lead.code != pack.city_desk.code if named is None else True
    why = Phrase(
        "{about}, {place}: by the directory {sent}.",
        about=_about(matter, named),
        place=_where(spot),
        sent=_sent(row.mode, lead, parallel),
        basis=row.legal_basis,
    )
    return Routing(
        assignment=assignment(pack, lead.code),
        mode=row.mode,
        certain=certain,
        row=str(row.origin),
        legal_basis=row.legal_basis,
        why_zh=why.zh,
        why_en=why.en,
        parallel=parallel.named if parallel else None,
        edition=pack.identity,
    )


def _about(matter: Category | None, named: Category | None) -> Phrase:
    """Return what the request is about, and as what the directory names it where that is wider."""
    if matter is None:
        return Phrase("Matter not classified")
    if named is None or named is matter:
        return Phrase("Matter '{matter}'", matter=matter)
    return Phrase("Matter '{matter}' (as '{named}')", matter=matter, named=named)


def _where(spot: _Spot) -> Phrase:
    place = spot.town or spot.district
    return Phrase("place unknown") if place is None else Phrase("place {place}", place=place)


def _sent(mode: DispatchMode, lead: Unit, parallel: Unit | None) -> Phrase:
    if lead.kind is UnitKind.DESK:
        return Phrase("taken in by {lead}", lead=lead)
    match mode:
        case DispatchMode.DIRECT:
            return Phrase("sent to {lead} (direct dispatch)", lead=lead)
        case DispatchMode.DISTRICT:
            return Phrase("sent to {lead} to coordinate (district dispatch)", lead=lead)
        case DispatchMode.DUAL if parallel is not None:
            return Phrase("led by {lead}, with {unit} beside it (dual dispatch)", lead=lead, unit=parallel)
        case DispatchMode.DUAL:
            return Phrase("led by {lead} alone (dual dispatch)", lead=lead)
