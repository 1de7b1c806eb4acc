"""Commands: noted before they are sent to their ticket, so that a repeated one gets its first answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Boolean, Integer, String, bindparam, text

from domain.errors import KeyReused, Refused, refusal
from domain.messages import Receipt, TextRef
from phrases import Phrase
from readmodel.connection import Database, session
from readmodel.statements import Statement
from readmodel.texts import NewText, Whose, data_key, require_storable, sealed, unknown_ticket
from readmodel.vault import Vault

_BEGIN_SQL = """
WITH given AS MATERIALIZED (SELECT CAST(:doc AS jsonb) AS doc),
known AS (SELECT whose.number FROM given JOIN {whose} AS whose ON whose.number = doc->>'number'),
slot AS (
    INSERT INTO command AS mine (key_hash, number, name, body_hash)
    SELECT doc->>'key_hash', number, doc->>'name', doc->>'body_hash' FROM given, known
    ON CONFLICT (key_hash) DO UPDATE SET attempts = mine.attempts + 1
    WHERE (mine.number, mine.name, mine.body_hash) = (excluded.number, excluded.name, excluded.body_hash)
    RETURNING attempts, answer, refusal
),
new_texts AS (
    INSERT INTO vault_text (id, number, kind, command, ciphertext, digest)
    SELECT said->>'id', doc->>'number', said->>'kind', doc->>'key_hash',
           decode(said->>'ciphertext', 'base64'), said->>'digest'
    FROM given, slot, jsonb_array_elements(doc->'texts') AS said
    WHERE slot.refusal IS NULL
    ON CONFLICT DO NOTHING
)
SELECT known.number IS NOT NULL AS is_known, slot.attempts, slot.answer, slot.refusal
FROM (SELECT 1) AS one LEFT JOIN known ON true LEFT JOIN slot ON true
"""
_BEGIN = {
    whose: Statement(_BEGIN_SQL.replace("{whose}", whose), bindparam("doc", type_=String))
    for whose in ("request", "incident")
}
_REFUSE = text("""
WITH refused AS (
    UPDATE command SET refusal = CAST(:refusal AS jsonb)
    WHERE key_hash = :key_hash AND answer IS NULL AND attempts = :attempt
    RETURNING key_hash
)
DELETE FROM vault_text USING refused WHERE vault_text.command = refused.key_hash AND NOT :keep_texts
""").bindparams(
    bindparam("refusal", type_=String),
    bindparam("key_hash", type_=String),
    bindparam("attempt", type_=Integer),
    bindparam("keep_texts", type_=Boolean),
)
_ANSWERS = text("""
SELECT command.key_hash, command.answer FROM command JOIN request ON request.number = command.number
WHERE command.number = :number AND command.answer IS NOT NULL AND command.created_at >= request.filed_at
""").bindparams(bindparam("number", type_=String))
_DOUBT = text("UPDATE command SET doubted_at = clock_timestamp() WHERE key_hash = :key_hash").bindparams(
    bindparam("key_hash", type_=String)
)


@dataclass(frozen=True)
class CommandSlot:
    """What is known of a command before it is sent.

    A `refusal` is the outcome of an earlier attempt: nothing is sent then. Else send the update (id =
    `key_hash`) with `texts`, by field; `attempt` counts from 1. An `answer` was written by a workflow task of
    an earlier attempt, which the engine may not have kept: only the workflow knows, while there is one.
    """

    key_hash: str
    attempt: int
    texts: dict[str, TextRef]
    answer: Receipt | None = None
    refusal: Refused | None = None


async def begin(  # noqa: PLR0913 - what a command is
    database: Database,
    vault: Vault,
    number: str,
    name: str,
    key_hash: str,
    body_hash: str,
    texts: Sequence[NewText] = (),
    *,
    whose: Whose = "request",
) -> CommandSlot:
    """Note the command `name` for the ticket `number` and seal its texts, in one round trip; two with texts.

    With `whose` = incident, `number` is that of an incident; its answers are kept elsewhere.

    `key_hash` (`Vault.key_hash`) is the id of the update to be sent; repeated, it yields the same references.
    Raises `UnknownTicket`, `KeyReused` (same key, other ticket, command or body), `Malformed`, `Unavailable`.
    """
    require_storable(*(new.text for new in texts))
    rows: list[dict[str, str]] = []
    refs: dict[str, TextRef] = {}
    if texts:
        key = await data_key(database, vault, number, whose)
        rows, refs = sealed(
            vault, key, number, [(_text_id(number, key_hash, new.field), new) for new in texts]
        )
    document = {
        "number": number,
        "name": name,
        "key_hash": key_hash,
        "body_hash": body_hash,
        "texts": rows,
    }
    row = await _BEGIN[whose].one(database, {"doc": json.dumps(document)})
    if not row["is_known"]:
        raise unknown_ticket(whose)
    if row["attempts"] is None:
        raise KeyReused(Phrase("This idempotency key was used for something else."))
    return CommandSlot(
        key_hash,
        row["attempts"],
        refs,
        answer=Receipt.model_validate(row["answer"]) if row["answer"] is not None else None,
        refusal=refusal(**row["refusal"]) if row["refusal"] else None,
    )


async def doubt(database: Database, key_hash: str) -> None:
    """Note that the outcome of this command is unknown: reconciliation will ask the workflow.

    Raises `Unavailable`.
    """
    async with session(database) as connection:
        await connection.execute(_DOUBT, {"key_hash": key_hash})


async def refuse(
    database: Database, key_hash: str, code: str, zh: str, en: str, attempt: int, *, keep_texts: bool = False
) -> None:
    """Keep the refusal of a command as its answer and delete its texts, unless they are to be kept.

    Does nothing when the command has counted after all, or when a later attempt is under way: that one will
    learn the outcome itself, and its texts must stay. Raises `Unavailable`.
    """
    kept = json.dumps({"code": code, "zh": zh, "en": en})
    given = {"refusal": kept, "key_hash": key_hash, "attempt": attempt, "keep_texts": keep_texts}
    async with session(database) as connection:
        await connection.execute(_REFUSE, given)


async def answers_of(database: Database, number: str) -> dict[str, Receipt]:
    """Return what ticket `number` answered to every command that counted, by key. Raises `Unavailable`."""
    async with session(database) as connection:
        rows = (await connection.execute(_ANSWERS, {"number": number})).all()
    return {row.key_hash: Receipt.model_validate(row.answer) for row in rows}


def _text_id(number: str, key_hash: str, field: str) -> str:
    """Return the id of a command's text; the same whenever the command is repeated."""
    return f"{number}/{field}/{key_hash[:20]}"
