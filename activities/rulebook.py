"""Activities that answer from the rules: terms, routing, units, by the edition a ticket carries."""

from datetime import datetime
from pathlib import Path

from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain.branch_terms import BranchQuery, Given
from domain.calendar import Calendar
from domain.errors import Refused
from domain.messages import AssignmentQuery, ResolutionQuery
from domain.terms import Assignment, Place, Resolution
from domain.vocabulary import Tier
from readmodel import Database, editions
from rules.calendars import calendar_for, calendar_settings, changed_at
from rules.keeping import files_of, load_kept
from rules.loading import RULES
from rules.pack import RulePack
from rules.reading import load
from rules.resolve import branch_terms, resolve
from rules.routing import assignment, industry_of


class Rulebook:
    """The current edition, the calendar in force, and every edition that ever decided something."""

    def __init__(
        self, edition: str, data_dir: Path, engine: Database | None = None, rules_dir: Path | None = None
    ) -> None:
        """Answer by the edition `edition` of `rules_dir` (null: the product's), with calendars in `data_dir`.

        Editions of the past are fetched through `engine`. Raises `rules.loading.UnsoundEdition` with every
        problem of the files.
        """
        self._rules_dir = rules_dir or RULES
        self.current = load(edition, self._rules_dir)
        self._calendar_settings = calendar_settings(edition, self._rules_dir)
        self._data_dir = data_dir
        self._engine = engine
        self._packs = {self.current.identity: self.current}
        self._calendar: tuple[Calendar, int] | None = None

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
        pack = await self._pack(query.edition)
        try:
            return resolve(pack, self.calendar, query.category, query.place, query.at, query.tier)
        except Refused as refused:
            raise _final(refused) from refused

    @activity.defn(name="assign")
    async def assign(self, query: AssignmentQuery) -> Assignment:
        """Return what the process needs to know of a unit; an unknown code is not asked again."""
        pack = await self._pack(query.edition)
        try:
            return assignment(pack, query.unit)
        except Refused as refused:
            raise _final(refused) from refused

    @activity.defn(name="look_up")
    async def look_up(self, query: BranchQuery) -> Given:
        """Return branch terms and units, and terms and routing of a category if one is asked about."""
        pack = await self._pack(query.edition)
        try:
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
        except Refused as refused:
            raise _final(refused) from refused

    async def _pack(self, identity: str) -> RulePack:
        if identity not in self._packs:
            if self._engine is None:
                raise ApplicationError(f"规则版本 {identity} 未加载 / edition {identity} is not loaded")
            self._packs[identity] = load_kept(identity, await editions.fetch(self._engine, identity))
        return self._packs[identity]


def _final(refused: Refused) -> ApplicationError:
    return ApplicationError(str(refused), refused.zh, refused.en, type=refused.code, non_retryable=True)
