"""Editions of the rules by content hash: what decided a ticket stays readable when files have changed."""

import json

from sqlalchemy import String, bindparam, text

from phrases import Phrase
from readmodel.connection import Database, session

_STORE = text("""
INSERT INTO rule_edition (id, files) VALUES (:id, CAST(:files AS jsonb)) ON CONFLICT DO NOTHING
""").bindparams(bindparam("id", type_=String), bindparam("files", type_=String))
_FETCH = text("SELECT files FROM rule_edition WHERE id = :id").bindparams(bindparam("id", type_=String))


async def store(database: Database, edition: str, files: dict[str, str]) -> None:
    """Keep the files (name → text) of the edition `name@hash`; one that is kept already never changes."""
    async with session(database) as connection:
        await connection.execute(_STORE, {"id": edition, "files": json.dumps(files)})


async def fetch(database: Database, edition: str) -> dict[str, str]:
    """Return the files of the edition `name@hash` as they were stored. Raises `LookupError` for none."""
    async with session(database) as connection:
        files = (await connection.execute(_FETCH, {"id": edition})).scalar_one_or_none()
    if files is None:
        raise LookupError(Phrase("The database keeps no edition {edition}.", edition=edition))
    return files
