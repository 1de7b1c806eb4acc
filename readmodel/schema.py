"""The schema's version, and the way to the newest one."""

import asyncio
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, exc, text
from sqlalchemy.ext.asyncio import AsyncConnection

from phrases import Phrase
from readmodel.connection import connect, outages

_STEPS = Path(__file__).parent / "migrations"
_LOCK = 6_120_345
"""The advisory lock under which one process at a time migrates."""
_TRY_LOCK = text("SELECT pg_try_advisory_lock(:lock)")
_AGAIN_SECONDS = 0.1


_NO_ENTRY = ("28", "3D")
"""How the SQLSTATEs begin of a server that knows no such user, password or database."""


class BadSchema(Exception):  # noqa: N818 - reads as what it says: a schema is bad
    """A newer release made the database, or there is no way in; one sentence, Chinese first."""


def migrate(database_url: str) -> None:
    """Bring the database at `postgresql://…` to the newest schema; does nothing where it is there already.

    Raises `BadSchema` for a database that a newer release has migrated, and `Unavailable` for one that cannot
    be reached. May be called with or without an event loop running; it blocks.
    """
    with ThreadPoolExecutor(max_workers=1) as aside:
        aside.submit(asyncio.run, _migrate(database_url)).result()


def revisions() -> list[str]:
    """Return the revisions this release knows, the newest first."""
    config = Config()
    config.set_main_option("script_location", str(_STEPS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()]


def schema_version(database_url: str) -> str | None:
    """Return the revision of the database at `postgresql://…`, null for one without a schema."""
    with ThreadPoolExecutor(max_workers=1) as aside:
        return aside.submit(asyncio.run, _version(database_url)).result()


async def _migrate(database_url: str) -> None:
    database = connect(database_url, pool_size=1, statement_seconds=None)
    try:
        with outages(), _closed_doors():
            async with database.execution_options(isolation_level="READ COMMITTED").connect() as connection:
                await _upgrade_alone(connection)
    finally:
        await database.dispose()


@contextmanager
def _closed_doors() -> Generator[None]:
    """Turn what a server says to a wrong user, password or database name into `BadSchema`."""
    try:
        yield
    except (asyncpg.PostgresError, exc.DBAPIError) as error:
        origin: object = error.orig if isinstance(error, exc.DBAPIError) else error
        state: str = getattr(origin, "sqlstate", None) or ""
        if not state.startswith(_NO_ENTRY):
            raise
        raise BadSchema(
            Phrase(
                "The database refuses the login ({state}): check user, password and name in "
                "JIESU_DATABASE_URL.",
                state=state,
            )
        ) from None


async def _upgrade_alone(connection: AsyncConnection) -> None:
    while not (await connection.execute(_TRY_LOCK, {"lock": _LOCK})).scalar_one():
        await connection.commit()  # waiting inside a statement would hold up an index built beside writers
        await asyncio.sleep(_AGAIN_SECONDS)
    await connection.commit()
    try:
        await connection.run_sync(_upgrade)
        await connection.commit()
    finally:
        await connection.rollback()
        await connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_STEPS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    steps = ScriptDirectory.from_config(config)
    found = MigrationContext.configure(connection).get_current_revision()
    connection.commit()  # a step may have to leave its transaction, which must then be alembic's own
    known = {step.revision for step in steps.walk_revisions()}
    if found is not None and found not in known:
        newest = steps.get_current_head()
        raise BadSchema(
            Phrase(
                "The database has schema {found}, newer than this release ({newest}): upgrade it.",
                found=found,
                newest=newest,
            )
        )
    command.upgrade(config, "head")


async def _version(database_url: str) -> str | None:
    database = connect(database_url, pool_size=1)
    try:
        with outages():
            async with database.connect() as connection:
                return await connection.run_sync(
                    lambda sync: MigrationContext.configure(sync).get_current_revision()
                )
    finally:
        await database.dispose()
