"""What the functions of the API work with: one frozen value, made by the composition roots, without HTTP."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from temporalio.client import Client

from activities.rulebook import Rulebook
from api.breaker import Breaker
from api.condition import LastCondition
from api.counters import Counters
from api.engine_calls import EngineCalls
from api.lane_limits import LaneLimits
from api.lanes import limits_of
from api.ticket_starter import TicketStarter
from api.unknown_outcomes import UnknownOutcomes
from clock import utc_now
from engine import calls as engine
from phrases import Phrase
from readmodel import Database, connect, reconcile
from readmodel.texts import require_same_master, unlock
from readmodel.vault import BadVault, Vault
from rules.pack import RulePack
from settings import BadSetting, Settings
from telemetry.tracing import Tracing


class Preparation:
    """What must have been done once before anything is written: key, edition, the last one's doubts."""

    def __init__(self) -> None:
        """Nothing is done yet."""
        self._done = False
        self._one_at_a_time = asyncio.Lock()

    async def make_sure(self, database: Database, vault: Vault, rulebook: Rulebook) -> None:
        """Return once the database knows this master key and this edition; after the first time at once.

        What the last process may have died with is in doubt then, however late the database came.
        Raises `BadVault` for a database sealed with another master key, `Unavailable` when it is away.
        """
        if self._done:
            return
        async with self._one_at_a_time:  # the first requests come together: one of them does it
            if not self._done:
                await require_same_master(database, vault)
                await rulebook.keep()
                await reconcile.doubt_recent(database, reconcile.RECENT)
                self._done = True


@dataclass(frozen=True)
class Hotline:
    """The parts a request meets: rules, vault, database and the workflow engine, with their time limits."""

    rulebook: Rulebook
    vault: Vault
    database: Database
    client: Client
    task_queue: str = "jiesu"
    start_timeout: timedelta = timedelta(seconds=2)
    start_patience: timedelta = timedelta(seconds=2)
    command_timeout: timedelta = timedelta(seconds=8)
    query_timeout: timedelta = timedelta(seconds=1.5)
    now: Callable[[], datetime] = utc_now
    counters: Counters = field(default_factory=Counters, repr=False)
    preparation: Preparation = field(default_factory=Preparation)
    condition: LastCondition = field(default_factory=LastCondition, repr=False)
    limits: LaneLimits = field(default_factory=lambda: limits_of(Settings()), repr=False)
    breaker: Breaker = field(default_factory=Breaker)
    intake_database: Database | None = None
    reading_database: Database | None = None

    @property
    def intake(self) -> Database:
        """Return the database by the connections that are kept for intake."""
        return self.intake_database or self.database

    @property
    def reading(self) -> Database:
        """Return the database by the connections of lists and reports, whose statements end sooner."""
        return self.reading_database or self.database

    @cached_property
    def starter(self) -> TicketStarter:
        """Return what starts this hotline's tickets."""
        return TicketStarter(self.database, self.client, self.task_queue, self.breaker, self.counters)

    @cached_property
    def unknown_outcomes(self) -> UnknownOutcomes:
        """Return where commands with an unknown outcome are noted."""
        return UnknownOutcomes(self.database)

    async def close(self) -> None:
        """Finish what goes on beside the requests, and give the database's connections back."""
        try:
            await self.starter.close()
            await self.unknown_outcomes.close()
        finally:
            for database in (self.intake, self.reading, self.database):
                await database.dispose()

    @property
    def rules(self) -> RulePack:
        """Return the edition by which new requests are understood."""
        return self.rulebook.current

    async def prepare(self) -> None:
        """Make sure that writing is safe. Raises `BadVault`, `Unavailable`."""
        await self.preparation.make_sure(self.database, self.vault, self.rulebook)


async def open_hotline(settings: Settings, tracing: Tracing | None = None) -> Hotline:
    """Return the hotline that `settings` ask for; nothing is connected before it is first used.

    Where there is no master key the database is asked whether one may be drawn. Raises
    `UnsoundEditionError`, `BadVault` (the key file), and `BadSetting` without the database's address.
    """
    if settings.database_url is None:
        raise BadSetting(Phrase("JIESU_DATABASE_URL is not set; `jiesu up` sets it for its own API."))
    url, readers = settings.database_url, settings.list_places + settings.report_places
    database = connect(url, settings.database_pool_size, statement_seconds=4)
    try:
        vault = await unlock(database, settings.key_file)
    except BadVault:
        await database.dispose()
        raise
    intake = connect(url, settings.intake_pool_size, statement_seconds=4)
    reading = connect(url, readers, statement_seconds=settings.list_timeout.total_seconds())
    client = await engine.connect(settings)
    if tracing is not None:
        for one in (database, intake, reading):
            tracing.on_database(one)
        client = tracing.on_client(client)
    counters = Counters()
    return Hotline(
        rulebook=Rulebook(settings.edition, settings.data_dir, database, settings.rules_dir),
        vault=vault,
        database=database,
        client=EngineCalls(counters).on(client),
        task_queue=settings.task_queue,
        start_timeout=settings.start_timeout,
        start_patience=settings.start_patience,
        command_timeout=settings.command_timeout,
        counters=counters,
        limits=limits_of(settings),
        intake_database=intake,
        reading_database=reading,
    )
