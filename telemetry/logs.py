"""Log lines of every part: one event a line, with the ticket's number, never with what a citizen said."""

import logging
import re
import sys
from typing import Literal

import structlog
from structlog.typing import EventDict, WrappedLogger

_TICKET = re.compile(r"\b(?:ticket|incident)/([\w-]+)")
"""How the engine calls the workflow of a ticket or an incident, in a field or in the words of its SDK."""

LogFormat = Literal["console", "json"]


def configure_logs(level: str, log_format: LogFormat) -> None:
    """Send the lines of structlog and of the standard library to standard error, at `level` and above."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _lift_temporal_context,
        _name_the_ticket,
        structlog.processors.format_exc_info,
    ]
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for chatty in ("httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _lift_temporal_context(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Put workflow id and attempt, which the SDK hangs on its records, beside the message."""
    for key in ("temporal_workflow", "temporal_activity"):
        context = event.pop(key, None)
        if isinstance(context, dict):
            event.update({name: context[name] for name in ("workflow_id", "attempt") if name in context})
    return event


def _name_the_ticket(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Put the ticket's number on a line that knows it by the id of its workflow only."""
    if "number" not in event:
        known = _TICKET.search(f"{event.get('workflow_id', '')} {event.get('event', '')}")
        if known:
            event["number"] = known[1]
    return event
