"""What `jiesu migrate` does: schema and namespace become what this version needs."""

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Protocol

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.search_attributes import SEARCH_ATTRIBUTES
from embedded.numbering import advance, behind
from embedded.temporal import ensure_namespace, prepare_namespace
from engine.address import EngineAddress
from engine.connection import connect_client, engine_address, why_not_connected
from engine.errors import CannotStart
from phrases import Phrase

_ENGINE_SECONDS = 30.0


class Prepared(EngineAddress, Protocol):
    """What is prepared: a database, and a namespace that keeps what is closed for so many days."""

    @property
    def database_url(self) -> str | None:
        """Return the address of the database."""
        ...

    @property
    def retention_days(self) -> int:
        """Return how long the engine keeps a closed workflow."""
        ...


def prepare(settings: Prepared) -> Iterator[str]:
    """Migrate the database and prepare the namespace; yield a line for each thing that is done.

    Raises CannotStart when `settings` name no database or engine, or one of them cannot be reached.
    """
    from readmodel import migrate  # noqa: PLC0415 - alembic and SQLAlchemy are not for the supervisor

    if settings.database_url is None or settings.temporal_address is None:
        raise CannotStart(
            Phrase("Set JIESU_DATABASE_URL and JIESU_TEMPORAL_ADDRESS, or use jiesu up."),
        )
    migrate(settings.database_url)
    yield Phrase("the schema of the database is up to date").both(" / ")
    for change in asyncio.run(_prepare_engine(settings)):
        yield f"Temporal: {change}"
    yield Phrase("the namespace is ready").both(" / ")


async def _move_numbers_on(client: Client, settings: Prepared) -> list[str]:
    """Let no number be issued again that the engine knows and a restored database has forgotten."""
    from readmodel import connect  # noqa: PLC0415 - as above

    database = connect(settings.database_url or "", pool_size=1)
    try:
        found = await behind(client, database)
        await advance(database, found)
    finally:
        await database.dispose()
    return [f"{ahead.sequence} moved on beyond {ahead.furthest}" for ahead in found]


async def _prepare_engine(settings: Prepared) -> list[str]:
    """Return what was changed, in words; a server that is only starting is waited for."""
    deadline = time.monotonic() + _ENGINE_SECONDS
    made: list[str] = []
    while True:
        try:
            client = await connect_client(settings)
            retention = timedelta(days=settings.retention_days)
            made += await ensure_namespace(client, retention)
            done = made + await prepare_namespace(client, SEARCH_ATTRIBUTES, retention)
            return done + await _move_numbers_on(client, settings)
        except RPCError as refused:
            if not _passes(refused, just_made=bool(made)) or time.monotonic() > deadline:
                raise _refusal(settings, refused) from None
        except RuntimeError as trouble:  # the SDK's word for a server that does not answer
            if time.monotonic() > deadline:
                raise CannotStart(why_not_connected(settings, trouble)) from None
        await asyncio.sleep(0.2)


def _passes(refused: RPCError, *, just_made: bool) -> bool:
    """Return whether the same call may go well in a moment: the server starts, or learns of the namespace."""
    return refused.status is RPCStatusCode.UNAVAILABLE or (
        just_made and refused.status is RPCStatusCode.NOT_FOUND
    )


def _refusal(settings: EngineAddress, refused: RPCError) -> CannotStart:
    address = engine_address(settings)
    status = refused.status.name
    return CannotStart(
        Phrase(
            "Temporal at {address} refuses to prepare the namespace {temporal_namespace} "
            "({status}): check its name, the API key and the certificates.",
            address=address,
            temporal_namespace=settings.temporal_namespace,
            status=status,
        ),
    )
