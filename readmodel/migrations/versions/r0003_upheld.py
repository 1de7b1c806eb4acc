"""What reviews of objections offer to the directory, found without reading the whole event log.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    """
    CREATE INDEX event_upheld ON ticket_event (at, number)
    WHERE kind = 'objection_decided' AND fact->>'verdict' = 'upheld'
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
