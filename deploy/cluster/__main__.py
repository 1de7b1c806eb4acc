"""The command line `python -m deploy.cluster`."""

import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from deploy.cluster.binaries import VERSION, find_or_build
from deploy.cluster.parts import MOST_APIS, MOST_WORKERS, Cluster, Plan, cluster
from deploy.cluster.suites import SUITES, run_suites
from engine.errors import CannotStart

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="集群。 A cluster."
)
_CANNOT = 2
"""Exit code of a run that could not begin: no programs and no toolchain."""

Folder = Annotated[
    Path | None, typer.Option(help="数据文件夹，缺省为临时 / data folder; a temporary one that is removed")
]


@app.command(help=f"准备 Temporal 服务端程序 {VERSION} / find or build the server's programs")
def build() -> None:
    """Find or build the programs and say where they are."""
    found = find_or_build()
    print(f"{found.server}\n{found.sql_tool}", flush=True)


@app.command(help="启动集群，直至中断 / run a cluster until interrupted")
def up(
    folder: Folder = None,
    apis: Annotated[int, typer.Option(min=1, max=MOST_APIS)] = 2,
    workers: Annotated[int, typer.Option(min=1, max=MOST_WORKERS)] = 4,
    edition: Annotated[str, typer.Option(help="规则版本 / edition of the rules")] = "beijing",
) -> None:
    """Run a cluster until SIGINT or SIGTERM; says where its description lies when it can be used."""
    with cluster(folder, find_or_build(), _temporary) as running:
        running.deploy(Plan(apis=apis, workers=workers, edition=edition, reconcile_interval="60s"))
        print(f"ready {running.file}", flush=True)
        while True:
            running.tick()


@app.command("test", help="对集群运行测试 / run the suites against a cluster")
def run_tests(
    folder: Folder = None,
    suites: Annotated[
        str, typer.Option(help=f"{', '.join(SUITES)}; 以逗号分隔 / comma-separated")
    ] = ",".join(SUITES),
    seed: Annotated[int, typer.Option(help="混沌测试的种子 / seed of the chaos suite")] = 1,
) -> None:
    """Run the chosen suites one after the other; exit code 1 when one of them failed."""
    chosen = [name.strip() for name in suites.split(",") if name.strip()]
    if unknown := set(chosen) - set(SUITES):
        raise typer.BadParameter(f"{sorted(unknown)}")

    def run(running: Cluster) -> bool:
        return run_suites(running, chosen, seed)

    with cluster(folder, find_or_build(), _temporary) as running:
        passed = run(running)
    if not passed:
        raise typer.Exit(1)


def _temporary() -> Path:
    return Path(tempfile.mkdtemp(prefix="jiesu-cluster-"))


def _leave(number: int, _frame: FrameType | None) -> None:
    """End by way of an exception, so that every process is stopped and the folder is cleared away."""
    sys.exit(128 + number)


def main() -> None:
    """Run the command line; what keeps it from starting is one sentence and exit code 2."""
    signal.signal(signal.SIGTERM, _leave)
    try:
        app(prog_name="python -m deploy.cluster")
    except CannotStart as trouble:
        print(trouble, file=sys.stderr)
        sys.exit(_CANNOT)


if __name__ == "__main__":
    main()
