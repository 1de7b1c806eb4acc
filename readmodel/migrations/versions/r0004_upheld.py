"""What reviews of objections offer to the directory, found without reading the whole event log.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    "DROP INDEX CONCURRENTLY IF EXISTS event_upheld",  # what an attempt that was cut off may have left
    """
    CREATE INDEX CONCURRENTLY event_upheld ON ticket_event (at, number)
    WHERE kind = 'objection_decided' AND fact->>'verdict' = 'upheld'
    """,
)


def upgrade() -> None:
    with op.get_context().autocommit_block():  # facts are written while it is built
        for statement in STATEMENTS:
            op.execute(statement)
