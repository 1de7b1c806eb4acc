"""The first schema: requests, vault, projection, event log, notices, commands, rule editions.

Revision ID: 0001
Revises: nothing
"""

from alembic import op

revision = "0001"
down_revision = None

TABLES = (
    "CREATE SEQUENCE ticket_serial MINVALUE 1 MAXVALUE 999999 CYCLE",
    """
    CREATE TABLE request (
        number text COLLATE "C" PRIMARY KEY,
        filed_at timestamptz NOT NULL,
        occurred_at timestamptz,
        channel text COLLATE "C" NOT NULL,
        type text COLLATE "C" NOT NULL,
        external_id text COLLATE "C",
        key_hash text COLLATE "C" UNIQUE,
        body_hash text COLLATE "C" NOT NULL,
        district text COLLATE "C",
        town text COLLATE "C",
        phone_hash text COLLATE "C",
        masked text NOT NULL,
        grams text[] COLLATE "C" NOT NULL,
        intake jsonb NOT NULL
    )
    """,
    """
    CREATE TABLE ticket (
        number text COLLATE "C" PRIMARY KEY,
        version integer NOT NULL,
        written_at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL,
        stage text COLLATE "C" NOT NULL,
        status text COLLATE "C" NOT NULL,
        type text COLLATE "C" NOT NULL,
        category text COLLATE "C" NOT NULL,
        tier text COLLATE "C" NOT NULL,
        channel text COLLATE "C" NOT NULL,
        district text COLLATE "C",
        town text COLLATE "C",
        unit text COLLATE "C",
        holder text COLLATE "C" NOT NULL,
        desk text COLLATE "C",
        desk_due_at timestamptz,
        level text COLLATE "C" NOT NULL,
        overdue boolean NOT NULL,
        next_due_at timestamptz,
        wakes_at timestamptz,
        promised_at timestamptz,
        filed_at timestamptz NOT NULL,
        closed_at timestamptz,
        ending text COLLATE "C",
        view jsonb NOT NULL
    ) WITH (fillfactor = 85)
    """,
    """
    CREATE TABLE unstarted (
        number text COLLATE "C" PRIMARY KEY,
        filed_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE ticket_event (
        number text COLLATE "C",
        seq integer,
        kind text COLLATE "C" NOT NULL,
        at timestamptz NOT NULL,
        actor jsonb NOT NULL,
        fact jsonb NOT NULL,
        PRIMARY KEY (number, seq)
    )
    """,
    """
    CREATE TABLE notice (
        key text COLLATE "C" PRIMARY KEY,
        number text COLLATE "C" NOT NULL,
        seq integer NOT NULL,
        recipient text COLLATE "C" NOT NULL,
        kind text COLLATE "C" NOT NULL,
        at timestamptz NOT NULL,
        about jsonb NOT NULL
    )
    """,
    """
    CREATE TABLE command (
        key_hash text COLLATE "C" PRIMARY KEY,
        number text COLLATE "C" NOT NULL,
        name text COLLATE "C" NOT NULL,
        body_hash text COLLATE "C" NOT NULL,
        attempts integer NOT NULL DEFAULT 1,
        answer jsonb,
        refusal jsonb,
        doubted_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE vault_master (
        only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
        fingerprint text NOT NULL
    )
    """,
    """
    CREATE TABLE vault_key (
        number text COLLATE "C" PRIMARY KEY,
        wrapped bytea NOT NULL
    )
    """,
    """
    CREATE TABLE vault_text (
        id text COLLATE "C" PRIMARY KEY,
        number text COLLATE "C" NOT NULL,
        kind text COLLATE "C" NOT NULL,
        command text COLLATE "C",
        ciphertext bytea NOT NULL,
        digest text COLLATE "C" NOT NULL
    )
    """,
    """
    CREATE TABLE rule_edition (
        id text COLLATE "C" PRIMARY KEY,
        files jsonb NOT NULL,
        stored_at timestamptz NOT NULL DEFAULT now()
    )
    """,
)

INDEXES = (
    "CREATE UNIQUE INDEX request_external ON request (channel, external_id) WHERE external_id IS NOT NULL",
    "CREATE INDEX request_filed ON request (filed_at, number)",
    "CREATE INDEX request_person ON request (phone_hash, filed_at, number) WHERE phone_hash IS NOT NULL",
    # no list of pending entries: emptying it made one citizen in thousands wait 1.7 s
    "CREATE INDEX request_grams ON request USING gin (grams) WITH (fastupdate = off)",
    "CREATE INDEX ticket_worklist ON ticket (holder, next_due_at, number) WHERE next_due_at IS NOT NULL",
    "CREATE INDEX ticket_desk ON ticket (desk, desk_due_at, number) WHERE desk_due_at IS NOT NULL",
    "CREATE INDEX ticket_filed ON ticket (filed_at, number)",
    "CREATE INDEX ticket_open ON ticket (stage, filed_at, number) WHERE closed_at IS NULL",
    "CREATE INDEX ticket_open_number ON ticket (number) WHERE closed_at IS NULL",
    "CREATE INDEX ticket_overdue ON ticket (filed_at, number) WHERE overdue",
    "CREATE INDEX ticket_level ON ticket (level, filed_at, number) WHERE level <> 'unit'",
    "CREATE INDEX ticket_district ON ticket (district, filed_at, number)",
    "CREATE INDEX ticket_town ON ticket (town, filed_at, number)",
    "CREATE INDEX ticket_unit ON ticket (unit, filed_at, number)",
    "CREATE INDEX ticket_category ON ticket (category, filed_at, number)",
    "CREATE INDEX ticket_wakes ON ticket (wakes_at, number) WHERE wakes_at IS NOT NULL",
    "CREATE INDEX notice_recipient ON notice (recipient, at, key)",
    "CREATE INDEX notice_ticket ON notice (number, seq)",
    "CREATE INDEX command_doubted ON command (number) WHERE doubted_at IS NOT NULL",
    "CREATE INDEX command_created ON command (created_at)",
    "CREATE INDEX vault_text_number ON vault_text (number)",
    "CREATE INDEX vault_text_command ON vault_text (command) WHERE command IS NOT NULL",
)


def upgrade() -> None:
    for statement in (*TABLES, *INDEXES):
        op.execute(statement)
