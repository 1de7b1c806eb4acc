"""No sentence stands outside the catalogues, none lacks its Chinese, and none is left over."""

import ast
import string
from collections.abc import Sequence
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from tests.phrases.reading_code import ROOT, Used, chinese_in, modules, phrases_in

SPEAKING = (
    "activities", "api", "doctor", "domain", "embedded", "engine", "operations", "phrases", "readmodel",
    "rules", "telemetry", "workflows", "settings.py", "worker.py",
)  # fmt: skip
"""The packages whose sentences are phrases, all of them."""

USING = ("bench", "chaos", "cli", "deploy", "simulation")
"""Packages that use phrases and print more than phrases: ADR 0018 says which, and why."""

NO_SENTENCES = {
    "api/app.py": "the name of the product",
    "api/forms.py": "examples of what a person writes",
    "api/incident_forms.py": "examples of what a person writes",
    "domain/masking.py": "what Chinese personal data looks like",
    "phrases/catalogues.py": "what is said where there is no catalogue",
    "rules/build/towns.py": "names of places, and the law they come from",
    "rules/calendar_files.py": "words of the file that is read",
    "rules/edition.py": "reasons that stand in an edition, as in its files",
    "rules/proposals.py": "a cell of a proposed row of the directory",
}
"""The modules that may hold Chinese, and what it is."""

CATALOGUES = sorted(ROOT.glob("phrases/*/LC_MESSAGES/*.po"))
USED = [used for path, tree in modules(*SPEAKING, *USING) for used in phrases_in(path, tree)]


def read(source: Path) -> Catalog:
    """Return the catalogue `source`."""
    with source.open("rb") as file:
        return read_po(file)


def names(wording: str) -> set[str]:
    """Return the names of the values in `wording`."""
    return {name.split(".")[0] for _, name, _, _ in string.Formatter().parse(wording) if name is not None}


def wordings(used: Used, catalogues: Sequence[Catalog]) -> list[str]:
    """Return the English wording of a phrase and every translated one."""
    entries = [catalogue.get(used.message, used.context) for catalogue in catalogues]
    return [used.message, *(str(entry.string) for entry in entries if entry is not None)]


def test_no_chinese_stands_in_code() -> None:
    """A sentence belongs into the catalogue, under its English wording."""
    found = [
        f"{path}:{line}: {text!r}"
        for path, tree in modules(*SPEAKING)
        if path not in NO_SENTENCES
        for line, text in chinese_in(tree)
    ]
    assert found == []


def test_every_exception_is_still_one() -> None:
    """A module that no longer holds Chinese leaves the list."""
    holding = {path for path, tree in modules(*SPEAKING) if any(chinese_in(tree))}
    assert set(NO_SENTENCES) - holding == set()


def test_every_phrase_has_its_chinese() -> None:
    """A missing translation would show English to a clerk."""
    chinese = read(ROOT / "phrases/zh/LC_MESSAGES/jiesu.po")
    missing = [
        used
        for used in USED
        if (found := chinese.get(used.message, used.context)) is None or not found.string
    ]
    assert missing == []


@pytest.mark.parametrize("source", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_catalogue_holds_nothing_that_is_not_used(source: Path) -> None:
    """What the code no longer says goes out of the catalogues, and nothing is marked as unsure."""
    used = {(used.context, used.message) for used in USED}
    entries = [entry for entry in read(source) if entry.id]
    assert [(entry.context, entry.id) for entry in entries if (entry.context, entry.id) not in used] == []
    assert [entry.id for entry in entries if entry.fuzzy] == []


def test_every_wording_fits_the_values() -> None:
    """Neither the English nor a translated wording asks for a value that the code does not give."""
    catalogues = [read(source) for source in CATALOGUES]
    wrong = [
        (used.where, wording)
        for used in USED
        for wording in wordings(used, catalogues)
        if not names(wording) <= used.values
    ]
    assert wrong == []


def test_every_value_is_read() -> None:
    """A value that no wording asks for is a leftover."""
    catalogues = [read(source) for source in CATALOGUES]
    for used in USED:
        assert used.values <= set().union(*map(names, wordings(used, catalogues))), used


@pytest.mark.parametrize("source", CATALOGUES, ids=lambda path: path.parts[-3])
def test_the_compiled_catalogue_is_of_these_phrases(source: Path) -> None:
    """`make setup` compiles what changed; a test that runs without it would read old sentences."""
    assert source.with_suffix(".mo").stat().st_mtime >= source.stat().st_mtime, "run make setup"


def test_a_sentence_outside_is_found() -> None:
    """The finder sees plain, formatted and joined texts, and passes docstrings by."""
    code = '"""说明。"""\nx = "工单"\ny = f"第{x}版"\nz = ("a" "，b")\ndef f():\n    """说明。"""\n'
    assert {line for line, _ in chinese_in(ast.parse(code))} == {2, 3, 4}
