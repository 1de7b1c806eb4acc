"""Which tickets a unit has or had a part in, each with its place in its line; the commands of one ticket.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS = (
    "CREATE SEQUENCE feed_place",
    """
    CREATE TABLE unit_ticket (
        number text COLLATE "C",
        unit text COLLATE "C",
        has_part boolean NOT NULL,
        awaits_survey boolean NOT NULL DEFAULT false,
        changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        place bigint,
        PRIMARY KEY (number, unit)
    ) WITH (fillfactor = 85)
    """,
    # the units of tickets that are there already, far and wide: reading decides by the facts whose they are
    """
    INSERT INTO unit_ticket (number, unit, has_part, awaits_survey)
    SELECT number, split_part(unit, '/', 1), bool_or(now), bool_or(answered) FROM (
        SELECT number, view#>>'{unit,code}' AS unit, true AS now, false AS answered FROM ticket
        UNION ALL
        SELECT number, watcher->>'code', true, false
        FROM ticket, jsonb_array_elements(view->'watchers') AS watcher
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
    """,
    "CREATE INDEX unit_ticket_line ON unit_ticket (unit, place) WHERE place IS NOT NULL",
    "CREATE INDEX unit_ticket_waiting ON unit_ticket (unit, changed_at, number) WHERE place IS NULL",
)
BESIDE_WRITERS = (
    "DROP INDEX CONCURRENTLY IF EXISTS command_number",  # what an attempt that was cut off may have left
    # an archive holds every command of its ticket; without this it reads all that were given since
    "CREATE INDEX CONCURRENTLY command_number ON command (number, created_at)",
)


def upgrade() -> None:
    with op.get_context().autocommit_block():  # commands are noted while it is built
        for statement in BESIDE_WRITERS:  # before the rest: cut off in between, all of it can be done again
            op.execute(statement)
    for statement in STATEMENTS:
        op.execute(statement)
