"""The histories of closed workflows, kept before the engine forgets them, and how far that has come.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"

STATEMENTS = (
    """
    CREATE TABLE history (
        workflow text COLLATE "C",
        run uuid,
        outcome text COLLATE "C" NOT NULL,
        started_at timestamptz NOT NULL,
        closed_at timestamptz NOT NULL,
        events integer NOT NULL,
        bytes integer NOT NULL,
        words text COLLATE "C" NOT NULL,
        body bytea NOT NULL,
        kept_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (workflow, run)
    )
    """,
    # packed already: the server need not try again
    "ALTER TABLE history ALTER COLUMN body SET STORAGE EXTERNAL",
    # rows come nearly in the order of their ends, so that a block's first and last say enough
    "CREATE INDEX history_closed ON history USING brin (closed_at) WITH (pages_per_range = 16)",
    'CREATE TABLE history_words (id text COLLATE "C" PRIMARY KEY, words bytea NOT NULL)',
    'CREATE TABLE history_mark (head text COLLATE "C" PRIMARY KEY, up_to timestamptz NOT NULL)',
)
BESIDE_WRITERS = (
    "DROP INDEX CONCURRENTLY IF EXISTS ticket_ending",  # what an attempt that was cut off may have left
    """
    CREATE INDEX CONCURRENTLY ticket_ending ON ticket (ending, filed_at, number) WHERE ending IS NOT NULL
    """,
)


def upgrade() -> None:
    with op.get_context().autocommit_block():  # tickets are written while it is built
        for statement in BESIDE_WRITERS:  # before the rest: cut off in between, all of it can be done again
            op.execute(statement)
    for statement in STATEMENTS:
        op.execute(statement)
