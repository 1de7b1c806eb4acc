"""What the line of the feeds lacks where a release wrote that knew of no line: found and added."""

from sqlalchemy import text

from readmodel.connection import connect, session

_ADD = text("""
INSERT INTO unit_ticket (number, unit, has_part, awaits_survey)
SELECT number, split_part(unit, '/', 1), bool_or(now), bool_or(answered) FROM (
    SELECT number, view#>>'{unit,code}' AS unit, true AS now, false AS answered FROM ticket
    UNION ALL
    SELECT number, watcher->>'code', true, false
    FROM ticket, jsonb_array_elements(coalesce(view->'watchers', '[]')) AS watcher
    UNION ALL
    SELECT number, task#>>'{holder,code}', true, false
    FROM ticket, jsonb_array_elements(coalesce(view->'tasks', '[]')) AS task
    UNION ALL
    SELECT number, fact#>>'{assignment,unit,code}', false, false FROM ticket_event
    UNION ALL
    SELECT number, watcher->>'code', false, false
    FROM ticket_event, jsonb_array_elements(fact#>'{assignment,watchers}') AS watcher
    WHERE jsonb_typeof(fact#>'{assignment,watchers}') = 'array'
    UNION ALL
    SELECT number, fact#>>'{holder,code}', false, false FROM ticket_event WHERE kind = 'task_opened'
    UNION ALL
    SELECT number, actor->>'unit', false, true FROM ticket_event WHERE kind = 'task_done'
) AS found WHERE unit IS NOT NULL GROUP BY 1, 2
ON CONFLICT (number, unit) DO NOTHING
""")


async def close_gaps(database_url: str) -> int:
    """Add to the feeds what an older release left out of them; return how many rows were added.

    Releases before 0.2.0 know of no line, and may have written beside this one. What is there already stays
    as it is. Reads the whole event log once. Raises `Unavailable`.
    """
    database = connect(database_url, 1, statement_seconds=None)
    try:
        async with session(database) as connection:
            return (await connection.execute(_ADD)).rowcount
    finally:
        await database.dispose()
