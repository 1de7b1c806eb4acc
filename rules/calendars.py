"""The working calendar of an edition, put together from a maintained package and from imported years.

Days off and make-up workdays come from `chinesecalendar`, which follows the State Council's notices. A year
it does not know yet can be imported; imported years lie below the data folder and stand above the package's.
"""

from datetime import date
from importlib.metadata import version
from pathlib import Path

import yaml
from chinese_calendar import constants
from pydantic import BaseModel, Field, ValidationError, field_validator

from domain.model import Value
from domain.time.calendar import CITY_TIME, Calendar
from domain.time.day_times import WEEKDAYS, DayTimes, check_order
from phrases import Phrase
from rules.calendar_files import UnsoundPlanError, read_plan, write_plan
from rules.year_plans import YearPlan

PACKAGE = "chinesecalendar"
RULES = Path(__file__).parent


class Title(Value):
    """A name in two languages."""

    zh: str
    en: str


class CalendarSettings(Value):
    """What an edition says about its working calendar: the week, the hours, and from which year on."""

    name: str
    title: Title
    time_zone: str = CITY_TIME
    weekdays: tuple[str, ...]
    segments: tuple[DayTimes, ...]
    first_year: int = Field(ge=2004, description="first year of the package")

    @field_validator("weekdays")
    @classmethod
    def _are_weekdays(cls, days: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(days) - set(WEEKDAYS):
            raise ValueError(
                Phrase(
                    "{unknown}: write {known}", unknown=", ".join(sorted(unknown)), known=", ".join(WEEKDAYS)
                )
            )
        return days

    @field_validator("segments")
    @classmethod
    def _follow_one_another(cls, segments: tuple[DayTimes, ...]) -> tuple[DayTimes, ...]:
        return check_order(segments)


class _Extending(BaseModel):
    """The one line of an edition's own file that matters here; its loader checks the rest."""

    extends: str | None = None


class Import(Value):
    """What an import does to a year: its days before and after, and which years it touched, if any."""

    plan: YearPlan
    before: YearPlan | None
    touched: tuple[int, ...] = ()

    @property
    def is_new(self) -> bool:
        """Return whether the file says anything that was not known."""
        return self.before is None or self.before.exceptions != self.plan.exceptions

    def changes(self) -> list[tuple[str, date, str]]:
        """Return what differs, in order of days: `+` or `-`, the day, and `holiday` or `workday`."""
        old = set(self.before.exceptions.items()) if self.before else set[tuple[date, str]]()
        new = set(self.plan.exceptions.items())
        marked = [("-", *item) for item in old - new] + [("+", *item) for item in new - old]
        return sorted(marked, key=lambda change: (change[1], change[0]))


class KnownYearError(Exception):
    """The year has another plan already, and nobody said to replace it."""


def calendar_settings(edition: str, root: Path = RULES) -> CalendarSettings:
    """Return the calendar settings of `edition`, or of the edition that it extends.

    `root` is the folder of the editions. Raises ValueError naming file and field if missing or wrong.
    """
    path = root / edition / "calendar.yaml"
    if not path.is_file():
        extended = _extends(root / edition / "edition.yaml")
        if extended is None:
            raise ValueError(Phrase("the edition has no calendar and extends none that has one", path=path))
        return calendar_settings(extended, root)
    try:
        return CalendarSettings.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as wrong:
        lines = (f"{path} {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in wrong.errors())
        raise ValueError("\n".join(lines)) from None
    except yaml.YAMLError as wrong:
        raise ValueError(
            Phrase("{path}: this is not YAML: {said}", path=path, said=" ".join(str(wrong).split()))
        ) from None


def calendar_for(settings: CalendarSettings, data_dir: Path | None = None) -> Calendar:
    """Return the calendar of all published years, the package's and those imported below `data_dir`.

    It is known until the end of the last year before the first gap; later days follow the plain week and are
    provisional. Raises UnsoundPlanError if an imported file was spoilt.
    """
    plans = year_plans(settings.first_year, data_dir)
    days: dict[date, str] = {}
    for year in sorted(plans):
        # A later notice may change the end of the year before: it has the last word.
        days |= plans[year].exceptions
    weekdays = {WEEKDAYS.index(day) + 1 for day in settings.weekdays}
    known_until = settings.first_year - 1
    while known_until + 1 in plans:
        known_until += 1
    return Calendar(
        name=settings.name,
        time_zone=settings.time_zone,
        weekdays=tuple(sorted(weekdays)),
        segments=settings.segments,
        holidays=tuple(day for day in sorted(days) if days[day] == "holiday"),
        workdays=tuple(day for day in sorted(days) if days[day] == "workday"),
        known_from=date(settings.first_year, 1, 1),
        known_until=date(known_until, 12, 31),
    )


def year_plans(first_year: int, data_dir: Path | None) -> dict[int, YearPlan]:
    """Return the plan of every known year from `first_year`, an imported one before the package's."""
    plans = {year: plan for year, plan in package_plans().items() if year >= first_year}
    return plans | {year: plan for year, plan in imported_plans(data_dir).items() if year >= first_year}


def package_plans() -> dict[int, YearPlan]:
    """Return the plans that the calendar package holds, by year."""
    source = f"{PACKAGE} {version(PACKAGE)}"
    holidays, workdays = sorted(constants.holidays), sorted(constants.workdays)
    return {
        year: YearPlan(
            year=year,
            source=source,
            holidays=tuple(day for day in holidays if day.year == year),
            workdays=tuple(day for day in workdays if day.year == year),
        )
        for year in sorted({day.year for day in holidays})
    }


def imported_plans(data_dir: Path | None) -> dict[int, YearPlan]:
    """Return the plans imported below `data_dir`, by year. Raises UnsoundPlanError if a file was spoilt."""
    files = sorted((data_dir / "calendars").glob("*.yaml")) if data_dir else []
    return {plan.year: plan for plan in map(read_plan, files)}


def changed_at(data_dir: Path | None) -> int:
    """Return when the imported calendars below `data_dir` last changed, in nanoseconds; 0 without any."""
    try:
        return (data_dir / "calendars").stat().st_mtime_ns if data_dir else 0
    except OSError:
        return 0


def compare_plan(file: Path, data_dir: Path) -> Import:
    """Return what importing `file` would change, without doing it. Raises UnsoundPlanError."""
    plan = read_plan(file)
    return Import(plan=plan, before=year_plans(plan.year, data_dir).get(plan.year))


def import_plan(file: Path, data_dir: Path, *, replace: bool = False) -> Import:
    """Keep the plan in `file` below `data_dir` and return what changed; the same plan again changes nothing.

    Raises UnsoundPlanError with every problem of the file, KnownYearError if the year has another plan and
    `replace` was not given, OSError if the data folder cannot be written.
    """
    found = compare_plan(file, data_dir)
    if not found.is_new:
        return found
    plan = found.plan
    if found.before is not None and not replace:
        raise KnownYearError(
            Phrase(
                "{year} has another plan from {source}; to change it say --replace",
                year=plan.year,
                source=found.before.source,
            )
        )
    write_plan(data_dir / "calendars" / f"{plan.year}.yaml", plan)
    return found.model_copy(
        update={"touched": tuple(sorted({plan.year, *(d.year for _, d, _ in found.changes())}))}
    )


def _extends(path: Path) -> str | None:
    if not path.is_file():
        return None
    return _Extending.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).extends


__all__ = [
    "CalendarSettings",
    "Import",
    "KnownYearError",
    "UnsoundPlanError",
    "calendar_for",
    "calendar_settings",
    "compare_plan",
    "import_plan",
    "imported_plans",
    "package_plans",
    "year_plans",
]
