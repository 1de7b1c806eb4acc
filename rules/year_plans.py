"""One year's holiday plan: the days off and the make-up workdays, and what a sound plan must hold."""

from datetime import date, timedelta
from typing import NamedTuple

from domain.model import Value
from phrases import Phrase

SATURDAY = 6
_DAY = timedelta(days=1)
YEAR_END = (12, 25)
"""From this day on, a December may belong to the plan of the year after: the plan of 2019 moved such days."""


class YearPlan(Value):
    """One year's plan as the notice states it; it may begin in the last days of the year before."""

    year: int
    source: str
    holidays: tuple[date, ...]
    workdays: tuple[date, ...]

    @property
    def exceptions(self) -> dict[date, str]:
        """Return the days on which the plan differs from the plain week, each with `holiday` or `workday`."""
        off = {day: "holiday" for day in self.holidays if not is_weekend(day)}
        return off | {day: "workday" for day in self.workdays if is_weekend(day)}


class PlanProblem(NamedTuple):
    """Something wrong with a plan: the field, the day if it is one day's, and a sentence in two languages."""

    field: str
    day: date | None
    what: Phrase


class Feast(NamedTuple):
    """A public holiday: its name, the first and last (month, day) it falls on, and its number of days."""

    name: Phrase
    first: tuple[int, int]
    last: tuple[int, int]
    days: int


FEASTS = (
    Feast(Phrase("New Year's Day"), (1, 1), (1, 1), 1),
    Feast(Phrase("Spring Festival"), (1, 20), (2, 27), 3),
    Feast(Phrase("Tomb-Sweeping Day"), (4, 4), (4, 6), 1),
    Feast(Phrase("Labour Day"), (5, 1), (5, 1), 1),
    Feast(Phrase("Dragon Boat Festival"), (5, 27), (6, 26), 1),
    Feast(Phrase("Mid-Autumn Festival"), (9, 6), (10, 9), 1),
    Feast(Phrase("National Day"), (10, 1), (10, 3), 3),
)
"""The holidays of the whole people, with the least days of any recent version of the rule.

Source: 全国年节及纪念日放假办法 (State Council, last changed by order 795 of 2024), art. 2.
"""


def is_weekend(day: date) -> bool:
    """Return whether `day` is a Saturday or a Sunday."""
    return day.isoweekday() >= SATURDAY


def plan_problems(plan: YearPlan) -> list[PlanProblem]:
    """Return all that is wrong with `plan`; none means it may be used."""
    return [
        *_outside(plan),
        *_needless_holidays(plan),
        *_needless_workdays(plan),
        *_missing_feasts(plan),
    ]


def _outside(plan: YearPlan) -> list[PlanProblem]:
    earliest, latest = date(plan.year - 1, *YEAR_END), date(plan.year, 12, 31)
    return [
        PlanProblem(field, day, Phrase("{day} is not a day of {year}", day=day, year=plan.year))
        for field, days in (("holidays", plan.holidays), ("workdays", plan.workdays))
        for day in days
        if not earliest <= day <= latest
    ]


def _needless_holidays(plan: YearPlan) -> list[PlanProblem]:
    """A weekend day is off anyway: a plan names it only beside another day off, or as the feast itself."""
    listed = set(plan.holidays)
    return [
        PlanProblem(
            "holidays",
            day,
            Phrase("{day} is a weekend day with no holiday beside it; a wrong date?", day=day),
        )
        for day in plan.holidays
        if is_weekend(day) and not _runs_into_a_weekday(day, listed) and not _may_be_a_feast(day)
    ]


def _runs_into_a_weekday(day: date, listed: set[date]) -> bool:
    for step in (_DAY, -_DAY):
        beside = day + step
        while beside in listed:
            if not is_weekend(beside):
                return True
            beside += step
    return False


def _may_be_a_feast(day: date) -> bool:
    # New Year's holidays begin in the last days of December.
    return (day.month, day.day) >= YEAR_END or any(
        feast.first <= (day.month, day.day) <= feast.last for feast in FEASTS
    )


def _needless_workdays(plan: YearPlan) -> list[PlanProblem]:
    listed = set(plan.holidays)
    found = [
        PlanProblem("workdays", day, Phrase("{day} is no weekend day, so it is worked anyway", day=day))
        for day in plan.workdays
        if not is_weekend(day)
    ]
    return found + [
        PlanProblem("workdays", day, Phrase("{day} is both a holiday and a workday", day=day))
        for day in plan.workdays
        if day in listed
    ]


def _missing_feasts(plan: YearPlan) -> list[PlanProblem]:
    problems: list[PlanProblem] = []
    for feast in FEASTS:
        first, last = date(plan.year, *feast.first), date(plan.year, *feast.last)
        if sum(first <= day <= last for day in plan.holidays) < feast.days:
            problems.append(
                PlanProblem(
                    "holidays",
                    None,
                    Phrase(
                        "{feast} is missing between {first} and {last}: the year is not complete",
                        feast=feast.name,
                        first=first,
                        last=last,
                    ),
                )
            )
    return problems
