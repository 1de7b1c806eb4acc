"""What is filed: requests that need nothing but a unit's work, so that every lifecycle is the plain one."""

from collections.abc import Iterator
from datetime import datetime
from itertools import cycle
from random import Random

from activities.rulebook import Rulebook
from domain.terms import Place
from domain.vocabulary import Tier, UnitKind

_HOW_MANY = 64
_UNHURRIED = (Tier.TIER_3, Tier.TIER_4)
_SAID = (
    "{place}{matter}的问题已经持续半个多月,白天晚上都受影响,楼里老人和孩子多,反映给物业一直没有下文,"
    "希望有关部门到现场看一看,给个明确的解决时间。联系电话{phone},随时可以联系。"
)


def requests(rulebook: Rulebook, now: datetime, seed: int = 12345) -> Iterator[dict[str, object]]:
    """Return bodies of requests without end, over many matters and towns, each dispatched by the directory.

    None asks for proof or a visit, and no limit falls due while the benchmark runs.
    """
    rng = Random(seed)
    pack = rulebook.current
    towns = [unit for unit in pack.units.values() if unit.kind is UnitKind.TOWN]
    matters = pack.leaves()
    found: list[dict[str, object]] = []
    while len(found) < _HOW_MANY:
        matter, town = rng.choice(matters), rng.choice(towns)
        district = pack.district_of(town)
        if district is None:
            continue
        place = Place(district=district.code, town=town.code)
        resolution = rulebook.current_resolution(matter.code, place, now)
        terms = resolution.terms
        plain = resolution.routing.certain and terms.proof is None and not terms.promises_visit
        if not plain or terms.tier not in _UNHURRIED:
            continue
        phone = f"138{rng.randrange(10**8):08d}"
        where = f"{district.zh}{town.zh}"
        found.append(
            {
                "type": "complaint",
                "channel": "phone",
                "category": matter.code,
                "description": _SAID.format(place=where, matter=matter.zh, phone=phone),
                "requester": {"name": "王女士", "phone": phone},
                "location": {
                    "district": district.code,
                    "town": town.code,
                    "address": f"{where}幸福里3号楼2单元",
                },
            }
        )
    return cycle(found)
