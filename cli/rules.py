"""`jiesu rules …`: check an edition, show it, ask whom it names and which category fits a text."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.lazy import lazy
from clock import utc_now
from domain.errors import UnknownCode
from domain.terms import Place
from domain.time.limits import Limit
from domain.time.speech import spoken_limit
from domain.vocabulary import ClockName, UnitKind
from rules.loading import UnsoundEditionError
from rules.pack import RulePack
from rules.propose import propose
from rules.reading import editions, load
from rules.resolve import norms, tier_of
from rules.routing import explain

DEFAULT = "beijing"

_MODULES = {
    "calendar": "cli.calendar",
    "proposals": "cli.proposals",
    "diff": "cli.edition",
    "preview": "cli.edition",
    "adopt": "cli.edition",
}

app = typer.Typer(
    cls=lazy(_MODULES),
    help="规则库：检查、查询、节假日 / the rules: check, look up, calendars",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Edition = Annotated[str, typer.Argument(help="规则版本。 The edition of the rules.")]
EditionOption = Annotated[str, typer.Option("--edition", help="规则版本。 The edition of the rules.")]
Root = Annotated[
    Path | None, typer.Option("--root", help="规则目录,缺省为随产品的规则。 The folder of the editions.")
]


@app.command("check")
def check_editions(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="规则版本,缺省为全部。 The editions; all of them by default.", metavar="[EDITION]…"
        ),
    ] = None,
    root: Root = None,
) -> None:
    """检查规则版本,列出全部问题。 Check editions and list every problem; exit 1 if there is one."""
    unsound = 0
    for name in names or editions(root):
        try:
            pack = load(name, root)
        except UnsoundEditionError as failure:
            unsound += 1
            for problem in failure.problems:
                typer.echo(str(problem), err=True)
            count = len(failure.problems)
            typer.echo(f"规则“{name}”有{count}处问题。 Edition {name} has {count} problems.", err=True)
            continue
        zh, en = _counts(pack)
        typer.echo(f"规则 {pack.identity} 无误:{zh}。 Sound: {en}.")
    if unsound:
        raise typer.Exit(1)


@app.command()
def show(edition: Edition = DEFAULT, root: Root = None) -> None:
    """显示规则版本的时限及其来源。 Show the limits of an edition and where each comes from."""
    pack = _load(edition, root)
    settings = pack.settings
    table = Table(title=f"{settings.title.zh} {settings.title.en}\n{pack.identity}")
    for heading in ("时限 limit", "分级 tier", "长度 length", "来源 source"):
        table.add_column(heading, overflow="fold")
    rules = {
        ClockName.SIGN_BY: settings.sign,
        ClockName.CONTACT_BY: settings.contact,
        ClockName.FEEDBACK_BY: settings.tiers,
    }
    for clock, by_tier in rules.items():
        for tier, rule in by_tier.items():
            length = _spoken(settings.paced(rule.counted))
            table.add_row(f"{clock.zh} {clock.en}", tier.en, length, rule.ground)
    for row in pack.norms:
        what = f"{ClockName(row.clock).zh} {pack.categories[row.category].zh}"
        where = "" if row.place == "*" else f" {pack.units[row.place].zh}"
        length = _spoken(settings.paced(row.counted)) if row.counted else "按分级 as the tier"
        table.add_row(what + where, "–", length, row.source)
    Console().print(table)
    zh, en = _counts(pack)
    typer.echo(f"{zh}。 {en}.")


@app.command()
def route(
    category: Annotated[str | None, typer.Option(help="类别编号或名称。 Category, by code or name.")] = None,
    district: Annotated[str | None, typer.Option(help="区。 District, by code or name.")] = None,
    town: Annotated[str | None, typer.Option(help="街道(乡镇)。 Street or town, by code or name.")] = None,
    edition: EditionOption = DEFAULT,
    root: Root = None,
) -> None:
    """查询派单目录:派给谁、为什么、时限多长。 Ask whom the directory names, why, and with which limits."""
    pack = _load(edition, root)
    now = utc_now()
    try:
        place = pack.place(district, town)
        matter = pack.category(category).code if category else None
    except UnknownCode as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(1) from None
    found = explain(pack, matter, place, now)
    routing = found.routing
    typer.echo(f"{routing.why_zh}\n{routing.why_en}")
    typer.echo(f"{routing.row} ({pack.identity})")
    if not routing.certain:
        typer.echo("须由派单员研判。 A dispatcher decides.")
    for other in found.runners_up:
        typer.echo(f"  其次 next: {other.lead.zh} {other.lead.en} {other.mode.zh} {other.row}")
    _show_limits(pack, matter, place, now)


@app.command("propose")
def propose_category(
    text: Annotated[str, typer.Argument(help="诉求内容。 The description.")],
    edition: EditionOption = DEFAULT,
    root: Root = None,
) -> None:
    """按关键词建议类别,没有把握时不建议。 Propose a category by its words, or none when unsure."""
    proposal = propose(_load(edition, root), text)
    if proposal.category:
        typer.echo(f"{proposal.category.code} {proposal.category.zh} {proposal.category.en}")
    else:
        typer.echo("没有把握,请人工分类。 Not sure: a person should choose the category.")
    for candidate in proposal.candidates:
        words = "、".join(candidate.words)
        typer.echo(f"  {candidate.score:6.1f} {candidate.category.code} {candidate.category.zh} ({words})")


def _load(edition: str, root: Path | None) -> RulePack:
    try:
        return load(edition, root)
    except UnsoundEditionError as failure:
        typer.echo(str(failure), err=True)
        raise typer.Exit(1) from None


def _show_limits(pack: RulePack, matter: str | None, place: Place, now: datetime) -> None:
    tier = tier_of(pack, matter, place, now)
    typer.echo(f"{tier.zh} {tier.en}")
    for clock, norm in norms(pack, matter, place, tier).items():
        typer.echo(f"  {clock.zh} {clock.en}: {_spoken(norm.limit)} ({norm.source})")


def _spoken(limit: Limit) -> str:
    """Return `limit` in both languages, with the time it counts where the unit does not say it."""
    zh, en = spoken_limit(limit)
    return f"{zh} {en}" if limit.in_days else f"{zh} {en} ({limit.basis.zh} {limit.basis.en})"


def _counts(pack: RulePack) -> tuple[str, str]:
    """Return how much the edition holds, in Chinese and in English."""
    levels = [sum(1 for node in pack.categories.values() if node.level == level) for level in (1, 2, 3)]
    kinds = {kind: len(pack.of_kind(kind)) for kind in UnitKind}
    units_zh = "、".join(f"{kind.zh}{count}" for kind, count in kinds.items())
    units_en = ", ".join(f"{count} {kind.en}" for kind, count in kinds.items())
    tree = "/".join(map(str, levels))
    zh = (
        f"类别{tree},单位{len(pack.units)}({units_zh}),"
        f"派单目录{len(pack.directory)}行,专项时限{len(pack.norms)}行"
    )
    en = (
        f"categories {tree}, units {len(pack.units)} ({units_en}), directory {len(pack.directory)} rows, "
        f"norms {len(pack.norms)} rows"
    )
    return zh, en
