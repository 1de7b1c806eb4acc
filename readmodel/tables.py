"""The tables that lists are read from, as SQLAlchemy sees them; a test compares them with `migrations`."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

METADATA = MetaData()


def _code(name: str, *, primary_key: bool = False, nullable: bool = True) -> Column[str]:
    return Column(name, Text(collation="C"), primary_key=primary_key, nullable=nullable and not primary_key)


def _instant(name: str, *, nullable: bool = True) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


REQUEST = Table(
    "request",
    METADATA,
    _code("number", primary_key=True),
    _instant("filed_at", nullable=False),
    _instant("occurred_at"),
    _code("channel", nullable=False),
    _code("type", nullable=False),
    _code("external_id"),
    _code("key_hash"),
    _code("body_hash", nullable=False),
    _code("district"),
    _code("town"),
    _code("phone_hash"),
    Column("masked", Text, nullable=False),
    Column("grams", ARRAY(Text), nullable=False),
    Column("intake", JSONB, nullable=False),
)
TICKET = Table(
    "ticket",
    METADATA,
    _code("number", primary_key=True),
    Column("version", Integer, nullable=False),
    _instant("written_at", nullable=False),
    _instant("recorded_at", nullable=False),
    *(_code(name, nullable=False) for name in ("stage", "status", "type", "category", "tier", "channel")),
    *(_code(name) for name in ("district", "town", "unit")),
    _code("holder", nullable=False),
    _code("desk"),
    _instant("desk_due_at"),
    _code("level", nullable=False),
    Column("overdue", Boolean, nullable=False),
    *(_instant(name) for name in ("next_due_at", "wakes_at", "promised_at")),
    _instant("filed_at", nullable=False),
    _instant("closed_at"),
    _code("ending"),
    Column("view", JSONB, nullable=False),
)
OWED = Table(
    "owed",
    METADATA,
    _code("number", primary_key=True),
    _code("task", primary_key=True),
    _code("unit", nullable=False),
    _instant("due_at", nullable=False),
)
UNIT_TICKET = Table(
    "unit_ticket",
    METADATA,
    _code("number", primary_key=True),
    _code("unit", primary_key=True),
    *(Column(name, Boolean, nullable=False) for name in ("has_part", "awaits_survey")),
    _instant("changed_at", nullable=False),
    Column("place", BigInteger),
)
NOTICE = Table(
    "notice",
    METADATA,
    _code("key", primary_key=True),
    _code("number", nullable=False),
    Column("seq", Integer, nullable=False),
    _code("recipient", nullable=False),
    _code("kind", nullable=False),
    _instant("at", nullable=False),
    Column("about", JSONB, nullable=False),
)
INCIDENT = Table(
    "incident",
    METADATA,
    _code("number", primary_key=True),
    _instant("opened_at", nullable=False),
    *(_code(name, nullable=False) for name in ("unit", "category")),
    *(_code(name) for name in ("district", "town")),
    _code("key_hash", nullable=False),
    _code("body_hash", nullable=False),
    Column("opening", JSONB, nullable=False),
    *(Column(name, Integer, nullable=False) for name in ("version", "results")),
    _instant("closed_at"),
    *(Column(name, JSONB, nullable=False) for name in ("state", "answers")),
)
INCIDENT_MEMBER = Table(
    "incident_member",
    METADATA,
    _code("incident", primary_key=True),
    _code("number", primary_key=True),
    _instant("joined_at", nullable=False),
    _instant("left_at"),
    Column("told", Integer, nullable=False),
    _instant("told_at"),
    Column("sent", Integer, nullable=False),
    *(_instant(name) for name in ("sent_at", "missed_at")),
)
HISTORY = Table(
    "history",
    METADATA,
    _code("workflow", primary_key=True),
    Column("run", UUID, primary_key=True),
    _code("outcome", nullable=False),
    *(_instant(name, nullable=False) for name in ("started_at", "closed_at")),
    *(Column(name, Integer, nullable=False) for name in ("events", "bytes")),
    _code("words", nullable=False),
    Column("body", LargeBinary, nullable=False),
    _instant("kept_at", nullable=False),
)
