"""The archive of closed workflows: their histories, packed, and how far the archiving has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, LargeBinary, String, bindparam, text
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE

from phrases import Phrase
from readmodel.connection import Database, session
from readmodel.packing import Damaged, pack, unpack, words

_KEPT = text("""
SELECT history.run FROM history
JOIN unnest(CAST(:workflows AS text[]), CAST(:runs AS uuid[])) AS asked (workflow, run)
ON history.workflow = asked.workflow AND history.run = asked.run
""").bindparams(bindparam("workflows", type_=ARRAY(String)), bindparam("runs", type_=ARRAY(UUID_TYPE)))
_WORDS = text("INSERT INTO history_words (id, words) VALUES (:id, :words) ON CONFLICT DO NOTHING").bindparams(
    bindparam("id", type_=String), bindparam("words", type_=LargeBinary)
)
_KEEP = text("""
INSERT INTO history (workflow, run, outcome, started_at, closed_at, events, bytes, words, body)
VALUES (:workflow, :run, :outcome, :started_at, :closed_at, :events, :bytes, :words, :body)
ON CONFLICT DO NOTHING
""").bindparams(
    bindparam("run", type_=UUID_TYPE),
    bindparam("started_at", type_=DateTime(timezone=True)),
    bindparam("closed_at", type_=DateTime(timezone=True)),
    bindparam("body", type_=LargeBinary),
)
_RUNS = text("""
SELECT run, outcome, started_at, closed_at, events, bytes, length(body) AS packed
FROM history WHERE workflow = :workflow ORDER BY started_at, closed_at
""").bindparams(bindparam("workflow", type_=String))
_BODY = text("""
SELECT history.body, history.bytes, history_words.words
FROM history LEFT JOIN history_words ON history_words.id = history.words
WHERE workflow = :workflow AND run = :run
""").bindparams(bindparam("workflow", type_=String), bindparam("run", type_=UUID_TYPE))
_MARK = text("SELECT up_to FROM history_mark WHERE head = :head").bindparams(bindparam("head", type_=String))
_MOVE = text("""
INSERT INTO history_mark AS known (head, up_to) VALUES (:head, :up_to)
ON CONFLICT (head) DO UPDATE SET up_to = greatest(known.up_to, excluded.up_to)
""").bindparams(bindparam("head", type_=String), bindparam("up_to", type_=DateTime(timezone=True)))
_COUNT = text("SELECT count(*) FROM history WHERE closed_at >= :since AND closed_at < :until").bindparams(
    bindparam("since", type_=DateTime(timezone=True)), bindparam("until", type_=DateTime(timezone=True))
)


@dataclass(frozen=True)
class Run:
    """One run of a workflow that is over: which, how it ended, and how long its history is."""

    workflow: str
    run: UUID
    outcome: str
    started_at: datetime
    closed_at: datetime
    events: int


@dataclass(frozen=True)
class KeptRun(Run):
    """A run whose history is kept; `bytes` as the engine had it, `packed` as it lies here."""

    bytes: int
    packed: int


async def kept(database: Database, runs: Sequence[tuple[str, UUID]]) -> set[UUID]:
    """Return those of `runs` (workflow id, run id) whose history is kept."""
    async with session(database) as connection:
        asked = {"workflows": [workflow for workflow, _ in runs], "runs": [run for _, run in runs]}
        return set((await connection.execute(_KEPT, asked)).scalars())


async def keep_words(database: Database) -> None:
    """Keep the words by which this release packs, once for all; `keep` needs them there."""
    name, known = words()
    async with session(database) as connection:
        await connection.execute(_WORDS, {"id": name, "words": known})


async def keep(database: Database, run: Run, plain: bytes) -> None:
    """Keep the history `plain` of `run`; one that is kept already stays as it is. Raises `Unavailable`."""
    row = {**run.__dict__, "bytes": len(plain), "words": words()[0], "body": pack(plain)}
    async with session(database) as connection:
        await connection.execute(_KEEP, row)


async def runs_of(database: Database, workflow: str) -> list[KeptRun]:
    """Return what is kept of the workflow with that id, the first run first."""
    async with session(database) as connection:
        found = (await connection.execute(_RUNS, {"workflow": workflow})).mappings()
        return [KeptRun(workflow=workflow, **row) for row in found]


async def read(database: Database, workflow: str, run: UUID) -> bytes | None:
    """Return the history of a run as the engine had it, null where none is kept. Raises `Damaged`."""
    async with session(database) as connection:
        row = (await connection.execute(_BODY, {"workflow": workflow, "run": run})).first()
    if row is None:
        return None
    if row.words is None:
        raise Damaged(Phrase("The words by which the history was packed are missing."))
    return unpack(row.body, row.words, row.bytes)


async def mark(database: Database, head: str) -> datetime | None:
    """Return up to which end of a run everything has been looked at by `head`, null before it began."""
    async with session(database) as connection:
        return (await connection.execute(_MARK, {"head": head})).scalar_one_or_none()


async def move(database: Database, head: str, up_to: datetime) -> None:
    """Note that `head` has looked at every run that ended before `up_to`; never moves back."""
    async with session(database) as connection:
        await connection.execute(_MOVE, {"head": head, "up_to": up_to})


async def count(database: Database, since: datetime, until: datetime) -> int:
    """Return how many kept runs ended from `since` up to, not including, `until`."""
    async with session(database) as connection:
        return (await connection.execute(_COUNT, {"since": since, "until": until})).scalar_one()
