"""Who may import what: contracts name every package, lists every library, and a wrong import is found."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import grimp
import pytest
from importlinter.api import read_configuration
from importlinter.contracts.layers import LayersContract
from importlinter.contracts.protected import ProtectedContract

ROOT = Path(__file__).parent.parent
TOOL = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
LINTER = TOOL["importlinter"]
ALLOWED: dict[str, list[str]] = TOOL["jiesu"]["imports"]
PACKAGES: list[str] = LINTER["root_packages"]
MODULES = ("clock", "settings", "worker")
"""What is no package, so that the linter cannot look into it."""
OURS = {*PACKAGES, *MODULES}
CONTRACTS: list[dict[str, Any]] = read_configuration(str(ROOT / "pyproject.toml"))["contracts_options"]
LAYERS = [[one.strip() for one in layer.split("|")] for layer in CONTRACTS[0]["layers"]]
BELOW_WORKER = {one for layer in LAYERS[LAYERS.index(["api"]) + 1 :] for one in layer} | {"clock", "settings"}
FIRST_PARTY: dict[str, set[str]] = {
    "clock": set(),
    "settings": {"engine.errors", "phrases"},
    "worker": BELOW_WORKER,
    "chaos.checker": {"chaos.checker"},
}
"""What of ours may be imported where the layers do not say it; `settings` raises errors with phrases."""
WRONG = {
    "domain": "rules.edition",
    "phrases": "domain.errors",
    "rules": "workflows.ticket",
    "readmodel": "rules.edition",
    "workflows": "readmodel",
    "engine": "activities.signalling",
    "embedded": "activities.signalling",
    "activities": "embedded.postgres",
    "operations": "doctor.checkup",
    "doctor": "simulation.city",
    "simulation": "api.app",
    "telemetry": "worker",
    "api": "cli.main",
    "cli": "bench.bare",
    "chaos": "cli.main",
    "bench": "chaos.city",
    "deploy": "worker",
}


def imported(source: str) -> Iterator[str]:
    """Yield the dotted name of every module that `source` imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module if node.module and not node.level else "."


def files_of(unit: str) -> list[Path]:
    """Return the files of a package or module."""
    single = ROOT / f"{unit}.py"
    return [single] if single.exists() else sorted((ROOT / unit.replace(".", "/")).rglob("*.py"))


def libraries(source: str) -> set[str]:
    """Return the top names of what `source` imports and neither we nor Python's library hold."""
    return {name.partition(".")[0] for name in imported(source)} - OURS - set(sys.stdlib_module_names)


def strangers(unit: str, source: str) -> set[str]:
    """Return what of ours `source` imports although `unit` may not, by FIRST_PARTY."""
    ours = {name for name in imported(source) if name.partition(".")[0] in OURS}
    may = FIRST_PARTY[unit]
    return {name for name in ours if not any(name == one or name.startswith(f"{one}.") for one in may)}


@cache
def graph() -> grimp.ImportGraph:
    """Return the graph of our packages, other modules squashed."""
    return grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)


def broken(importer: str, target: str) -> set[str]:
    """Return the names of the contracts that an import planted into the graph breaks."""
    planted = graph()
    planted.add_import(importer=importer, imported=target, line_number=1, line_contents=f"import {target}")
    try:
        return {contract["name"] for contract in CONTRACTS if not kept(contract, planted)}
    finally:
        planted.remove_import(importer=importer, imported=target)


def kept(contract: dict[str, Any], modules: grimp.ImportGraph) -> bool:
    """Return whether a contract of pyproject.toml holds in the graph."""
    kind = {"layers": LayersContract, "protected": ProtectedContract}[contract["type"]]
    options = {name: value for name, value in contract.items() if name not in {"name", "type"}}
    return kind(contract["name"], LINTER, options).check(modules, verbose=False).kept


def test_every_package_has_a_layer_and_a_list_of_libraries() -> None:
    """A new folder with Python in it is placed before it is used."""
    found = {file.parent.name for file in ROOT.glob("*/*.py")} - {"tests"}
    assert found == set(PACKAGES) == {one for layer in LAYERS for one in layer}
    assert {file.stem for file in ROOT.glob("*.py")} == set(MODULES)
    assert set(ALLOWED) == OURS
    assert not list((ROOT / "examples").rglob("*.py"))


def test_no_contract_has_an_exception() -> None:
    """What a contract forbids is mended, not excused."""
    assert not [contract["name"] for contract in CONTRACTS if "ignore_imports" in contract]


@pytest.mark.parametrize("unit", sorted(ALLOWED))
def test_libraries_are_those_allowed(unit: str) -> None:
    """A new library is a decision, and one that is not used any more leaves the list."""
    used = {name for file in files_of(unit) for name in libraries(file.read_text(encoding="utf-8"))}
    assert used == set(ALLOWED[unit])


@pytest.mark.parametrize("unit", sorted(FIRST_PARTY))
def test_what_the_linter_cannot_see(unit: str) -> None:
    """The single modules and the checker of a chaos run import of ours what they may."""
    assert not {name for file in files_of(unit) for name in strangers(unit, file.read_text(encoding="utf-8"))}
    assert strangers(unit, "from cli.main import app") == {"cli.main"}


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_a_wrong_import_planted_in_a_package_is_found(package: str) -> None:
    """Of ours by the contracts, of others by the list."""
    assert broken(package, WRONG[package])
    assert libraries("import requests\nimport json") - set(ALLOWED[package]) == {"requests"}


def test_a_wrong_import_inside_domain_is_found() -> None:
    """The folders of the domain have an order of their own."""
    assert broken("domain.time.limits", "domain.show.views") == {"domain, top to bottom"}


def test_settings_read_below_the_roots_are_found() -> None:
    """What needs a value is given it."""
    assert broken("engine.connection", "settings")
    assert broken("activities.signalling", "settings")


def test_a_clock_read_below_the_roots_is_found() -> None:
    """What needs it is given it."""
    assert broken("activities.signalling", "clock")
    assert broken("doctor.engine", "clock")
