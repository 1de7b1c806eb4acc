"""What must hold in the responsibility directory and among the norms."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import combinations

from domain.vocabulary import DispatchMode, UnitKind
from phrases import Phrase
from rules.loading import Origin, Problem
from rules.pack import RulePack
from rules.tables import ANY, ROLES, DirectoryRow, NormRow


def check_directory(pack: RulePack, city: Origin) -> Iterator[Problem]:
    """Yield what is wrong in the directory: unknown codes, ambiguous rows, breaches of the guard, gaps.

    `city` is the line that names the city's desk.
    """
    for row in pack.directory:
        yield from _check_codes(pack, row)
        yield from _check_mode(pack, row)
        yield from _check_guard_in_row(pack, row)
    for rows in _by_matter(pack.directory):
        for row, other in combinations(rows, 2):
            if _overlap(row, other):
                yield from _check_pair(pack, row, other)
    yield from _gaps(pack, city)


def check_norms(pack: RulePack) -> Iterator[Problem]:
    """Yield what is wrong among the norms: unknown codes, and two limits for the same clock and place."""
    seen: dict[tuple[str, str, str], NormRow] = {}
    for row in pack.norms:
        if row.category not in pack.categories:
            yield _unknown(row, "category", row.category, Phrase("category"))
        if row.place != ANY and not _is_place(pack, row.place):
            yield _unknown(row, "place", row.place, Phrase("district or town"))
        first = seen.setdefault((row.category, row.place, row.clock), row)
        if first is not row:
            yield Problem(
                row.origin, "clock", Phrase("this limit stands already at {origin}", origin=first.origin)
            )


def _check_codes(pack: RulePack, row: DirectoryRow) -> Iterator[Problem]:
    if row.matter != ANY and row.matter not in pack.categories:
        yield _unknown(row, "matter", row.matter, Phrase("category"))
    if row.place != ANY and not _is_place(pack, row.place):
        yield _unknown(row, "place", row.place, Phrase("district or town"))
    for field in ("lead", "parallel"):
        code: str | None = getattr(row, field)
        if code and code not in ROLES and code not in pack.units:
            yield _unknown(row, field, code, Phrase("unit"))


def _check_mode(pack: RulePack, row: DirectoryRow) -> Iterator[Problem]:
    if (row.mode is DispatchMode.DUAL) != (row.parallel is not None):
        yield Problem(
            row.origin,
            "parallel",
            Phrase("dual dispatch needs a parallel unit, and nothing else has one"),
        )
    to_district = _kind(pack, row.lead) is UnitKind.DISTRICT
    if row.mode is not DispatchMode.DUAL and to_district != (row.mode is DispatchMode.DISTRICT):
        yield Problem(
            row.origin,
            "mode",
            Phrase("what goes to a district is mode district, anything else direct"),
        )


def _check_guard_in_row(pack: RulePack, row: DirectoryRow) -> Iterator[Problem]:
    if _kind(pack, row.lead) is UnitKind.DEPARTMENT and _kind(pack, row.parallel) is UnitKind.TOWN:
        yield _guard(row, "parallel", row)


def _check_pair(pack: RulePack, row: DirectoryRow, other: DirectoryRow) -> Iterator[Problem]:
    """Check two rows of one matter that are in force on the same day."""
    if (
        row.place == other.place
        and row.place in ({ANY} | pack.units.keys())
        and reach(pack, row) == reach(pack, other)
    ):
        yield Problem(
            other.origin,
            "place",
            Phrase(
                "the row says another thing than {origin} about the same matter, place and days",
                origin=row.origin,
            ),
        )
    kinds = {_kind(pack, row.lead), _kind(pack, other.lead)}
    if kinds == {UnitKind.DEPARTMENT, UnitKind.TOWN}:
        yield _guard(other, "lead", row)


def _guard(row: DirectoryRow, field: str, other: DirectoryRow) -> Problem:
    """Source: State Council Office 2025 No. 66, Ordinance art. 17: a department's duty stays there."""
    return Problem(
        row.origin,
        field,
        Phrase("what is a department's duty ({origin}) may not be handed to a town", origin=other.origin),
    )


def _gaps(pack: RulePack, city: Origin) -> Iterator[Problem]:
    """Every leaf is named by a row, and every place has a last row, for ever."""
    for leaf in pack.leaves():
        if not any(pack.covers_every_place(node.code) for node in pack.path(leaf.code)):
            yield Problem(
                leaf.origin,
                "code",
                Phrase("no row of the directory names this matter or one above it for any place (*)"),
            )
    lasting = [row for row in pack.rows_of(ANY, date.min) if row.counts_on(date.max)]
    last = {row.place: row for row in lasting}
    for district in pack.of_kind(UnitKind.DISTRICT):
        if district.code not in last:
            yield Problem(
                district.origin,
                "code",
                Phrase("the directory needs a row *,{code} without dates", code=district.code),
            )
    if (row := last.get(ANY)) is None or row.lead != "city_desk":
        yield Problem(
            city,
            "desks.city",
            Phrase("the directory needs a row *,* without dates whose lead is city_desk"),
        )


def reach(pack: RulePack, row: DirectoryRow) -> int:
    """Return how narrowly a row names its place.

    5 a town, 4 any town of a district, 3 any town, 2 a district, 1 any district, 0 anywhere.
    """
    if row.place == ANY:
        return {"town": 3, "district": 1}.get(row.lead, 0)
    if pack.unit(row.place).kind is UnitKind.TOWN:
        return 5
    return 4 if row.lead == "town" else 2


def _kind(pack: RulePack, lead: str | None) -> UnitKind | None:
    roles = {"town": UnitKind.TOWN, "district": UnitKind.DISTRICT, "city_desk": UnitKind.DESK}
    if lead in roles:
        return roles[lead]
    unit = pack.units.get(lead or "")
    return unit.kind if unit else None


def _is_place(pack: RulePack, code: str) -> bool:
    unit = pack.units.get(code)
    return unit is not None and unit.kind in (UnitKind.DISTRICT, UnitKind.TOWN)


def _by_matter(rows: Iterable[DirectoryRow]) -> Iterable[list[DirectoryRow]]:
    groups: dict[str, list[DirectoryRow]] = {}
    for row in rows:
        groups.setdefault(row.matter, []).append(row)
    return groups.values()


def _overlap(row: DirectoryRow, other: DirectoryRow) -> bool:
    starts = max(row.valid_from or date.min, other.valid_from or date.min)
    return starts <= min(row.valid_to or date.max, other.valid_to or date.max)


def _unknown(row: DirectoryRow | NormRow, field: str, code: str, what: Phrase) -> Problem:
    return Problem(
        row.origin,
        field,
        Phrase("{what} {code} is not in the table: add it or correct the code", code=code, what=what),
    )


__all__ = ["check_directory", "check_norms", "reach"]
