"""One chaos run from its plan to its verdict."""

import asyncio
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from chaos import plan as plans
from chaos.checker import Evidence, Violation, check
from chaos.checker.collect import read_database, read_engine, read_journal
from chaos.city import City
from chaos.drain import drain
from chaos.faults import strike_all
from chaos.installation import Installation
from chaos.journal import Journal
from chaos.line import Line
from chaos.mutations import prove
from chaos.site import Elsewhere, Site, heal, ready
from clock import utc_now
from rules.reading import load

_DRAIN_SECONDS = 180.0
_SHOWN = 8
"""How many violations of one rule are printed; the evidence holds all."""


@dataclass(frozen=True)
class Options:
    """What is asked for on the command line."""

    seed: int = 1
    seconds: float = 240.0
    mild: bool = False
    keep: bool = False
    prove: bool = False
    elsewhere: Elsewhere | None = None


def say(line: str) -> None:
    """Print one line with the time."""
    print(f"{utc_now():%H:%M:%S} {line}", flush=True)


async def run(options: Options) -> int:
    """Run the plan of `options` and return 0 where nothing is violated, else 1.

    On an installation of our own, unless the options name somebody else's.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"jiesu-chaos-{options.seed}-"))
    site = options.elsewhere or Installation(folder)
    is_green = False
    try:
        is_green = await _run(options, site, folder)
    finally:
        await site.stop(keep_data=not is_green)
        if is_green and not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            say(f"证据 evidence: {folder}")
    return 0 if is_green else 1


async def _run(options: Options, site: Site, folder: Path) -> bool:
    plan = plans.draw(
        options.seed,
        options.seconds,
        victims=(*site.parts, *site.proxies) if options.elsewhere else plans.EVERYTHING,
        fills=site.volume is not None and site.volume.is_small,
        mild=options.mild,
    )
    _announce(plan, site)
    await site.start()
    say("就绪 ready")
    others = {row["number"] for row in (await read_database(site.database_url)).request}
    await _load(plan, site, folder)
    heal(site)
    await ready(site.apis)
    say("恢复,等待追平 healed, draining")
    caught_up = await drain(site.database_url, _DRAIN_SECONDS, say)
    evidence = await _evidence(site, folder, others)
    violations = check(evidence)
    if not caught_up:
        violations.append(Violation("not_drained", "site", f"not caught up within {_DRAIN_SECONDS:.0f} s"))
    violations += await asyncio.to_thread(_rebuilt, site)
    _report(evidence, violations, site)
    return not violations and (not options.prove or _proved(evidence))


async def _load(plan: plans.Plan, site: Site, folder: Path) -> None:
    """Let the city work and the faults strike, side by side."""
    journal = Journal(folder / "journal.jsonl")
    line = Line(site.apis, journal)
    city = City(plan, load("beijing"), line)
    striking = asyncio.create_task(strike_all(site, plan.faults, say))
    try:
        await city.work()
        await striking
    finally:
        striking.cancel()
        await line.close()
        journal.close()
    say(f"城市 the city: {dict(city.outcomes)}; answers {journal.statuses}")


async def _evidence(site: Site, folder: Path, others: set[str]) -> Evidence:
    """Read the database, then kill the workers, so that the engine's account comes from the histories.

    What `others` had filed before is left out: nobody here knows what was asked about it.
    """
    evidence = await read_database(site.database_url)
    evidence.journal = read_journal(folder / "journal.jsonl")
    for name, part in site.parts.items():
        if name.startswith("worker"):
            part.kill()
    await read_engine(evidence, site.temporal_address, site.namespace, say)
    evidence = evidence.without(others)
    evidence.save(folder / "evidence.json")
    return evidence


def grouped(violations: list[Violation]) -> dict[str, list[Violation]]:
    """Return the violations of each rule."""
    found: dict[str, list[Violation]] = {}
    for violation in violations:
        found.setdefault(violation.rule, []).append(violation)
    return found


def _rebuilt(site: Site) -> list[Violation]:
    """Return what `jiesu rebuild --check` finds, on our own installation, where there is the command."""
    if not isinstance(site, Installation):
        return []
    if site.jiesu("rebuild", "--help").returncode:
        say("jiesu rebuild: 没有此命令 no such command; the checker's own comparison stands alone")
        return []
    done = site.jiesu("rebuild", "--check")
    last = (done.stdout + done.stderr).strip().splitlines()[-3:]
    say(f"jiesu rebuild --check: {done.returncode} {' | '.join(last)}")
    return [Violation("rebuild_differs", "site", " | ".join(last))] if done.returncode else []


def _proved(evidence: Evidence) -> bool:
    """Print which rule catches each mutation of the evidence, and return whether every one was caught."""
    found = prove(evidence)
    for name, is_caught, rules in found:
        say(f"  {'发现 caught' if is_caught else '未发现 NOT CAUGHT'}  {name}: {', '.join(rules)}")
    return all(is_caught for _, is_caught, _ in found)


def _announce(plan: plans.Plan, site: Site) -> None:
    counts = f"{len(plan.arrivals)} requests, {len(plan.faults)} faults"
    say(f"种子 seed {plan.seed}, {plan.seconds:.0f} s: {counts}")
    for fault in plan.faults:
        say(f"  {fault}")
    if site.volume is None or not site.volume.is_small:
        say("磁盘写满:未运行(没有可写满的小卷) / full disk: not run, there is no small volume to fill")


def _report(evidence: Evidence, violations: list[Violation], site: Site) -> None:
    say(f"starts { ({name: part.starts for name, part in site.parts.items()}) }")
    tables = ("request", "ticket_event", "notice", "command", "workflows", "journal")
    say(", ".join(f"{len(getattr(evidence, table))} {table}" for table in tables))
    happened = Counter(event["kind"] for event in evidence.ticket_event)
    rungs = ("clock_started", "clock_warned", "clock_missed", "escalated", "ladder_exhausted", "closed")
    say(", ".join(f"{happened[kind]} {kind}" for kind in rungs))
    for rule, found in grouped(violations).items():
        say(f"违反 violated: {rule} × {len(found)}")
        for violation in found[:_SHOWN]:
            say(f"  {violation}")
    if not violations:
        say("全部成立 nothing violated")
