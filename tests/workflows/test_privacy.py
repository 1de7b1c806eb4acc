"""No free text fits into a history: what people write lies in the vault, and the engine sees its id."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from google.protobuf.message import Message
from pydantic import BaseModel, ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

from domain import messages as m
from domain.vocabulary import Role, Satisfaction, Status
from tests import sample
from tests.workflows.city import City, Request

COMMANDS: list[type[BaseModel]] = [*m.Command.__subclasses__(), m.Complete]
CODE = re.compile(r"[A-Za-z0-9._@/:+-]*")
"""Codes, instants and durations: nothing one could say something with."""


def payloads(message: Any) -> Iterator[Payload]:  # noqa: ANN401 - any message of the engine
    """Yield every payload inside a protobuf message."""
    if isinstance(message, Payload):
        yield message
        return
    for descriptor, value in message.ListFields():
        parts = value.values() if isinstance(value, Mapping) else value if is_many(value) else [value]
        if descriptor.type == descriptor.TYPE_MESSAGE:
            for part in parts:
                if isinstance(part, Message):
                    yield from payloads(part)


def is_many(value: object) -> bool:
    """Return whether a field of a protobuf message holds several values."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def leaves(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield every text inside a JSON value, keys included."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from leaves(inner)
    elif is_many(value):
        for inner in value:
            yield from leaves(inner)
    elif isinstance(value, str):
        yield value


def texts(history: WorkflowHistory) -> set[str]:
    """Return every text in the decoded payloads of a history, but for the summaries the process writes."""
    found: set[str] = set()
    for event in history.events:
        event.ClearField("user_metadata")
        for payload in payloads(event):
            if payload.metadata["encoding"] == b"json/plain":
                found.update(leaves(json.loads(payload.data)))
            else:
                assert not payload.data, "a payload nobody has looked into"
    return found


async def a_ticket_s_whole_life(city: City) -> Request:
    """Return a ticket that has seen every command that carries a text."""
    ticket = await city.files(certain=False, with_terms=sample.terms(at_feedback=True, always_open=True))
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    text = sample.TEXT
    await ticket.hears("note", m.Note(actor=sample.REQUESTER, text=text))
    await ticket.hears(
        "dispatch", m.Dispatch(actor=sample.DISPATCHER, unit=sample.OTHER_TOWN.code, reason=text)
    )
    await ticket.hears("reassign", m.Reassign(actor=sample.DISPATCHER, unit=sample.TOWN.code, reason=text))
    await ticket.signs()
    await ticket.hears("urge", m.Urge(actor=sample.REQUESTER, reason=text))
    contact = m.Contact(actor=sample.HANDLER, result=m.ContactResult.REACHED, note=text)
    await ticket.hears("contact", contact)
    await ticket.hears("visit", m.Visit(actor=sample.HANDLER, note=text))
    await ticket.gets_feedback()
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers(Satisfaction.VERY_SATISFIED)
    await ticket.ends()
    return ticket


async def test_a_history_holds_codes_and_the_edition_s_own_words(city: City) -> None:
    """Also where the database was away and whole batches travelled: names of the edition, codes, times.

    The edition's words are those the ticket was started with, and what the fake edition said of the units;
    to these comes the sentence that says where the ticket stands.
    """
    city.books.breaks_down_for = 4
    ticket = await a_ticket_s_whole_life(city)
    history = await ticket.history()
    kinds = {EventType.Name(event.event_type) for event in history.events}
    assert "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED" in kinds, "no batch travelled through this history"
    said = [sample.intake(), sample.assignment(sample.OTHER_TOWN), sample.assignment(sample.HEATING)]
    known = {leaf for value in said for leaf in leaves(json.loads(value.model_dump_json()))}
    for batch in city.books.of(ticket.number):
        known |= {batch.view.sentence_zh, batch.view.sentence_en}
    found = texts(history)
    assert sample.TEXT.id in found
    assert {text for text in found - known if CODE.fullmatch(text) is None} == set()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_no_command_has_room_for_free_text(command: type[BaseModel]) -> None:
    """Every text field of every message is a closed list, an instant, or a code without spaces."""
    schema = command.model_json_schema()
    for part in [schema, *schema.get("$defs", {}).values()]:
        for name, field in part.get("properties", {}).items():
            for option in field.get("anyOf", [field]):
                if option.get("type") == "string":
                    is_an_instant = option.get("format") == "date-time"
                    closed = option.keys() & {"pattern", "enum", "const"}
                    assert is_an_instant or closed, f"{command.__name__}.{name}"


@pytest.mark.parametrize("text", ["张三", "13800138000 张三", "No. 5, some road", "", "a\nb", "x" * 65])
def test_a_code_holds_no_sentence(text: str) -> None:
    """Neither a unit, nor a person, nor a text's id can smuggle in what was written."""
    with pytest.raises(ValidationError):
        m.Actor(role=Role.HANDLER, unit=text)
    with pytest.raises(ValidationError):
        m.TextRef(id=text, hash="h")
