"""The edition's calendar: from the package, judged by another package, and from imported years."""

from datetime import date, timedelta
from pathlib import Path

import holidays
import pytest

from domain.time.calendar import Calendar, ServiceHours
from domain.time.limits import Basis, Ledger, due, parse_limit
from rules.calendar_files import UnsoundPlanError, read_plan, write_plan
from rules.calendars import (
    CalendarSettings,
    KnownYearError,
    calendar_for,
    calendar_settings,
    compare_plan,
    import_plan,
    package_plans,
)
from rules.year_plans import FEASTS, YearPlan, plan_problems
from tests.domain.calendar_strategies import beijing, shown
from tests.rules.holiday_plans import PLAN_2027, PLAN_2028


@pytest.fixture
def beijing_settings() -> CalendarSettings:
    """What the edition `beijing` says of its calendar."""
    return calendar_settings("beijing")


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    """A sound plan of 2027 as a clerk prepares it."""
    path = tmp_path / "2027.yaml"
    path.write_text(PLAN_2027, encoding="utf-8")
    return path


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """An empty data folder."""
    return tmp_path / "data"


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_an_independent_package_names_the_same_working_days(
    beijing_settings: CalendarSettings, year: int
) -> None:
    """Every single day of 2024 to 2026, make-up weekends included."""
    calendar = calendar_for(beijing_settings)
    judge = holidays.country_holidays("CN", years=year)
    first = date(year, 1, 1)
    days = [first + timedelta(days=offset) for offset in range((date(year, 12, 31) - first).days + 1)]
    assert len(days) in (365, 366)
    assert [day for day in days if calendar.is_workday(day) != judge.is_working_day(day)] == []
    assert all(map(calendar.is_known, days))


def test_the_calendar_is_known_from_2024_to_2026(beijing_settings: CalendarSettings) -> None:
    """2027 is not published: a limit in working days that reaches it is flagged, one before is not."""
    calendar = calendar_for(beijing_settings)
    assert (calendar.known_from, calendar.known_until) == (date(2024, 1, 1), date(2026, 12, 31))
    ledger = Ledger.started(beijing("2026-12-25 10:00"))
    assert due(parse_limit("15d", Basis.WORKING), ledger, calendar).provisional
    assert not due(parse_limit("4d", Basis.WORKING), ledger, calendar).provisional


def test_a_tickets_slice_of_the_calendar_is_small(beijing_settings: CalendarSettings) -> None:
    """It stands in the start argument of every ticket."""
    part = calendar_for(beijing_settings).slice(date(2026, 9, 1), date(2026, 12, 31))
    assert len(part.model_dump_json()) < 420
    assert part.holidays[0] == date(2026, 9, 25)


def test_the_city_works_eight_hours_a_day(beijing_settings: CalendarSettings) -> None:
    """Source: State Council regulation on working hours, art. 3."""
    assert calendar_for(beijing_settings).day_length == timedelta(hours=8)
    assert calendar_for(beijing_settings).weekdays == (1, 2, 3, 4, 5)


def test_every_year_of_the_package_since_2008_is_a_sound_plan() -> None:
    """The checks that an imported year must pass fit nineteen real ones."""
    plans = {year: plan for year, plan in package_plans().items() if year >= 2008}
    assert len(plans) >= 19
    assert {year: plan_problems(plan) for year, plan in plans.items() if plan_problems(plan)} == {}


def test_an_imported_year_makes_its_limits_certain(
    beijing_settings: CalendarSettings, plan_file: Path, data_dir: Path
) -> None:
    """The same limit: provisional by the plain week before, certain over the real holidays after."""
    ledger, limit = Ledger.started(beijing("2026-12-30 10:00")), parse_limit("2d", Basis.WORKING)
    before = due(limit, ledger, calendar_for(beijing_settings, data_dir))
    done = import_plan(plan_file, data_dir)
    after = due(limit, ledger, calendar_for(beijing_settings, data_dir))
    assert done.touched == (2027,)
    assert (shown(before.at), before.provisional) == ("Fri 2027-01-01 18:00", True)
    assert (shown(after.at), after.provisional) == ("Mon 2027-01-04 18:00", False)


def test_an_imported_year_leaves_the_others_as_they_were(
    beijing_settings: CalendarSettings, plan_file: Path, data_dir: Path
) -> None:
    """2024 to 2026 stay the package's."""
    import_plan(plan_file, data_dir)
    until_2026 = calendar_for(beijing_settings, data_dir).slice(date(2024, 1, 1), date(2026, 12, 31))
    assert until_2026 == calendar_for(beijing_settings)


def test_importing_the_same_year_again_changes_nothing(plan_file: Path, data_dir: Path) -> None:
    """Nothing is touched, so nothing is recalculated."""
    import_plan(plan_file, data_dir)
    kept = (data_dir / "calendars" / "2027.yaml").read_bytes()
    again = import_plan(plan_file, data_dir)
    assert again.touched == ()
    assert again.changes() == []
    assert (data_dir / "calendars" / "2027.yaml").read_bytes() == kept


def test_a_changed_year_needs_to_be_said(plan_file: Path, data_dir: Path) -> None:
    """Without it the plan already known stands."""
    import_plan(plan_file, data_dir)
    plan_file.write_text(PLAN_2027.replace("2027-10-07", "2027-10-08"), encoding="utf-8")
    with pytest.raises(KnownYearError, match="--replace"):
        import_plan(plan_file, data_dir)
    changed = import_plan(plan_file, data_dir, replace=True)
    assert changed.changes() == [("+", date(2027, 10, 8), "holiday")]
    assert changed.touched == (2027,)
    assert import_plan(plan_file, data_dir).touched == ()


def test_a_year_of_the_package_can_be_corrected(
    beijing_settings: CalendarSettings, tmp_path: Path, data_dir: Path
) -> None:
    """As in 2020, when the Spring Festival was made longer by a later notice."""
    plan = package_plans()[2026]
    longer = plan.model_copy(
        update={"source": "later notice", "holidays": (*plan.holidays, date(2026, 2, 24))}
    )
    write_plan(tmp_path / "2026.yaml", longer)
    with pytest.raises(KnownYearError, match="chinesecalendar"):
        import_plan(tmp_path / "2026.yaml", data_dir)
    import_plan(tmp_path / "2026.yaml", data_dir, replace=True)
    assert calendar_for(beijing_settings).is_workday(date(2026, 2, 24))
    assert not calendar_for(beijing_settings, data_dir).is_workday(date(2026, 2, 24))


def test_a_plan_may_move_the_last_days_of_the_year_before(
    beijing_settings: CalendarSettings, plan_file: Path, data_dir: Path
) -> None:
    """The notice of 2019 made 31 December 2018 a day off; the running tickets of both years are touched."""
    text = PLAN_2027.replace("2027-01-01..", "2026-12-31..").replace("[2027-02-13", "[2026-12-27, 2027-02-13")
    plan_file.write_text(text, encoding="utf-8")
    assert import_plan(plan_file, data_dir).touched == (2026, 2027)
    calendar = calendar_for(beijing_settings, data_dir)
    assert not calendar.is_workday(date(2026, 12, 31))
    assert calendar.is_workday(date(2026, 12, 27))


def test_a_gap_between_years_is_not_bridged(
    beijing_settings: CalendarSettings, tmp_path: Path, data_dir: Path
) -> None:
    """With 2028 imported and 2027 missing, the calendar is known until 2026 only."""
    file = tmp_path / "2028.yaml"
    file.write_text(PLAN_2028, encoding="utf-8")
    import_plan(file, data_dir)
    calendar = calendar_for(beijing_settings, data_dir)
    assert calendar.known_until == date(2026, 12, 31)
    assert not calendar.is_workday(date(2028, 10, 3))


def test_comparing_does_not_import(plan_file: Path, data_dir: Path) -> None:
    """A clerk looks first."""
    found = compare_plan(plan_file, data_dir)
    assert found.is_new
    assert found.before is None
    assert ("+", date(2027, 10, 9), "workday") in found.changes()
    assert ("+", date(2027, 10, 1), "holiday") in found.changes()
    assert ("+", date(2027, 10, 2), "holiday") not in found.changes()
    assert not data_dir.exists()


def test_a_table_is_read_like_a_list(tmp_path: Path, plan_file: Path) -> None:
    """CSV with a byte order mark and Chinese kinds, as a spreadsheet saves it."""
    plan = read_plan(plan_file)
    rows = [f"{day},放假," for day in plan.holidays] + [f"{day},上班," for day in plan.workdays]
    rows[0] += plan.source
    table = tmp_path / "plan.csv"
    table.write_text("\ufeffdate,kind,source\n" + "\n".join(rows) + "\n", encoding="utf-8")
    assert read_plan(table) == plan


def test_a_written_plan_is_read_back(tmp_path: Path, plan_file: Path) -> None:
    """What lies in the data folder can be imported elsewhere."""
    plan = read_plan(plan_file)
    write_plan(tmp_path / "new folder" / "2027.yaml", plan)
    assert read_plan(tmp_path / "new folder" / "2027.yaml") == plan
    assert [path.name for path in (tmp_path / "new folder").iterdir()] == ["2027.yaml"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("year: 2027", "year: next"), ":1 year: 年份应为数字。 must be a number"),
        (("year: 2027\n", ""), ":1 year: 缺少年份"),
        (("year: 2027", "year: 27"), ":1 year: 缺少年份"),
        (("year: 2027", "year: [2027]"), ":1 year: 年份应为数字"),
        (("source: 关于", "source: ''  #"), ":1 source: 缺少来源"),
        (("source: 关于", "source: [] #"), ":2 source: 来源应为文字"),
        (("workdays: [", "workday: ["), ":11 workday: 未知或重复的字段"),
        (("workdays: [", "year: 2027\nworkdays: ["), "year: 未知或重复的字段"),
        (
            ("workdays: [2027-02-13, 2027-05-08, 2027-09-26, 2027-10-09]", "workdays: 2027-02-13"),
            "must be a list",
        ),
        (("2027-06-09", "2027-06-31"), ":8 holidays: 日期无效"),
        (("2027-06-09", "2027-06-09..2027-06-08"), ":8 holidays: 起止日期有误"),
        (("2027-06-09", "2027-06-09..2027-08-09"), ":8 holidays: 起止日期有误"),
        (("2027-06-09", "2027-05-05..2027-06-01"), ":8 holidays: 2027-05-05 重复"),
        (("2027-06-09", "2028-06-09"), ":8 holidays: 2028-06-09 不属于 2027 年"),
        (("2027-06-09", "2027-07-10"), ":8 holidays: 2027-07-10 本是周末"),
        (("2027-06-09", "2027-07-12"), ":1 holidays: 缺少端午节"),
        (("2027-10-01..2027-10-07", "2027-10-01"), "National Day is missing"),
        (("2027-02-13", "2027-02-15"), ":11 workdays: 2027-02-15 不是周末"),
        (("2027-02-13", "2027-02-06"), ":11 workdays: 2027-02-06 既放假又上班"),
        ((PLAN_2027, "- just a list"), ":1 yaml: 应为键值表"),
        ((PLAN_2027, ""), ":1 yaml: 应为键值表"),
        (("year: 2027", "year: {"), ":3 yaml: 不是有效的 YAML"),
        ((PLAN_2027, "year: \x07"), ":1 yaml: 不是有效的 YAML"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_field(
    plan_file: Path, change: tuple[str, str], complaint: str
) -> None:
    """So that the clerk finds it; in Chinese first."""
    plan_file.write_text(PLAN_2027.replace(*change), encoding="utf-8")
    with pytest.raises(UnsoundPlanError) as refused:
        read_plan(plan_file)
    assert f"{plan_file}:" in refused.value.problems[0]
    assert complaint in str(refused.value)


def test_all_mistakes_are_listed_not_only_the_first(plan_file: Path) -> None:
    """One round of corrections is enough."""
    text = PLAN_2027.replace("2027-06-09", "2027-07-10").replace("2027-02-13", "2027-02-15")
    plan_file.write_text(text, encoding="utf-8")
    with pytest.raises(UnsoundPlanError) as refused:
        read_plan(plan_file)
    assert len(refused.value.problems) == 3


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("date,what\n", ":1 kind, source: 表头缺少该列"),
        ("", ":1 date, kind, source: 表头缺少该列"),
        ("date,kind,source\n2027-10-01,off,a notice\n", ":2 kind: 应为 holiday 或 workday"),
        ("date,kind,source\n2027-10-01\n", ":2 kind: 应为 holiday 或 workday"),
        ("date,kind,source\nfirst,holiday,a notice\n", ":2 holidays: 日期无效"),
        ("date,kind,source\n", ":1 year: 缺少年份"),
    ],
)
def test_a_mistake_in_a_table_is_named_with_its_line(tmp_path: Path, table: str, complaint: str) -> None:
    """As in the other form."""
    path = tmp_path / "plan.csv"
    path.write_text(table, encoding="utf-8")
    with pytest.raises(UnsoundPlanError) as refused:
        read_plan(path)
    assert complaint in str(refused.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(tmp_path: Path, content: bytes | None) -> None:
    """Missing, or no text."""
    path = tmp_path / "plan.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnsoundPlanError, match="cannot be read"):
        read_plan(path)


def test_a_spoilt_file_in_the_data_folder_is_loud(
    beijing_settings: CalendarSettings, plan_file: Path, data_dir: Path
) -> None:
    """Going on with half a calendar would be silently wrong."""
    import_plan(plan_file, data_dir)
    (data_dir / "calendars" / "2027.yaml").write_text("year: 2027", encoding="utf-8")
    with pytest.raises(UnsoundPlanError, match=r"2027\.yaml"):
        calendar_for(beijing_settings, data_dir)


def test_every_feast_is_asked_for() -> None:
    """A plan without a day off lacks all seven."""
    empty = YearPlan(year=2027, source="none", holidays=(), workdays=())
    assert len(plan_problems(empty)) == len(FEASTS) == 7


def test_an_edition_inherits_the_calendar_of_the_one_it_extends(tmp_path: Path) -> None:
    """It states its own only where it differs."""
    _edition(
        tmp_path,
        "base",
        calendar="name: base\ntitle: {zh: 基, en: base}\nweekdays: [Sat]\n"
        "segments: ['09:00-10:00']\nfirst_year: 2025\n",
    )
    _edition(tmp_path, "middle", extends="base")
    _edition(tmp_path, "top", extends="middle")
    calendar = calendar_for(calendar_settings("top", tmp_path))
    assert (calendar.name, calendar.weekdays, calendar.known_from) == ("base", (6,), date(2025, 1, 1))


@pytest.mark.parametrize(
    ("calendar", "complaint"),
    [
        (None, "extends none that has one"),
        ("name: [", "不是有效的 YAML"),
        ("name: x", "segments: Field required"),
        (
            "name: x\ntitle: {zh: 甲, en: a}\nweekdays: [Funday]\nsegments: []\nfirst_year: 2024",
            "weekdays: .*Funday",
        ),
    ],
)
def test_wrong_calendar_settings_name_file_and_field(
    tmp_path: Path, calendar: str | None, complaint: str
) -> None:
    """The edition's author finds the mistake."""
    _edition(tmp_path, "odd", calendar=calendar)
    with pytest.raises(ValueError, match=f"(?s)calendar.yaml.*{complaint}"):
        calendar_settings("odd", tmp_path)


def test_an_edition_without_any_file_has_no_calendar(tmp_path: Path) -> None:
    """A misspelt edition is named."""
    with pytest.raises(ValueError, match="nowhere"):
        calendar_settings("nowhere", tmp_path)


def test_office_hours_follow_the_published_holidays(beijing_settings: CalendarSettings) -> None:
    """Closed on National Day, open on the make-up Saturday of 2026."""
    office = ServiceHours.parse("Mon-Fri 09:00-12:00 13:30-18:00")
    calendar: Calendar = calendar_for(beijing_settings)
    assert not office.is_open(beijing("2026-10-01 10:00"), calendar)
    assert office.is_open(beijing("2026-10-10 10:00"), calendar)


def _edition(root: Path, name: str, *, extends: str | None = None, calendar: str | None = None) -> None:
    folder = root / name
    folder.mkdir()
    (folder / "edition.yaml").write_text(f"name: {name}\nextends: {extends or 'null'}\n", encoding="utf-8")
    if calendar is not None:
        (folder / "calendar.yaml").write_text(calendar, encoding="utf-8")
