"""Loads an edition: its files laid over those of the editions it extends, parsed, checked, indexed."""

import re
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, ValidationError

from phrases import Phrase
from rules.calendars import CalendarSettings
from rules.checks import check
from rules.edition import Edition
from rules.loading import (
    RULES,
    Origin,
    Problem,
    Row,
    Sources,
    Tree,
    UnsoundEditionError,
    parse_rows,
    read_table,
    read_yaml,
    sentence,
)
from rules.pack import RulePack
from rules.tables import COLUMNS, KEYS, Category, DirectoryRow, NormRow, Unit

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


def editions(root: Path | None = None) -> list[str]:
    """Return the names of the editions below `root`, by default those that come with the product."""
    return sorted(path.parent.name for path in (root or RULES).glob("*/edition.yaml"))


def load(name: str, root: Path | None = None) -> RulePack:
    """Return the edition `name` of the folder `root`, by default one that comes with the product.

    Raises `UnsoundEditionError` with every problem: what cannot be read, is not a value, or does not fit.
    """
    folder = root or RULES
    sources = Sources()
    chain = _chain(name, folder)
    settings = _settings(name, chain, folder, sources)
    units = _table("units", Unit, chain, folder, sources)
    categories = _table("categories", Category, chain, folder, sources)
    directory = _table("directory", DirectoryRow, chain, folder, sources)
    norms = _table("norms", NormRow, chain, folder, sources)
    _check_calendars(chain, folder, sources)
    if settings is None:
        raise UnsoundEditionError(_in_order(sources.problems))
    pack = RulePack(
        settings=settings[0],
        content_hash=sources.content_hash,
        units=MappingProxyType({unit.code: unit for unit in units}),
        categories=MappingProxyType({category.code: category for category in categories}),
        directory=tuple(directory),
        norms=tuple(norms),
    )
    problems = [*sources.problems, *check(pack, settings[1], units, categories)]
    if problems:
        raise UnsoundEditionError(_in_order(problems))
    return pack


def _chain(name: str, folder: Path) -> list[str]:
    """Return the editions that make up `name`, the one that extends none first."""
    chain: list[str] = []
    sources = Sources()
    following: object = name
    origin = Origin(folder.name, 0)
    while following is not None:
        if not isinstance(following, str) or not _NAME.fullmatch(following):
            raise _no_edition(origin, str(following), folder)
        path = folder / following / "edition.yaml"
        if not path.is_file():
            raise _no_edition(origin, following, folder)
        if following in chain:
            wrong = Phrase("the editions extend one another in a circle: {chain}", chain=" > ".join(chain))
            raise UnsoundEditionError([Problem(origin, "extends", wrong)])
        chain.append(following)
        tree = read_yaml(path, f"{folder.name}/{following}/edition.yaml", sources)
        origin = tree.origin(("extends",))
        following = tree.content.get("extends")
    return chain[::-1]


def _no_edition(origin: Origin, name: str, folder: Path) -> UnsoundEditionError:
    known = ", ".join(editions(folder)) or "-"
    field = "extends" if origin.line else ""
    wrong = Phrase("there is no edition '{name}'; there are: {known}", name=name, known=known)
    return UnsoundEditionError([Problem(origin, field, wrong)])


def _settings(
    name: str, chain: list[str], folder: Path, sources: Sources
) -> tuple[Edition, Callable[..., Origin]] | None:
    tree = Tree()
    for link in chain:
        tree.lay_over(
            read_yaml(folder / link / "edition.yaml", f"{folder.name}/{link}/edition.yaml", sources)
        )
    if sources.problems:
        return None
    if tree.content.get("name", name) != name:
        wrong = Phrase("the name must be that of the folder, '{name}'", name=name)
        sources.problem(tree.origin(("name",)), "name", wrong)
    try:
        return Edition.model_validate(tree.content), lambda *steps: tree.origin(steps)
    except ValidationError as failure:
        _note_errors(failure, tree, sources)
        return None


def _check_calendars(chain: list[str], folder: Path, sources: Sources) -> None:
    """Note what is wrong in the calendars: `rules.calendars` reads them, but when a worker runs already."""
    for link in chain:
        if not (path := folder / link / "calendar.yaml").is_file():
            continue
        known = len(sources.problems)
        tree = read_yaml(path, f"{folder.name}/{link}/calendar.yaml", sources)
        if len(sources.problems) > known:
            continue
        try:
            CalendarSettings.model_validate(tree.content)
        except ValidationError as failure:
            _note_errors(failure, tree, sources)


def _note_errors(failure: ValidationError, tree: Tree, sources: Sources) -> None:
    for error in failure.errors():
        steps = tuple(step for step in error["loc"] if step != "[key]")
        sources.problem(tree.origin(steps), ".".join(map(str, steps)), sentence(error))


def _table(table: str, model: type[Row], chain: list[str], folder: Path, sources: Sources) -> list[Row]:
    """Return the rows of `table`: those of each edition of the chain replace earlier ones of the same key."""
    rows: list[Row] = []
    for number, link in enumerate(chain):
        path, shown = folder / link / f"{table}.csv", f"{folder.name}/{link}/{table}.csv"
        if number and not path.is_file():
            continue
        texts = read_table(path, shown, COLUMNS[table], sources)
        own = parse_rows(texts, shown, model.model_validate, sources)
        replaced = {_key(row, table) for row in own}
        rows = [row for row in rows if _key(row, table) not in replaced] + own
    return rows


def _key(row: BaseModel, table: str) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in KEYS[table])


def _in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(
        dict.fromkeys(problems), key=lambda found: (found.origin.file, found.origin.line, found.field)
    )
