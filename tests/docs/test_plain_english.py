"""The words of storytelling stay out of code, docs and docstrings: the trade says replay and notify."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AVOIDED = re.compile(
    r"\b(?:"
    r"re-?told|re-?telling"
    r"|tell(?:s|ing)?\s+(?:it\s+)?(?:again|anew)|told\s+(?:again|anew)"
    r"|(?:is|are|was|were)\s+told"
    r"|whoever\s+(?:is|was)"
    r"|played\s+again"
    r")\b",
    re.IGNORECASE,
)
"""Say instead: replayed, replay, notified, the recipient, the caller."""

CLEAN = (
    "deploy",
    "domain/evaluate",
    "domain/show",
    "domain/time",
    "embedded",
    "engine",
    "telemetry",
    "tests/chaos",
    "tests/docs",
    "tests/e2e",
    "tests/peers",
    "tests/rules",
    "tests/telemetry",
)
"""The folders without any of these words; a folder joins when its last one is gone."""


def pages() -> list[Path]:
    """Return the files that are kept clean: of the clean folders, right in docs/, and the READMEs."""
    below = [path for folder in CLEAN for kind in ("*.py", "*.md") for path in (ROOT / folder).rglob(kind)]
    found = [*below, *(ROOT / "docs").glob("*.md"), *ROOT.glob("README*.md")]
    return sorted(path for path in found if path != Path(__file__))


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_a_clean_file_stays_clean(page: Path) -> None:
    """Also where a line break falls between two words."""
    assert AVOIDED.findall(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("folder", CLEAN)
def test_every_clean_folder_is_there(folder: str) -> None:
    """A folder that was renamed would be checked no more."""
    assert (ROOT / folder).is_dir()


@pytest.mark.parametrize("said", ["retold", "Retelling", "tells it again", "was\ntold", "whoever is"])
def test_the_pattern_finds_what_it_looks_for(said: str) -> None:
    """In any case, and across lines."""
    assert AVOIDED.search(f"What {said} here.")


@pytest.mark.parametrize("said", ["is replayed", "the recipient", "told", "whoever calls"])
def test_the_pattern_leaves_other_words_alone(said: str) -> None:
    """The list names phrases, not every use of a word."""
    assert AVOIDED.search(f"It {said} here.") is None
