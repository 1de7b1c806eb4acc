"""Reads the product's code: which phrases it uses, and which texts in it hold Chinese."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
CHINESE = re.compile("[\u3001-\u303f\u4e00-\u9fff\uff00-\uffef]")


class Used(NamedTuple):
    """A phrase in the code: its context and English wording, the names of its values, and where it stands."""

    context: str | None
    message: str
    values: frozenset[str]
    where: str


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield path and syntax tree of every module in `folders`, each a package or a file at the top."""
    for folder in folders:
        at = ROOT / folder
        for path in sorted(at.rglob("*.py")) if at.is_dir() else [at]:
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def phrases_in(path: str, tree: ast.AST) -> Iterator[Used]:
    """Yield the phrases of one module: `Phrase(…)`, `Phrase.within(…)` and the labels of a `Word`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (texts := _texts_of(node)) is not None:
            context, message = texts
            names = frozenset(word.arg for word in node.keywords if word.arg)
            yield Used(context, message, names, f"{path}:{node.lineno}")
        elif isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "Word" for base in node.bases):
            yield from _labels(path, node)


def _texts_of(call: ast.Call) -> tuple[str | None, str] | None:
    match call:
        case ast.Call(func=ast.Name("Phrase"), args=[ast.Constant(str(message))]):
            return None, message
        case ast.Call(
            func=ast.Attribute(ast.Name("Phrase"), "within"),
            args=[ast.Constant(str(context)), ast.Constant(str(message))],
        ):
            return context, message
        case ast.Call(func=ast.Name("Phrase")):
            raise AssertionError(f"the wording of a phrase stands where it is used: {ast.unparse(call)}")
        case _:
            return None


def _labels(path: str, words: ast.ClassDef) -> Iterator[Used]:
    for line in words.body:
        match line:
            case ast.Assign(value=ast.Tuple([_, ast.Constant(str(label)), *_])):
                yield Used(words.name, label, frozenset(), f"{path}:{line.lineno}")
            case _:
                pass


def chinese_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and text of every string with Chinese in it that is no docstring."""
    passed = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in passed)
    for text in texts:
        if isinstance(text.value, str) and CHINESE.search(text.value):
            yield text.lineno, text.value
