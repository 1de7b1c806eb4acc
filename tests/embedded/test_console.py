"""The terminal shows what is new and matters; everything else stays in the log files."""

import io
from pathlib import Path

from embedded.console import Tail, show


def test_only_lines_written_from_now_on_are_news(tmp_path: Path) -> None:
    """A second start does not repeat the first one's log."""
    log = tmp_path / "worker.log"
    log.write_text("yesterday\n")
    tail = Tail("worker", log)
    with log.open("a") as file:
        file.write("today\nhalf a li")
    assert tail.new_lines() == ["today"]
    with log.open("a") as file:
        file.write("ne\n\n")
    assert tail.new_lines() == ["half a line"]


def test_a_log_that_does_not_exist_yet_has_no_news(tmp_path: Path) -> None:
    """A child that never started wrote nothing."""
    tail = Tail("api", tmp_path / "api.log")
    assert tail.new_lines() == []
    assert tail.last_lines() == []


def test_the_chatter_of_the_servers_stays_in_their_files(tmp_path: Path) -> None:
    """PostgreSQL's checkpoints are no news, its errors are."""
    log = tmp_path / "postgres.log"
    tail = Tail("postgres", log)
    log.write_text("2026 LOG:  checkpoint starting: time\n2026 FATAL:  no room\n")
    assert tail.new_lines() == ["2026 FATAL:  no room"]


def test_a_character_cut_in_two_is_put_together(tmp_path: Path) -> None:
    """Chinese takes three bytes, and a write may end between them."""
    log = tmp_path / "api.log"
    tail = Tail("api", log)
    log.write_bytes("接".encode()[:2])
    assert tail.new_lines() == []
    with log.open("ab") as file:
        file.write("接".encode()[2:] + b"\n")
    assert tail.new_lines() == ["接"]


def test_a_long_log_is_moved_aside_while_its_writer_goes_on(tmp_path: Path) -> None:
    """The child appends to the file it opened; nothing of the old content is lost."""
    log = tmp_path / "worker.log"
    tail = Tail("worker", log)
    with log.open("ab", buffering=0) as child:
        child.write(b"x" * (33 * 1024 * 1024) + b"\n")
        tail.new_lines()
        tail.rotate()
        child.write(b"after\n")
    assert log.read_bytes() == b"after\n"
    assert (tmp_path / "worker.log.1").stat().st_size > 33 * 1024 * 1024
    assert tail.new_lines() == ["after"]


def test_a_short_log_is_left_alone(tmp_path: Path) -> None:
    """Nothing is copied every tenth of a second."""
    log = tmp_path / "worker.log"
    tail = Tail("worker", log)
    log.write_text("a\n")
    tail.new_lines()
    tail.rotate()
    assert not (tmp_path / "worker.log.1").exists()


def test_lines_carry_the_name_of_their_part() -> None:
    """Four parts speak on one terminal."""
    output = io.StringIO()
    show(output, "api", "hello")
    assert output.getvalue() == "api      | hello\n"


def test_a_terminal_that_went_away_is_no_reason_to_stop() -> None:
    """The window was closed, the hotline goes on."""
    output = io.StringIO()
    output.close()
    show(output, "api", "hello")
