"""A line of the log is one object with stable keys, and one about a ticket carries its number."""

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from telemetry.logs import configure_logs

ROOT = Path(__file__).parents[2]
NUMBER = "20261122-000001-5"
ALWAYS = {"event", "level", "logger", "timestamp"}
LOG_CALL = re.compile(r'log\.(?:debug|info|warning|error|exception)\(\s*"(?P<event>\w+)"(?P<rest>[^)]*)\)?')
OF_NO_TICKET = {
    *("answered", "api_ready", "bug", "database_away_at_start"),
    *("doubt_not_noted_yet", "feed_cut"),
    *("history_gone_before_it_was_kept", "incident_members_overlooked", "starts_not_noted", "worker_ready"),
}
"""What is logged of the system, of lists of tickets, or of a request as such."""


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What is logged as an installation logs for a collector; put back afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure_logs("debug", "json")
    written = io.StringIO()
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield written
    root.handlers = handlers
    root.setLevel(level)


def lines(written: io.StringIO) -> list[dict[str, object]]:
    """Return what was logged."""
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_every_line_is_one_object_with_the_same_keys(written: io.StringIO) -> None:
    """Whether our code or a library wrote it."""
    structlog.get_logger("jiesu.api").info("request_filed", number=NUMBER)
    logging.getLogger("uvicorn.error").warning("something of a %s", "library")
    ours, theirs = lines(written)
    assert ours.keys() - {"number"} == ALWAYS
    assert theirs.keys() >= ALWAYS
    assert (ours["number"], ours["logger"], ours["level"]) == (NUMBER, "jiesu.api", "info")
    assert theirs["event"] == "something of a library"


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"temporal_workflow": {"workflow_id": f"ticket/{NUMBER}", "attempt": 1}}, "a rule failed"),
        ({"temporal_activity": {"workflow_id": f"ticket/{NUMBER}", "attempt": 3}}, "Completing as failed"),
        ({}, f"Failed activation on workflow Ticket with ID ticket/{NUMBER} and run ID 1-2-3"),
    ],
)
def test_a_line_of_the_engine_s_library_names_the_ticket(
    written: io.StringIO, extra: dict[str, object], message: str
) -> None:
    """From the id of its workflow, wherever that stands."""
    logging.getLogger("temporalio.worker").warning(message, extra=extra)
    (line,) = lines(written)
    assert line["number"] == NUMBER


def test_a_line_of_no_ticket_names_none(written: io.StringIO) -> None:
    """The workflows that look after all tickets are no tickets."""
    about = {"temporal_workflow": {"workflow_id": "reconcile-workflow-2026"}}
    logging.getLogger("temporalio.worker").warning("a round", extra=about)
    (line,) = lines(written)
    assert "number" not in line


def test_every_line_about_a_ticket_is_written_with_its_number() -> None:
    """In the source: an event that does not carry it is named here, with its reason."""
    found: set[str] = set()
    for folder in ("activities", "api", "workflows"):
        for path in (ROOT / folder).rglob("*.py"):
            for call in LOG_CALL.finditer(path.read_text(encoding="utf-8")):
                if "number=" not in call["rest"] and not re.search(r"\*\*(act\.)?about", call["rest"]):
                    found.add(call["event"])
    assert found <= OF_NO_TICKET, found - OF_NO_TICKET
