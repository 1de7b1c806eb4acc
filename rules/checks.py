"""What must hold between the tables of an edition: codes exist, names tell apart, no gap is left."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from domain.vocabulary import Level, UnitKind
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

    `origin` tells the line of a setting; `units` and `categories` are the rows as read, with doubles.
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
            f"“{code}”不是单位表中的派单台。",
            f"{code} is not a desk in the table of units",
        )
    for clock, ladder in pack.settings.ladders.items():
        if ladder.rungs[-1].level is not Level.CITY:
            yield Problem(
                origin("ladders", clock.value),
                f"ladders.{clock}",
                "提级的最后一级应为市级。",
                "the last rung must be the city",
            )


def _check_unit(pack: RulePack, unit: Unit) -> Iterator[Problem]:
    for field in ("territory_parent", "responsible_parent"):
        code: str | None = getattr(unit, field)
        if code is None:
            if unit.kind is not UnitKind.CITY:
                yield Problem(unit.origin, field, "不能为空。", f"a {unit.kind.en} needs a parent")
            continue
        if (parent := pack.units.get(code)) is None:
            yield Problem(
                unit.origin,
                field,
                f"单位表中没有“{code}”。",
                f"unit {code} is not in the table: add it or correct the code",
            )
        elif parent.kind not in PARENTS[unit.kind]:
            yield Problem(
                unit.origin,
                field,
                f"{unit.kind.zh}不能归属于{parent.kind.zh}。",
                f"a {unit.kind.en} cannot belong to a {parent.kind.en}",
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
                    f"与“{other.code}”重名。",
                    f"unit {other.code} ({other.origin}) has the same name",
                )


def _check_desks(pack: RulePack) -> Iterator[Problem]:
    cities = pack.of_kind(UnitKind.CITY)
    for city in cities[1:]:
        yield Problem(city.origin, "kind", "市级单位只能有一个。", "there can be only one city")
    with_desk = {desk.responsible_parent for desk in pack.of_kind(UnitKind.DESK)}
    for district in pack.of_kind(UnitKind.DISTRICT):
        if district.code not in with_desk:
            yield Problem(
                district.origin,
                "code",
                "该区没有派单台。",
                f"district {district.code} has no desk: add a row of kind desk that answers to it",
            )


def _check_category(pack: RulePack, category: Category) -> Iterator[Problem]:
    parent = pack.categories.get(category.parent) if category.parent else None
    if category.parent and parent is None:
        yield Problem(
            category.origin,
            "parent",
            f"类别表中没有“{category.parent}”。",
            f"category {category.parent} is not in the table",
        )
    if parent and not category.code.startswith(f"{parent.code}."):
        yield Problem(
            category.origin,
            "code",
            "编号须以上级编号开头。",
            f"the code must begin with that of its parent, '{parent.code}.'",
        )
    if category.level != (parent.level + 1 if parent else 1) and (parent or not category.parent):
        yield Problem(
            category.origin,
            "level",
            "层级应比上级多一级。",
            "the level must be one below the parent's, or 1 without parent",
        )
    industry = pack.units.get(category.industry)
    if industry is None or industry.kind is not UnitKind.DEPARTMENT:
        yield Problem(
            category.origin,
            "industry",
            f"“{category.industry}”不是单位表中的市级部门。",
            f"{category.industry} is not a department in the table of units",
        )


def _check_leaf(category: Category, dimensions: set[str]) -> Iterator[Problem]:
    for field in ("tier", "proof", "dimensions"):
        if not getattr(category, field):
            yield Problem(category.origin, field, "末级类别不能为空。", f"a leaf category needs a {field}")
    for code in category.dimensions:
        if code not in dimensions:
            yield Problem(
                category.origin,
                "dimensions",
                f"“{code}”不在七有五性之中。",
                f"{code} is not one of the edition's dimensions",
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
                f"与“{other.code}”重名。",
                f"category {other.code} ({other.origin}) has the same name",
            )
        sibling = english.setdefault((category.parent, category.en), category)
        if sibling is not category:
            yield Problem(
                category.origin,
                "en",
                f"与“{sibling.code}”重名。",
                f"category {sibling.code} ({sibling.origin}) has the same name",
            )


def _doubles(rows: Iterable[Unit] | Iterable[Category], field: str) -> Iterator[Problem]:
    seen: dict[str, Line] = {}
    for row in rows:
        first = seen.setdefault(row.code, row)
        if first is not row:
            yield Problem(
                row.origin,
                field,
                f"编号“{row.code}”重复。",
                f"the code {row.code} stands already at {first.origin}",
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
                    "上级关系成了圈。",
                    f"unit {unit.code} is above itself: {' > '.join(sorted(passed))}",
                )
