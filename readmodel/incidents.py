"""Incidents in the database: opened, written by their workflow, looked up by those who join; their members.

Who belongs to an incident is written with the ticket's own account (`readmodel.recording`), so that ticket
and list never disagree for longer than one write.
"""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, Integer, Interval, Row, String, bindparam, select, text, tuple_

from domain.errors import KeyReused, UnknownCode
from domain.facts.incident import IncidentBrief, Result
from domain.incident.incident import Incident, IncidentAccount, IncidentReceipt, Opening
from domain.messages import TextRef
from domain.numbers import incident_number
from phrases import Phrase
from readmodel.connection import Database, searching, session
from readmodel.cursors import Page, Position, page, read_mark
from readmodel.intake import TIME_ZONE
from readmodel.tables import INCIDENT, INCIDENT_MEMBER, TICKET
from readmodel.texts import NewText, require_storable, sealed
from readmodel.vault import Vault

_NEXT = text("""
SELECT nextval('incident_serial') AS serial, clock_timestamp() AS now, earlier.opening, earlier.body_hash
FROM (SELECT 1) AS one LEFT JOIN incident AS earlier ON earlier.key_hash = :key_hash
""").bindparams(bindparam("key_hash", type_=String))
_OPEN = text("""
WITH given AS MATERIALIZED (SELECT CAST(:doc AS jsonb) AS doc),
opened AS (
    INSERT INTO incident (number, opened_at, unit, category, district, town, key_hash, body_hash, opening,
                          version, results, state)
    SELECT doc#>>'{opening,number}', (doc#>>'{opening,opened_at}')::timestamptz,
           doc#>>'{opening,lead,unit,code}', doc#>>'{opening,category,code}',
           doc#>>'{opening,place,district}', doc#>>'{opening,place,town}', doc->>'key_hash',
           doc->>'body_hash', doc->'opening', 1, 0, doc->'state'
    FROM given ON CONFLICT DO NOTHING RETURNING number
),
new_key AS (
    INSERT INTO vault_key (number, wrapped)
    SELECT number, decode(doc->>'wrapped', 'base64') FROM given, opened
),
new_texts AS (
    INSERT INTO vault_text (id, number, kind, ciphertext, digest)
    SELECT said->>'id', number, said->>'kind', decode(said->>'ciphertext', 'base64'), said->>'digest'
    FROM given, opened, jsonb_array_elements(doc->'texts') AS said
)
SELECT number FROM opened
""").bindparams(bindparam("doc", type_=String))
_RECORD = text("""
UPDATE incident SET version = (state_now->>'version')::integer,
    results = jsonb_array_length(state_now->'results'),
    closed_at = (state_now->>'closed_at')::timestamptz, state = state_now, answers = account->'answers'
FROM (SELECT account, account->'incident' AS state_now FROM (SELECT CAST(:account AS jsonb) AS account) AS a)
    AS given
WHERE incident.number = state_now#>>'{opening,number}'
  AND incident.version <= (state_now->>'version')::integer
""").bindparams(bindparam("account", type_=String))
_UNTOLD = text("""
SELECT number FROM incident_member
WHERE incident = :incident AND number > :after AND told < :result AND left_at IS NULL AND missed_at IS NULL
  AND (sent < :result OR sent_at < clock_timestamp() - :again)
ORDER BY number LIMIT :limit
""").bindparams(
    bindparam("incident", type_=String),
    bindparam("after", type_=String),
    bindparam("result", type_=Integer),
    bindparam("again", type_=Interval),
    bindparam("limit", type_=Integer),
)
_WAITING = text("""
SELECT count(*) FROM incident_member JOIN ticket USING (number)
WHERE incident = :incident AND told < :result AND left_at IS NULL AND missed_at IS NULL
  AND ticket.closed_at IS NULL
""").bindparams(bindparam("incident", type_=String), bindparam("result", type_=Integer))
_SENT = text("""
UPDATE incident_member SET sent = :result, sent_at = clock_timestamp(),
    missed_at = CASE WHEN number = ANY(:gone) THEN clock_timestamp() END
WHERE incident = :incident AND number = ANY(:numbers)
""").bindparams(
    bindparam("incident", type_=String),
    bindparam("result", type_=Integer),
    bindparam("numbers", type_=ARRAY(String)),
    bindparam("gone", type_=ARRAY(String)),
)
_OVERLOOKED = text("""
SELECT incident.state FROM incident
WHERE incident.results > 0 AND incident.number IN (
    SELECT incident FROM incident_member
    WHERE told = 0 AND left_at IS NULL AND missed_at IS NULL
      AND coalesce(sent_at, joined_at) < clock_timestamp() - :again
)
ORDER BY incident.number LIMIT :limit
""").bindparams(bindparam("again", type_=Interval), bindparam("limit", type_=Integer))
_COUNTS = text("""
SELECT count(*) FILTER (WHERE left_at IS NULL) AS members,
       count(*) FILTER (WHERE left_at IS NOT NULL) AS parted,
       count(*) FILTER (WHERE left_at IS NULL AND told > 0) AS told,
       count(*) FILTER (WHERE left_at IS NULL AND missed_at IS NOT NULL) AS missed
FROM incident_member WHERE incident = :incident
""").bindparams(bindparam("incident", type_=String))

MakeOpening = Callable[[str, datetime, TextRef], Opening]
"""(number, instant, sealed text of what it is about) → the start argument of the incident."""


@dataclass(frozen=True)
class Counts:
    """How many tickets belong, left, took a result, and had closed before one came."""

    members: int
    parted: int
    told: int
    missed: int


@dataclass(frozen=True)
class StoredIncident:
    """An incident as its workflow last wrote it, with the answers it gave by key."""

    incident: Incident
    answers: dict[str, IncidentReceipt]


@dataclass(frozen=True)
class Member:
    """One ticket of an incident; `view` is the ticket's (the JSON of `StatusView`), null if unknown."""

    number: str
    joined_at: datetime
    left_at: datetime | None
    told: int
    told_at: datetime | None
    missed_at: datetime | None
    view: dict[str, object] | None


async def open_incident(
    database: Database, vault: Vault, key_hash: str, body_hash: str, about: str, make: MakeOpening
) -> tuple[Opening, bool]:
    """Open an incident, or return the one that the same key opened before, with whether that was so.

    Raises `KeyReused` when the earlier one had another body, `Malformed`, `Unavailable`, and what `make`
    raises: then nothing was opened.
    """
    require_storable(about)
    async with session(database) as connection:
        for _ in range(2):
            row = (await connection.execute(_NEXT, {"key_hash": key_hash})).one()
            if row.opening is not None:
                if row.body_hash != body_hash:
                    raise KeyReused(Phrase("This idempotency key was used for something else."))
                return Opening.model_validate(row.opening), True
            number = incident_number(row.now, row.serial, TIME_ZONE)
            data_key, wrapped = vault.new_data_key(number)
            texts, refs = sealed(vault, data_key, number, [(f"{number}/about", NewText("about", about))])
            opening = make(number, row.now, refs["about"])
            document = {
                "opening": opening.model_dump(mode="json"),
                "state": Incident(opening=opening).model_dump(mode="json"),
                "key_hash": key_hash,
                "body_hash": body_hash,
                "wrapped": base64.b64encode(wrapped).decode(),
                "texts": texts,
            }
            if (await connection.execute(_OPEN, {"doc": json.dumps(document)})).first() is not None:
                return opening, False
    raise RuntimeError("two incident numbers in a row were taken: the sequence incident_serial is behind")


async def record(database: Database, account: IncidentAccount) -> None:
    """Write what the incident's workflow knows; an older account never replaces a newer one."""
    async with session(database) as connection:
        await connection.execute(_RECORD, {"account": account.model_dump_json()})


async def stored(database: Database, number: str) -> StoredIncident | None:
    """Return the incident `number` as it was last written, null for an unknown number."""
    query = select(INCIDENT.c.state, INCIDENT.c.answers).where(INCIDENT.c.number == number)
    async with session(database) as connection:
        row = (await connection.execute(query)).first()
    if row is None:
        return None
    answers = {key: IncidentReceipt.model_validate(answer) for key, answer in row.answers.items()}
    return StoredIncident(Incident.model_validate(row.state), answers)


async def brief(database: Database, number: str) -> IncidentBrief:
    """Return what a ticket needs to know of the incident `number` to join it. Raises `UnknownCode`."""
    found = await stored(database, number)
    if found is None:
        raise UnknownCode(Phrase("There is no incident '{number}'.", number=number))
    incident = found.incident
    return IncidentBrief(
        number=number,
        lead=incident.opening.lead,
        result=incident.results[-1] if incident.results else None,
        closed=not incident.is_open,
    )


async def counts(database: Database, number: str) -> Counts:
    """Return how many tickets belong to the incident `number`, and how many of them have its result."""
    async with session(database) as connection:
        row = (await connection.execute(_COUNTS, {"incident": number})).one()
    return Counts(row.members, row.parted, row.told, row.missed)


async def listed(database: Database, after: str | None, limit: int, *, open_only: bool) -> Page[Incident]:
    """Return incidents, newest first. Raises `Malformed` for a mark `after` that is none."""
    query = select(INCIDENT.c.number, INCIDENT.c.opened_at, INCIDENT.c.state)
    if open_only:
        query = query.where(INCIDENT.c.closed_at.is_(None))
    if after is not None:
        place = read_mark(after)
        query = query.where(tuple_(INCIDENT.c.opened_at, INCIDENT.c.number) < tuple_(place.at, place.key))
    query = query.order_by(INCIDENT.c.opened_at.desc(), INCIDENT.c.number.desc()).limit(limit + 1)
    async with searching(database) as connection:
        rows = (await connection.execute(query)).all()
    places = [Position(row.opened_at, row.number) for row in rows]
    return page([Incident.model_validate(row.state) for row in rows], places, limit)


async def members(database: Database, number: str, after: str | None, limit: int) -> Page[Member]:
    """Return the tickets that joined the incident `number`, also those that left, the first to join first."""
    member = INCIDENT_MEMBER.c
    query = (
        select(*member, TICKET.c.view)
        .select_from(INCIDENT_MEMBER.outerjoin(TICKET, TICKET.c.number == member.number))
        .where(member.incident == number)
    )
    if after is not None:
        place = read_mark(after)
        query = query.where(tuple_(member.joined_at, member.number) > tuple_(place.at, place.key))
    query = query.order_by(member.joined_at, member.number).limit(limit + 1)
    async with searching(database) as connection:
        rows = (await connection.execute(query)).all()
    return page([_member(row) for row in rows], [Position(row.joined_at, row.number) for row in rows], limit)


async def members_to_notify(
    database: Database, incident: str, result: int, after: str | None, limit: int, again: timedelta
) -> list[str]:
    """Return the next members above the number `after` that have not taken result number `result`.

    A member that was sent it less than `again` ago is left out: it is on its way.
    """
    given = {"incident": incident, "result": result, "after": after or "", "limit": limit, "again": again}
    async with session(database) as connection:
        return list((await connection.execute(_UNTOLD, given)).scalars())


async def waiting(database: Database, incident: str, result: int) -> int:
    """Return how many members that are open have not taken result number `result`."""
    async with session(database) as connection:
        return (await connection.execute(_WAITING, {"incident": incident, "result": result})).scalar_one()


async def note_sent(
    database: Database, incident: str, result: int, numbers: Sequence[str], gone: Sequence[str]
) -> None:
    """Note that result number `result` was sent to `numbers`; those also in `gone` had closed before."""
    given = {"incident": incident, "result": result, "numbers": list(numbers), "gone": list(gone)}
    async with session(database) as connection:
        await connection.execute(_SENT, given)


async def overlooked(database: Database, again: timedelta, limit: int) -> list[tuple[str, Result]]:
    """Return incidents with a result that some member has not taken for longer than `again`, with it.

    A ticket may have joined in the instant in which the result was given, or something died on the way.
    """
    async with session(database) as connection:
        states = (await connection.execute(_OVERLOOKED, {"again": again, "limit": limit})).scalars().all()
    incidents = [Incident.model_validate(state) for state in states]
    return [(incident.number, incident.results[-1]) for incident in incidents]


def _member(row: Row[Any]) -> Member:
    return Member(row.number, row.joined_at, row.left_at, row.told, row.told_at, row.missed_at, row.view)
