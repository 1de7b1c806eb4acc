"""What a validator refuses leaves no trace: on the real server, where a refusal may cost no event at all."""

import asyncio

import pytest

from domain import messages as m
from domain.vocabulary import ContactResult, Outcome, Role, TryResult
from tests import sample
from tests.workflows.city import City, Request, answers, feedback, handler_of

STRANGER = handler_of(sample.OTHER_TOWN.code)
REFUSED: list[tuple[str, m.Command, str]] = [
    ("sign", m.Sign(actor=STRANGER), "WrongActor"),
    ("sign", m.Sign(actor=sample.HANDLER, expected_version=3), "StaleVersion"),
    ("sign", m.Sign(actor=sample.REQUESTER), "WrongActor"),
    ("contact", m.Contact(actor=sample.HANDLER, result=ContactResult.REACHED), "WrongStage"),
    ("visit", m.Visit(actor=sample.HANDLER), "WrongStage"),
    ("feedback", feedback(), "WrongStage"),
    ("survey", answers(), "WrongStage"),
    ("survey", m.Survey(actor=sample.HANDLER, result=TryResult.NO_ANSWER), "WrongActor"),
    ("answer", m.Answer(actor=sample.DISPATCHER, reply=sample.TEXT), "WrongStage"),
    ("dispatch", m.Dispatch(actor=sample.DISPATCHER), "WrongStage"),
    ("classify", m.Classify(actor=sample.DISPATCHER), "Incomplete"),
    ("classify", m.Classify(actor=sample.HANDLER), "WrongActor"),
    (
        "reassign",
        m.Reassign(actor=sample.DISPATCHER, unit=sample.TOWN.code, reason=sample.TEXT),
        "WrongStage",
    ),
    ("urge", m.Urge(actor=sample.HANDLER), "WrongActor"),
    ("note", m.Note(actor=m.Actor(role=Role.SYSTEM), text=sample.TEXT), "WrongActor"),
]
"""What a ticket that waits for its unit to sign must refuse: act, command, code."""


async def settled_length(ticket: Request) -> int:
    """Return the length of the history once it has stopped growing after an earlier command."""
    lengths = [await ticket.events()]
    for _ in range(100):
        await asyncio.sleep(0.05)
        lengths.append(await ticket.events())
        if lengths[-1] == lengths[-2]:
            break
    return lengths[-1]


async def test_refusals_leave_history_and_timeline_as_they_were(real_city: City) -> None:
    """Every refusal carries its code and both sentences; not one event and not one fact remains of them."""
    ticket = await real_city.files()
    await ticket.is_recorded()
    before, facts = await settled_length(ticket), await ticket.kinds()
    for act, command, code in REFUSED:
        assert await ticket.refuses(act, command) == code, act
    assert await settled_length(ticket) == before
    assert await ticket.kinds() == facts
    assert len(real_city.database.of(ticket.number)) == 1


async def test_a_ticket_that_has_ended_refuses_everything(real_city: City) -> None:
    """After the end there is nobody to speak to; what is sent with an old key still gets its old answer."""
    ticket = await real_city.files(with_terms=sample.terms(at_feedback=True, always_open=True))
    await ticket.is_recorded()
    await ticket.is_handled()
    first = await ticket.receives("survey", answers(), "the-survey")
    await ticket.ends()
    assert await ticket.receives("survey", answers(), "the-survey") == first


@pytest.mark.parametrize("update", ["sign", "feedback"])
async def test_a_command_nobody_can_read_is_refused_and_harms_nobody(real_city: City, update: str) -> None:
    """A body that is no command at all: the caller hears so, the ticket goes on."""
    ticket = await real_city.files()
    await ticket.is_recorded()
    with pytest.raises(Exception, match=r"(?i)fail|deserial|decod"):
        await ticket.handle.execute_update(update, {"actor": "nobody", "outcome": 7})
    await ticket.signs()


async def test_the_same_key_gets_the_same_answer(real_city: City) -> None:
    """Who repeats a command, whatever has happened since, hears what was said then; nothing is done twice."""
    ticket = await real_city.files()
    await ticket.is_recorded()
    first = await ticket.receives("sign", m.Sign(actor=sample.HANDLER), "k-1")
    await ticket.reaches_requester()
    assert await ticket.receives("sign", m.Sign(actor=sample.HANDLER), "k-1") == first
    assert (await ticket.kinds()).count("signed") == 1


async def test_one_command_of_many_at_once_counts_when_only_one_can(real_city: City) -> None:
    """Eight clients sign at the same moment with keys of their own: one signature, seven refusals."""
    ticket = await real_city.files()
    await ticket.is_recorded()
    heard = await asyncio.gather(*(ticket.signs() for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(answer, m.Receipt) for answer in heard) == 1
    assert (await ticket.kinds()).count("signed") == 1
    await ticket.agrees_with_database()


async def test_an_outcome_outside_the_list_is_refused(real_city: City) -> None:
    """The list of outcomes is closed."""
    assert "done and dusted" not in list(Outcome)
    ticket = await real_city.files()
    await ticket.is_recorded()
    body = {"actor": sample.HANDLER.model_dump(mode="json"), "outcome": "done and dusted"}
    with pytest.raises(Exception, match=r"(?i)fail|deserial|decod"):
        await ticket.handle.execute_update("feedback", body)
