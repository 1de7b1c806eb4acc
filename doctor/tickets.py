"""Whether every ticket has its workflow, its projection and, when it is over, its place in the archive."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from temporalio.client import Client

from activities.archiving import FRONT, ended_between, retention
from doctor.finding import Finding
from engine.starting import workflow_id
from phrases import Phrase
from readmodel import Database, history
from readmodel.vitals import MOST, Standing, recent_open, standing
from settings import Settings

WAITED = timedelta(minutes=3)
"""Three rounds of reconciliation: what waits longer is not being mended."""
RECENT = 100
SWING = 50
"""How far the two counts of open tickets may differ: they are not taken at the same instant."""
LAST_QUARTER = 0.75


async def standings(database: Database) -> list[Finding]:
    """Return what waits too long in the database. Raises `Unavailable`."""
    return list(judge_standing(await standing(database, WAITED)))


def judge_standing(found: Standing) -> Iterator[Finding]:
    """Yield requests without a workflow, projections behind, commands with an unknown outcome."""
    reconcile = Phrase("Look at the schedule reconcile and at the workers' log; run jiesu reconcile.")
    kinds = (
        (
            "tickets.not_started",
            found.unstarted,
            Phrase("requests were filed more than three minutes ago and have no workflow"),
        ),
        (
            "tickets.projection_behind",
            found.behind,
            Phrase("tickets should have done something by themselves, and the projection does not show it"),
        ),
        (
            "tickets.in_doubt",
            found.doubted,
            Phrase("commands have an unknown outcome that has not been looked up"),
        ),
    )
    for code, count, what in kinds:
        if count:
            many = f"{count}+" if count >= MOST else str(count)
            yield Finding(code, Phrase("{many} {what}.", many=many, what=what), reconcile)


async def numbers(database: Database, client: Client) -> list[Finding]:
    """Return whether issued numbers have their workflows: all by count, the newest one by one.

    `jiesu reconcile` holds all of them against each other; this is the quick look. Raises `Unavailable`.
    """
    recent = await recent_open(database, WAITED, RECENT)
    running = 'WorkflowType = "Ticket" AND ExecutionStatus = "Running"'
    missing: list[str] = []
    if recent:
        ids = ", ".join(f'"{workflow_id(number)}"' for number in recent)
        there = {one.id async for one in client.list_workflows(f"{running} AND WorkflowId IN ({ids})")}
        missing = [number for number in recent if workflow_id(number) not in there]
    still_open = set(await recent_open(database, WAITED, RECENT * 2)) if missing else set[str]()
    missing = [number for number in missing if number in still_open]  # closed in between
    if missing:
        return [_without_workflow(missing)]
    counts = (await standing(database, WAITED)).open, (await client.count_workflows(running)).count
    return list(judge_counts(*counts))


def _without_workflow(missing: Sequence[str]) -> Finding:
    some = ", ".join(missing[:3])
    return Finding(
        "tickets.without_workflow",
        Phrase(
            "{missing} of the newest open tickets have no running workflow, for example {some}.",
            missing=len(missing),
            some=some,
        ),
        Phrase(
            "Run jiesu reconcile for all of them; if somebody stopped workflows, the Temporal UI says who."
        ),
    )


def judge_counts(open_tickets: int, workflows: int) -> Iterator[Finding]:
    """Yield that open tickets and running workflows are far apart in number."""
    if abs(open_tickets - workflows) > max(SWING, open_tickets // 100):
        yield Finding(
            "tickets.counts_differ",
            Phrase(
                "{open_tickets} tickets are open, {workflows} workflows run.",
                open_tickets=open_tickets,
                workflows=workflows,
            ),
            Phrase("Run jiesu reconcile, which names them."),
        )


async def archive(database: Database, client: Client, settings: Settings, now: datetime) -> list[Finding]:
    """Return that the archive is behind, or that the engine will soon forget what is not kept."""
    remembered = await retention(client)
    found = list(judge_mark(await history.mark(database, FRONT), now, settings.archive_interval, remembered))
    old = now - remembered, now - remembered * LAST_QUARTER
    there = (await client.count_workflows(ended_between(*old))).count
    kept = await history.count(database, *old) if there else 0
    if there > kept:
        found.append(
            Finding(
                "archive.about_to_lose",
                Phrase(
                    "{there} workflows near the end of the engine's retention are not archived.",
                    there=there - kept,
                ),
                Phrase(
                    "Run temporal schedule trigger --schedule-id archive now; if need be raise "
                    "JIESU_RETENTION_DAYS and run jiesu migrate."
                ),
            )
        )
    return found


def judge_mark(
    mark: datetime | None, now: datetime, every: timedelta, remembered: timedelta
) -> Iterator[Finding]:
    """Yield that the archive's first look is further behind than some rounds."""
    if mark is None or now - mark <= max(every * 6, timedelta(hours=1)):
        return
    hours = int((now - mark).total_seconds() // 3600)
    yield Finding(
        "archive.behind",
        Phrase(
            "The archive is {hours} hours behind; the engine remembers {days} days.",
            hours=hours,
            days=remembered.days,
        ),
        Phrase("Look at the schedule archive, and for Archive in the workers' log."),
    )
