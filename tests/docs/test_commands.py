"""What the pages tell people to type is there: commands with their options, targets, settings, files."""

import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from cli import main
from settings import VARIABLES

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CODE = re.compile(r"`([^`\n]+)`|^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
TYPED = re.compile(r"(?:^|\$ |&& |[;|(] ?)(jiesu|python -m [\w.]+)((?: +[^\s;&)]+)*)")
"""A program at the beginning of a line or behind another command, and its words."""
PLACEHOLDER = re.compile(r"[A-Z]+(@\S*)?|…|<.*|\[.*|\|.*|#.*")
"""Where what is typed ends: something to be filled in, what comes behind a pipe, a remark."""
FILE = re.compile(r"(\w[\w-]*)(?:/\w[\w.-]*)+/?")
"""A path without hidden folders: those are made."""

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def code_of(page: Path) -> Iterator[str]:
    """Yield every line of code on a page, one that goes on in the next as one."""
    for short, block in CODE.findall(page.read_text(encoding="utf-8")):
        yield from (short or block).replace("\\\n", " ").splitlines()


def _loaded(command: Any) -> Any:  # noqa: ANN401 - typer hands out a class of its own
    """Return `command` with the commands that it imports when they are asked for."""
    if hasattr(command, "commands"):
        for name in command.list_commands(None):
            _loaded(command.get_command(None, name))
    return command


@cache
def command_of(program: str) -> Any:  # noqa: ANN401 - typer hands out a class of its own
    """Return the command behind `jiesu` or `python -m …`, null where a module speaks no typer."""
    if program == "jiesu":
        return _loaded(typer.main.get_command(main.app))
    name = program.removeprefix("python -m ")
    file = ROOT / name.replace(".", "/")
    module = importlib.import_module(f"{name}.__main__" if file.is_dir() else name)
    return typer.main.get_command(module.app) if hasattr(module, "app") else None


def unknown_in(program: str, words: list[str]) -> list[str]:
    """Return the commands and options among `words` that `program` does not have."""
    command, unknown = command_of(program), list[str]()
    while words and hasattr(command, "commands") and not PLACEHOLDER.fullmatch(words[0]):
        named = [word for word in words[0].rstrip(".,:").split("|") if not word.startswith("-")]
        unknown += [word for word in named if word not in command.commands]
        if unknown or not named:
            break
        command, words = command.commands[named[-1]], words[1:]
    is_open = words and hasattr(command, "commands")  # which of its commands is left to the reader
    if command is None or unknown or is_open:
        return unknown
    known = {"--help", *(option for one in command.params for option in (*one.opts, *one.secondary_opts))}
    options = [word.split("=")[0].rstrip(".,:…") for word in words if word.startswith("--")]
    return [option for option in options if option not in known]


@pages
def test_every_command_on_a_page_exists_with_its_options(page: Path) -> None:
    """Whoever types it is not told that there is no such command."""
    typed = [(program, words.split()) for line in code_of(page) for program, words in TYPED.findall(line)]
    unknown = [
        (program, *words, missing) for program, words in typed for missing in unknown_in(program, words)
    ]
    assert unknown == []


def test_what_is_not_there_is_found() -> None:
    """A command, a command of a group, an option; and nothing is said against what is there."""
    assert unknown_in("jiesu", ["dance"]) == ["dance"]
    assert unknown_in("jiesu", ["ticket", "file|dance"]) == ["dance"]
    assert unknown_in("jiesu", ["rebuild", "--check", "--dance"]) == ["--dance"]
    assert unknown_in("python -m bench", ["city", "--times", "10", "--dance=1"]) == ["--dance"]
    assert unknown_in("jiesu", ["rules", "calendar", "import"]) == []
    typed = [found for page in PAGES for line in code_of(page) for found in TYPED.findall(line)]
    assert len(typed) > 150


@pages
def test_every_target_on_a_page_is_in_the_makefile(page: Path) -> None:
    """`make` and a word, where it stands as code."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile, re.MULTILINE))
    named = {name for line in code_of(page) for name in re.findall(r"(?:^|\$ |&& )make ([a-z][\w-]*)", line)}
    assert named - targets == set()


@pages
def test_every_setting_on_a_page_exists(page: Path) -> None:
    """A variable that nobody reads would be set in vain."""
    named = set(re.findall(r"JIESU_[A-Z][A-Z0-9_]*[A-Z0-9]", page.read_text(encoding="utf-8")))
    assert named - set(VARIABLES.values()) == set()


@pages
def test_every_file_on_a_page_is_there(page: Path) -> None:
    """Of a folder of ours; what the page calls by a link as well."""
    folders = {folder.name for folder in ROOT.iterdir() if folder.is_dir()}
    named = {line for line in code_of(page) if (found := FILE.fullmatch(line)) and found[1] in folders}
    linked = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    missing = {name for name in named if not (ROOT / name).exists()}
    missing |= {link for link in linked if not (page.parent / link).exists()}
    assert missing == set()
