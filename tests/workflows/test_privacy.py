"""No free text fits into a history: what people write lies in the vault, and the engine sees its id."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any, NamedTuple

import pytest
from google.protobuf.message import Message
from pydantic import BaseModel, ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory, WorkflowUpdateFailedError

from domain import messages as m
from domain.accept.disposing import ConfirmNuisance, Dispose
from domain.accept.requester import Withdraw
from domain.commands import COMMANDS
from domain.errors import Refused
from domain.incident.membership import LeaveIncident
from domain.vocabulary import Disposal, RequestType, Role, Tier
from tests import sample
from tests.domain import outage
from tests.domain.making_up import Author, give
from tests.domain.watching import ALWAYS_POSSIBLE, Watched, may_count
from tests.workflows.city import City, Request
from tests.workflows.test_citizen import opened_again

MESSAGES: list[type[BaseModel]] = [*(spec.message for spec in COMMANDS.values()), m.Complete]
SENTENCES = ("张三", "13800138000 张三", "No. 5, some road", "a b", "a\nb", "张", " ")
BY_HAND = frozenset({"reopen", "join_incident", "leave_incident", "dispose", "confirm_nuisance"})
"""Commands that chance does not bring to count in a few lives."""
ENDINGS = frozenset({"withdraw", "hand_over"})
"""Commands after which hardly another one counts."""
TYPES = (RequestType.INQUIRY, *[RequestType.COMPLAINT] * 5)
SEEDS, DEEDS, TRIES = 300, 30, 4
"""How many lives are planned at most, how many commands one has, how often a new one is made up again."""
CODE = re.compile(r"[A-Za-z0-9._@/:+%-]*")
"""Codes, instants, durations and shares of a limit: nothing one could say something with."""


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


class Deed(NamedTuple):
    """One command of a life that is planned: how long after filing, the version before it, what is said."""

    after: timedelta
    version: int
    name: str
    command: m.Command


def planned(intake: m.Intake, random: Random, heard: set[str]) -> list[Deed]:
    """Return a life, by the rules alone: what is not in `heard` yet first, up to the last of it.

    Time passes in odd amounts, so that no limit ends in the very instant in which somebody acts.
    """
    account, deeds, new = Watched(intake), list[Deed](), 0
    while len(deeds) < DEEDS and account.ticket.is_open:
        made = _possible(account, random, heard)
        if made is None:
            break
        name, command = made
        deeds.append(Deed(account.now - intake.filed_at, account.ticket.version, name, command))
        give(account, name, command)
        if name not in heard:
            heard.add(name)
            new = len(deeds)
        account.wait(hours=random.choice((0.013, 0.013, 0.31, 1.07, 2.19, 6.3, 20.9, 70.7)))
    return deeds[:new]


def _possible(account: Watched, random: Random, heard: set[str]) -> tuple[str, m.Command] | None:
    """Return a command that counts now: a new one where chance can make it up, `heard` ones else."""
    everything = random.sample(tuple(COMMANDS), k=len(COMMANDS))
    names = [name for name in everything if name not in BY_HAND and may_count(account.ticket, name)]
    names.sort(key=lambda name: (name in heard, name in ALWAYS_POSSIBLE, name in ENDINGS))
    for name in names:
        for _ in range(1 if name in heard else TRIES):
            command = Author(random, account.ticket, account.now).command(name)
            with suppress(Refused):
                give(account.trial(), name, command)
                return name, command
    return None


async def is_lived(city: City, intake: m.Intake, deeds: list[Deed]) -> Request:
    """Return a ticket that has lived as planned; the database is away when it writes of its first deed."""
    ticket = await city.starts(intake)
    for number, deed in enumerate(deeds):
        await city.comes_to(intake.filed_at + deed.after)
        await ticket.shows(lambda view, deed=deed: view.version >= deed.version, f"before {deed.name}")
        if number == 0:
            city.database.breaks_down_for = city.database.attempts + 4
        await ticket.receives(deed.name, deed.command)
    await ticket.is_recorded()
    return ticket


async def lives_by_hand(city: City) -> list[Request]:
    """Return tickets that have seen what chance does not bring about: `BY_HAND`."""
    city.edition.incidents[outage.INCIDENT] = outage.brief()
    joined = await city.files()
    await joined.receives("join_incident", outage.join())
    await joined.receives("leave_incident", LeaveIncident(actor=sample.DISPATCHER, reason=sample.TEXT))
    nuisance = await city.files(certain=False)
    proof = (m.ProofRef(kind="recording", ref=sample.TEXT),)
    second = m.Actor(unit=sample.CITY_DESK.code, role=Role.SUPERVISOR, person="V9")
    dispose = Dispose(actor=sample.DISPATCHER, reason=Disposal.NUISANCE, reply=sample.TEXT, proof=proof)
    await nuisance.receives("dispose", dispose)
    await nuisance.receives("confirm_nuisance", ConfirmNuisance(actor=second, agree=True, reason=sample.TEXT))
    return [joined, nuisance]


def the_edition_s_words(city: City, number: str) -> set[str]:
    """Return the words a history may hold: of the units, terms and matters, and of where a ticket stands."""
    units = list(sample.UNITS.values())
    said: list[BaseModel] = [one for one in city.filed if one.number == number]
    said += [sample.given(*units), *map(sample.assignment, units), *map(sample.terms, Tier), outage.brief()]
    known = {leaf for value in said for leaf in leaves(json.loads(value.model_dump_json()))}
    for batch in city.database.of(number):
        known |= {batch.view.sentence_zh, batch.view.sentence_en}
    return known


async def histories_of(ticket: Request) -> list[WorkflowHistory]:
    """Return the history of every run of `ticket`, the newest first."""
    found = [await ticket.history()]
    while run := found[-1].events[0].workflow_execution_started_event_attributes.continued_execution_run_id:
        handle = ticket.city.client.get_workflow_handle(ticket.handle.id, run_id=run)
        found.append(await handle.fetch_history())
    return found


async def words_in(ticket: Request) -> set[str]:
    """Return what stands in the histories of `ticket` and is neither a code nor the edition's word."""
    found = {text for history in await histories_of(ticket) for text in texts(history)}
    assert ticket.number in found
    known = the_edition_s_words(ticket.city, ticket.number)
    return {text for text in found - known if CODE.fullmatch(text) is None}


async def acts_in(ticket: Request) -> set[str]:
    """Return the names of the commands that the histories of `ticket` took in."""
    events = (event for history in await histories_of(ticket) for event in history.events)
    taken = (event.workflow_execution_update_accepted_event_attributes for event in events)
    return {one.accepted_request.input.name for one in taken} - {""}


@pytest.mark.timeout(300)
async def test_a_history_holds_codes_and_the_edition_s_own_words(city: City) -> None:
    """Every command of the main line and of every branch counts in some life, and nobody's words stand there.

    What is made up fills any field a message has; what is searched is every payload of every event: commands,
    answers, questions to the edition, and the batches that travel while the database is away. The summaries
    that the process writes for the Temporal UI are left out; they hold the sentence of where a ticket stands.
    """
    heard, tickets = set[str](BY_HAND), await lives_by_hand(city)
    for number in range(SEEDS):
        if heard >= set(COMMANDS):
            break
        random = Random(number)
        type_ = TYPES[number % len(TYPES)]
        intake = await city.intake(
            type_=type_, with_terms=sample.terms(at_feedback=True), certain=number % 4 > 0
        )
        if deeds := planned(intake, random, heard):
            tickets.append(await is_lived(city, intake, deeds))
    in_histories: set[str] = {"reopen"}  # below: it needs the real server
    in_histories |= {name for ticket in tickets for name in await acts_in(ticket)}
    assert set(COMMANDS) - in_histories == set()
    kinds = {EventType.Name(event.event_type) for event in (await tickets[-1].history()).events}
    assert "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED" in kinds, "no batch travelled through this history"
    assert {ticket.number: words for ticket in tickets if (words := await words_in(ticket))} == {}


async def test_a_reopening_leaves_no_words_either(real_city: City) -> None:
    """Neither in the run that ended nor in the one that begins with all that is known."""
    ticket = await real_city.files()
    await ticket.receives("withdraw", Withdraw(actor=sample.REQUESTER, reason=sample.TEXT))
    await ticket.ends()
    ended = await words_in(ticket)
    again, _ = await opened_again(ticket)
    assert "reopen" in await acts_in(again)
    assert ended | await words_in(again) == set()


async def test_words_in_a_history_are_found(city: City) -> None:
    """The search would notice: a name in the place of a code, in a command that counted."""
    ticket = await city.files()
    said = {"actor": {"role": "requester"}, "text": {"id": "t-1", "hash": "h-1"}, "remark": "张三的电话"}
    with suppress(WorkflowUpdateFailedError):
        await ticket.handle.execute_update("note", said, id="k", result_type=m.Receipt)
    assert "张三的电话" in await words_in(ticket)


@pytest.mark.parametrize("command", MESSAGES, ids=lambda command: command.__name__)
def test_no_command_has_room_for_free_text(command: type[BaseModel]) -> None:
    """Every text field of every message is a closed list, an instant, or a code: no spaces, no Chinese."""
    schema = command.model_json_schema()
    for part in [schema, *schema.get("$defs", {}).values()]:
        for name, field in part.get("properties", {}).items():
            for option in _options(field):
                if option.get("type") == "string":
                    assert _is_closed(option), f"{command.__name__}.{name}"


def _options(field: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a field may hold: each alternative, and what stands in its lists."""
    some = field.get("anyOf", [field])
    return [*some, *(inner for one in some if "items" in one for inner in _options(one["items"]))]


def _is_closed(option: dict[str, Any]) -> bool:
    if option.keys() & {"enum", "const"} or option.get("format") in {"date-time", "date", "time", "duration"}:
        return True
    pattern = option.get("pattern")
    takes = [text for text in SENTENCES if pattern is not None and re.search(pattern, text)]
    return pattern is not None and takes == [] and option.get("maxLength", 1000) <= 64


@pytest.mark.parametrize("text", ["张三", "13800138000 张三", "No. 5, some road", "", "a\nb", "x" * 65])
def test_a_code_holds_no_sentence(text: str) -> None:
    """Neither a unit, nor a person, nor a text's id can smuggle in what was written."""
    with pytest.raises(ValidationError):
        m.Actor(role=Role.HANDLER, unit=text)
    with pytest.raises(ValidationError):
        m.TextRef(id=text, hash="h")
