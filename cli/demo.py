"""`jiesu demo`: one command that shows the whole system at work and ends by itself."""

import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from clock import utc_now
from settings import Settings, child_environment, from_process

MOST_MINUTES = 9.0
_NARROW = 100

app = typer.Typer(help="演示 / the demonstration", pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def demo(
    data: Annotated[
        Path | None,
        typer.Option(help="数据文件夹,须为空;缺省新建 / data folder, must be empty; default: a new one"),
    ] = None,
    requests: Annotated[int, typer.Option(min=1, max=2000, help="诉求件数 / how many requests")] = 240,
    minutes: Annotated[
        float, typer.Option(min=0.5, max=MOST_MINUTES, help="最长几分钟 / how long at most")
    ] = 7.0,
    seed: Annotated[int, typer.Option(help="随机种子 / seed of chance")] = 12345,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="结束后保持运行,按 Ctrl-C 停止 / keep the services running until Ctrl-C"),
    ] = False,
    linger: Annotated[
        float | None, typer.Option(min=0, help="结束后保持运行的秒数 / seconds to keep running afterwards")
    ] = None,
) -> None:
    """演示:启动全部服务,登记诉求,一小时压成一秒,自行结束并交代每一件的去向。

    Start everything, file requests, let an hour last a second, and account for every request at the end.
    """
    from simulation.demo import EDITION, Plan, play
    from simulation.services import running, with_free_ports

    signal.signal(signal.SIGTERM, _leave)
    console = Console(width=None if sys.stdout.isatty() else _NARROW)
    settings = with_free_ports(_settings(_fresh(data), EDITION))
    console.print(f"数据文件夹 data folder: {settings.data_dir}", highlight=False, soft_wrap=True)
    console.print("正在启动服务 starting the services …", highlight=False)
    with running(settings, child_environment()) as address:
        _say_where(console, settings, address)
        counts = play(address, Plan(requests, minutes * 60, seed, settings.sample_data), console, utc_now)
        _say_where(console, settings, address)
        _stay(console, _seconds_to_stay(linger, keep=keep))
    again = f"jiesu up --data {settings.data_dir} --edition {EDITION}"
    console.print(f"服务已停止,再看 stopped; to look again: {again}", highlight=False, soft_wrap=True)
    raise typer.Exit(0 if counts else 1)


def _settings(folder: Path, edition: str) -> Settings:
    """Return the settings of the environment for a run of its own: nothing of an installation is touched."""
    own = {"data_dir": folder, "edition": edition, "host": "127.0.0.1"}
    theirs = {"database_url": None, "temporal_address": None, "master_key_file": None}
    return from_process({**own, **theirs})


def _fresh(data: Path | None) -> Path:
    """Return an empty folder: a new one below the system's own for such things, or `data`."""
    if data is None:
        return Path(tempfile.mkdtemp(prefix="jiesu-demo-"))
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise typer.BadParameter(
            f"{data} 不是空文件夹;演示只用新的数据文件夹。 {data} is not an empty folder; "
            "the demonstration runs in a fresh one."
        )
    return data.absolute()


def _say_where(console: Console, settings: Settings, address: str) -> None:
    console.print(
        f"Temporal 界面 UI: http://127.0.0.1:{settings.ui_port}   接口 API: {address}",
        highlight=False,
        soft_wrap=True,
    )


def _seconds_to_stay(linger: float | None, *, keep: bool) -> float | None:
    """Return how long the services stay up: null: until Ctrl-C; a minute on a terminal, else no time."""
    if keep:
        return None
    if linger is not None:
        return linger
    return 60.0 if sys.stdout.isatty() else 0.0


def _stay(console: Console, seconds: float | None) -> None:
    """Leave the services up for `seconds` (null: without end), or until Ctrl-C."""
    if seconds == 0:
        return
    until_zh, until_en = ("按 Ctrl-C 停止", "until Ctrl-C")
    if seconds is not None:
        until_zh, until_en = (f"{seconds:g} 秒后停止,或按 Ctrl-C", f"for {seconds:g} s, or until Ctrl-C")
    console.print(f"服务仍在运行,{until_zh}。 The services stay up {until_en}.", highlight=False)
    end = None if seconds is None else time.monotonic() + seconds
    try:
        while end is None or time.monotonic() < end:
            time.sleep(0.2)
    except KeyboardInterrupt:
        console.print()


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """End as if by Ctrl-C, so that the services are stopped on the way out."""
    raise KeyboardInterrupt
