"""`python -m chaos`: a city under faults, then the proof; exit code 1 with a list of what is violated."""

import argparse
import asyncio
import sys
import time
from pathlib import Path

from chaos.run import Options, run
from chaos.site import Elsewhere
from chaos.victims import Victim


def main() -> int:
    """Read the options and run."""
    parser = argparse.ArgumentParser(
        prog="python -m chaos",
        description=__doc__,
        fromfile_prefix_chars="@",  # @FILE, an option a line: every user reads a command line, and a password
    )
    parser.add_argument("--seed", type=int, default=1, help="负载与故障的种子 / fixes load and faults")
    parser.add_argument(
        "--minutes", type=float, default=4.0, help="负载与故障多久 / how long load and faults last"
    )
    parser.add_argument("--mild", action="store_true", help="只用短故障 / short faults only")
    parser.add_argument(
        "--keep", action="store_true", help="成功也保留证据 / keep the evidence of a green run too"
    )
    parser.add_argument(
        "--prove", action="store_true", help="证明检查器会失败 / prove that the checker can fail"
    )
    parser.add_argument(
        "--api", action="append", default=[], help="别处系统的接口 / an API of another installation"
    )
    parser.add_argument("--database-url", help="别处的数据库,宜写入 @文件 / its database, best in an @FILE")
    parser.add_argument("--temporal-address", help="别处的引擎 / its engine")
    parser.add_argument("--namespace", default="default", help="其命名空间 / its namespace")
    parser.add_argument(
        "--victim", action="append", default=[], help="名称=进程号文件 / NAME=PIDFILE, may be struck"
    )
    given = parser.parse_args()
    if bool(given.api) != bool(given.database_url and given.temporal_address):
        parser.error("--api、--database-url、--temporal-address 须同时给出 / come together")
    options = Options(
        seed=given.seed,
        seconds=given.minutes * 60,
        mild=given.mild,
        keep=given.keep,
        prove=given.prove,
        elsewhere=_elsewhere(given) if given.api else None,
    )
    code = asyncio.run(run(options))
    sys.stdout.flush()
    time.sleep(0.2)  # the SDK's threads end before the interpreter does
    return code


def _elsewhere(given: argparse.Namespace) -> Elsewhere:
    pairs = [str(pair).partition("=") for pair in given.victim]
    return Elsewhere(
        apis=tuple(given.api),
        database_url=given.database_url,
        temporal_address=given.temporal_address,
        namespace=given.namespace,
        parts={name: Victim(name, Path(file)) for name, _, file in pairs},
    )


if __name__ == "__main__":
    sys.exit(main())
