"""One write of a ticket's workflow: facts, projection, notices and answers together, or nothing.

A write may come from a workflow task that the engine then refuses or loses, with the worker or by itself; the
task is done again, and may come to other facts. So of two accounts the one with the later engine time holds:
it replaces facts of the same number with their notices, and takes back both beyond its own end. What the
engine has kept is never replaced, because whatever it did later was written later.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import DateTime, Integer, String, bindparam, text

from domain.show.involvement import touched_by
from domain.show.views import Batch
from readmodel.connection import Database, session
from readmodel.projection import FORWARD, INSERT, insert_events, insert_notices, note_parts
from readmodel.statements import Statement

DEBTS = "(v->'tasks') || coalesce(v->'asked', '[]')"
"""What others than the ticket's holder owe it: their tasks, and answers of further desks."""
_RECORD = Statement(
    f"""
WITH given AS MATERIALIZED (SELECT CAST(:batch AS jsonb) AS batch, CAST(:parts AS jsonb) AS parts),
shown AS (
    SELECT batch->'view' AS v, (batch->>'written_at')::timestamptz AS written_at,
           coalesce((batch#>>'{{facts,0,seq}}')::integer, (batch#>>'{{view,version}}')::integer + 1) AS first
    FROM given
),
moved AS ({INSERT} FROM shown {FORWARD}),
new_events AS (
    {insert_events("moved")}
    ON CONFLICT (number, seq) DO UPDATE
    SET kind = excluded.kind, at = excluded.at, actor = excluded.actor, fact = excluded.fact
    WHERE known.fact IS DISTINCT FROM excluded.fact
),
undone_events AS (
    DELETE FROM ticket_event USING moved
    WHERE ticket_event.number = moved.number AND ticket_event.seq > moved.version
),
undone_notices AS (
    DELETE FROM notice USING moved, shown, given
    WHERE notice.number = moved.number AND notice.seq >= shown.first
    AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(batch->'notices') AS mine WHERE mine->>'key' = notice.key
    )
),
new_notices AS (
    {insert_notices("moved")}
    ON CONFLICT (key) DO UPDATE
    SET seq = excluded.seq, recipient = excluded.recipient, kind = excluded.kind, at = excluded.at,
        about = excluded.about
    WHERE known.seq >= (SELECT first FROM shown)
    AND (known.seq, known.at, known.about) IS DISTINCT FROM (excluded.seq, excluded.at, excluded.about)
),
paid AS (
    DELETE FROM owed USING moved WHERE owed.number = moved.number AND NOT EXISTS (
        SELECT FROM shown, jsonb_array_elements({DEBTS}) AS mine
        WHERE mine->>'task' = owed.task AND mine#>>'{{holder,code}}' = owed.unit
    )
),
new_debts AS (
    INSERT INTO owed (number, task, unit, due_at)
    SELECT number, mine->>'task', mine#>>'{{holder,code}}', (mine->>'due_at')::timestamptz
    FROM moved, shown, jsonb_array_elements({DEBTS}) AS mine
    ON CONFLICT (number, task) DO UPDATE SET unit = excluded.unit, due_at = excluded.due_at
),
news AS (
    SELECT moved.number FROM moved, shown, given WHERE NOT EXISTS (
        SELECT FROM ticket AS before
        WHERE before.number = moved.number AND before.version = moved.version AND before.view = v
        AND NOT EXISTS (
            SELECT FROM jsonb_array_elements(batch->'facts') AS mine LEFT JOIN ticket_event AS known
            ON known.number = moved.number AND known.seq = (mine->>'seq')::integer
            WHERE known.fact IS DISTINCT FROM mine->'fact'
        )
    )
),
parts_now AS ({note_parts("news")}),
parts_over AS (
    UPDATE unit_ticket SET has_part = false, changed_at = clock_timestamp(), place = NULL,
        awaits_survey = awaits_survey AND NOT (parts->>'surveyed')::boolean
    FROM news, shown, given
    WHERE unit_ticket.number = news.number AND NOT parts->'touched' ? unit_ticket.unit
    AND (has_part OR (awaits_survey AND (parts->>'surveyed')::boolean) OR EXISTS (
        SELECT FROM ticket AS before WHERE before.number = news.number AND before.version >= shown.first
    ))
),
undone_answers AS (
    UPDATE command SET answer = NULL FROM moved, shown, given
    WHERE command.number = moved.number AND (command.answer->>'version')::integer >= shown.first
    AND NOT batch->'answers' ? command.key_hash
),
joined AS (
    INSERT INTO incident_member AS known (incident, number, joined_at, told, told_at)
    SELECT v#>>'{{incident,number}}', number, (v#>>'{{incident,joined_at}}')::timestamptz,
           (v#>>'{{incident,told}}')::integer, (v#>>'{{incident,told_at}}')::timestamptz
    FROM moved, shown WHERE v#>>'{{incident,number}}' IS NOT NULL
    ON CONFLICT (incident, number) DO UPDATE
    SET joined_at = excluded.joined_at, left_at = NULL, told = excluded.told, told_at = excluded.told_at,
        sent = least(known.sent, excluded.told), missed_at = NULL
    WHERE known.left_at IS NOT NULL OR known.told <> excluded.told OR known.joined_at <> excluded.joined_at
),
parted AS (
    UPDATE incident_member SET left_at = shown.written_at FROM moved, shown
    WHERE incident_member.number = moved.number AND incident_member.left_at IS NULL
    AND incident_member.incident <> coalesce(v#>>'{{incident,number}}', '')
),
new_answers AS (
    UPDATE command SET answer = given_answer.value, refusal = NULL
    FROM moved, given, jsonb_each(batch->'answers') AS given_answer
    WHERE command.key_hash = given_answer.key AND command.number = moved.number
)
SELECT count(*) FROM moved
""",  # noqa: S608 - put together from constants
    bindparam("batch", type_=String),
    bindparam("parts", type_=String),
    bindparam("seen_at", type_=DateTime(timezone=True)),
    bindparam("seen_version", type_=Integer),
)
_SEEN = text("SELECT written_at, version FROM ticket WHERE number = :number").bindparams(
    bindparam("number", type_=String)
)


@dataclass(frozen=True)
class Seen:
    """Up to where a ticket's projection was written when it was read."""

    written_at: datetime
    version: int


async def record(database: Database, batch: Batch, seen: Seen | None = None) -> bool:
    """Write `batch`, in one statement, and return whether it held; a later account is never touched.

    With `seen` the batch has everything from the first fact and replaces what is there, unless something
    was written since. Raises `Unavailable` when the database is away; then nothing of it was written, or all.
    """
    given = {
        "batch": batch.model_dump_json(),
        "parts": json.dumps(touched_by([recorded.fact for recorded in batch.facts], batch.view)._asdict()),
        "seen_at": seen.written_at if seen else None,
        "seen_version": seen.version if seen else None,
    }
    return bool((await _RECORD.one(database, given))["count"])


async def seen(database: Database, number: str) -> Seen | None:
    """Return up to where ticket `number` is written, null for an unknown number. Raises `Unavailable`."""
    async with session(database) as connection:
        row = (await connection.execute(_SEEN, {"number": number})).first()
    return Seen(row.written_at, row.version) if row else None
