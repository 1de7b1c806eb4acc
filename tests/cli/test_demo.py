"""The command `jiesu demo`."""

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from rich.console import Console
from typer.testing import CliRunner

from cli.demo import _fresh, _leave, _seconds_to_stay, _settings, _stay, app
from tests.e2e.installation import without_settings

ROOT = Path(__file__).resolve().parents[2]
REQUESTS = 40


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    """The demonstration never touches the data of an installation."""
    (tmp_path / "something").touch()
    answer = CliRunner().invoke(app, ["--data", str(tmp_path)])
    assert answer.exit_code == 2
    assert "不是空文件夹" in answer.output


def test_a_folder_of_its_own_is_new_each_time() -> None:
    """Below the system's folder for such things, open to nobody else."""
    folders = [_fresh(None), _fresh(None)]
    assert folders[0] != folders[1]
    for folder in folders:
        assert folder.stat().st_mode & 0o077 == 0
        folder.rmdir()


@pytest.mark.parametrize(
    ("linger", "keep", "seconds"), [(None, False, 0.0), (3.0, False, 3.0), (3.0, True, None)]
)
def test_services_stay_as_long_as_asked(linger: float | None, keep: bool, seconds: float | None) -> None:
    """Without a terminal not at all, for the seconds asked for, or until Ctrl-C."""
    assert _seconds_to_stay(linger, keep=keep) == seconds


def test_a_demonstration_has_servers_of_its_own_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An installation that the environment names is never touched."""
    monkeypatch.setenv("JIESU_DATABASE_URL", "postgresql://jiesu@db.city/jiesu")
    monkeypatch.setenv("JIESU_TEMPORAL_ADDRESS", "temporal.city:7233")
    found = _settings(tmp_path, "demo")
    assert (found.database_url, found.temporal_address, found.master_key_file) == (None, None, None)
    assert (found.data_dir, found.edition, found.host) == (tmp_path, "demo", "127.0.0.1")


def test_services_that_stay_say_for_how_long_and_end_with_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A signal to end counts as Ctrl-C, so that everything is stopped on the way out."""

    def pressed(_seconds: float) -> NoReturn:
        _leave(signal.SIGTERM, None)

    console = Console(width=100)
    _stay(console, 0)
    assert capsys.readouterr().out == ""
    monkeypatch.setattr("cli.demo.time.sleep", pressed)
    for seconds, told in ((None, "until Ctrl-C"), (60.0, "for 60 s, or until Ctrl-C")):
        _stay(console, seconds)
        assert told in capsys.readouterr().out


@pytest.mark.long
@pytest.mark.e2e
@pytest.mark.timeout(300)
def test_a_small_demonstration_accounts_for_every_request(tmp_path: Path) -> None:
    """Real services, real HTTP, a minute and a half; what has not ended is named with its next due time."""
    words = ("demo", "--data", str(tmp_path / "data"), "--requests", str(REQUESTS), "--minutes", "1.5")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cli", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**without_settings(), "PYTHONPATH": str(ROOT), "JIESU_SAMPLE_DATA": str(tmp_path)},
        timeout=280,
    )
    assert "去向不明 0" in done.stdout, done.stdout + done.stderr
    counts = re.search(r"filed (\d+): ended (\d+), running (\d+), lost 0", done.stdout)
    assert counts is not None
    filed, ended, running = map(int, counts.groups())
    assert filed == REQUESTS == ended + running
    assert ended >= REQUESTS // 3
    rows = re.findall(r"│ (\d{8}-\d{6}-\d) │.*\d\d:\d\d:\d\d", done.stdout)
    assert len(set(rows)) == len(rows) == running
    assert done.returncode == ("✗" in done.stdout)
    assert "Temporal" in done.stdout
    assert done.stderr == ""
