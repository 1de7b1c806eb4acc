"""Incidents, and the tickets that joined them.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    "CREATE SEQUENCE incident_serial MINVALUE 1 MAXVALUE 999999 CYCLE",
    """
    CREATE TABLE incident (
        number text COLLATE "C" PRIMARY KEY,
        opened_at timestamptz NOT NULL,
        unit text COLLATE "C" NOT NULL,
        category text COLLATE "C" NOT NULL,
        district text COLLATE "C",
        town text COLLATE "C",
        key_hash text COLLATE "C" UNIQUE NOT NULL,
        body_hash text COLLATE "C" NOT NULL,
        opening jsonb NOT NULL,
        version integer NOT NULL,
        results integer NOT NULL,
        closed_at timestamptz,
        state jsonb NOT NULL,
        answers jsonb NOT NULL DEFAULT '{}'
    )
    """,
    """
    CREATE TABLE incident_member (
        incident text COLLATE "C",
        number text COLLATE "C",
        joined_at timestamptz NOT NULL,
        left_at timestamptz,
        told integer NOT NULL,
        told_at timestamptz,
        sent integer NOT NULL DEFAULT 0,
        sent_at timestamptz,
        missed_at timestamptz,
        PRIMARY KEY (incident, number)
    )
    """,
    "CREATE INDEX incident_opened ON incident (opened_at, number)",
    "CREATE INDEX incident_open ON incident (opened_at, number) WHERE closed_at IS NULL",
    # one look for each write of any ticket: does it belong to an incident that it has left?
    "CREATE INDEX incident_member_number ON incident_member (number) WHERE left_at IS NULL",
    "CREATE INDEX incident_member_joined ON incident_member (incident, joined_at, number)",
    """
    CREATE INDEX incident_member_waiting ON incident_member (incident, number)
    WHERE told = 0 AND left_at IS NULL AND missed_at IS NULL
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
