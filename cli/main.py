"""The command `jiesu`: reads the settings, calls one part, and ends the process in an orderly way."""

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from cli.lazy import lazy
from cli.settings_of import settings_of
from settings import BadSetting, Settings, child_environment

if TYPE_CHECKING:
    from uvicorn import Config

_MODULES = {
    "rules": "cli.rules",
    "ticket": "cli.ticket",
    "demo": "cli.demo",
    "replay": "cli.release",
    "rebuild": "cli.rebuild",
    "revive": "cli.revive",
    "backup": "cli.backup",
    "restore": "cli.backup",
    "feed": "cli.records",
}

app = typer.Typer(
    name="jiesu",
    cls=lazy(_MODULES),
    help="接诉：城市诉求办理，一件诉求一条工作流。\n\n"
    "Jiesu: a city's complaint hotline, one workflow per ticket.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}

Data = Annotated[
    Path | None,
    typer.Option(help="数据文件夹 / data folder (JIESU_DATA)", readable=False),  # the message is our own
]


def _tell_version(asked: bool) -> None:
    if asked:
        from cli.release import print_version

        print_version(settings_of())
        raise typer.Exit


_VERSION = typer.Option(
    "--version", is_eager=True, callback=_tell_version, help="版本 / release and build id"
)


@app.callback()
def which(version: Annotated[bool, _VERSION] = False) -> None:
    """Print the version where that is asked for."""
    del version


@app.command(
    help="启动全部服务，就绪后输出一行 ready / Run everything, say `ready …` when requests can be filed"
)
def up(
    data: Data = None,
    port: Annotated[int | None, typer.Option(help="接口端口 / port of the API (JIESU_PORT)")] = None,
    temporal_port: Annotated[int | None, typer.Option(help="Temporal 端口 / its port")] = None,
    ui_port: Annotated[int | None, typer.Option(help="Temporal 界面端口 / port of its UI")] = None,
    edition: Annotated[str | None, typer.Option(help="规则版本 / edition of the rules")] = None,
) -> None:
    """Run everything; print one line `ready …` when requests can be filed."""
    from embedded.supervisor import up as run_everything

    settings = settings_of(
        data_dir=data, port=port, temporal_port=temporal_port, ui_port=ui_port, edition=edition
    )
    _refuse_remote(settings)
    _refuse_unsound(settings)
    run_everything(settings, child_environment(), lambda url: print(f"ready {url}", flush=True))  # noqa: T201


@app.command(help="只运行接口 / Run the HTTP API alone")
def api() -> None:
    """Run the HTTP API alone."""
    from readmodel.vault import BadVault
    from rules.loading import UnsoundEditionError
    from telemetry.logs import configure_logs

    settings = settings_of()
    _refuse_remote(settings)
    configure_logs(settings.log_level, settings.log_format)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)  # `api_ready` says what its start lines do
    try:
        _run(_serve(settings))
    except (BadVault, UnsoundEditionError) as trouble:
        _fail(trouble)


async def _serve(settings: Settings) -> None:
    """Serve the API until SIGINT or SIGTERM.

    What keeps it from working is raised before it listens, for uvicorn would print a traceback: BadSetting,
    BadVault, UnsoundEditionError. A database that is away does not: see `api.app`.
    """
    import uvicorn

    from api.app import build_app
    from api.hotline import open_hotline
    from domain.errors import Unavailable
    from telemetry.tracing import traced

    tracing = traced(settings, "jiesu-api")
    hotline = await open_hotline(settings, tracing)
    try:
        with contextlib.suppress(Unavailable):
            await hotline.prepare()
        app = build_app(settings, hotline)
        if tracing:
            tracing.on_app(app)
        await uvicorn.Server(server_config(settings, app)).serve()
    finally:
        await hotline.close()
        if tracing:
            tracing.close()


def server_config(settings: Settings, app: Any) -> "Config":  # noqa: ANN401 - any ASGI application
    """Return how `app` is served: who asks is believed to be another from the trusted proxies alone."""
    import uvicorn

    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
    )


@app.command(help="只运行工作进程 / Run the Temporal worker alone")
def worker() -> None:
    """Run the Temporal worker alone."""
    from worker import run_worker

    settings = settings_of()
    _refuse_unsound(settings)
    _run(run_worker(settings))


@app.command(help="升级数据库与 Temporal 命名空间 / Bring database and namespace up to date")
def migrate(
    complete: Annotated[
        bool,
        typer.Option(
            "--complete",
            help="旧版进程全部停止后:补记其未写的数据 / add what older workers left out",
        ),
    ] = False,
) -> None:
    """Bring the schema of the database and the namespace of the engine up to date."""
    from embedded.preparation import prepare
    from readmodel import BadSchema

    settings = settings_of()
    try:
        for line in prepare(settings):
            print(line, flush=True)  # noqa: T201
        if complete:
            from cli.release import complete as add_what_is_missing

            add_what_is_missing(settings)
    except BadSchema as trouble:
        _fail(trouble)


@app.command()
def reconcile(
    data: Data = None,
) -> None:
    """对账：已发出的编号与工作流应一一对应。

    Hold issued numbers against workflows; exit code 1 when they differ.
    """
    from cli.reconcile import reconcile as hold_together

    raise typer.Exit(hold_together(settings_of(data_dir=data)))


@app.command()
def doctor(
    data: Data = None,
    api: Annotated[str | None, typer.Option(help="接口地址 / address of the API to ask")] = None,
    backups: Annotated[Path | None, typer.Option(help="备份文件夹 / folder of the backups")] = None,
    wait: Annotated[float, typer.Option(help="等到正常的秒数 / seconds to wait until sound", min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON")] = False,
) -> None:
    """体检：检查本安装，说明问题与处理办法。

    Examine an installation and explain what is wrong and what to do; exit code 1 for findings.
    """
    from cli.doctor import run, unusable_setting
    from doctor.installation import look

    try:
        code = run(look(settings_of(data_dir=data), api, backups), as_json=as_json, wait=wait)
    except BadSetting as trouble:  # also of a TLS file, which is read where the engine is asked
        code = unusable_setting(trouble, as_json=as_json)
    raise typer.Exit(code)


@app.command()
def history(
    number: Annotated[str, typer.Argument(help="工单或并单事件编号 / number of a ticket or an incident")],
    data: Data = None,
    replay: Annotated[bool, typer.Option("--replay", help="用现行代码重放 / play it again")] = False,
    output: Annotated[Path | None, typer.Option(help="写出 JSON 的文件夹 / folder to write JSON to")] = None,
) -> None:
    """流程历史：从引擎或归档取出，可重放。

    Show every run of a ticket's workflow, from the engine or the archive; exit code 1 if one does not replay.
    """
    from cli.history import show

    raise typer.Exit(show(settings_of(data_dir=data), number, replay=replay, output=output))


def _run(part: Coroutine[object, object, None]) -> None:
    """Run `part` to its end, on the faster event loop where the system has it."""
    import uvicorn

    with asyncio.Runner(loop_factory=uvicorn.Config("", log_config=None).get_loop_factory()) as runner:
        runner.run(part)


def _fail(trouble: Exception) -> NoReturn:
    """Print the sentence of `trouble` and end the command with exit code 1."""
    print(str(trouble), file=sys.stderr)  # noqa: T201
    raise typer.Exit(1)


def _refuse_remote(settings: Settings) -> None:
    """Keep the API on loopback while there are no accounts. Raises BadSetting."""
    if settings.host not in _LOOPBACK and not settings.allow_remote:
        raise BadSetting(
            f"尚无账号体系，接口只能监听本机，而不是 {settings.host}；"
            "确需开放请设 JIESU_ALLOW_REMOTE=true。 / "
            f"There are no accounts yet, so the API listens on this machine only, not on {settings.host}; "
            "set JIESU_ALLOW_REMOTE=true to open it all the same."
        )


def _refuse_unsound(settings: Settings) -> None:
    """Load the rules before anything starts: a mistake is reported here, not by a worker that dies."""
    from rules.loading import UnsoundEditionError
    from rules.reading import load

    try:
        load(settings.edition, settings.rules_dir)
    except UnsoundEditionError as trouble:
        _fail(trouble)


def main() -> None:
    """Run the command line; expected trouble is one sentence and exit code 1, the rest is a traceback."""
    from domain.errors import Refused
    from engine.errors import CannotStart

    code = 1
    try:
        app(standalone_mode=True)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    except (BadSetting, CannotStart, Refused) as trouble:
        print(str(trouble), file=sys.stderr)  # noqa: T201
    except KeyboardInterrupt:
        code = 130
    except Exception:
        logging.getLogger("jiesu").exception("程序缺陷 / this is a bug")
    _leave(code)


def _leave(code: int) -> None:
    """End the process without the interpreter's own clearing-up.

    The SDK's threads may still hold Python objects after the last call; an interpreter that ends under them
    aborts now and then. What has to be written is written here.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            code = code or 1
    logging.shutdown()
    time.sleep(0)
    os._exit(code)


if __name__ == "__main__":
    main()
