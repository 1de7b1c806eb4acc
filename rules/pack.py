"""An edition of the rules, loaded, checked and indexed: it answers what codes and names mean."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

from domain.errors import UnknownCode
from domain.terms import Place
from domain.vocabulary import UnitKind
from phrases import Phrase
from rules.edition import Edition
from rules.tables import ANY, Category, DirectoryRow, NormRow, Unit


class Elsewhere(UnknownCode):
    """There is one town of this name, and it belongs to another district: nothing else can be meant."""

    @property
    def code(self) -> str:
        """Return the name on the wire: to a client it is an unknown name as any other."""
        return UnknownCode.__name__


@dataclass(frozen=True, eq=False, repr=False)
class RulePack:
    """Everything one edition says; it never changes once loaded, and a pack is equal only to itself."""

    settings: Edition
    content_hash: str
    units: Mapping[str, Unit]
    categories: Mapping[str, Category]
    directory: tuple[DirectoryRow, ...]
    norms: tuple[NormRow, ...]
    _rows: Mapping[str, tuple[DirectoryRow, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Index the directory by matter."""
        rows: dict[str, list[DirectoryRow]] = {}
        for row in self.directory:
            rows.setdefault(row.matter, []).append(row)
        object.__setattr__(
            self, "_rows", MappingProxyType({matter: tuple(some) for matter, some in rows.items()})
        )

    def __repr__(self) -> str:
        """Return the identity in pointed brackets; the tables are too long to print."""
        return f"<{type(self).__name__} {self.identity}>"

    @property
    def identity(self) -> str:
        """Return name and content hash, for example `beijing@0123456789ab`: the same means the same rules."""
        return f"{self.settings.name}@{self.content_hash}"

    def unit(self, code: str) -> Unit:
        """Return the unit with this code. Raises `UnknownCode`."""
        if (unit := self.units.get(code)) is None:
            raise UnknownCode(Phrase("There is no unit with the code '{code}'.", code=code))
        return unit

    def find_unit(self, text: str) -> Unit:
        """Return the unit that `text` names: its code, or a Chinese, English or other name.

        A town gives way to another unit of its name: 丰台 is the district. Raises `UnknownCode` when no unit,
        or more than one, is called so.
        """
        if (coded := self.units.get(text)) is not None:
            return coded
        others = self._unit_names_but_towns
        return _one(text, others if _key(text) in others else self._town_names, Phrase("unit"))

    def category(self, text: str) -> Category:
        """Return the category that `text` names by code, or by a Chinese or English name that only it has.

        Raises `UnknownCode` when no category, or more than one, is called so.
        """
        if (coded := self.categories.get(text)) is not None:  # a code is meant before a name that reads alike
            return coded
        return _one(text, self._category_names, Phrase.within("rules.pack", "category"))

    def path(self, code: str) -> Iterator[Category]:
        """Yield the category with this code and those above it, deepest first; none for an unknown code."""
        node = self.categories.get(code)
        while node is not None:
            yield node
            node = self.categories.get(node.parent) if node.parent else None

    def leaves(self) -> tuple[Category, ...]:
        """Return the categories that have none below them, in the order of the table."""
        parents = {category.parent for category in self.categories.values()}
        return tuple(node for node in self.categories.values() if node.code not in parents)

    def of_kind(self, kind: UnitKind) -> tuple[Unit, ...]:
        """Return the units of a kind, in the order of the table."""
        return tuple(unit for unit in self.units.values() if unit.kind is kind)

    def district_of(self, unit: Unit) -> Unit | None:
        """Return the district that answers for `unit`: itself, or the first above it; null for a city unit.

        It follows responsibility, not territory: E-Town answers for its streets in Daxing.
        """
        node: Unit | None = unit
        while node is not None and node.kind is not UnitKind.DISTRICT:
            node = self.units.get(node.responsible_parent) if node.responsible_parent else None
        return node

    def desk_of(self, district: str) -> Unit:
        """Return the receiving desk of the district with this code. Raises `UnknownCode`."""
        if (desk := self._desks.get(district)) is None:
            raise UnknownCode(Phrase("'{district}' has no dispatch desk.", district=district))
        return desk

    @property
    def city_desk(self) -> Unit:
        """Return the city's dispatch desk."""
        return self.unit(self.settings.desks.city)

    def district(self, text: str) -> Unit:
        """Return the district that `text` names: 110114, 昌平区, 昌平, Changping District.

        Raises `UnknownCode`.
        """
        return _one(text, self._district_names, Phrase("district"))

    def town(self, text: str, district: str | None = None) -> Unit:
        """Return the street or town that `text` names, in the district with code `district` if given.

        A town belongs to the district it lies in and to the one that answers for it.
        Raises `UnknownCode` when there is none, or when the name is ambiguous.
        """
        names = self._town_names
        if district is not None:
            called_so = names.get(_key(text), [])
            parents = ("territory_parent", "responsible_parent")
            here = [town for town in called_so if any(getattr(town, way) == district for way in parents)]
            if len(called_so) == 1 and not here:
                raise self._elsewhere(called_so[0], district)
            names = {_key(text): here}
        return _one(text, names, Phrase("street or town"))

    def _elsewhere(self, town: Unit, district: str) -> Elsewhere:
        return Elsewhere(
            Phrase(
                "{town} belongs to {own}, not to {district}.",
                town=town,
                own=self.district_of(town) or self.city_desk,
                district=self.unit(district),
            )
        )

    def place(self, district: str | None, town: str | None) -> Place:
        """Return the place that the names or codes mean; the district is the one that answers for the town.

        Raises `UnknownCode` for an unknown or ambiguous name and for a town that is not in the district.
        """
        named = self.district(district) if district else None
        if not town:
            return Place(district=named.code if named else None)
        found = self.town(town, named.code if named else None)
        answers = self.district_of(found)
        return Place(district=answers.code if answers else None, town=found.code)

    def rows_of(self, matter: str, day: date) -> tuple[DirectoryRow, ...]:
        """Return the directory's rows for exactly this matter (or `*`) in force on `day`."""
        return tuple(row for row in self._rows.get(matter, ()) if row.counts_on(day))

    def covers_every_place(self, matter: str) -> bool:
        """Return whether a row for exactly this matter speaks for any place."""
        return any(row.place == ANY for row in self._rows.get(matter, ()))

    @cached_property
    def _desks(self) -> dict[str, Unit]:
        return {desk.responsible_parent or "": desk for desk in self.of_kind(UnitKind.DESK)}

    @cached_property
    def _unit_names_but_towns(self) -> dict[str, list[Unit]]:
        units = (unit for unit in self.units.values() if unit.kind is not UnitKind.TOWN)
        return _by_name(units, _names_of_unit)

    @cached_property
    def _district_names(self) -> dict[str, list[Unit]]:
        return _by_name(self.of_kind(UnitKind.DISTRICT), _names_of_unit)

    @cached_property
    def _town_names(self) -> dict[str, list[Unit]]:
        return _by_name(self.of_kind(UnitKind.TOWN), _names_of_unit)

    @cached_property
    def _category_names(self) -> dict[str, list[Category]]:
        return _by_name(self.categories.values(), lambda node: (node.code, node.zh, node.en))


Thing = TypeVar("Thing", Unit, Category)


def _key(name: str) -> str:
    return name.strip().casefold()


def _names_of_unit(unit: Unit) -> tuple[str, ...]:
    return (unit.code, unit.zh, unit.en, *unit.aliases)


def _by_name(things: Iterable[Thing], names: Callable[[Thing], Iterable[str]]) -> dict[str, list[Thing]]:
    out: dict[str, list[Thing]] = {}
    for thing in things:
        for name in dict.fromkeys(map(_key, names(thing))):
            out.setdefault(name, []).append(thing)
    return out


def _one(text: str, names: Mapping[str, list[Thing]], what: Phrase) -> Thing:
    found = names.get(_key(text), [])
    if not found:
        raise UnknownCode(Phrase("There is no {what} called '{text}'.", text=text, what=what))
    if len(found) > 1:
        codes = ", ".join(thing.code for thing in found)
        raise UnknownCode(
            Phrase(
                "More than one {what} is called '{text}': use one of the codes {codes}.",
                text=text,
                what=what,
                codes=codes,
            ),
        )
    return found[0]
