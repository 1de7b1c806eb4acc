"""What the code imports is declared and locked, and everything at the top of the tree is installed."""

import ast
import re
import sys
import tomllib
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SHIPPED = [
    path
    for path in ROOT.rglob("*.py")
    if path.relative_to(ROOT).parts[0] not in {"tests", "build", "docs"}
    and not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
]
OWN = {path.relative_to(ROOT).parts[0].removesuffix(".py") for path in SHIPPED}
BY_HAND = {"rules/build"}
"""Scripts that a maintainer runs once, with packages of their own."""


def plain(requirement: str) -> str:
    """Return the normalised name of a requirement such as `SQLAlchemy[asyncio]>=2.1`."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0]).lower()


def imported(path: Path) -> set[str]:
    """Return the top-level names that a file imports, also through `importlib.resources.files`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "files":
            names |= {str(word.value) for word in node.args if isinstance(word, ast.Constant)}
    return names


def test_every_package_that_the_code_imports_is_declared() -> None:
    """A fresh machine has what is declared and nothing else."""
    declared = {plain(requirement) for requirement in PROJECT["project"]["dependencies"]}
    declared |= {"starlette", "protobuf", "pydantic-core"}  # parts of fastapi, temporalio and pydantic
    extra = {plain(requirement) for requirement in PROJECT["project"]["optional-dependencies"]["traces"]}
    distributions = packages_distributions()
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in SHIPPED
        if str(path.relative_to(ROOT).parent) not in BY_HAND
        for name in imported(path) - OWN - set(sys.stdlib_module_names)
        if not {plain(found) for found in distributions.get(name, [name])}
        & (declared | (extra if path.name == "tracing.py" else set()))
    }
    assert missing == set()


def test_everything_at_the_top_of_the_tree_is_installed() -> None:
    """An installed command must find what a checkout finds."""
    modules = set(PROJECT["tool"]["setuptools"]["py-modules"])
    folders = {
        name.removesuffix("*") for name in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    }
    assert modules | folders >= OWN


def test_the_files_that_the_code_reads_are_installed_with_it() -> None:
    """Templates, catalogues and rule packs; what operators copy out of `deploy/` is read by no code."""
    taken = PROJECT["tool"]["setuptools"]["package-data"]
    read = [
        path.relative_to(ROOT)
        for package in sorted(OWN - {"deploy"})
        for path in (ROOT / package).rglob("*.*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    ]
    left = {
        str(path)
        for path in read
        if not any(fnmatch(path.name, pattern) for pattern in taken["*"])
        and not any(fnmatch("/".join(path.parts[1:]), pattern) for pattern in taken.get(path.parts[0], ()))
    }
    assert left == set()
    assert Path("api/templates/start.html") in read


def test_everything_declared_is_locked_with_hashes() -> None:
    """`make setup` installs the lock alone, and pip accepts no line without a hash."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {plain(line) for line in lock.splitlines() if "==" in line}
    extras = PROJECT["project"]["optional-dependencies"]
    wanted = PROJECT["project"]["dependencies"] + extras["traces"] + extras["dev"]
    assert {plain(requirement) for requirement in wanted} - {"jiesu"} <= locked
    blocks = re.split(r"\n(?=\S)", lock.strip())
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_lock_names_no_address() -> None:
    """Whoever installs chooses the package index."""
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")
