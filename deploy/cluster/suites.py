"""What is run against a cluster: the end-to-end tests, faults, and a load with one worker and with four."""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.installation import EDITION, rules_with_bench_edition
from chaos import installation as chaos
from deploy.cluster.footprint import footprint
from deploy.cluster.parts import Cluster, Plan, address
from embedded.supervisor import own_command
from settings import child_environment

ROOT = Path(__file__).parents[2]
SUITES: Final = ("e2e", "chaos", "load")
INSTALLATION_VARIABLE: Final = "JIESU_TEST_INSTALLATION"
"""Names the file that describes the installation to the end-to-end tests."""
_SUITE_SECONDS = 1500.0


def run_suites(running: Cluster, chosen: Sequence[str], seed: int) -> bool:
    """Run the chosen suites on `running`, each on a deployment that fits it; return whether all passed."""
    outcomes: dict[str, bool] = {}
    for suite in chosen:
        _say(f"== {suite}")
        match suite:
            case "e2e":
                outcomes[suite] = _end_to_end(running)
            case "chaos":
                outcomes[suite] = _chaos(running, seed)
            case _:
                outcomes[suite] = _load(running)
    for suite, has_passed in outcomes.items():
        _say(f"{suite}: {'passed' if has_passed else 'FAILED'}")
    return all(outcomes.values())


def _end_to_end(running: Cluster) -> bool:
    """Run the end-to-end tests with two API and four worker processes."""
    running.deploy(Plan())
    words = (
        "pytest",
        "tests/e2e/test_main_line.py",
        "--no-cov",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
    )
    return _run(running, words, {INSTALLATION_VARIABLE: str(running.file)})


def _chaos(running: Cluster, seed: int) -> bool:
    """Run the chaos suite, its faults on every process here; the cluster starts again whatever died."""
    running.deploy(Plan(edition=chaos.EDITION, rules_dir=chaos.rules_with_chaos_edition(running.folder)))
    return _run(running, ("chaos", "--seed", str(seed), f"@{chaos_options(running)}"), {})


def chaos_options(running: Cluster) -> Path:
    """Return a file that tells the chaos suite where everything is; an option a line, for its owner alone.

    A command line would show the database's password to every user of this machine.
    """
    first = running.settings[0]
    lines = [
        *(word for each in running.settings[: Plan.apis] for word in ("--api", address(each))),
        *("--database-url", running.url, "--temporal-address", first.temporal_address or ""),
        *("--namespace", first.temporal_namespace),
    ]
    for child in running.children:
        lines += ["--victim", f"{child.name}={running.pid_file(child.name)}"]
    path = running.folder / "chaos.options"
    path.touch(mode=0o600)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _load(running: Cluster) -> bool:
    """Measure full lifecycles with one worker and with four, without and through HTTP."""
    passed = True
    rules = rules_with_bench_edition(running.folder)
    words = ("bench", "lifecycle", "--installation", str(running.file))
    few = ("--at-once", "12", "--warm-up", "12", "--rate", "5", "--seconds", "10")
    options = ("--tickets", "120", "--blocks", "1", *few)  # two cores carry a dozen processes here
    for workers in (1, 4):
        running.deploy(
            Plan(workers=workers, edition=EDITION, rules_dir=rules, reconcile_interval="60s", patience="30s")
        )
        _say(f"-- {workers} worker(s), 2 API")
        before = footprint(running.store, running.url)
        passed &= _run(running, (*words, *options), {})
        _say(footprint(running.store, running.url).since(before))
    return passed


def _run(running: Cluster, words: Sequence[str], extra: Mapping[str, str]) -> bool:
    """Run `python -m …` to its end while the cluster is watched; return whether it succeeded."""
    base = own_command("api", running.settings[0], child_environment()).environment
    kept = {name: value for name, value in base.items() if not name.startswith("JIESU_")}
    began = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-m", *words], cwd=ROOT, env={**kept, **extra}, stdin=subprocess.DEVNULL
    )
    try:
        running.wait_until(lambda: process.poll() is not None, words[0], _SUITE_SECONDS)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)
    _say(f"{words[0]}: exit {process.returncode}, {time.monotonic() - began:.0f} s")
    return process.returncode == 0


def _say(line: str) -> None:
    print(line, flush=True)
