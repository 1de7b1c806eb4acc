"""The projection rebuilt page by page: what is stored, where it differs from what follows, and the repair.

A page is one statement each to read, to compare and to write, however many tickets it has. What a ticket's
workflow writes meanwhile holds: a row that is not as it was when the page was read is left alone.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Integer, LargeBinary, String, bindparam, text

from domain.incident.incident import Incident
from domain.messages import Intake
from domain.rebuild.rebuilding import Account
from readmodel.connection import Database, searching, session
from readmodel.projection import COLUMNS
from readmodel.recording import DEBTS, Seen
from readmodel.vault import Vault

Document = dict[str, Any]
"""What follows from a ticket's facts, as the statements take it."""

_KEPT = """
SELECT request.number, request.intake, ticket.written_at, ticket.version, (
    SELECT coalesce(jsonb_agg(jsonb_build_object('seq', seq, 'fact', fact) ORDER BY seq), '[]')
    FROM ticket_event WHERE ticket_event.number = request.number
) AS log
FROM request LEFT JOIN ticket USING (number)
"""
_PAGE = text(f"{_KEPT} WHERE request.number > :after ORDER BY request.number LIMIT :limit").bindparams(
    bindparam("after", type_=String), bindparam("limit", type_=Integer)
)
_THESE = text(f"{_KEPT} WHERE request.number = ANY(:numbers) ORDER BY request.number").bindparams(
    bindparam("numbers", type_=ARRAY(String))
)
_COUNT = text("SELECT count(*) FROM request")
_FOUND = text("""
WITH given AS MATERIALIZED (SELECT CAST(:intake AS jsonb) AS intake),
found AS (
    INSERT INTO request (number, filed_at, channel, type, body_hash, district, town, masked, grams, intake)
    SELECT intake->>'number', (intake->>'filed_at')::timestamptz, intake->>'channel', intake->>'type', '',
           intake#>>'{place,district}', intake#>>'{place,town}', '', '{}', intake
    FROM given ON CONFLICT DO NOTHING RETURNING number
)
INSERT INTO vault_key (number, wrapped) SELECT number, :wrapped FROM found ON CONFLICT DO NOTHING
""").bindparams(bindparam("intake", type_=String), bindparam("wrapped", type_=LargeBinary))
_INCIDENT = text("""
WITH given AS MATERIALIZED (
    SELECT CAST(:state AS jsonb) AS state, CAST(:state AS jsonb)->'opening' AS opening
),
made AS (
    INSERT INTO incident AS known (number, opened_at, unit, category, district, town, key_hash, body_hash,
                                   opening, version, results, closed_at, state)
    SELECT opening->>'number', (opening->>'opened_at')::timestamptz, opening#>>'{lead,unit,code}',
           opening#>>'{category,code}', opening#>>'{place,district}', opening#>>'{place,town}',
           'found/' || (opening->>'number'), '', opening, (state->>'version')::integer,
           jsonb_array_length(state->'results'), (state->>'closed_at')::timestamptz, state
    FROM given
    ON CONFLICT (number) DO UPDATE SET version = excluded.version, results = excluded.results,
        closed_at = excluded.closed_at, state = excluded.state
    WHERE known.version <= excluded.version
    RETURNING number
)
INSERT INTO vault_key (number, wrapped)
SELECT number, :wrapped FROM made WHERE CAST(:wrapped AS bytea) IS NOT NULL ON CONFLICT DO NOTHING
""").bindparams(bindparam("state", type_=String), bindparam("wrapped", type_=LargeBinary))
_LOST_TEXTS = text("""
SELECT id FROM unnest(CAST(:ids AS text[])) AS id
WHERE NOT EXISTS (SELECT FROM vault_text WHERE vault_text.id = id.id)
AND (EXISTS (SELECT FROM vault_key WHERE number = split_part(id.id, '/', 1))
     OR NOT EXISTS (SELECT FROM request WHERE number = split_part(id.id, '/', 1)))
""").bindparams(bindparam("ids", type_=ARRAY(String)))
_GIVEN = f"""
given AS MATERIALIZED (
    SELECT doc->>'number' AS number, doc->'view' AS v, (doc->>'written_at')::timestamptz AS written_at,
           (doc->>'seen_at')::timestamptz AS seen_at, (doc->>'seen_version')::integer AS seen_version,
           doc->'facts' AS facts, doc->'notices' AS notices, doc->'parts' AS parts, doc->'members' AS members
    FROM jsonb_array_elements(CAST(:docs AS jsonb)) AS doc
),
facts_now AS (
    SELECT number, (one->>'seq')::integer AS seq, one#>>'{{fact,kind}}' AS kind,
           (one#>>'{{fact,at}}')::timestamptz AS at, one#>'{{fact,actor}}' AS actor, one->'fact' AS fact
    FROM given, jsonb_array_elements(facts) AS one
),
notices_now AS (
    -- each key once, the first: as the writes of the workflow leave it
    SELECT DISTINCT ON (one->>'key') one->>'key' AS key, number, (one->>'seq')::integer AS seq,
           one->>'to' AS recipient, one->>'kind' AS kind, (one->>'at')::timestamptz AS at,
           one->'about' AS about
    FROM given, jsonb_array_elements(notices) AS one ORDER BY one->>'key', (one->>'seq')::integer
),
debts_now AS (
    SELECT number, mine->>'task' AS task, mine#>>'{{holder,code}}' AS unit,
           (mine->>'due_at')::timestamptz AS due_at
    FROM given, jsonb_array_elements({DEBTS}) AS mine
),
parts_now AS (
    SELECT number, one->>0 AS unit, (one->>1)::boolean AS has_part, (one->>2)::boolean AS awaits_survey
    FROM given, jsonb_array_elements(parts) AS one
),
members_now AS (
    SELECT number, one->>0 AS incident, (one->>1)::timestamptz AS joined_at,
           (one->>2)::timestamptz AS left_at, (one->>3)::integer AS told, (one->>4)::timestamptz AS told_at
    FROM given, jsonb_array_elements(members) AS one
)
"""  # noqa: S608 - put together from constants


def _differing(left: str, right: str, columns: Iterable[str]) -> str:
    cases = (f"CASE WHEN {left}.{one} IS DISTINCT FROM {right}.{one} THEN '{one}' END" for one in columns)
    return f"array_remove(ARRAY[{', '.join(cases)}], NULL)"


def _against(table: str, now: str, keys: Sequence[str], columns: Sequence[str], surplus: str) -> str:
    """Return what compares the rows of `table` with those that follow (`now`): missing, surplus, differing.

    A row beyond those that follow counts where it fits the condition `surplus`.
    """
    mine = ", ".join(("number", *keys))
    return f"""
    SELECT coalesce(now.number, known.number) AS number,
           concat_ws(' ', '{table}', {", ".join(f"coalesce(now.{key}, known.{key})::text" for key in keys)})
           AS place,
           CASE WHEN known.number IS NULL THEN ARRAY['missing'] WHEN now.number IS NULL THEN ARRAY['surplus']
                ELSE {_differing("known", "now", columns)} END AS columns
    FROM {now} AS now FULL JOIN (
        SELECT * FROM {table} WHERE number = ANY(:numbers)
    ) AS known USING ({mine})
    WHERE (now.number IS NOT NULL OR ({surplus}))
    """  # noqa: S608 - put together from constants


_TICKET_COLUMNS = {name: how for name, how in COLUMNS.items() if name not in {"number", "recorded_at"}}
_TICKET_CASES = ", ".join(
    f"CASE WHEN ticket.{name} IS DISTINCT FROM ({how}) THEN '{name}' END"
    for name, how in {**_TICKET_COLUMNS, "written_at": "given.written_at"}.items()
)
_FACT_COLUMNS = ("kind", "at", "actor", "fact")
_NOTICE_COLUMNS = ("seq", "recipient", "kind", "at", "about")
_COMPARE = text(f"""
WITH {_GIVEN},
found AS (
    SELECT given.number, 'ticket' AS place, CASE WHEN ticket.number IS NULL THEN ARRAY['missing']
           ELSE array_remove(ARRAY[{_TICKET_CASES}], NULL) END AS columns
    FROM given LEFT JOIN (SELECT * FROM ticket WHERE number = ANY(:numbers)) AS ticket
        ON ticket.number = given.number
    UNION ALL {_against("ticket_event", "facts_now", ("seq",), _FACT_COLUMNS, "true")}
    UNION ALL {_against("notice", "notices_now", ("key",), _NOTICE_COLUMNS, "true")}
    UNION ALL {_against("owed", "debts_now", ("task",), ("unit", "due_at"), "true")}
    UNION ALL
    SELECT coalesce(now.number, known.number), 'unit_ticket ' || coalesce(now.unit, known.unit),
           CASE WHEN known.number IS NULL THEN ARRAY['missing'] ELSE array_remove(ARRAY[
               CASE WHEN known.has_part <> coalesce(now.has_part, false) THEN 'has_part' END,
               CASE WHEN now.awaits_survey AND NOT known.awaits_survey THEN 'awaits_survey' END], NULL) END
    FROM parts_now AS now FULL JOIN (
        SELECT * FROM unit_ticket WHERE number = ANY(:numbers)
    ) AS known USING (number, unit)
    UNION ALL
    SELECT coalesce(now.number, known.number), 'incident_member ' || coalesce(now.incident, known.incident),
           CASE WHEN known.number IS NULL THEN ARRAY['missing']
                WHEN now.number IS NULL THEN array_remove(
                    ARRAY[CASE WHEN known.left_at IS NULL THEN 'surplus' END], NULL)
                ELSE {_differing("known", "now", ("joined_at", "told", "told_at"))} || array_remove(ARRAY[
                    CASE WHEN (known.left_at IS NULL) <> (now.left_at IS NULL) THEN 'left_at' END], NULL) END
    FROM members_now AS now FULL JOIN (
        SELECT * FROM incident_member WHERE number = ANY(:numbers)
    ) AS known USING (number, incident)
)
SELECT number, place, columns FROM found WHERE columns <> '{{}}' ORDER BY number, place
""").bindparams(bindparam("docs", type_=String), bindparam("numbers", type_=ARRAY(String)))  # noqa: S608 - put together from constants

_SET = ", ".join(f"{name} = {how}" for name, how in COLUMNS.items() if name != "number")
_WRITE = text(f"""
WITH {_GIVEN},
moved AS (
    UPDATE ticket SET written_at = given.written_at, {_SET} FROM given
    WHERE ticket.number = given.number AND ticket.number = ANY(:numbers) AND ticket.written_at = given.seen_at
      AND ticket.version = given.seen_version
    RETURNING ticket.number
),
made AS (
    INSERT INTO ticket (written_at, {", ".join(COLUMNS)})
    SELECT written_at, {", ".join(COLUMNS.values())} FROM given WHERE seen_version IS NULL
    ON CONFLICT DO NOTHING RETURNING number
),
held AS (SELECT number FROM moved UNION ALL SELECT number FROM made),
facts_gone AS (
    DELETE FROM ticket_event AS known USING held
    WHERE known.number = held.number AND known.number = ANY(:numbers)
    AND NOT EXISTS (SELECT FROM facts_now AS now WHERE now.number = known.number AND now.seq = known.seq)
),
facts_made AS (
    INSERT INTO ticket_event AS known (number, seq, kind, at, actor, fact)
    SELECT number, seq, kind, at, actor, fact FROM facts_now JOIN held USING (number)
    ON CONFLICT (number, seq) DO UPDATE
    SET kind = excluded.kind, at = excluded.at, actor = excluded.actor, fact = excluded.fact
    WHERE (known.kind, known.at, known.actor, known.fact)
        IS DISTINCT FROM (excluded.kind, excluded.at, excluded.actor, excluded.fact)
),
notices_gone AS (
    DELETE FROM notice AS known USING held WHERE known.number = held.number AND known.number = ANY(:numbers)
    AND NOT EXISTS (SELECT FROM notices_now AS now WHERE now.key = known.key AND now.number = known.number)
),
notices_made AS (
    INSERT INTO notice AS known (key, number, seq, recipient, kind, at, about)
    SELECT key, number, seq, recipient, kind, at, about FROM notices_now JOIN held USING (number)
    ON CONFLICT (key) DO UPDATE SET number = excluded.number, seq = excluded.seq,
        recipient = excluded.recipient, kind = excluded.kind, at = excluded.at, about = excluded.about
    WHERE (known.number, known.seq, known.recipient, known.kind, known.at, known.about) IS DISTINCT FROM
        (excluded.number, excluded.seq, excluded.recipient, excluded.kind, excluded.at, excluded.about)
),
debts_gone AS (
    DELETE FROM owed AS known USING held WHERE known.number = held.number AND known.number = ANY(:numbers)
    AND NOT EXISTS (SELECT FROM debts_now AS now WHERE now.number = known.number AND now.task = known.task)
),
debts_made AS (
    INSERT INTO owed (number, task, unit, due_at)
    SELECT number, task, unit, due_at FROM debts_now JOIN held USING (number)
    ON CONFLICT (number, task) DO UPDATE SET unit = excluded.unit, due_at = excluded.due_at
),
parts_over AS (
    UPDATE unit_ticket AS known SET has_part = false, changed_at = clock_timestamp(), place = NULL FROM held
    WHERE known.number = held.number AND known.number = ANY(:numbers) AND known.has_part
    AND NOT EXISTS (SELECT FROM parts_now AS now WHERE now.number = known.number AND now.unit = known.unit)
),
parts_made AS (
    INSERT INTO unit_ticket AS known (number, unit, has_part, awaits_survey)
    SELECT number, unit, has_part, awaits_survey FROM parts_now JOIN held USING (number)
    ON CONFLICT (number, unit) DO UPDATE SET has_part = excluded.has_part,
        awaits_survey = known.awaits_survey OR excluded.awaits_survey,
        changed_at = clock_timestamp(), place = NULL
    WHERE known.has_part <> excluded.has_part OR (excluded.awaits_survey AND NOT known.awaits_survey)
),
members_gone AS (
    DELETE FROM incident_member AS known USING held
    WHERE known.number = held.number AND known.number = ANY(:numbers) AND known.left_at IS NULL
    AND NOT EXISTS (
        SELECT FROM members_now AS now WHERE now.number = known.number AND now.incident = known.incident)
),
members_made AS (
    INSERT INTO incident_member AS known (incident, number, joined_at, left_at, told, told_at, sent)
    SELECT incident, number, joined_at, left_at, told, told_at, told FROM members_now JOIN held USING (number)
    ON CONFLICT (incident, number) DO UPDATE SET joined_at = excluded.joined_at, told = excluded.told,
        told_at = excluded.told_at, sent = least(known.sent, excluded.told),
        left_at = CASE WHEN excluded.left_at IS NULL THEN NULL
                       ELSE coalesce(known.left_at, excluded.left_at) END
    WHERE (known.joined_at, known.told, known.told_at, known.left_at IS NULL) IS DISTINCT FROM
        (excluded.joined_at, excluded.told, excluded.told_at, excluded.left_at IS NULL)
)
SELECT number FROM held
""").bindparams(bindparam("docs", type_=String), bindparam("numbers", type_=ARRAY(String)))  # noqa: S608 - put together from constants


@dataclass(frozen=True)
class Kept:
    """What the database keeps of one ticket that cannot be derived: the filing and the log.

    `seen`: up to where its projection was written; null: it has none.
    """

    number: str
    intake: Intake
    log: list[dict[str, Any]]
    seen: Seen | None


@dataclass(frozen=True)
class Difference:
    """Where the database is not what follows from facts: the row of a ticket, and which of its columns."""

    number: str
    place: str
    columns: tuple[str, ...]


async def how_many(database: Database) -> int:
    """Return how many requests there are."""
    async with session(database) as connection:
        return int((await connection.execute(_COUNT)).scalar_one())


async def page(database: Database, after: str, limit: int) -> list[Kept]:
    """Return what is kept of the next tickets with a number above `after`, in order."""
    return await _kept(database, _PAGE, {"after": after, "limit": limit})


async def these(database: Database, numbers: Sequence[str]) -> list[Kept]:
    """Return what is kept of the tickets `numbers`, in order; one that is unknown is left out."""
    return await _kept(database, _THESE, {"numbers": list(numbers)}) if numbers else []


async def compare(database: Database, accounts: Sequence[Document]) -> list[Difference]:
    """Return where the database differs from `accounts`, by number."""
    if not accounts:
        return []
    async with searching(database) as connection:
        rows = (await connection.execute(_COMPARE, _given(accounts))).all()
    return [Difference(row.number, row.place, tuple(row.columns)) for row in rows]


async def write(database: Database, accounts: Sequence[Document]) -> list[str]:
    """Write `accounts` over what is there; return the tickets whose row was still as it was seen."""
    if not accounts:
        return []
    async with searching(database) as connection:
        return list((await connection.execute(_WRITE, _given(accounts))).scalars())


async def keep_found(database: Database, vault: Vault, intake: Intake) -> None:
    """Keep a request of which only its workflow is left; what the requester said of himself is lost.

    It gets a data key, so that later words can be sealed. An empty `body_hash` marks it.
    """
    _, wrapped = vault.new_data_key(intake.number)
    given = {"intake": intake.model_dump_json(), "wrapped": wrapped}
    async with session(database) as connection:
        await connection.execute(_FOUND, given)


async def keep_incident(database: Database, vault: Vault | None, incident: Incident) -> None:
    """Keep what the workflow of an incident knows, unless the database knows more; with `vault` a new one."""
    wrapped = vault.new_data_key(incident.number)[1] if vault else None
    given = {"state": incident.model_dump_json(), "wrapped": wrapped}
    async with session(database) as connection:
        await connection.execute(_INCIDENT, given)


async def lost_texts(database: Database, ids: Iterable[str]) -> set[str]:
    """Return those of the text ids that the vault lacks although they were never erased."""
    async with session(database) as connection:
        return set((await connection.execute(_LOST_TEXTS, {"ids": sorted(ids)})).scalars())


def document(account: Account, seen: Seen | None, written_at: datetime) -> Document:
    """Return `account` as `compare` and `write` take it, for a row that was last written at `written_at`."""
    rows: dict[str, Any] = account.batch.model_dump(mode="json", include={"facts", "notices", "view"})
    return {
        "number": account.batch.number,
        "written_at": written_at.isoformat(),
        "seen_at": seen.written_at.isoformat() if seen else None,
        "seen_version": seen.version if seen else None,
        "parts": account.parts,
        "members": [
            [one.isoformat() if isinstance(one, datetime) else one for one in member]
            for member in account.members
        ],
        **rows,
    }


def _given(accounts: Sequence[Document]) -> dict[str, object]:
    """Return the parameters of a statement; the numbers by themselves let it find rows by index."""
    return {"docs": json.dumps(accounts), "numbers": [one["number"] for one in accounts]}


async def _kept(database: Database, query: Any, given: Mapping[str, object]) -> list[Kept]:  # noqa: ANN401
    async with searching(database) as connection:
        rows = (await connection.execute(query, given)).all()
    return [
        Kept(
            row.number,
            Intake.model_validate(row.intake),
            row.log,
            None if row.version is None else Seen(row.written_at, row.version),
        )
        for row in rows
    ]
