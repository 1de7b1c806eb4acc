"""Try `make setup`, and the command it installs, with every Python named that this machine has.

The environments are made in a temporary folder; the standard library is all this needs.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
COMMANDS: Final = (("--help",), ("rules", "check"))
"""What of the installed command is run: they import the product and need no server."""
ABSENT: Final = "本机没有，或不能运行 / not on this machine, or does not run"
_VERSION: Final = "import platform; print(platform.python_version())"


@dataclass(frozen=True)
class Trial:
    """One Python and how the set-up went with it; `complaint` is empty where it went well."""

    python: str
    version: str = "-"
    seconds: float = 0.0
    complaint: str = ""

    @property
    def verdict(self) -> str:
        """One cell of the table."""
        if self.version == "-":
            return ABSENT
        return "失败 / failed" if self.complaint else "成功 / passed"


def try_each(names: Iterable[str], folder: Path, root: Path = ROOT) -> Iterator[Trial]:
    """Set up the project at `root` in `folder`, with every Python of `names`; yield the trials in order."""
    for number, name in enumerate(names):
        yield _try_one(name, folder / f"{number}", root)


def row(trial: Trial) -> str:
    """Return the line of the table."""
    return f"{trial.python:24} {trial.version:10} {trial.seconds:5.0f} s  {trial.verdict}"


def _try_one(name: str, environment: Path, root: Path) -> Trial:
    python = shutil.which(name)
    version = _run((python, "-c", _VERSION), root) if python else None
    if python is None or version is None or version.returncode:
        return Trial(name)
    begun = time.monotonic()
    complaint = _complaint_of(python, environment, root)
    shutil.rmtree(environment, ignore_errors=True)
    return Trial(name, version.stdout.strip(), time.monotonic() - begun, complaint)


def _complaint_of(python: str, environment: Path, root: Path) -> str:
    """Return what the first command that failed printed, empty when none did."""
    jiesu = str(environment / "bin" / "jiesu")
    set_up = ("make", "--no-print-directory", "setup", f"PYTHON={python}", f"VENV={environment}")
    for command in (set_up, *((jiesu, *words) for words in COMMANDS)):
        run = _run(command, root)
        if run.returncode:
            return f"{run.stdout}{run.stderr}".strip() or f"exit code {run.returncode}"
    return ""


def _run(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603


def main() -> None:
    """Print the table as it grows, then the complaints; exit code 1 where one failed or none is there."""
    trials: list[Trial] = []
    with tempfile.TemporaryDirectory(prefix="jiesu-setup-") as folder:
        for trial in try_each(sys.argv[1:], Path(folder)):
            print(row(trial), flush=True)
            trials.append(trial)
    failed = [trial for trial in trials if trial.complaint]
    for trial in failed:
        print(f"\n{trial.python}:\n{trial.complaint}")
    sys.exit(bool(failed) or all(trial.version == "-" for trial in trials))


if __name__ == "__main__":
    main()
