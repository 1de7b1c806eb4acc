"""What the pages tell people to call is there, on the port where an installation listens."""

import re
from functools import cache
from pathlib import Path

import pytest

from api.app import build_app
from settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")])
API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
HERE = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\]):(\d+)")
ADDRESS = re.compile(r"`(?:(?:GET|POST) )?(?:/api/v1)?(/[a-z][^`?\s]*)")
"""An address in backticks, without its query."""
FULL = re.compile(r"/api/v1(/[\w{}$<>/-]+)")


@cache
def addresses() -> frozenset[str]:
    """Return every address of the API, `/api/v1` left out."""
    return frozenset(path.removeprefix("/api/v1") for path in build_app(Settings()).openapi()["paths"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_port_on_a_page_is_a_default(page: Path) -> None:
    """Whoever pastes the line reaches what he has just started."""
    defaults = {Settings().port, Settings().temporal_port, Settings().ui_port}
    named = {int(port) for port in HERE.findall(page.read_text(encoding="utf-8"))}
    assert named - defaults == set()


def test_the_pages_name_the_api_s_port() -> None:
    """The pattern finds what it looks for."""
    assert str(Settings().port) in HERE.findall(API)


def test_every_address_the_page_names_is_there() -> None:
    """Those of the API, and the two that describe it."""
    described = {"/docs", "/openapi.json", "/tickets/{number}/{command}"}
    assert set(ADDRESS.findall(API)) - addresses() == described


def shape(address: str) -> str:
    """Return a pattern of all addresses that are like this one, whatever stands in the place of its names."""
    return re.sub(r"\\{.*?\\}", "[^/]+", re.escape(address))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_address_below_the_api_on_any_page_is_there(page: Path) -> None:
    """With a number or a name in it, or the beginning that several have in common."""
    known = re.compile("|".join(f"{shape(path)}|{shape(path.rpartition('/')[0])}" for path in addresses()))
    named = set(FULL.findall(page.read_text(encoding="utf-8")))
    assert {path for path in named if not known.fullmatch(path)} <= {"/tickets/{number}/{command}"}


def test_every_address_is_named_on_some_page() -> None:
    """The commands stand in the pages of their branches by name."""
    pages = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = set(ADDRESS.findall(pages))
    assert {path for path in addresses() - named if not path.startswith("/tickets/{number}/")} == set()
