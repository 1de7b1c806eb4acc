"""What must hold between the tables of an edition: codes exist, names are unambiguous, no gap is left."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from domain.vocabulary import Level, UnitKind
from phrases import Phrase
from rules.directory_checks import check_directory, check_norms
from rules.loading import Origin, Problem
from rules.pack import RulePack
from rules.tables import Category, Line, Unit

PARENTS = {
    UnitKind.CITY: (),
    UnitKind.DESK: (UnitKind.CITY, UnitKind.DISTRICT),
    UnitKind.DISTRICT: (UnitKind.CITY, UnitKind.DISTRICT),
    UnitKind.TOWN: (UnitKind.DISTRICT,),
    UnitKind.DEPARTMENT: (UnitKind.CITY,),
    UnitKind.ENTERPRISE: (UnitKind.CITY, UnitKind.DISTRICT),
}
"""The kinds of units to which each kind may answer; a district lies in another only by territory."""


def check(
    pack: RulePack, origin: Callable[..., Origin], units: Sequence[Unit], categories: Sequence[Category]
) -> Iterator[Problem]:
    """Yield everything in `pack` that does not fit together.

    `origin` gives the line of a setting; `units` and `categories` are the rows as read, with doubles.
    """
    yield from _doubles(units, "code")
    yield from _doubles(categories, "code")
    yield from _check_settings(pack, origin)
    for unit in pack.units.values():
        yield from _check_unit(pack, unit)
    yield from _check_unit_names(pack)
    yield from _check_desks(pack)
    yield from _circles(pack.units, ("territory_parent", "responsible_parent"))
    leaves = {leaf.code for leaf in pack.leaves()}
    dimensions = {dimension.code for dimension in pack.settings.dimensions}
    for category in pack.categories.values():
        yield from _check_category(pack, category)
        if category.code in leaves:
            yield from _check_leaf(category, dimensions)
    yield from _check_category_names(pack)
    yield from check_directory(pack, origin("desks", "city"))
    yield from check_norms(pack)


def _check_settings(pack: RulePack, origin: Callable[..., Origin]) -> Iterator[Problem]:
    desk = pack.units.get(pack.settings.desks.city)
    if desk is None or desk.kind is not UnitKind.DESK:
        code = pack.settings.desks.city
        yield Problem(
            origin("desks", "city"),
            "desks.city",
            Phrase("{code} is not a desk in the table of units", code=code),
        )
    for clock, ladder in pack.settings.ladders.items():
        if ladder.rungs[-1].level is not Level.CITY:
            yield Problem(
                origin("ladders", clock.value),
                f"ladders.{clock}",
                Phrase("the last rung must be the city"),
            )


def _check_unit(pack: RulePack, unit: Unit) -> Iterator[Problem]:
    for field in ("territory_parent", "responsible_parent"):
        code: str | None = getattr(unit, field)
        if code is None:
            if unit.kind is not UnitKind.CITY:
                yield Problem(unit.origin, field, Phrase("a {kind} needs a parent", kind=unit.kind))
            continue
        if (parent := pack.units.get(code)) is None:
            yield Problem(
                unit.origin,
                field,
                Phrase("unit {code} is not in the table: add it or correct the code", code=code),
            )
        elif parent.kind not in PARENTS[unit.kind]:
            yield Problem(
                unit.origin,
                field,
                Phrase("a {kind} cannot belong to a {parent_kind}", kind=unit.kind, parent_kind=parent.kind),
            )


def _check_unit_names(pack: RulePack) -> Iterator[Problem]:
    """A name is unique among the units under one parent, and among all that are no towns."""
    for field in ("zh", "en"):
        seen: dict[tuple[str | None, str], Unit] = {}
        for unit in pack.units.values():
            parent = unit.territory_parent if unit.kind is UnitKind.TOWN else None
            name: str = getattr(unit, field)
            other = seen.setdefault((parent, name), unit)
            if other is not unit:
                yield Problem(
                    unit.origin,
                    field,
                    Phrase("unit {code} ({origin}) has the same name", code=other.code, origin=other.origin),
                )


def _check_desks(pack: RulePack) -> Iterator[Problem]:
    cities = pack.of_kind(UnitKind.CITY)
    for city in cities[1:]:
        yield Problem(city.origin, "kind", Phrase("there can be only one city"))
    with_desk = {desk.responsible_parent for desk in pack.of_kind(UnitKind.DESK)}
    for district in pack.of_kind(UnitKind.DISTRICT):
        if district.code not in with_desk:
            yield Problem(
                district.origin,
                "code",
                Phrase(
                    "district {code} has no desk: add a row of kind desk that answers to it",
                    code=district.code,
                ),
            )


def _check_category(pack: RulePack, category: Category) -> Iterator[Problem]:
    parent = pack.categories.get(category.parent) if category.parent else None
    if category.parent and parent is None:
        yield Problem(
            category.origin,
            "parent",
            Phrase("category {parent} is not in the table", parent=category.parent),
        )
    if parent and not category.code.startswith(f"{parent.code}."):
        yield Problem(
            category.origin,
            "code",
            Phrase("the code must begin with that of its parent, '{code}.'", code=parent.code),
        )
    if category.level != (parent.level + 1 if parent else 1) and (parent or not category.parent):
        yield Problem(
            category.origin,
            "level",
            Phrase("the level must be one below the parent's, or 1 without parent"),
        )
    industry = pack.units.get(category.industry)
    if industry is None or industry.kind is not UnitKind.DEPARTMENT:
        yield Problem(
            category.origin,
            "industry",
            Phrase("{industry} is not a department in the table of units", industry=category.industry),
        )


def _check_leaf(category: Category, dimensions: set[str]) -> Iterator[Problem]:
    for field in ("tier", "proof", "dimensions"):
        if not getattr(category, field):
            yield Problem(category.origin, field, Phrase("a leaf category needs a {field}", field=field))
    for code in category.dimensions:
        if code not in dimensions:
            yield Problem(
                category.origin,
                "dimensions",
                Phrase("{code} is not one of the edition's dimensions", code=code),
            )


def _check_category_names(pack: RulePack) -> Iterator[Problem]:
    """Chinese names are unique in the whole tree, English ones among siblings."""
    chinese: dict[str, Category] = {}
    english: dict[tuple[str | None, str], Category] = {}
    for category in pack.categories.values():
        if (other := chinese.setdefault(category.zh, category)) is not category:
            yield Problem(
                category.origin,
                "zh",
                Phrase("category {code} ({origin}) has the same name", code=other.code, origin=other.origin),
            )
        sibling = english.setdefault((category.parent, category.en), category)
        if sibling is not category:
            yield Problem(
                category.origin,
                "en",
                Phrase(
                    "category {code} ({origin}) has the same name", code=sibling.code, origin=sibling.origin
                ),
            )


def _doubles(rows: Iterable[Unit] | Iterable[Category], field: str) -> Iterator[Problem]:
    seen: dict[str, Line] = {}
    for row in rows:
        first = seen.setdefault(row.code, row)
        if first is not row:
            yield Problem(
                row.origin,
                field,
                Phrase("the code {code} stands already at {origin}", code=row.code, origin=first.origin),
            )


def _circles(units: Mapping[str, Unit], ways: Sequence[str]) -> Iterator[Problem]:
    for unit in units.values():
        for way in ways:
            passed: set[str] = set()
            node: Unit | None = unit
            while node is not None and node.code not in passed:
                passed.add(node.code)
                node = units.get(getattr(node, way) or "")
            if node is unit:
                yield Problem(
                    unit.origin,
                    way,
                    Phrase(
                        "unit {code} is above itself: {passed}",
                        code=unit.code,
                        passed=" > ".join(sorted(passed)),
                    ),
                )
