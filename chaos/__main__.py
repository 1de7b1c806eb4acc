"""`python -m chaos`: a city under faults, then the proof; exit code 1 with a list of what is violated."""

import argparse
import asyncio
import sys
import time

from chaos.run import Options, run


def main() -> int:
    """Read the options and run."""
    told = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    told.add_argument("--seed", type=int, default=1, help="负载与故障的种子 / fixes load and faults")
    told.add_argument(
        "--minutes", type=float, default=4.0, help="负载与故障持续多久 / how long load and faults last"
    )
    told.add_argument("--mild", action="store_true", help="只用短故障 / short faults only")
    told.add_argument(
        "--keep", action="store_true", help="成功也保留证据 / keep the evidence of a green run too"
    )
    told.add_argument(
        "--prove", action="store_true", help="再证明检查器会失败 / prove that the checker can fail, too"
    )
    given = told.parse_args()
    options = Options(
        seed=given.seed, seconds=given.minutes * 60, mild=given.mild, keep=given.keep, prove=given.prove
    )
    code = asyncio.run(run(options))
    sys.stdout.flush()
    time.sleep(0.2)  # the SDK's threads end before the interpreter does
    return code


if __name__ == "__main__":
    sys.exit(main())
