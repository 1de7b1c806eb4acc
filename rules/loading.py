"""Reads the files of an edition and remembers on which line everything stands, for messages."""

import csv
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import TypeVar, cast

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from phrases import Bilingual, Phrase

RULES = Path(__file__).parent
"""The folder of the editions that come with the product."""

Row = TypeVar("Row", bound=BaseModel)
Steps = tuple[str | int, ...]
"""The way to a place in a YAML file: keys and positions from the top."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A line of a file, named as people find it: `rules/beijing/units.csv:17`."""

    file: str
    line: int

    def __str__(self) -> str:
        """Return file and line, joined by a colon; the file alone where no line is to blame."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one field, in both languages."""

    origin: Origin
    field: str
    what: Bilingual

    @property
    def zh(self) -> str:
        """Return what is wrong, in Chinese."""
        return self.what.zh

    @property
    def en(self) -> str:
        """Return what is wrong, in English."""
        return self.what.en

    def __str__(self) -> str:
        """Return one line that names file, line and field and says what to do."""
        where = f"{self.origin} field {self.field}" if self.field else str(self.origin)
        return f"{where}: {self.zh} {self.en}"


class UnsoundEditionError(Exception):
    """An edition cannot be used; `problems` has every reason."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep every problem, in the order of the files and lines."""
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(slots=True)
class Sources:
    """The files read for one edition: their content's hash, and what was wrong while reading."""

    problems: list[Problem] = field(default_factory=list[Problem])
    _texts: list[str] = field(default_factory=list[str])

    @property
    def content_hash(self) -> str:
        """Return twelve hexadecimal digits that change with any file's name or content."""
        return hashlib.sha256("\0".join(self._texts).encode()).hexdigest()[:12]

    def read(self, path: Path, shown: str) -> str:
        """Return the text of `path`, known to people as `shown`, without its byte-order mark.

        A file that cannot be read becomes a problem and an empty text.
        """
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as failure:
            self.problem(
                Origin(shown, 1),
                "",
                Phrase("the file cannot be read as UTF-8 text: {failure}", failure=failure),
            )
            return ""
        # Under the product's own folder name: an edition keeps its identity wherever its folder lies.
        self._texts += [f"{RULES.name}/{shown.partition('/')[2]}", text]
        return text

    def problem(self, origin: Origin, name: str, what: Bilingual) -> None:
        """Note what is wrong in the field `name`."""
        self.problems.append(Problem(origin, name, what))


@dataclass(slots=True)
class Tree:
    """The content of YAML files laid over one another, and the line of every value."""

    content: dict[str, object] = field(default_factory=dict[str, object])
    origins: dict[Steps, Origin] = field(default_factory=dict[Steps, Origin])

    def origin(self, steps: Steps) -> Origin:
        """Return the line of the value at `steps`, or of the nearest thing around it."""
        for length in range(len(steps), 0, -1):
            if found := self.origins.get(steps[:length]):
                return found
        return self.origins[()]

    def lay_over(self, other: "Tree") -> None:
        """Put `other` on top: what it says wins, mappings are joined key by key, lists replaced whole."""
        self.content = _merged(self.content, other.content)
        self.origins |= other.origins


def read_yaml(path: Path, shown: str, sources: Sources) -> Tree:
    """Return the mapping in the YAML file `path` with the line of every value."""
    loader = yaml.SafeLoader(sources.read(path, shown))
    tree = Tree(origins={(): Origin(shown, 1)})
    try:
        node = loader.get_single_node()
        content: object = cast("object", loader.construct_document(node)) if node else None  # pyright: ignore[reportUnknownMemberType]
    except (yaml.YAMLError, ValueError) as failure:
        mark = failure.problem_mark if isinstance(failure, yaml.MarkedYAMLError) else None
        said = failure.problem if isinstance(failure, yaml.MarkedYAMLError) else failure
        line = mark.line + 1 if mark else 1
        sources.problem(Origin(shown, line), "", Phrase("this is not YAML: {said}", said=said))
        return tree
    if not isinstance(content, dict):
        sources.problem(Origin(shown, 1), "", Phrase("the file must be a mapping of names to values"))
        return tree
    tree.content = cast("dict[str, object]", content)
    if node:
        _note_lines(node, (), shown, tree, sources)
    return tree


def read_table(path: Path, shown: str, columns: Iterable[str], sources: Sources) -> list[dict[str, str]]:
    """Return the rows of the CSV file `path` as texts by column, with their line as `line`.

    A header that lacks a column or has an unknown one, and a row of another length, become problems.
    """
    reader = csv.reader(StringIO(sources.read(path, shown), newline=""), strict=True)
    wanted = list(columns)
    header: list[str] | None = None
    rows: list[dict[str, str]] = []
    try:
        for cells in reader:
            origin = Origin(shown, reader.line_num)
            if header is None:
                header = [cell.strip() for cell in cells]
                if header != wanted:
                    sources.problem(
                        origin, "", Phrase("the header must be {wanted}", wanted=",".join(wanted))
                    )
                    return []
            elif len(cells) != len(header) and any(cells):
                wrong = Phrase(
                    "the row has {found} cells instead of {wanted}", found=len(cells), wanted=len(header)
                )
                sources.problem(origin, "", wrong)
            elif any(cells):
                texts = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
                rows.append(texts | {"line": str(reader.line_num)})
    except csv.Error as failure:
        sources.problem(
            Origin(shown, reader.line_num), "", Phrase("this is not CSV: {failure}", failure=failure)
        )
    return rows


def parse_rows(
    rows: Iterable[Mapping[str, str]], shown: str, read: Callable[[object], Row], sources: Sources
) -> list[Row]:
    """Return each of `rows` as `read` makes it; a row that it refuses becomes a problem for each field."""
    out: list[Row] = []
    for row in rows:
        origin = Origin(shown, int(row["line"]))
        content: dict[str, object] = {name: text for name, text in row.items() if name != "line" and text}
        try:
            out.append(read(content | {"origin": origin}))
        except ValidationError as failure:
            for error in failure.errors():
                name = str(error["loc"][0]) if error["loc"] else ""
                sources.problem(origin, name, sentence(error))
    return out


def sentence(error: ErrorDetails) -> Bilingual:
    """Return what a validation error says."""
    kind, value = error["type"], error["input"]
    if kind == "missing":
        return Phrase("a value is missing")
    if kind == "extra_forbidden":
        return Phrase("there is no such field")
    if kind == "value_error":
        cause = error.get("ctx", {}).get("error")
        if isinstance(cause, ValueError) and cause.args and isinstance(cause.args[0], Phrase):
            return cause.args[0]
        return Phrase("{said}", said=str(cause or error["msg"]))
    said = error["msg"][:1].lower() + error["msg"][1:]
    return Phrase.within("value", "{said}", said=said, value=value)


def _merged(under: dict[str, object], over: Mapping[str, object]) -> dict[str, object]:
    out = dict(under)
    for key, value in over.items():
        below = out.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            out[key] = _merged(cast("dict[str, object]", below), cast("dict[str, object]", value))
        else:
            out[key] = value
    return out


def _note_lines(node: yaml.Node, steps: Steps, shown: str, tree: Tree, sources: Sources) -> None:
    tree.origins[steps] = Origin(shown, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            _note_lines(item, (*steps, position), shown, tree, sources)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            origin = Origin(shown, key.start_mark.line + 1)
            if name in seen:
                sources.problem(origin, ".".join(map(str, (*steps, name))), Phrase("the name stands twice"))
            seen.add(name)
            _note_lines(value, (*steps, name), shown, tree, sources)
            tree.origins[*steps, name] = origin
