"""A copy made under load, the data folder destroyed, the copy put back: all goes on, nothing is doubled."""

import asyncio
import contextlib
import json
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from doctor.installation import look
from embedded.manifest import digest
from embedded.restoring import DONE, UNDER_WAY
from settings import Settings
from tests.e2e.installation import ROOT, Installation, running
from tests.readmodel.records import rows

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(400)]

FAST = pytest.mark.parametrize("installation", ["beijing-minutes"], indirect=True)
"""An hour lasts a second: clocks ring while the test watches."""
SLOW = pytest.mark.parametrize("installation", ["beijing"], indirect=True)
"""Days last days: a ticket stands where it stood however long a test takes."""

REQUEST = {
    "type": "complaint",
    "channel": "web",
    "description": "暖气不热,室温只有十四度。",
    "category": "室温不达标",
    "location": {"district": "昌平区", "town": "回龙观街道"},
    "requester": {"name": "欧阳不凡", "phone": "13910203040"},
}


@pytest.fixture
def installation(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Installation]:
    """A running installation on a fresh data folder, by the edition that the test's parameter names."""
    with running(Installation(tmp_path / "data", edition=request.param)) as installation:
        yield installation


class Callers(threading.Thread):
    """Requests that keep coming; who was given a number remembers it, with the instant."""

    def __init__(self, installation: Installation) -> None:
        """Nobody has called yet."""
        super().__init__(daemon=True)
        self.installation = installation
        self.numbers: list[tuple[datetime, str]] = []
        self.over = threading.Event()

    def run(self) -> None:
        """Call until it is over."""
        while not self.over.is_set():
            self.numbers.append((datetime.now(UTC), file(self.installation)))

    def end(self) -> None:
        """Hang up."""
        self.over.set()
        self.join(30)


def file(installation: Installation, key: str | None = None) -> str:
    """File a request and return its number."""
    answer = installation.post("/api/v1/requests", REQUEST, key)
    assert answer.status_code in {200, 201}, answer.text
    return str(answer.json()["number"])


def sign(installation: Installation, number: str) -> None:
    """Let the unit sign."""
    ticket = installation.get(f"/api/v1/tickets/{number}")
    actor = {"unit": ticket["unit"]["code"], "role": "handler", "person": "h-1"}
    answer = installation.post(f"/api/v1/tickets/{number}/sign", {"actor": actor})
    assert answer.status_code == 200, answer.text


def done(installation: Installation, *words: str, code: int = 0) -> str:
    """Run a command on the installation's data folder, which must end with `code`; return what it says."""
    ended = installation.run(*words, "--data", str(installation.folder))
    assert ended.returncode == code, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def kept_of(installation: Installation, number: str) -> dict[str, Any]:
    """Return what stays of a ticket, whatever its clocks do meanwhile."""
    shown = installation.get(f"/api/v1/tickets/{number}")
    return {name: shown[name] for name in ("number", "filed_at", "promised_at", "category", "edition")}


def asked(installation: Installation, query: str) -> list[tuple[object, ...]]:
    """Return what the installation's database says to `query`."""
    settings = look(Settings(data_dir=installation.folder)).settings
    return asyncio.run(rows(settings.database_url or "", query))


def destroyed(installation: Installation, tmp_path: Path) -> Path:
    """Kill everything and destroy the data folder; return where the master key is kept."""
    installation.kill_everything()
    kept = tmp_path / "kept.key"
    shutil.copy(installation.folder / "master.key", kept)
    shutil.rmtree(installation.folder)
    return kept


@FAST
def test_after_the_data_folder_is_destroyed_the_copy_goes_on(
    installation: Installation, tmp_path: Path
) -> None:
    """Filed, signed, copied under load, acted on, destroyed, put back, rebuilt: and the clocks ring."""
    numbers = [file(installation) for _ in range(5)]
    sign(installation, numbers[0])
    before = {number: kept_of(installation, number) for number in numbers}
    callers = Callers(installation)
    callers.start()
    copy = tmp_path / "copy"
    said = done(installation, "backup", str(copy))
    callers.end()
    contents = json.loads((copy / "manifest.json").read_text())
    assert contents["key_fingerprint"] in said
    master = (installation.folder / "master.key").read_bytes()
    assert not any(master in path.read_bytes() for path in copy.iterdir())
    sign(installation, numbers[1])
    after_the_copy = [file(installation) for _ in range(3)]
    kept = destroyed(installation, tmp_path)

    done(installation, "restore", str(copy), "--key", str(kept))
    assert (installation.folder / DONE).exists()
    installation.start()
    found = done(installation, "rebuild")
    assert not (installation.folder / DONE).exists()
    checked = done(installation, "rebuild", "--check")
    done(installation, "reconcile")
    assert {number: kept_of(installation, number) for number in numbers} == before
    known = [number for _, number in callers.numbers]
    began, ended = (datetime.fromisoformat(contents[name]) for name in ("database_at", "engine_at"))
    assert [n for at, n in callers.numbers if at < began and not is_known(installation, n)] == []
    for number in known:  # filed between the two copies: found from its workflow, its words are lost
        if f"{number}  request: missing" in found:
            assert number in checked.partition("words lost")[2]
            assert is_known(installation, number)
    assert began < ended
    assert file(installation) not in {*numbers, *known, *after_the_copy}
    installation.wait_for(numbers[3], "closed", seconds=240)


def vouch_for_the_engine_in(copy: Path) -> None:
    """Have the manifest of a backup name the engine's file that lies there now, put there by hand."""
    contents = json.loads((copy / "manifest.json").read_text())
    contents["files"]["temporal.db"] = digest(copy / "temporal.db")
    (copy / "manifest.json").write_text(json.dumps(contents))


@SLOW
def test_a_request_filed_between_the_two_copies_is_found_from_its_workflow(
    installation: Installation, tmp_path: Path
) -> None:
    """The engine's file is newer than the database: put in place by hand, to have it so for certain."""
    early = file(installation)
    done(installation, "backup", str(tmp_path / "older"))
    late = file(installation)
    sign(installation, late)
    done(installation, "backup", str(tmp_path / "newer"))
    kept = destroyed(installation, tmp_path)
    shutil.copy(tmp_path / "newer" / "temporal.db", tmp_path / "older" / "temporal.db")
    refused = done(installation, "restore", str(tmp_path / "older"), code=1)
    assert "temporal.db" in refused
    assert "SHA-256" in refused
    vouch_for_the_engine_in(tmp_path / "older")
    done(installation, "restore", str(tmp_path / "older"), "--key", str(kept))
    installation.start()
    assert late in done(installation, "rebuild", "--check", code=1)
    done(installation, "rebuild")
    assert late in done(installation, "rebuild", "--check").partition("words lost")[2]
    done(installation, "reconcile")
    assert installation.get(f"/api/v1/tickets/{late}")["status"] == "handling"
    sign(installation, early)
    assert file(installation) not in {early, late}


@SLOW
def test_an_engine_older_than_the_database_keeps_the_log_and_its_ticket_goes_on_from_it(
    installation: Installation, tmp_path: Path
) -> None:
    """The engine's file of an earlier copy beside a later database: the sign of an hour ago holds."""
    number = file(installation)
    done(installation, "backup", str(tmp_path / "older"))
    sign(installation, number)
    asked(installation, "UPDATE command SET created_at = now() - interval '1 hour'")
    done(installation, "backup", str(tmp_path / "newer"))
    kept = destroyed(installation, tmp_path)
    shutil.copy(tmp_path / "older" / "temporal.db", tmp_path / "newer" / "temporal.db")
    vouch_for_the_engine_in(tmp_path / "newer")
    done(installation, "restore", str(tmp_path / "newer"), "--key", str(kept))
    installation.start()
    for options in (("--check",), ()):
        said = done(installation, "rebuild", *options, code=1)
        assert f"older than the log, which was kept: 1\n  {number}" in said
    assert asked(installation, "SELECT status FROM ticket") == [("handling",)]
    done(installation, "revive", number)
    assert "older" not in done(installation, "rebuild", "--check")
    done(installation, "reconcile")
    assert installation.get(f"/api/v1/tickets/{number}")["status"] == "handling"


@SLOW
def test_what_is_cut_off_half_way_looks_like_nothing_whole(
    installation: Installation, tmp_path: Path
) -> None:
    """A backup killed leaves no backup; a restore killed keeps `up` from starting, and is done again."""
    for _ in range(3):
        file(installation)
    for delay in (0.3, 0.6, 0.9):
        copy = tmp_path / f"cut-{delay}"
        killed(installation, delay, "backup", str(copy))
        if copy.exists():  # it was quicker than we
            assert json.loads((copy / "manifest.json").read_text())["files"]
    copy = tmp_path / "copy"
    done(installation, "backup", str(copy))
    assert "exists already" in done(installation, "backup", str(copy), code=1)
    assert "not empty" in done(installation, "restore", str(copy), code=1)
    kept = destroyed(installation, tmp_path)
    (tmp_path / "wrong.key").write_bytes(b"x" * 32)
    (tmp_path / "wrong.key").chmod(0o600)
    wrong = done(installation, "restore", str(copy), "--key", str(tmp_path / "wrong.key"), code=1)
    assert "does not fit" in wrong
    assert not installation.folder.exists()
    delay = 0.4
    while not (installation.folder / UNDER_WAY).exists():
        shutil.rmtree(installation.folder, ignore_errors=True)
        killed(installation, delay, "restore", str(copy), "--key", str(kept))
        delay += 0.1
        assert delay < 5, "the restore was never caught under way"
    assert "cut off" in done(installation, "up", code=1)
    done(installation, "restore", str(copy), "--key", str(kept))
    installation.start()
    done(installation, "rebuild")
    done(installation, "reconcile")


def killed(installation: Installation, delay: float, *words: str) -> None:
    """Run a command on the data folder and kill it, and all it started, after so many seconds."""
    command = installation.command(*words, "--data", str(installation.folder))
    process = subprocess.Popen(command, env=installation.environment(), cwd=ROOT, stdout=subprocess.DEVNULL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(delay)
    with contextlib.suppress(psutil.NoSuchProcess):
        for victim in (*psutil.Process(process.pid).children(recursive=True), process):
            victim.send_signal(signal.SIGKILL)
    process.wait()


def is_known(installation: Installation, number: str) -> bool:
    """Return whether the API knows a ticket of this number."""
    return bool(installation.get(f"/api/v1/tickets/{number}").get("number") == number)
