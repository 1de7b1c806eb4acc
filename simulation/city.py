"""The requests of a made-up day: all types, tiers and districts, many towns, and some real letters."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import TypeVar

from domain.vocabulary import Channel, RequestType, Tier, UnitKind
from rules.pack import RulePack
from rules.tables import Category, Unit
from simulation.identities import full_name, mobile_number
from simulation.wording import address, description

LETTERS_FILE = Path("real") / "beijing_letters_to2022-09.csv"
MOST_LETTERS = 40
_LETTER_TYPES = {"建议": RequestType.SUGGESTION, "咨询": RequestType.INQUIRY, "投诉": RequestType.COMPLAINT}
_LETTER_CHARACTERS = 9_000
_SHARE_OF_LETTERS = 6
"""One request in so many is a letter."""

TYPES: dict[RequestType, int] = {
    RequestType.COMPLAINT: 45,
    RequestType.HELP: 25,
    RequestType.REPORT: 10,
    RequestType.SUGGESTION: 8,
    RequestType.INQUIRY: 8,
    RequestType.PRAISE: 4,
}
TIERS: dict[Tier, int] = {Tier.TIER_1: 18, Tier.TIER_2: 32, Tier.TIER_3: 44, Tier.TIER_4: 6}
"""How often each type and tier is drawn, in parts of the whole."""

_CHANNELS: dict[Channel, int] = {
    Channel.PHONE: 60,
    Channel.WEB: 10,
    Channel.APP: 10,
    Channel.WECHAT: 10,
    Channel.QR: 5,
    Channel.MESSAGE_BOARD: 5,
}
_FILED_WITHIN: dict[Tier | None, tuple[float, float]] = {
    None: (0.0, 0.12),
    Tier.TIER_4: (0.0, 0.10),
    Tier.TIER_3: (0.02, 0.65),
    Tier.TIER_2: (0.05, 1.0),
    Tier.TIER_1: (0.05, 1.0),
}
"""In which part of the filing time a tier comes in: what takes long comes early, so that it may end."""

_SHARE_OF_NEIGHBOURS = 20
"""One request in so many is about the same failure of the heating in one town."""
_OUTAGE = "heating.indoor.none"
_OUTAGE_WITHIN = (0.30, 0.38)

_NOT_FOR_SHOW = ("threats.", "security.gang.")
_TOWN_WEIGHT = 3
_ANY_DAY = date(2026, 11, 22)
_WITHOUT_CATEGORY = 0.30
_WITHOUT_TOWN = 0.12
_WITHOUT_PLACE = 0.03
_ANONYMOUS = 0.05


@dataclass(frozen=True)
class Request:
    """One request to be filed: at which part (0 to 1) of the filing time, and with what in it.

    `tier` is that of its matter, null for a letter, whose matter nobody has named.
    """

    at: float
    type: RequestType
    channel: Channel
    description: str
    category: str | None = None
    tier: Tier | None = None
    name: str | None = None
    phone: str | None = None
    district: str | None = None
    town: str | None = None
    address: str | None = None
    is_letter: bool = False

    def body(self) -> dict[str, object]:
        """Return the request as the API takes it."""
        place = {"district": self.district, "town": self.town, "address": self.address}
        return {
            "type": self.type.value,
            "channel": self.channel.value,
            "description": self.description,
            "category": self.category,
            "requester": {"name": self.name, "phone": self.phone} if self.phone else None,
            "location": place if self.district else None,
        }


def requests_of_a_day(pack: RulePack, rng: Random, count: int, letters: Sequence[Request]) -> list[Request]:
    """Return `count` requests in the order of filing.

    Up to a sixth of them are `letters`, a twentieth the neighbours of one cold town, the rest made up.
    """
    taken = list(letters[: min(MOST_LETTERS, count // _SHARE_OF_LETTERS)])
    cold = neighbours(pack, rng, count // _SHARE_OF_NEIGHBOURS)
    made = list(islice(generated(pack, rng), count - len(taken) - len(cold)))
    return sorted([*taken, *cold, *made], key=lambda request: request.at)


def neighbours(pack: RulePack, rng: Random, count: int) -> list[Request]:
    """Return `count` requests of one town whose heating has failed, one soon after the other."""
    town = rng.choice(list(pack.of_kind(UnitKind.TOWN)))
    matter, district = pack.categories[_OUTAGE], pack.district_of(town)
    place = f"{district.zh if district else ''}{town.zh}"
    return [
        Request(
            at=rng.uniform(*_OUTAGE_WITHIN),
            type=(kind := rng.choice((RequestType.COMPLAINT, RequestType.HELP))),
            channel=_draw(rng, _CHANNELS),
            description=description(rng, kind, matter, place),
            category=matter.code,
            tier=matter.tier,
            name=full_name(rng),
            phone=mobile_number(rng),
            district=district.code if district else None,
            town=town.code,
            address=address(rng, place),
        )
        for _ in range(count)
    ]


def generated(pack: RulePack, rng: Random) -> Iterator[Request]:
    """Yield made-up requests without end; the first few dozen show every type, tier and district."""
    matters = _matters_by_tier(pack)
    weights = {tier: [_weight(pack, matter) for matter in some] for tier, some in matters.items()}
    districts = cycle(_shuffled(rng, pack.of_kind(UnitKind.DISTRICT)))
    types, tiers = _cover_then_draw(rng, TYPES), _cover_then_draw(rng, TIERS)
    for kind, tier, district in zip(types, tiers, districts, strict=False):
        matter = rng.choices(matters[tier], weights[tier])[0]
        yield _generated(pack, rng, kind, matter, district)


def letters_in(folder: Path, rng: Random) -> list[Request]:
    """Return real letters to the city from the sample data below `folder`, spread over those who answered.

    They have no category and no place, as when they came in. Empty where the data is absent.
    """
    path = folder / LETTERS_FILE
    if not path.is_file():
        return []
    by_answerer: dict[str, list[dict[str, str]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            by_answerer.setdefault(row["reply_org"], []).append(row)
    piles = [_shuffled(rng, by_answerer[name]) for name in sorted(by_answerer)]
    dealt = [
        row for turn in range(MOST_LETTERS) for pile in piles if turn < len(pile) for row in [pile[turn]]
    ]
    return [_letter(rng, row) for row in dealt[:MOST_LETTERS]]


def _generated(pack: RulePack, rng: Random, kind: RequestType, matter: Category, district: Unit) -> Request:
    towns = [town for town in pack.of_kind(UnitKind.TOWN) if pack.district_of(town) is district]
    town = None if rng.random() < _WITHOUT_TOWN else rng.choice(towns)
    is_placed = rng.random() >= _WITHOUT_PLACE
    place = f"{district.zh}{town.zh if town else ''}" if is_placed else ""
    start, end = _FILED_WITHIN[matter.tier]
    is_anonymous = rng.random() < _ANONYMOUS
    return Request(
        at=rng.uniform(start, end),
        type=kind,
        channel=_draw(rng, _CHANNELS),
        description=description(rng, kind, matter, place),
        category=None if rng.random() < _WITHOUT_CATEGORY else matter.code,
        tier=matter.tier,
        name=None if is_anonymous else full_name(rng),
        phone=None if is_anonymous else mobile_number(rng),
        district=district.code if is_placed else None,
        town=town.code if town and is_placed else None,
        address=address(rng, place) if is_placed else None,
    )


def _letter(rng: Random, row: dict[str, str]) -> Request:
    return Request(
        at=rng.uniform(*_FILED_WITHIN[None]),
        type=_LETTER_TYPES.get(row["kind"], RequestType.SUGGESTION),
        channel=Channel.MESSAGE_BOARD,
        description=f"{row['title']}\n{row['content']}"[:_LETTER_CHARACTERS],
        name=full_name(rng),
        phone=mobile_number(rng),
        is_letter=True,
    )


def _matters_by_tier(pack: RulePack) -> dict[Tier, list[Category]]:
    shown = [leaf for leaf in pack.leaves() if not leaf.code.startswith(_NOT_FOR_SHOW)]
    return {tier: [leaf for leaf in shown if leaf.tier is tier] for tier in TIERS}


def _weight(pack: RulePack, matter: Category) -> int:
    """Return how often a matter is drawn: more often where the town leads, which has a district above it."""
    rows = next((rows for node in pack.path(matter.code) if (rows := pack.rows_of(node.code, _ANY_DAY))), ())
    return _TOWN_WEIGHT if any(row.lead == "town" for row in rows) else 1


Thing = TypeVar("Thing")


def _cover_then_draw(rng: Random, parts: dict[Thing, int]) -> Iterator[Thing]:
    """Yield each key once, then keys as often as their parts say."""
    yield from _shuffled(rng, list(parts))
    while True:
        yield _draw(rng, parts)


def _draw(rng: Random, parts: dict[Thing, int]) -> Thing:
    return rng.choices(list(parts), list(parts.values()))[0]


def _shuffled(rng: Random, things: Sequence[Thing]) -> list[Thing]:
    return rng.sample(list(things), len(things))
