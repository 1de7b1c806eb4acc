"""What a killed owner of the data folder left running is found and ended; strangers are left alone."""

import subprocess
import sys
from pathlib import Path

from embedded import postgres
from embedded.folder import Record, keep_records, records
from embedded.launch import start
from embedded.leftovers import end_leftovers, recorded, servers_of, still_running

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
]


def child(command: list[str]) -> subprocess.Popen[bytes]:
    """Return a started process that has said that it is up."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    return process


def record(process: subprocess.Popen[bytes]) -> Record:
    """Return the record of a running process."""
    found = recorded("worker", process.pid)
    assert found is not None
    return found


def test_a_recorded_child_is_ended(tmp_path: Path) -> None:
    """It would answer the same tickets as the next worker."""
    process = child(SLEEPER)
    keep_records(tmp_path, [record(process)])
    assert len(end_leftovers(tmp_path)) == 1
    process.wait(10)
    assert records(tmp_path) == []


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    """A start must not wait for ever."""
    process = child(STUBBORN)
    keep_records(tmp_path, [record(process)])
    end_leftovers(tmp_path, patience=0.2)
    process.wait(10)


def test_a_stranger_that_got_the_number_of_a_child_is_left_alone(tmp_path: Path) -> None:
    """Process numbers come again; start times do not."""
    process = child(SLEEPER)
    try:
        true = record(process)
        keep_records(tmp_path, [Record("worker", true.pid, true.created - 3600)])
        assert end_leftovers(tmp_path) == []
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


def test_a_child_that_ended_is_no_leftover(tmp_path: Path) -> None:
    """Neither gone nor waiting to be reaped."""
    process = child(SLEEPER)
    entry = record(process)
    process.kill()
    process.wait()
    assert still_running([entry]) == []
    assert recorded("worker", process.pid) is None


def test_a_left_postgresql_is_ended_though_no_record_names_it(tmp_path: Path) -> None:
    """It was started, and its owner killed before it could write that down."""
    cluster, port = postgres.open_cluster(tmp_path / "postgres", durable=False), postgres.free_port()
    launch = postgres.server(cluster, port)
    process = start(launch, tmp_path / "log")
    postgres.close_handles(launch)
    try:
        postgres.ensure_database(cluster, port)
        assert servers_of(cluster.folder)[0].pid == process.pid
        assert "postgres" in end_leftovers(tmp_path)
        assert not (cluster.folder / "postmaster.pid").exists()
        assert "database system is shut down" in (tmp_path / "log").read_text()
    finally:
        process.kill()
        process.wait()


def test_the_lock_file_of_a_killed_postgresql_is_removed(tmp_path: Path) -> None:
    """The machine lost power: the number in the file may belong to anybody by now."""
    (tmp_path / "postgres").mkdir()
    lock = tmp_path / "postgres" / "postmaster.pid"
    lock.write_text("1\n/somewhere\n")
    assert end_leftovers(tmp_path) == []
    assert not lock.exists()


def test_a_number_that_no_process_can_have_is_passed_over(tmp_path: Path) -> None:
    """A damaged list must not keep the hotline from starting."""
    keep_records(tmp_path, [Record("worker", -5, 0.0)])
    assert end_leftovers(tmp_path) == []
