"""One chaos run from its plan to its verdict."""

import asyncio
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from chaos import plan as plans
from chaos.checker import Evidence, Violation, check
from chaos.checker.collect import read_database, read_engine, read_journal
from chaos.city import City
from chaos.drain import drain
from chaos.faults import strike_all
from chaos.installation import EDITION, Installation
from chaos.journal import Journal
from chaos.line import Line
from rules.reading import load

_DRAIN_SECONDS = 180.0
_SHOWN = 40


@dataclass(frozen=True)
class Options:
    """What is asked for on the command line."""

    seed: int = 1
    seconds: float = 240.0
    mild: bool = False
    keep: bool = False
    prove: bool = False


def say(line: str) -> None:
    """Print one line with the time."""
    print(f"{datetime.now(UTC):%H:%M:%S} {line}", flush=True)


async def run(options: Options) -> int:
    """Run the plan of `options` on an installation of our own; return 0 where nothing is violated, else 1."""
    folder = Path(tempfile.mkdtemp(prefix=f"jiesu-chaos-{options.seed}-"))
    installation = Installation(folder)
    is_green = False
    try:
        is_green = await _run(options, installation)
    finally:
        await installation.stop(keep_data=not is_green)
        if is_green and not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            say(f"证据 evidence: {folder}")
    return 0 if is_green else 1


async def _run(options: Options, installation: Installation) -> bool:
    plan = plans.draw(
        options.seed,
        options.seconds,
        victims=(*plans.OWN, *plans.SERVERS, *plans.LINKS),
        fills=installation.volume.is_small,
        mild=options.mild,
    )
    _announce(plan, installation)
    await installation.start()
    say("就绪 ready")
    await _load(plan, installation)
    installation.heal()
    await installation.ready()
    say("恢复,等待追平 healed, draining")
    caught_up = await drain(installation.database_url, _DRAIN_SECONDS, say)
    evidence = await _evidence(installation)
    violations = check(evidence)
    if not caught_up:
        violations.append(
            Violation("not_drained", "installation", f"not caught up within {_DRAIN_SECONDS:.0f} s")
        )
    _report(evidence, violations, installation)
    return not violations


async def _load(plan: plans.Plan, installation: Installation) -> None:
    """Let the city work and the faults strike, side by side."""
    journal = Journal(installation.folder / "journal.jsonl")
    line = Line(installation.apis, journal)
    city = City(plan, load(EDITION, installation.folder / "rules"), line)
    striking = asyncio.create_task(strike_all(installation, plan.faults, say))
    try:
        await city.work()
        await striking
    finally:
        striking.cancel()
        await line.close()
        journal.close()
    say(f"城市 the city: {dict(city.outcomes)}; answers {journal.statuses}")


async def _evidence(installation: Installation) -> Evidence:
    """Read the database, then kill the workers, so that the engine's account comes from the histories."""
    evidence = await read_database(installation.database_url)
    evidence.journal = read_journal(installation.folder / "journal.jsonl")
    for name in ("worker-1", "worker-2"):
        installation.parts[name].kill()
    await read_engine(evidence, installation.temporal_address, say=say)
    evidence.save(installation.folder / "evidence.json")
    return evidence


def _announce(plan: plans.Plan, installation: Installation) -> None:
    counts = f"{len(plan.arrivals)} requests, {len(plan.faults)} faults"
    say(f"种子 seed {plan.seed}, {plan.seconds:.0f} s: {counts}")
    for fault in plan.faults:
        say(f"  {fault}")
    if not installation.volume.is_small:
        say("磁盘写满:未运行(不允许挂载 tmpfs) / full disk: not run, mounting a tmpfs is not permitted here")


def _report(evidence: Evidence, violations: list[Violation], installation: Installation) -> None:
    say(f"starts { ({name: part.starts for name, part in installation.parts.items()}) }")
    tables = ("request", "ticket_event", "notice", "command", "workflows", "journal")
    say(", ".join(f"{len(getattr(evidence, table))} {table}" for table in tables))
    happened = Counter(event["kind"] for event in evidence.ticket_event)
    rungs = ("clock_started", "clock_warned", "clock_missed", "escalated", "ladder_exhausted", "closed")
    say(", ".join(f"{happened[kind]} {kind}" for kind in rungs))
    for rule, count in Counter(violation.rule for violation in violations).most_common():
        say(f"违反 violated: {rule} × {count}")
    for violation in violations[:_SHOWN]:
        say(f"  {violation}")
    if not violations:
        say("全部成立 nothing violated")
