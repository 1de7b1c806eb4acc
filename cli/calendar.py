"""The command `jiesu rules calendar`: look at a year's working days, and add a year when it is published."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from rules.calendar_files import UnsoundPlanError
from rules.calendars import (
    RULES,
    CalendarSettings,
    Import,
    KnownYearError,
    calendar_for,
    calendar_settings,
    compare_plan,
    import_plan,
    year_plans,
)

_KINDS = {"holiday": "放假 holiday", "workday": "上班 workday"}
_WEEK = "一二三四五六日"

Data = Annotated[Path | None, typer.Option("--data", help="数据目录。 The data folder.")]
Edition = Annotated[str, typer.Option(help="规则版本。 The edition of the rules.")]
Reevaluate = Callable[[Path, tuple[int, ...]], None]
"""Recalculates the running tickets of the installation in a data folder, after the given years changed."""


def warn_of_old_calendar(_data_dir: Path, years: tuple[int, ...]) -> None:
    """Say that running tickets keep their calendar until they are recalculated."""
    names = ", ".join(map(str, years))
    typer.echo(f"在办工单尚未按 {names} 重新计算。 Running tickets were not yet recalculated for {names}.")


def build_app(
    data_dir: Callable[[], Path],
    reevaluate_running_tickets: Reevaluate = warn_of_old_calendar,
    rules_dir: Callable[[], Path] = lambda: RULES,
) -> typer.Typer:
    """Return the commands.

    `data_dir` names the data folder unless a command is given one, `rules_dir` the folder of the editions.
    `reevaluate_running_tickets` is called with the data folder and the touched years after an import that
    changed something.
    """
    app = typer.Typer(help="工作日历。 The working calendar.", no_args_is_help=True)

    @app.command("import")
    def import_year(
        file: Annotated[Path, typer.Argument(help="年度安排,YAML 或 CSV。 A year's plan, YAML or CSV.")],
        edition: Edition = "beijing",
        data: Data = None,
        *,
        replace: Annotated[
            bool, typer.Option("--replace", help="更换已有年份。 Change a year that is known.")
        ] = False,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="只看差异。 Only show what would change.")
        ] = False,
    ) -> None:
        """导入一年的放假安排。 Add the holiday plan of a year."""
        folder = data or data_dir()
        try:
            settings = calendar_settings(edition, rules_dir())
            found = compare_plan(file, folder)
            _show_changes(found)
            _refuse_early_year(found, settings)
            if dry_run:
                return
            done = import_plan(file, folder, replace=replace)
        except (UnsoundPlanError, KnownYearError, ValueError, OSError) as refused:
            typer.echo(str(refused), err=True)
            raise typer.Exit(1) from None
        if not done.touched:
            return
        until = calendar_for(settings, folder).known_until
        typer.echo(
            f"已导入 {done.plan.year} 年,日历已知至 {until}。 Imported; the calendar is known until {until}."
        )
        reevaluate_running_tickets(folder, done.touched)

    @app.command("show")
    def show_year(
        year: Annotated[int, typer.Argument(help="年份。 The year.")],
        data: Data = None,
    ) -> None:
        """显示一年的放假与调休。 Show the holidays and make-up workdays of a year."""
        try:
            plan = year_plans(year, data or data_dir()).get(year)
        except UnsoundPlanError as refused:
            typer.echo(str(refused), err=True)
            raise typer.Exit(1) from None
        if plan is None:
            typer.echo(
                f"{year} 年安排尚未公布,工作时间的期限为暂定。 "
                f"The plan of {year} is not published: limits in working time are provisional.",
                err=True,
            )
            raise typer.Exit(1)
        typer.echo(f"{year} 来源 source: {plan.source}")
        for day, kind in sorted(plan.exceptions.items()):
            typer.echo(f"  {day} 周{_WEEK[day.weekday()]} {_KINDS[kind]}")

    return app


def _refuse_early_year(found: Import, settings: CalendarSettings) -> None:
    if found.plan.year < settings.first_year:
        raise ValueError(
            f"规则从 {settings.first_year} 年起。 the edition begins with {settings.first_year}: "
            f"it would never read {found.plan.year}"
        )


def _show_changes(found: Import) -> None:
    plan = found.plan
    typer.echo(f"{plan.year} 来源 source: {plan.source}")
    if not found.is_new:
        typer.echo("与已有安排相同,未作更改。 The same as the plan already known; nothing changed.")
        return
    if found.before is not None:
        typer.echo(f"  原来源 replaces: {found.before.source}")
    for mark, day, kind in found.changes():
        typer.echo(f"  {mark} {day} 周{_WEEK[day.weekday()]} {_KINDS[kind]}")


def configured_data_dir() -> Path:
    """Return the data folder that the environment names."""
    from settings import from_process  # needed only when a command runs

    return from_process().data_dir


def _count_again(data_dir: Path, _years: tuple[int, ...]) -> None:
    from cli.recalculate import recalculate_running_tickets  # the engine's client is slow to import
    from cli.settings_of import settings_in

    recalculate_running_tickets(settings_in(data_dir))


def _rules_dir() -> Path:
    from cli.settings_of import settings_of

    return settings_of().rules_dir or RULES


app = build_app(configured_data_dir, _count_again, _rules_dir)
