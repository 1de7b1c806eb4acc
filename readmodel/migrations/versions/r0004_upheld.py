"""What reviews of objections offer to the directory, found without reading the whole event log.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    """
    CREATE INDEX event_upheld ON ticket_event (at, number)
    WHERE kind = 'objection_decided' AND fact->>'verdict' = 'upheld'
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
