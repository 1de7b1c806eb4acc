"""Reads a year's holiday plan from a file as a clerk prepares it, and writes it in one form.

YAML: `year`, `source`, `holidays`, `workdays`; an entry is a day or a range: `2027-10-01..2027-10-07`.
CSV: a header `date,kind,source`, then a line for each day or range;
kind is `holiday` or `workday` (or 放假, 上班).
"""

import csv
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NoReturn

import yaml

from phrases import Bilingual, Phrase
from rules.year_plans import YearPlan, plan_problems

_KINDS = {"holiday": "holidays", "放假": "holidays", "workday": "workdays", "上班": "workdays"}
_FIELDS = ("year", "source", "holidays", "workdays")
_YEARS = range(2001, 2101)
_LONGEST_RANGE = timedelta(days=31)


class UnsoundPlanError(Exception):
    """A file that is no sound plan of a year; `problems` names file, line and field of each mistake."""

    def __init__(self, problems: list[str]) -> None:
        """Keep all `problems`, one sentence each."""
        super().__init__("\n".join(problems))
        self.problems = problems


def read_plan(path: Path) -> YearPlan:
    """Return the plan in the YAML or CSV file at `path`. Raises UnsoundPlanError with every problem."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as reason:
        raise UnsoundPlanError(
            [Phrase("cannot be read as UTF-8 text: {reason}", path=path, reason=reason).both()]
        ) from None
    draft = _Draft(path)
    if path.suffix.lower() == ".csv":
        _read_csv(text, draft)
    else:
        _read_yaml(text, draft)
    plan = draft.plan()
    if draft.problems:
        raise UnsoundPlanError(draft.problems)
    return plan


def write_plan(path: Path, plan: YearPlan) -> None:
    """Write `plan` as YAML to `path`, whole or not at all, making its folder. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    content = {
        "year": plan.year,
        "source": plan.source,
        "holidays": list(plan.holidays),
        "workdays": list(plan.workdays),
    }
    unfinished.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    unfinished.replace(path)


class _Draft:
    """A plan being read: what was found so far, on which lines, and what was wrong."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[str] = []
        self.faulty: set[str] = set()
        self.year: int | None = None
        self.source = ""
        self.days: dict[str, dict[date, int]] = {"holidays": {}, "workdays": {}}

    def complain(self, line: int, field: str, what: Bilingual) -> None:
        self.faulty.add(field)
        self.problems.append(f"{self.path}:{line} {field}: {what.zh} {what.en}")

    def give_up(self, line: int, field: str, what: Bilingual) -> NoReturn:
        """Raise UnsoundPlanError: what follows could not be understood, so nothing else is said of it."""
        self.complain(line, field, what)
        raise UnsoundPlanError(self.problems)

    def add_days(self, line: int, field: str, text: str) -> None:
        """Add the day or range that `text` names to `field`."""
        first, dots, last = (part.strip() for part in text.partition(".."))
        try:
            start = date.fromisoformat(first)
            end = date.fromisoformat(last) if dots else start
        except ValueError:
            self.complain(line, field, Phrase("{text!r} is no date such as 2027-10-01", text=text))
            return
        if not start <= end <= start + _LONGEST_RANGE:
            self.complain(line, field, Phrase("{text} runs backwards or over a month", text=text))
            return
        for day in _days(start, end):
            if day in self.days[field]:
                self.complain(line, field, Phrase("{day} is named twice", day=day))
            self.days[field][day] = line

    def plan(self) -> YearPlan:
        """Return what was read, and complain of what is missing or cannot be."""
        if self.year not in _YEARS and "year" not in self.faulty:
            self.complain(1, "year", Phrase("the year is missing or none of this century"))
        if not self.source and "source" not in self.faulty:
            self.complain(1, "source", Phrase("name the notice the plan comes from"))
        plan = YearPlan(
            year=self.year or 0,
            source=self.source,
            holidays=tuple(sorted(self.days["holidays"])),
            workdays=tuple(sorted(self.days["workdays"])),
        )
        if not self.problems:
            for problem in plan_problems(plan):
                line = self.days.get(problem.field, {}).get(problem.day, 1) if problem.day else 1
                self.complain(line, problem.field, problem.what)
        return plan


def _days(start: date, end: date) -> Iterator[date]:
    return (start + timedelta(days=offset) for offset in range((end - start).days + 1))


def _read_yaml(text: str, draft: _Draft) -> None:
    try:
        root = yaml.SafeLoader(text).get_single_node()
    except yaml.YAMLError as reason:
        mark = reason.problem_mark if isinstance(reason, yaml.MarkedYAMLError) else None
        draft.give_up(
            mark.line + 1 if mark else 1,
            "yaml",
            Phrase("this is not YAML: {said}", said=" ".join(str(reason).split())),
        )
    if not isinstance(root, yaml.MappingNode):
        draft.give_up(1, "yaml", Phrase("must hold the keys {fields}", fields=", ".join(_FIELDS)))
    seen: set[str] = set()
    for key, value in root.value:
        name, line = str(key.value), value.start_mark.line + 1
        if name not in _FIELDS or name in seen:
            draft.complain(
                line,
                name,
                Phrase("is unknown or stands twice; fields: {fields}", fields=", ".join(_FIELDS)),
            )
            continue
        seen.add(name)
        _READERS[name](draft, name, value, line)


def _read_year(draft: _Draft, name: str, value: yaml.Node, line: int) -> None:
    text = str(value.value)
    if isinstance(value, yaml.ScalarNode) and text.isdecimal():
        draft.year = int(text)
    else:
        draft.complain(line, name, Phrase("must be a number"))


def _read_source(draft: _Draft, name: str, value: yaml.Node, line: int) -> None:
    if isinstance(value, yaml.ScalarNode):
        draft.source = str(value.value).strip()
    else:
        draft.complain(line, name, Phrase("must be a text"))


def _read_days(draft: _Draft, name: str, value: yaml.Node, line: int) -> None:
    if not isinstance(value, yaml.SequenceNode):
        draft.complain(line, name, Phrase("must be a list of days"))
        return
    for item in value.value:
        draft.add_days(item.start_mark.line + 1, name, str(item.value))


_READERS: dict[str, Callable[[_Draft, str, yaml.Node, int], None]] = {
    "year": _read_year,
    "source": _read_source,
    "holidays": _read_days,
    "workdays": _read_days,
}


def _read_csv(text: str, draft: _Draft) -> None:
    rows = csv.DictReader(text.splitlines())
    if missing := {"date", "kind", "source"} - set(rows.fieldnames or ()):
        names = ", ".join(sorted(missing))
        draft.give_up(1, names, Phrase("is missing in the header; it must be date,kind,source"))
    for row in rows:
        field = _KINDS.get((row["kind"] or "").strip())
        if field is None:
            draft.complain(rows.line_num, "kind", Phrase("must be holiday or workday"))
            continue
        draft.add_days(rows.line_num, field, (row["date"] or "").strip())
        draft.source = draft.source or (row["source"] or "").strip()
    # A plan may begin in the last days of the year before; the year is the one that it ends in.
    draft.year = max((day.year for days in draft.days.values() for day in days), default=None)
