"""One write of a ticket's workflow: facts, projection, notices and answers together, or nothing."""

from sqlalchemy import String, bindparam, text

from domain.views import Batch
from readmodel.connection import Database, session
from readmodel.projection import FORWARD, INSERT

_RECORD = text(f"""
WITH given AS MATERIALIZED (SELECT CAST(:batch AS jsonb) AS batch),
new_events AS (
    INSERT INTO ticket_event (number, seq, kind, at, actor, fact)
    SELECT batch->>'number', (event->>'seq')::integer, event#>>'{{fact,kind}}',
           (event#>>'{{fact,at}}')::timestamptz, event#>'{{fact,actor}}', event->'fact'
    FROM given, jsonb_array_elements(batch->'facts') AS event
    ON CONFLICT DO NOTHING
),
new_notices AS (
    INSERT INTO notice (key, number, recipient, kind, at, about)
    SELECT notice->>'key', notice->>'number', notice->>'to', notice->>'kind',
           (notice->>'at')::timestamptz, notice->'about'
    FROM given, jsonb_array_elements(batch->'notices') AS notice
    ON CONFLICT DO NOTHING
),
new_answers AS (
    UPDATE command SET answer = given_answer.value, refusal = NULL
    FROM given, jsonb_each(batch->'answers') AS given_answer
    WHERE command.key_hash = given_answer.key AND command.number = batch->>'number' AND command.answer IS NULL
)
{INSERT} FROM (SELECT batch->'view' AS v FROM given) AS shown
{FORWARD}
""").bindparams(bindparam("batch", type_=String))  # noqa: S608 - put together from constants


async def record(engine: Database, batch: Batch) -> None:
    """Write `batch`, in one statement. Writing it again, or after a later one, changes nothing.

    Raises `Unavailable` when the database is away; then nothing of it was written, or all of it was.
    """
    async with session(engine) as connection:
        await connection.execute(_RECORD, {"batch": batch.model_dump_json()})
