"""The way in: a request becomes number, sealed texts, first facts and a row of lists in one statement."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import DateTime, String, bindparam

from domain.errors import KeyReused
from domain.masking import mask
from domain.messages import Intake, TextRef
from domain.numbers import ticket_number
from domain.rebuild.taking_in import first_account
from domain.show.involvement import touched_by
from domain.vocabulary import Channel, Status
from phrases import Phrase
from readmodel.connection import Database
from readmodel.projection import INSERT, insert_events, insert_notices, note_parts
from readmodel.search_text import grams
from readmodel.statements import Statement
from readmodel.texts import NewText, require_storable, sealed
from readmodel.vault import Vault

TIME_ZONE = "Asia/Shanghai"
"""Whose day stands in a ticket number."""

_ATTEMPTS = 3

_NEXT = Statement(
    """
SELECT nextval('ticket_serial') AS serial, clock_timestamp() AS now, earlier.number, earlier.body_hash
FROM (SELECT 1) AS one
LEFT JOIN request AS earlier
  ON earlier.key_hash = :key_hash OR (earlier.channel = :channel AND earlier.external_id = :external_id)
ORDER BY earlier.key_hash = :key_hash DESC NULLS LAST LIMIT 1
""",
    *(bindparam(name, type_=String) for name in ("key_hash", "channel", "external_id")),
)
_EARLIER = Statement(
    """
SELECT request.number, request.filed_at, request.intake,
       ticket.view->>'status' AS status, (ticket.view->>'promised_at')::timestamptz AS promised_at,
       ticket.written_at = 'epoch'
           AND EXISTS (SELECT FROM unstarted WHERE unstarted.number = request.number) AS is_waiting
FROM request JOIN ticket USING (number) WHERE number = :number
""",
    bindparam("number", type_=String),
)
_FILE = Statement(
    f"""
WITH given AS MATERIALIZED (
    SELECT CAST(:doc AS jsonb) AS doc, CAST(:account AS jsonb) AS batch, CAST(:parts AS jsonb) AS parts
),
new_request AS (
    INSERT INTO request (number, filed_at, occurred_at, channel, type, external_id, key_hash, body_hash,
                         district, town, phone_hash, masked, grams, intake)
    SELECT doc#>>'{{intake,number}}', :filed_at, :occurred_at, doc#>>'{{intake,channel}}',
           doc#>>'{{intake,type}}', doc->>'external_id', doc->>'key_hash', doc->>'body_hash',
           doc#>>'{{intake,place,district}}', doc#>>'{{intake,place,town}}', doc->>'phone_hash',
           doc->>'masked',
           ARRAY(SELECT jsonb_array_elements_text(doc->'grams')), doc->'intake'
    FROM given
    ON CONFLICT DO NOTHING
    RETURNING number
),
new_key AS (
    INSERT INTO vault_key (number, wrapped)
    SELECT number, decode(doc->>'wrapped', 'base64') FROM given, new_request
),
new_texts AS (
    INSERT INTO vault_text (id, number, kind, ciphertext, digest)
    SELECT said->>'id', number, said->>'kind', decode(said->>'ciphertext', 'base64'), said->>'digest'
    FROM given, new_request, jsonb_array_elements(doc->'texts') AS said
),
shown AS (
    {INSERT} FROM (
        SELECT batch->'view' AS v, (batch->>'written_at')::timestamptz AS written_at FROM given, new_request
    ) AS shown
),
events AS ({insert_events("new_request")}),
notices AS ({insert_notices("new_request")} ON CONFLICT (key) DO NOTHING),
debts AS (
    INSERT INTO owed (number, task, unit, due_at)
    SELECT number, mine->>'task', mine#>>'{{holder,code}}', (mine->>'due_at')::timestamptz
    FROM given, new_request, jsonb_array_elements(batch#>'{{view,tasks}}') AS mine
),
parts_now AS ({note_parts("new_request")}),
waiting AS (INSERT INTO unstarted (number, filed_at) SELECT number, :filed_at FROM new_request)
SELECT number FROM new_request
""",  # noqa: S608 - put together from constants
    bindparam("doc", type_=String),
    bindparam("account", type_=String),
    bindparam("parts", type_=String),
    bindparam("filed_at", type_=DateTime(timezone=True)),
    bindparam("occurred_at", type_=DateTime(timezone=True)),
)
MakeIntake = Callable[[str, datetime, TextRef], Intake]
"""(number, instant of filing, sealed description) → the start argument of the ticket."""


@dataclass(frozen=True, kw_only=True)
class NewRequest:
    """A request as it came in. `body_hash` is a keyed hash (`Vault.digest`) of everything the client sent."""

    channel: Channel
    description: str
    body_hash: str
    make_intake: MakeIntake
    idempotency_key: str | None = None
    external_id: str | None = None
    name: str | None = None
    phone: str | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True)
class FiledRequest:
    """A request that is safe in the database, and how its ticket stands.

    `repeated`: it was there already, filed with the same key. `is_waiting`: it is not noted yet that its
    workflow was started.
    """

    number: str
    filed_at: datetime
    intake: Intake
    repeated: bool
    is_waiting: bool
    status: Status
    promised_at: datetime | None


async def file_request(database: Database, vault: Vault, new: NewRequest) -> FiledRequest:
    """File `new` in two round trips, or return what the same key or external id filed before.

    Raises `KeyReused` when the earlier one had another body, `Malformed` for text no database keeps, and
    `Unavailable` when the database is away: then repeating it with the same key is safe.
    """
    require_storable(new.description, new.name, new.phone, new.address, new.external_id, new.idempotency_key)
    names = {
        "key_hash": vault.key_hash("request", new.idempotency_key) if new.idempotency_key else None,
        "channel": new.channel.value,
        "external_id": new.external_id,
    }
    for _ in range(_ATTEMPTS):
        drawn = await _NEXT.one(database, names)
        if drawn["number"] is not None:
            return await _earlier(database, drawn["number"], drawn["body_hash"] == new.body_hash)
        number = ticket_number(drawn["now"], drawn["serial"], TIME_ZONE)
        filed_request = await _file(database, vault, new, names["key_hash"], number, drawn["now"])
        if filed_request is not None:
            return filed_request
    raise RuntimeError(
        "three ticket numbers in a row were taken already: the sequence ticket_serial is behind"
    )


async def _earlier(database: Database, number: str, is_same: bool) -> FiledRequest:  # noqa: FBT001
    if not is_same:
        raise KeyReused(
            Phrase("This idempotency key or external id was used for another request."),
        )
    row = await _EARLIER.one(database, {"number": number})
    return FiledRequest(
        number=number,
        filed_at=row["filed_at"],
        intake=Intake.model_validate(row["intake"]),
        repeated=True,
        is_waiting=row["is_waiting"],
        status=Status(row["status"]),
        promised_at=row["promised_at"],
    )


async def _file(
    database: Database, vault: Vault, new: NewRequest, key_hash: str | None, number: str, now: datetime
) -> FiledRequest | None:
    """Write everything; null when another process filed the same key in this instant."""
    data_key, wrapped = vault.new_data_key(number)
    texts = [(f"{number}/{said.field}", said) for said in _texts(new)]
    rows, refs = sealed(vault, data_key, number, texts)
    intake = new.make_intake(number, now, refs["description"])
    masked = mask(new.description, new.name, new.phone, new.address)
    account = first_account(intake)
    document = {
        "intake": intake.model_dump(mode="json"),
        "external_id": new.external_id,
        "key_hash": key_hash,
        "body_hash": new.body_hash,
        "phone_hash": vault.phone_hash(new.phone) if new.phone else None,
        "masked": masked,
        "grams": grams(masked),
        "wrapped": base64.b64encode(wrapped).decode(),
        "texts": rows,
    }
    given = {
        "doc": json.dumps(document),
        "account": account.model_dump_json(),
        "parts": json.dumps(touched_by([one.fact for one in account.facts], account.view)._asdict()),
        "filed_at": intake.filed_at,
        "occurred_at": new.occurred_at,
    }
    if await _FILE.first(database, given) is None:
        return None
    return FiledRequest(
        number=number,
        filed_at=intake.filed_at,
        intake=intake,
        repeated=False,
        is_waiting=True,
        status=account.view.status,
        promised_at=account.view.promised_at,
    )


def _texts(new: NewRequest) -> list[NewText]:
    position = None
    if new.latitude is not None and new.longitude is not None:
        position = f"{new.latitude},{new.longitude}"
    given = {
        "description": new.description,
        "name": new.name,
        "phone": new.phone,
        "address": new.address,
        "position": position,
    }
    return [NewText(name, said) for name, said in given.items() if said]
