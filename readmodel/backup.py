"""What a backup records of the database it was made of."""

from typing import Any

from sqlalchemy import text

from readmodel.connection import Database, session

_ABOUT = text("""
SELECT (SELECT version_num FROM alembic_version) AS schema, version() AS postgresql,
       (SELECT fingerprint FROM vault_master) AS key_fingerprint,
       (SELECT count(*) FROM request) AS requests, (SELECT max(number) FROM request) AS last_number,
       (SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM rule_edition) AS editions
""")


async def about(database: Database) -> dict[str, Any]:
    """Return schema, version, which master key it was sealed with, how much there is, and kept editions."""
    async with session(database) as connection:
        return dict((await connection.execute(_ABOUT)).mappings().one())
