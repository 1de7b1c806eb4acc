"""What units besides the responsible one owe a ticket, so that their lists show it.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    """
    CREATE TABLE owed (
        number text COLLATE "C",
        task text COLLATE "C",
        unit text COLLATE "C" NOT NULL,
        due_at timestamptz NOT NULL,
        PRIMARY KEY (number, task)
    )
    """,
    "CREATE INDEX owed_unit ON owed (unit, due_at, number)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
