"""Who calls about what: contacts with the mix of the day, repeated by the same people as in life."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TypeVar

from activities.rulebook import Rulebook
from bench.city.facts import CityDay
from domain.terms import Place
from domain.vocabulary import Channel, RequestType, UnitKind
from rules.pack import RulePack
from rules.tables import Category, Unit
from simulation.identities import full_name, mobile_number
from simulation.wording import address, description

_NOT_ALONE = (RequestType.INQUIRY, RequestType.PRAISE)
_REMEMBERED = 20_000
Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Contact:
    """One contact: the body as the API takes it, and what the unit that handles it knows of the matter.

    `category` is what it is about even where the body does not say so.
    """

    type: RequestType
    category: str
    body: dict[str, object]
    proof: str | None
    promises_visit: bool
    is_repeat: bool = False


def contacts(day: CityDay, rulebook: Rulebook, seed: int, now: Callable[[], datetime]) -> Iterator[Contact]:
    """Yield contacts without end; the edition is asked as it stands `now`.

    A repeat comes from somebody drawn among all earlier appeals, repeats included: who has called often
    calls again the sooner, and a few call very often.
    """
    rng, pack = Random(f"{seed}/contacts"), rulebook.current
    matters, towns, districts = _Matters(day, pack), _towns_by_district(pack), day.districts.weights()
    appeals: list[Contact] = []
    while True:
        kind = drawn(rng, day.types)
        if kind not in _NOT_ALONE and appeals and rng.random() < day.behaviour.repeats:
            contact = _again(rng.choice(appeals), rng, pack)
        else:
            code = drawn(rng, districts)
            town = None if rng.random() < day.behaviour.without_town else rng.choice(towns[code])
            contact = _contact((day, rulebook, now()), rng, kind, matters.draw(rng), (pack.units[code], town))
        if kind not in _NOT_ALONE and len(appeals) < _REMEMBERED:
            appeals.append(contact)
        yield contact


def drawn(rng: Random, weights: dict[Thing, float]) -> Thing:
    """Return one of the keys of `weights`, each as often as its number says."""
    return rng.choices(list(weights), list(weights.values()))[0]


class _Matters:
    """Draws leaves of the category tree by the shares of its branches."""

    def __init__(self, day: CityDay, pack: RulePack) -> None:
        by_root: dict[str, list[Category]] = {}
        for leaf in pack.leaves():
            *_, root = pack.path(leaf.code)
            by_root.setdefault(root.code, []).append(leaf)
        self._leaves = by_root
        self._weights = {
            root: matter.share / len(matter.roots) for matter in day.matters for root in matter.roots
        }

    def draw(self, rng: Random) -> Category:
        return rng.choice(self._leaves[drawn(rng, self._weights)])


def _contact(
    of: tuple[CityDay, Rulebook, datetime],
    rng: Random,
    kind: RequestType,
    matter: Category,
    where: tuple[Unit, Unit | None],
) -> Contact:
    day, rulebook, now = of
    district, town = where
    place = Place(district=district.code, town=town.code if town else None)
    terms = rulebook.current_resolution(matter.code, place, now).terms
    name = f"{district.zh}{town.zh if town else ''}"
    is_named = rng.random() >= day.behaviour.without_category
    body: dict[str, object] = {
        "type": kind.value,
        "channel": drawn(rng, day.channels).value,
        "description": description(rng, kind, matter, name),
        "category": matter.code if is_named else None,
        "requester": {"name": full_name(rng), "phone": mobile_number(rng)},
        "location": {"district": place.district, "town": place.town, "address": address(rng, name)},
    }
    return Contact(kind, matter.code, body, terms.proof, terms.promises_visit)


def _again(earlier: Contact, rng: Random, pack: RulePack) -> Contact:
    """Return the same person's matter in other words, reported again by phone."""
    matter = pack.categories[earlier.category]
    said = description(rng, earlier.type, matter, "")
    body = {**earlier.body, "channel": Channel.PHONE.value, "description": said}
    return Contact(
        earlier.type, earlier.category, body, earlier.proof, earlier.promises_visit, is_repeat=True
    )


def _towns_by_district(pack: RulePack) -> dict[str, list[Unit]]:
    found: dict[str, list[Unit]] = {}
    for town in pack.of_kind(UnitKind.TOWN):
        district = pack.district_of(town)
        if district is not None:
            found.setdefault(district.code, []).append(town)
    return found
