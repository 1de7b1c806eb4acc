"""Writes the rows of `units.csv` for streets and towns from a list of statistical division codes.

Run once per edition of the division codes, with `pypinyin` installed for the occasion:

    python -m rules.build.towns streets.csv > towns.csv

The input has the columns code,name,district_code,district. Development zones (a 4 as the seventh digit) are
no towns and are left out. Readings that a dictionary of pinyin gets wrong are listed and checked by hand.
"""

import csv
import importlib
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

HEADER = (
    "code",
    "zh",
    "en",
    "kind",
    "territory_parent",
    "responsible_parent",
    "service_hours",
    "aliases",
    "note",
)
OFFICE_HOURS = "Mon-Fri 09:00-12:00 13:30-18:00"
RESPONSIBLE_ELSEWHERE = {"110115012": "BDA", "110115013": "BDA"}
"""Streets that lie in one district and answer to another: E-Town's two streets in Daxing."""

READINGS = {
    "什刹海": "Shichahai",
    "大栅栏": "Dashilan",
    "朝阳门": "Chaoyangmen",
    "劲松": "Jinsong",
    "长辛店": "Changxindian",
    "长阳": "Changyang",
    "长沟": "Changgou",
    "长哨营": "Changshaoying",
    "长子营": "Zhangziying",
    "佛子庄": "Fozizhuang",
    "马家堡": "Majiapu",
    "十里堡": "Shilipu",
    "刘斌堡": "Liubinbu",
    "首都机场": "Capital Airport",
}
"""Names whose customary reading differs from the most common reading of their characters."""

KINDS = (
    ("满族乡", " Manchu Township"),
    ("回族乡", " Hui Township"),
    ("街道", " Subdistrict"),
    ("地区", " Area"),
    ("镇", " Town"),
    ("乡", " Township"),
)


def split_kind(name: str) -> tuple[str, str]:
    """Return the core of a town's Chinese name and the English word for its kind, with a leading space."""
    for ending, english in KINDS:
        if name.endswith(ending):
            return name.removesuffix(ending), english
    return name, ""


def english_name(name: str, pinyin: Callable[[str], list[str]]) -> str:
    """Return the English name of a town: pinyin of its core in one word, and its kind."""
    core, kind = split_kind(name)
    if core in READINGS:
        return READINGS[core] + kind
    word = ""
    for syllable in pinyin(core):
        word += f"'{syllable}" if word and syllable[0] in "aeo" else syllable
    return word.capitalize() + kind


def other_names(name: str) -> str:
    """Return other names people use for a town, joined by `;`: its core, and town for area."""
    core, _ = split_kind(name)
    names = [core] if len(core) > 1 else []
    if name.endswith("地区"):
        names += [core + "镇", core + "乡"] if not core.endswith("镇") else []
    return ";".join(names)


def town_rows(divisions: Iterable[dict[str, str]], pinyin: Callable[[str], list[str]]) -> list[list[str]]:
    """Return one row of `units.csv` per street or town among `divisions`."""
    rows: list[list[str]] = []
    for division in divisions:
        code, name, district = division["code"], division["name"], division["district_code"]
        if code[6] == "4":
            continue
        responsible = RESPONSIBLE_ELSEWHERE.get(code, district)
        note = "辖区在大兴,由经开区负责" if responsible != district else ""
        english = english_name(name, pinyin)
        aliases = other_names(name)
        rows.append([code, name, english, "town", district, responsible, OFFICE_HOURS, aliases, note])
    return rows


def main(path: Path) -> None:
    """Print the rows for the divisions in the file `path`, with a header line."""
    reader = importlib.import_module("pypinyin")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = town_rows(csv.DictReader(lines), reader.lazy_pinyin)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
