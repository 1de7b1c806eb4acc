"""A little city with an edition of its own: small enough to read, and tests may break it."""

from dataclasses import dataclass
from pathlib import Path

from rules.loading import UnsoundEditionError
from rules.pack import RulePack
from rules.reading import load

PER_TIER = "{tier_1: 1h, tier_2: 1h, tier_3: 1h, tier_4: 1h}"
SAME = "&same {tier_1: &two {limit: 2h, default: for tests}, tier_2: *two, tier_3: *two, tier_4: *two}"

EDITION = f"""\
name: little
extends: null
title: {{zh: 小城, en: a little city}}
effective_from: 2024-01-01
time_zone: Asia/Shanghai
hour_lasts: 1h
minimum_limit: null
quiet_hours: {{policy: wait, default: for tests}}
tiers: {SAME}
unclassified: {{tier: tier_3, zh: 未分类, en: unclassified, default: for tests}}
sign: *same
contact: *same
contact_attempts: {{number: 3, default: for tests}}
dispatch: {{within: 1h, same_day: true, default: for tests}}
answer_window: {{limit: 10min, default: for tests}}
reminders: {{fractions: [0.5], before: {PER_TIER}, default: for tests}}
ladders:
  feedback_by: {{rungs: [{{level: city, answer_within: {PER_TIER}}}], default: for tests}}
survey:
  start: at_limit
  window: "09:00-20:00"
  tries: 3
  spacing: next_day
  questions: [{{code: resolved, zh: 解决, en: resolved}}]
  failing: [dissatisfied]
  default: for tests
redo: {{rounds: 1, default: for tests}}
desks: {{city: DESK}}
dimensions:
  - {{code: safety, zh: 安全性, en: safety, kind: quality}}
"""

UNITS = """\
code,zh,en,kind,territory_parent,responsible_parent,service_hours,aliases,note
CITY,小城,Little City,city,,,7x24,,
DESK,市派单台,City Desk,desk,CITY,CITY,7x24,,
EAST,东区,East District,district,CITY,CITY,7x24,东,
EAST-DESK,东区派单台,East Desk,desk,EAST,EAST,7x24,,
WEST,西区,West District,district,CITY,CITY,7x24,西,
WEST-DESK,西区派单台,West Desk,desk,WEST,WEST,7x24,,
E1,河街,River Street,town,EAST,EAST,Mon-Fri 09:00-12:00 13:30-18:00,河,
E2,桥街,Bridge Street,town,EAST,WEST,7x24,,
W1,山镇,Hill Town,town,WEST,WEST,7x24,,
FIRE,市消防局,Fire Bureau,department,CITY,CITY,7x24,,
WATER,水厂,Waterworks,enterprise,CITY,CITY,7x24,,
"""

CATEGORIES = """\
code,parent,level,zh,en,tier,urgent_sensitive,dimensions,proof,keywords,industry
water,,1,供水,Water,,yes,,,,FIRE
water.pipe,water,2,水管,Pipes,tier_2,yes,safety,photo,,FIRE
water.pipe.burst,water.pipe,3,爆管,Burst,tier_1,yes,safety,none,爆了;水管爆,FIRE
water.pipe.leak,water.pipe,3,漏水,Leak,tier_2,yes,safety,photo,漏水;滴水,FIRE
street,,1,街面,Street,,no,,,,FIRE
street.stall,street,2,摊贩,Stalls,tier_3,no,safety,photo,摆摊;小贩,FIRE
"""

DIRECTORY = """\
matter,place,valid_from,valid_to,lead,mode,parallel,tier,legal_basis,source
water,*,,,WATER,direct,,,供水条例,default:test
water.pipe.burst,EAST,,,FIRE,dual,district,,供水条例,default:test
water.pipe.burst,E1,,,WATER,dual,FIRE,,供水条例,default:test
street.stall,*,2020-07-01,,town,direct,,,街道条例,default:test
street.stall,*,,2020-06-30,FIRE,direct,,,旧规,default:test
*,EAST,,,EAST,district,,,条例,default:test
*,WEST,,,WEST,district,,,条例,default:test
*,*,,,city_desk,direct,,,条例,default:test
"""

NORMS = """\
category,place,clock,limit,basis,source
water,*,contact_by,15min,natural,norm of the city
water,EAST,contact_by,10min,natural,norm of the district
water.pipe.leak,*,contact_by,tier,natural,default:test
water.pipe.burst,*,door_by,30min,natural,norm of the city
water,*,feedback_by,4h,natural,norm of the city
"""


@dataclass(frozen=True)
class LittleEdition:
    """A folder with a little edition, sound until a test changes it."""

    root: Path

    def write(self, name: str, text: str, edition: str = "little") -> None:
        """Put `text` into the file `name` of `edition`."""
        folder = self.root / edition
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")

    def change(self, name: str, old: str, new: str) -> None:
        """Replace `old`, which must be there, by `new` in the file `name`."""
        text = (self.root / "little" / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new, 1))

    def load(self, edition: str = "little") -> RulePack:
        """Return the edition as loaded."""
        return load(edition, self.root)

    def problems(self, edition: str = "little") -> list[str]:
        """Return every problem as people read it, without the folder of the editions; none if it is sound."""
        try:
            self.load(edition)
        except UnsoundEditionError as failure:
            return [str(problem).removeprefix(f"{self.root.name}/") for problem in failure.problems]
        return []


def build(root: Path) -> LittleEdition:
    """Return a sound edition below the folder `root`."""
    edition = LittleEdition(root)
    edition.write("edition.yaml", EDITION)
    edition.write("units.csv", UNITS)
    edition.write("categories.csv", CATEGORIES)
    edition.write("directory.csv", DIRECTORY)
    edition.write("norms.csv", NORMS)
    return edition
