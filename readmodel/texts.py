"""What people said, sealed: keeping, reading and erasing the texts of a ticket."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import String, bindparam, text

from domain.errors import Malformed, Unavailable, UnknownTicket, WrongStage
from domain.messages import TextRef
from phrases import Phrase
from readmodel.connection import Database, session
from readmodel.statements import Statement
from readmodel.vault import BadVault, Vault, draw_key, has_key, open_vault

Whose = Literal["request", "incident"]
"""Whose a number is: the tables that have a vault key for each of their rows."""

_MASTER = text("SELECT fingerprint FROM vault_master")
_SAMPLE = text("SELECT number, wrapped FROM vault_key ORDER BY number DESC LIMIT 1")
_REMEMBER_MASTER = text("""
WITH mine AS (
    INSERT INTO vault_master (fingerprint) VALUES (:fingerprint) ON CONFLICT DO NOTHING RETURNING fingerprint
)
SELECT fingerprint FROM mine UNION ALL SELECT fingerprint FROM vault_master
""").bindparams(bindparam("fingerprint", type_=String))
_WRAPPED = {
    whose: Statement(
        f"SELECT vault_key.wrapped FROM {whose} LEFT JOIN vault_key USING (number) WHERE number = :number",  # noqa: S608 - a constant
        bindparam("number", type_=String),
    )
    for whose in ("request", "incident")
}
_READ = text("""
SELECT vault_text.id, vault_text.kind, vault_text.ciphertext, vault_key.wrapped
FROM vault_key JOIN vault_text USING (number) WHERE number = :number ORDER BY vault_text.id
""").bindparams(bindparam("number", type_=String))
_ERASE = text("""
WITH gone_key AS (DELETE FROM vault_key WHERE number = :number),
     gone_texts AS (DELETE FROM vault_text WHERE number = :number),
     republished AS (
         UPDATE unit_ticket SET changed_at = clock_timestamp(), place = NULL WHERE number = :number
     )
UPDATE request SET masked = '', grams = '{}', phone_hash = NULL, external_id = NULL WHERE number = :number
RETURNING number
""").bindparams(bindparam("number", type_=String))


@dataclass(frozen=True)
class NewText:
    """A text to be sealed: the name of the field it came in (`reply`, `proof.0`) and the text itself."""

    field: str
    text: str


@dataclass(frozen=True)
class Original:
    """A text as it was said: its id, its kind and the words."""

    id: str
    kind: str
    text: str


async def unlock(database: Database, key_file: Path) -> Vault:
    """Return the vault whose master key lies in `key_file`; an unused database has its key drawn there.

    Raises `BadVault` where the file is bad; where there is none although the database is sealed already, for
    a new key would open nothing of it; and where there is none and the database does not say.
    """
    if has_key(key_file):
        return open_vault(key_file)
    try:
        sealed_by = await master_of(database)
    except Unavailable as away:
        raise BadVault(
            Phrase(
                "There is no master key file {key_file}, and the database does not answer: "
                "whether one may be drawn cannot be known. Bring the database back first.",
                key_file=key_file,
            )
        ) from away
    if sealed_by is not None:
        raise BadVault(
            Phrase(
                "The master key file {key_file} is gone, and the database is sealed with it: "
                "copy the key back to that path from where it is kept and run chmod 600 on it; "
                "no new key is drawn.",
                key_file=key_file,
            )
        )
    draw_key(key_file)
    return open_vault(key_file)


async def master_of(database: Database) -> str | None:
    """Return the fingerprint of the master key this database is sealed with, null for an unused one."""
    async with session(database) as connection:
        return (await connection.execute(_MASTER)).scalar_one_or_none()


async def sample_of(database: Database) -> tuple[str, bytes] | None:
    """Return number and wrapped key of one sealed ticket, the newest, null where nothing is sealed."""
    async with session(database) as connection:
        row = (await connection.execute(_SAMPLE)).first()
    return (row.number, row.wrapped) if row else None


async def require_same_master(database: Database, vault: Vault) -> None:
    """Return if `vault` is the one this database has been sealed with; an unused database takes it on.

    Raises `BadVault` for another master key, `Unavailable` when the database is away.
    """
    async with session(database) as connection:
        known = (
            (await connection.execute(_REMEMBER_MASTER, {"fingerprint": vault.fingerprint})).scalars().all()
        )
        if not known:  # another process was quicker, in the same instant
            known = (
                (await connection.execute(_REMEMBER_MASTER, {"fingerprint": vault.fingerprint}))
                .scalars()
                .all()
            )
    if vault.fingerprint not in known:
        raise BadVault(
            Phrase(
                "The master key is not the one this database was sealed with: restore the original key file."
            )
        )


async def originals(database: Database, vault: Vault, number: str) -> tuple[Original, ...]:
    """Return every text of the ticket `number`, by id; none after an erasure or for an unknown number.

    Raises `BadVault` when a text does not open, `Unavailable` when the database is away.
    """
    async with session(database) as connection:
        rows = (await connection.execute(_READ, {"number": number})).all()
    if not rows:
        return ()
    data_key = vault.unwrap(number, rows[0].wrapped)
    return tuple(
        Original(row.id, row.kind, vault.open(data_key, number, row.kind, row.id, row.ciphertext))
        for row in rows
    )


async def erase(database: Database, number: str) -> None:
    """Make everything personal about the ticket `number` unreadable for good, its search copy included.

    Copies of the database hold the texts without their key. Raises `UnknownTicket`, `Unavailable`.
    """
    async with session(database) as connection:
        done = (await connection.execute(_ERASE, {"number": number})).first()
    if done is None:
        raise unknown_ticket()


async def data_key(database: Database, vault: Vault, number: str, whose: Whose = "request") -> bytes:
    """Return the key for new texts of the ticket. Raises `UnknownTicket`, or `WrongStage` if erased."""
    row = await _WRAPPED[whose].first(database, {"number": number})
    if row is None:
        raise unknown_ticket(whose)
    if row["wrapped"] is None:
        raise WrongStage(
            Phrase("The personal data of this ticket has been erased: no text can be added."),
        )
    return vault.unwrap(number, row["wrapped"])


def sealed(
    vault: Vault, key: bytes, number: str, texts: Sequence[tuple[str, NewText]]
) -> tuple[list[dict[str, str]], dict[str, TextRef]]:
    """Return the rows for `vault_text` and, by field, the references that travel; `texts` are (id, text)."""
    rows: list[dict[str, str]] = []
    refs: dict[str, TextRef] = {}
    for text_id, new in texts:
        ref = TextRef(id=text_id, hash=vault.digest(new.text))
        kind = new.field.partition(".")[0]
        ciphertext = vault.seal(key, number, kind, text_id, new.text)
        rows.append(
            {
                "id": text_id,
                "kind": kind,
                "ciphertext": base64.b64encode(ciphertext).decode(),
                "digest": ref.hash,
            }
        )
        refs[new.field] = ref
    return rows, refs


def require_storable(*values: str | None) -> None:
    """Raise `Malformed` if a text holds what no database keeps: NUL, or half a surrogate pair."""
    for value in values:
        if value is not None and ("\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value)):
            raise Malformed(Phrase("The text contains characters that are not valid Unicode."))


def unknown_ticket(whose: Whose = "request") -> UnknownTicket:
    """Return the refusal of a number that was never issued."""
    if whose == "incident":
        return UnknownTicket(Phrase("There is no incident with this number."))
    return UnknownTicket(Phrase("There is no ticket with this number."))
