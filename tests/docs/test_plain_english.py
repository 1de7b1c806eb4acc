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


def pages() -> list[Path]:
    """Return every Python file and every document of the repository, but for this file."""
    kept = {path: path.relative_to(ROOT).parts for kind in ("*.py", "*.md") for path in ROOT.rglob(kind)}
    made = {
        path for path, parts in kept.items() if parts[0] == "build" or any(part[0] == "." for part in parts)
    }
    return sorted(kept.keys() - made - {Path(__file__)})


def test_no_file_has_these_words() -> None:
    """Also where a line break falls between two words."""
    texts = {path: path.read_text(encoding="utf-8") for path in pages()}
    found = {str(path.relative_to(ROOT)): AVOIDED.findall(text) for path, text in texts.items()}
    assert {path: words for path, words in found.items() if words} == {}


def test_every_folder_is_searched() -> None:
    """Products, tests and documents."""
    searched = {path.relative_to(ROOT).parts[0] for path in pages()}
    assert {"domain", "workflows", "tests", "docs", "README.md", "worker.py"} <= searched


@pytest.mark.parametrize("said", ["retold", "Retelling", "tells it again", "was\ntold", "whoever is"])
def test_the_pattern_finds_what_it_looks_for(said: str) -> None:
    """In any case, and across lines."""
    assert AVOIDED.search(f"What {said} here.")


@pytest.mark.parametrize("said", ["is replayed", "the recipient", "told", "whoever calls"])
def test_the_pattern_leaves_other_words_alone(said: str) -> None:
    """The list names phrases, not every use of a word."""
    assert AVOIDED.search(f"It {said} here.") is None
