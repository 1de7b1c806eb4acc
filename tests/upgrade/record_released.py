"""Records histories of a release by its own code: `python -m tests.upgrade.record_released 0.1.0 [name …]`.

Beside each history lie the facts that the ticket had when it was recorded: a later release has to get the
same from the history.
"""

import asyncio
import json
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.upgrade.checkout import RELEASES, checked_out

HERE = Path(__file__).resolve().parent


def folder_of(version: str) -> Path:
    """Return where the histories of release `version` lie."""
    return HERE / "histories" / version


def main() -> None:
    """Check the release out and run this file inside it."""
    version, *names = sys.argv[1:]
    release = next(one for one in RELEASES if one["version"] == version)
    with tempfile.TemporaryDirectory() as folder:
        tree = checked_out(release, Path(folder))
        scenarios = f"scenarios_of_{version.replace('.', '_')}"
        here = tree / "tests" / "upgrade"
        for name in (scenarios, "record_released", "checkout"):
            (here / f"{name}.py").write_bytes((HERE / f"{name}.py").read_bytes())
        subprocess.run(
            [sys.executable, "-P", "-c", _INSIDE, scenarios, str(folder_of(version)), *names],
            env={**os.environ, "PYTHONPATH": str(tree)},
            cwd=tree,
            check=True,
        )


_INSIDE = "from tests.upgrade.record_released import inside; inside()"


def inside() -> None:
    """Play the scenarios with the code of the release we are in, and write down what became of them."""
    scenarios, folder, *names = sys.argv[1:]
    logging.getLogger("temporalio.activity").setLevel(logging.CRITICAL)
    Path(folder).mkdir(parents=True, exist_ok=True)
    asyncio.run(_record(scenarios, Path(folder), names))


async def _record(module: str, folder: Path, names: list[str]) -> None:
    from importlib import import_module  # noqa: PLC0415 - of the release, not of today

    from tests.record_histories import portable, skipping_city  # noqa: PLC0415 - the same

    scenarios = import_module(f"tests.upgrade.{module}").SCENARIOS
    for name in names or scenarios:
        async with skipping_city() as city:
            ticket = await scenarios[name](city)
            await ticket.is_recorded()
            everything = (await ticket.everything()).model_dump(mode="json")["facts"]
            history = portable((await ticket.history()).to_json_dict())
        _write(folder / f"{name}.json", history)
        _write(folder / f"{name}.facts.json", everything)
        print(f"{name}: {len(history['events'])} events, {len(everything)} facts")  # noqa: T201 - the answer of a command


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
