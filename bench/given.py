"""An installation that runs already, for a benchmark of what is not on one machine or not ours to start."""

import dataclasses
import json
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

from bench.installation import Installation, start_bare_worker
from settings import Settings


@dataclasses.dataclass(frozen=True)
class GivenInstallation(Installation):
    """What the file says of the installation; the parts on this machine are found by their process ids."""

    file: Path

    @property
    def urls(self) -> list[str]:
        """Return where the HTTP API answers."""
        return list(self._description()["urls"])

    def parts(self) -> dict[str, list[psutil.Process]]:
        """Return the processes by part: temporal, worker, api, bare, and each database by its name."""
        found: dict[str, list[psutil.Process]] = {"bare": [self.bare]} if self.bare else {}
        for part in self._description()["parts"]:
            try:
                process = psutil.Process(part["pid"])
                family = [process, *(process.children() if part["kind"] == "postgres" else ())]
            except psutil.NoSuchProcess:
                continue
            is_database = part["kind"] == "postgres"
            found.setdefault(part["name" if is_database else "kind"], []).extend(family)
        return found

    def _description(self) -> dict[str, Any]:
        return json.loads(self.file.read_text(encoding="utf-8"))


@contextmanager
def given(file: Path) -> Generator[GivenInstallation]:
    """Yield the installation that `file` describes and a bare worker beside it."""
    record = json.loads(file.read_text(encoding="utf-8"))
    settings = Settings.from_environment(record["environment"])
    with ExitStack() as after:
        folder = Path(after.enter_context(tempfile.TemporaryDirectory(prefix="jiesu-bench-")))
        bare = psutil.Process(start_bare_worker(settings, folder / "bare.log", after).pid)
        yield GivenInstallation(settings, psutil.Process(), bare, file)
