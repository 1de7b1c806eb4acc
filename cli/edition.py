"""`jiesu rules diff|preview|adopt`: another edition of the rules over the tickets that run."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from activities.rulebook import Rulebook
from cli.diff import add_diff
from cli.settings_of import settings_in
from clock import utc_now
from domain.adopt.effects import Preview
from domain.errors import Refused
from domain.masking import is_personal
from domain.messages import Actor, AdoptEdition, AdoptionProgress, Code
from domain.vocabulary import AdoptionMode, Role
from embedded.running import find
from engine.connection import connect_engine
from engine.starting import adoption_id, start_adoption
from operations.preview import preview
from readmodel import Database, connect, editions
from rules.loading import UnsoundEditionError
from settings import Settings

Edition = Annotated[str, typer.Argument(help="规则版本:名称或 name@hash。 Name, or name@hash.")]
Mode = Annotated[AdoptionMode, typer.Option("--mode", help="适用方式 pinned, next_step or now")]
Data = Annotated[Path | None, typer.Option("--data", help="数据文件夹 data folder (JIESU_DATA)")]
By = Annotated[str | None, typer.Option("--by", help="经办人工号 staff code of who answers for it")]
_DISTRICTS = 20


def add_to(app: typer.Typer, settings: Callable[[Path | None], Settings] = settings_in) -> None:
    """Give `app` the commands; `settings` returns those of the installation in a data folder."""

    def fetch(identity: str) -> Mapping[str, str]:
        return _run(settings(None), lambda database: editions.fetch(database, identity))

    add_diff(app, fetch)

    @app.command("preview")
    def preview_edition(
        edition: Edition,
        mode: Mode = AdoptionMode.NOW,
        data: Data = None,
        *,
        as_json: Annotated[bool, typer.Option("--json", help="输出 JSON print JSON")] = False,
    ) -> None:
        """预览规则版本对在办工单的影响,不作任何改动。 What an edition would do to running tickets."""
        found = _or_exit(lambda: _previewed(settings(data), edition, mode))
        if as_json:
            typer.echo(found.model_dump_json(indent=2))
        else:
            _show(found)

    @app.command("adopt")
    def adopt_edition(
        edition: Edition,
        mode: Annotated[AdoptionMode | None, typer.Option("--mode", help="适用方式 how")] = None,
        by: By = None,
        data: Data = None,
        *,
        stop: Annotated[bool, typer.Option("--stop", help="停止;已适用的不变 stop it")] = False,
    ) -> None:
        """在办工单采用规则版本,分批进行,可查看可停止。 Have running tickets adopt an edition."""
        if stop:
            _or_exit(lambda: _stopped(settings(data), edition))
            return
        if mode is None or by is None:
            _fail("须写明 --mode 与 --by。 Say --mode (pinned, next_step, now) and --by (a staff code).")
        actor = _actor(by)
        done = _or_exit(lambda: _adopted(settings(data), edition, mode, actor))
        word = ("已停止", "stopped") if done.stopped else ("完成", "done")
        typer.echo(f"{word[0]}:已通知{done.tickets}件工单。 {word[1]}: {done.tickets} tickets notified.")
        if done.untold:
            left, first = len(done.untold), done.untold[0]
            typer.echo(
                f"{left}件未通知到,请再次下达。 {left} could not be notified, order it again: {first} …"
            )


def _or_exit(act: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever `act` returns
    """Return what `act` returns; a refusal and an unsound edition end the command with their sentences."""
    try:
        return act()
    except (Refused, UnsoundEditionError) as trouble:
        _fail(str(trouble))


def _fail(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)


def _actor(by: str) -> Actor:
    """Return who answers for the act: a staff code, for it stands in histories as it is."""
    try:
        code: str = TypeAdapter(Code).validate_python(by)
    except ValidationError:
        code = ""
    if not code or is_personal(code):
        _fail("--by 应为工号(字母、数字)。 --by is a staff code: letters, digits and . _ @ / - only.")
    return Actor(role=Role.SYSTEM, person=code)


def _run(settings: Settings, act: Callable[[Database], Any]) -> Any:  # noqa: ANN401 - whatever `act` returns
    """Return what `act` makes of the installation's database."""

    async def run() -> Any:  # noqa: ANN401 - see above
        database = connect(find(settings).database_url or "", 4)
        try:
            return await act(database)
        finally:
            await database.dispose()

    return asyncio.run(run())


def _previewed(settings: Settings, edition: str, mode: AdoptionMode) -> Preview:
    async def look(database: Database) -> Preview:
        rulebook = Rulebook(settings.edition, settings.data_dir, database, settings.rules_dir)
        pack = await rulebook.look_at(edition)
        order = AdoptEdition(actor=Actor(role=Role.SYSTEM), edition=pack.identity, mode=mode)
        return await preview(database, rulebook, pack, order, utc_now())

    return _run(settings, look)


def _adopted(settings: Settings, edition: str, mode: AdoptionMode, actor: Actor) -> AdoptionProgress:
    async def adopt(database: Database) -> AdoptionProgress:
        rulebook = Rulebook(settings.edition, settings.data_dir, database, settings.rules_dir)
        pack = await rulebook.find(edition)
        client = await connect_engine(find(settings))
        order = AdoptEdition(actor=actor, edition=pack.identity, mode=mode)
        handle = await start_adoption(client, order, settings.task_queue)
        typer.echo(f"{mode.zh} {pack.identity}: {handle.id}")
        return await _watched(client, handle)

    return _run(settings, adopt)


async def _watched(client: Client, handle: WorkflowHandle[Any, AdoptionProgress]) -> AdoptionProgress:
    """Show how far it is until it is over; it goes on when this command is interrupted."""
    result = asyncio.create_task(handle.result())
    with Progress(console=Console(), transient=True) as bar:
        task = bar.add_task("采用 adopting", total=None)
        while not result.done():
            await asyncio.wait([result], timeout=1)
            if not result.done():
                watched = client.get_workflow_handle(handle.id)
                progress = await watched.query("progress", result_type=AdoptionProgress)
                bar.update(task, completed=progress.tickets, description=f"采用 {progress.tickets}")
    return await result


def _stopped(settings: Settings, edition: str) -> None:
    async def stop() -> None:
        client = await connect_engine(find(settings))
        handle = client.get_workflow_handle(adoption_id(edition))
        try:
            await handle.signal("stop")
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            _fail(f"没有正在适用的规则版本 {edition}。 No adoption of {edition} is under way.")
        progress = await handle.query("progress", result_type=AdoptionProgress)
        typer.echo(f"已停止,已通知{progress.tickets}件工单。 Stopped; {progress.tickets} tickets notified.")

    if "@" not in edition:
        _fail("停止时请写 name@hash。 To stop one, give it as name@hash.")
    asyncio.run(stop())


def _show(found: Preview) -> None:
    typer.echo(f"{found.edition} {found.mode.zh} {found.mode.en}")
    lines = (
        ("在办工单", "open tickets", found.tickets),
        ("其中将有变化或记录", "on which it would leave a trace", found.adopting),
        ("该版本无此事项或地点,维持原规", "the edition has no answer for: they stay", found.unresolved),
        ("时限提前的时钟", "clocks due earlier", found.clocks_earlier),
        ("时限推后的时钟", "clocks due later", found.clocks_later),
        ("其中对诉求人的承诺提前", "of these, promises to requesters earlier", found.promises_earlier),
        ("其中对诉求人的承诺推后", "of these, promises to requesters later", found.promises_later),
        ("不再要求的时限", "obligations that lapse", found.lapsed),
        ("立即逾期的时限", "obligations overdue at once", found.overdue_at_once),
        ("立即提级的工单", "tickets that climb at once", found.escalated_at_once),
        ("时间减少的单位", "units that lose time", found.units_losing),
        ("时间增加的单位", "units that gain time", found.units_gaining),
        ("目录另有所指(不改派)", "its directory names elsewhere (they stay)", found.named_elsewhere),
    )
    for zh, en, count in lines:
        typer.echo(f"  {zh} {en}: {count}")
    table = Table()
    for heading in ("区 district", "工单 tickets", "提前 earlier", "推后 later", "提级 climb"):
        table.add_column(heading)
    for one in found.districts[:_DISTRICTS]:
        counts = (one.tickets, one.earlier, one.later, one.escalated)
        table.add_row(f"{one.district.zh}", *map(str, counts))
    Console().print(table)
    if found.examples:
        typer.echo("立即提级 climb at once: " + " ".join(found.examples))


app = typer.Typer()
add_to(app)
