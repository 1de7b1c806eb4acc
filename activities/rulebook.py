"""Activities that answer from the rules: terms, routing, units, by the edition a ticket carries."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain.command.given import BranchQuery, Given
from domain.errors import Refused, Unavailable, UnknownCode
from domain.messages import AssignmentQuery, ResolutionQuery
from domain.terms import Assignment, Place, Resolution
from domain.time.calendar import Calendar
from domain.vocabulary import Tier
from phrases import Phrase
from readmodel import Database, editions
from rules.calendars import calendar_for, calendar_settings, changed_at
from rules.keeping import files_of, load_kept
from rules.loading import RULES, UnsoundEditionError
from rules.pack import RulePack
from rules.reading import load
from rules.resolve import branch_terms, resolve
from rules.routing import assignment, industry_of


class Rulebook:
    """The current edition, the calendar in force, and every edition that ever decided something."""

    def __init__(
        self, edition: str, data_dir: Path, database: Database | None = None, rules_dir: Path | None = None
    ) -> None:
        """Answer by the edition `edition` of `rules_dir` (null: the product's), with calendars in `data_dir`.

        Editions of the past are fetched through `database`. Raises `UnsoundEditionError` with every problem
        of the files.
        """
        self._rules_dir = rules_dir or RULES
        self.current = load(edition, self._rules_dir)
        self._calendar_settings = calendar_settings(edition, self._rules_dir)
        self._data_dir = data_dir
        self._engine = database
        self._packs = {self.current.identity: self.current}
        self._calendar: tuple[Calendar, int] | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def calendar(self) -> Calendar:
        """Return the calendar in force; one imported meanwhile counts from the next question on."""
        imported_at = changed_at(self._data_dir)
        if self._calendar is None or self._calendar[1] != imported_at:
            self._calendar = calendar_for(self._calendar_settings, self._data_dir), imported_at
        return self._calendar[0]

    def current_resolution(
        self, category: str | None, place: Place, at: datetime, tier: Tier | None = None
    ) -> Resolution:
        """Return what the current edition answers for a new request; `Refused` for an unknown code."""
        return resolve(self.current, self.calendar, category, place, at, tier)

    async def keep(self) -> None:
        """Keep the current edition in the database under its content hash."""
        if self._engine is not None:
            await editions.store(self._engine, self.current.identity, files_of(self.current, self._rules_dir))

    @activity.defn(name="resolve")
    async def resolve(self, query: ResolutionQuery) -> Resolution:
        """Return terms and routing; an unknown code is the asker's mistake and is not asked again."""
        with _refusals():
            pack = await self.pack(query.edition)
            return resolve(pack, self.calendar, query.category, query.place, query.at, query.tier)

    @activity.defn(name="assign")
    async def assign(self, query: AssignmentQuery) -> Assignment:
        """Return what the process needs to know of a unit; an unknown code is not asked again."""
        with _refusals():
            pack = await self.pack(query.edition)
            return assignment(pack, query.unit)

    @activity.defn(name="look_up")
    async def look_up(self, query: BranchQuery) -> Given:
        """Return branch terms and units, and terms and routing of a category if one is asked about."""
        with _refusals():
            pack = await self.pack(query.edition)
            return Given(
                terms=branch_terms(pack, self.current),
                units={code: assignment(pack, code) for code in query.units},
                resolution=(
                    resolve(pack, self.calendar, query.category, query.place, query.at)
                    if query.category
                    else None
                ),
                industry=industry_of(pack, query.matter),
            )

    async def pack(self, identity: str) -> RulePack:
        """Return the edition `name@hash`: the current one, or one that is kept, which is read once.

        Raises `UnknownCode` where none is kept, `Unavailable` when the database is away.
        """
        async with self._one_at_a_time:  # many tickets ask at once for what takes a while to read
            if identity not in self._packs:
                if self._engine is None:
                    raise ApplicationError(
                        Phrase("edition {identity} is not loaded", identity=identity).both(" / ")
                    )
                try:
                    files = await editions.fetch(self._engine, identity)
                except LookupError:
                    raise UnknownCode(
                        Phrase("The database keeps no edition {identity}.", identity=identity)
                    ) from None
                self._packs[identity] = await asyncio.to_thread(load_kept, identity, files)
            return self._packs[identity]

    async def look_at(self, text: str) -> RulePack:
        """Return the edition that `text` means: by name as it stands on disk now, or by identity.

        An identity that nobody has kept yet is what stands on disk, if it is still the same. Nothing is kept.
        Raises `UnknownCode` where there is none, `UnsoundEditionError`, `Unavailable`.
        """
        name, at, _ = text.partition("@")
        if not at:
            return await asyncio.to_thread(load, name, self._rules_dir)
        try:
            return await self.pack(text)
        except UnknownCode:
            with suppress(UnknownCode, UnsoundEditionError):
                on_disk = await asyncio.to_thread(load, name, self._rules_dir)
                if on_disk.identity == text:
                    return on_disk
            raise

    async def find(self, text: str) -> RulePack:
        """Return the edition that `look_at` returns, and keep it, so that every worker can read it."""
        found = await self.look_at(text)
        is_from_disk = found.identity == self.current.identity or found.identity not in self._packs
        if is_from_disk and self._engine is not None:
            files = await asyncio.to_thread(files_of, found, self._rules_dir)
            await editions.store(self._engine, found.identity, files)
        self._packs.setdefault(found.identity, found)
        return found


@contextmanager
def _refusals() -> Generator[None]:
    """Let a refusal end the asking: nothing comes of asking again, unless what is away comes back."""
    try:
        yield
    except Unavailable:
        raise
    except Refused as refused:
        raise ApplicationError(
            str(refused), refused.zh, refused.en, type=refused.code, non_retryable=True
        ) from refused
