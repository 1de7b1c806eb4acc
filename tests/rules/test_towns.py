"""The tool that wrote the towns' rows spells names and leaves out development zones."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from rules.build import towns
from rules.tables import COLUMNS

READINGS = {
    "安": "an",
    "门": "men",
    "北": "bei",
    "七": "qi",
    "家": "jia",
    "荣": "rong",
    "华": "hua",
    "地": "di",
}


def read(name: str) -> list[str]:
    """Return one syllable a character."""
    return [READINGS[char] for char in name]


@pytest.mark.parametrize(
    ("name", "english"),
    [
        ("北安门街道", "Bei'anmen Subdistrict"),
        ("北七家镇", "Beiqijia Town"),
        ("安家地区", "Anjia Area"),
        ("北家满族乡", "Beijia Manchu Township"),
        ("什刹海街道", "Shichahai Subdistrict"),
    ],
)
def test_a_name_is_one_word_of_pinyin_and_its_kind(name: str, english: str) -> None:
    """An apostrophe parts a syllable that begins with a vowel; known exceptions come first."""
    assert towns.english_name(name, read) == english


def test_zones_are_left_out_and_etowns_streets_answer_elsewhere() -> None:
    """A 4 as the seventh digit is a zone."""
    divisions = [
        {"code": "110115012", "name": "荣华街道", "district_code": "110115"},
        {"code": "110115403", "name": "开发区", "district_code": "110115"},
        {"code": "110114115", "name": "北七家镇", "district_code": "110114"},
    ]
    rows = [dict(zip(towns.HEADER, row, strict=True)) for row in towns.town_rows(divisions, read)]
    assert [row["code"] for row in rows] == ["110115012", "110114115"]
    assert [row["responsible_parent"] for row in rows] == ["BDA", "110114"]


def test_the_rows_have_the_columns_of_the_table() -> None:
    """They can be pasted into `units.csv`."""
    assert COLUMNS["units"] == towns.HEADER


def test_the_tool_prints_rows_with_a_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a file of division codes, with whatever reads the characters."""
    reader = ModuleType("pypinyin")
    reader.__dict__["lazy_pinyin"] = read
    monkeypatch.setitem(sys.modules, "pypinyin", reader)
    path = tmp_path / "streets.csv"
    path.write_text("code,name,district_code,district\n110114115,北七家镇,110114,昌平区\n", encoding="utf-8")
    towns.main(path)
    header, row = capsys.readouterr().out.splitlines()
    assert header == ",".join(towns.HEADER)
    assert row.startswith("110114115,北七家镇,Beiqijia Town,town,110114,110114,")
