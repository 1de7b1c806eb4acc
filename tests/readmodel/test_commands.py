"""Commands: noted before they are sent; the first answer is the answer."""

import asyncio

import pytest

from domain.errors import KeyReused, Malformed, UnknownTicket, WrongStage
from domain.show.views import Batch
from readmodel import Database, commands, recording
from readmodel.texts import NewText, erase, originals
from readmodel.vault import Vault
from tests.domain.journey import Journey
from tests.readmodel.records import batches, filed, rows, statements

KEY, BODY = "k" * 32, "b" * 32
REPLY = NewText("reply", "路灯已于今日修复")


async def _ids(database: Database, vault: Vault, number: str) -> list[str]:
    return [text.id for text in await originals(database, vault, number) if text.kind != "description"]


def _answered(journey: Journey, key: str = KEY) -> Batch:
    return batches(journey, (1000,))[0].model_copy(update={"answers": {key: journey.ticket.receipt()}})


async def test_a_new_command_is_noted_with_its_texts(database: Database, vault: Vault) -> None:
    """The texts lie in the vault before the update leaves; the update carries id and hash alone."""
    number = (await filed(database, vault)).number
    slot = await commands.begin(
        database, vault, number, "feedback", KEY, BODY, [REPLY, NewText("proof.0", "照片")]
    )
    assert (slot.attempt, slot.answer, slot.refusal) == (1, None, None)
    assert set(slot.texts) == {"reply", "proof.0"}
    assert slot.texts["reply"].hash == vault.digest(REPLY.text)
    said = {text.id: (text.kind, text.text) for text in await originals(database, vault, number)}
    assert said[slot.texts["reply"].id] == ("reply", REPLY.text)
    assert said[slot.texts["proof.0"].id] == ("proof", "照片")


@pytest.mark.parametrize(("texts", "trips"), [((), 1), ((REPLY,), 2)])
async def test_noting_a_command_costs_one_round_trip_and_one_more_for_texts(
    database: Database, vault: Vault, texts: tuple[NewText, ...], trips: int
) -> None:
    """A handler waits for as little as possible before the update leaves."""
    number = (await filed(database, vault)).number
    said = statements(database)
    await commands.begin(database, vault, number, "sign", KEY, BODY, texts)
    assert len(said) == trips


async def test_a_repeated_command_sends_the_same_references(database: Database, vault: Vault) -> None:
    """While nobody knows the outcome, a repeat must be the very same update."""
    number = (await filed(database, vault)).number
    first = await commands.begin(database, vault, number, "feedback", KEY, BODY, [REPLY])
    again = await commands.begin(database, vault, number, "feedback", KEY, BODY, [REPLY])
    assert again.texts == first.texts
    assert again.attempt == 2
    assert len(await _ids(database, vault, number)) == 1


async def test_a_command_that_counted_returns_its_receipt(database: Database, vault: Vault) -> None:
    """The workflow writes the answer with the facts; a repeat finds it and sends nothing."""
    done = await filed(database, vault)
    await commands.begin(database, vault, done.number, "sign", KEY, BODY)
    journey = Journey(done.intake)
    await recording.record(database, _answered(journey))
    again = await commands.begin(database, vault, done.number, "sign", KEY, BODY)
    assert again.answer == journey.ticket.receipt()
    assert again.refusal is None


async def test_of_two_accounts_of_an_answer_the_later_holds(database: Database, vault: Vault) -> None:
    """The first came from a workflow task that the engine then did not keep."""
    done = await filed(database, vault)
    await commands.begin(database, vault, done.number, "sign", KEY, BODY)
    journey = Journey(done.intake)
    early = _answered(journey)
    journey.left_alone()
    late = _answered(journey)
    for batch in (early, late, early):
        await recording.record(database, batch)
    answer = (await commands.begin(database, vault, done.number, "sign", KEY, BODY)).answer
    assert answer == journey.ticket.receipt()


async def test_a_refused_command_is_refused_again_and_its_texts_are_gone(
    database: Database, vault: Vault
) -> None:
    """What did not count leaves no words behind, and the same sentence is the answer to a repeat."""
    number = (await filed(database, vault)).number
    slot = await commands.begin(database, vault, number, "feedback", KEY, BODY, [REPLY])
    await commands.refuse(database, KEY, "WrongStage", "尚未签收。", "Not signed yet.", slot.attempt)
    assert await _ids(database, vault, number) == []
    again = await commands.begin(database, vault, number, "feedback", KEY, BODY, [REPLY])
    assert isinstance(again.refusal, WrongStage)
    assert (again.refusal.zh, again.refusal.en) == ("尚未签收。", "Not signed yet.")
    assert await _ids(database, vault, number) == []


async def test_a_refusal_does_not_touch_what_a_later_attempt_has_sent(
    database: Database, vault: Vault
) -> None:
    """Between refusal and its note, the same command may have been sent again and have counted."""
    number = (await filed(database, vault)).number
    first = await commands.begin(database, vault, number, "feedback", KEY, BODY, [REPLY])
    later = await commands.begin(database, vault, number, "feedback", KEY, BODY, [REPLY])
    await commands.refuse(database, KEY, "WrongStage", "不", "no", first.attempt)
    assert [later.texts["reply"].id] == await _ids(database, vault, number)
    assert (await commands.begin(database, vault, number, "feedback", KEY, BODY, [REPLY])).refusal is None


async def test_a_command_that_counted_cannot_be_refused_afterwards(database: Database, vault: Vault) -> None:
    """The history is the truth: an answer that was written stays, and so do its texts."""
    done = await filed(database, vault)
    slot = await commands.begin(database, vault, done.number, "feedback", KEY, BODY, [REPLY])
    await recording.record(database, _answered(Journey(done.intake)))
    await commands.refuse(database, KEY, "WrongStage", "不", "no", slot.attempt)
    again = await commands.begin(database, vault, done.number, "feedback", KEY, BODY, [REPLY])
    assert again.refusal is None
    assert again.answer is not None
    assert len(await _ids(database, vault, done.number)) == 1


async def test_an_answer_overrules_a_refusal(database: Database, vault: Vault) -> None:
    """Whatever was noted in between, the workflow's own record is the answer."""
    done = await filed(database, vault)
    await commands.begin(database, vault, done.number, "sign", KEY, BODY)
    await commands.refuse(database, KEY, "WrongStage", "不", "no", 1)
    await recording.record(database, _answered(Journey(done.intake)))
    again = await commands.begin(database, vault, done.number, "sign", KEY, BODY)
    assert again.refusal is None
    assert again.answer is not None


@pytest.mark.parametrize(("name", "body"), [("contact", BODY), ("sign", "other")])
async def test_a_key_used_for_something_else_is_refused(
    database: Database, vault: Vault, name: str, body: str
) -> None:
    """Another command or another body under the same key is a mistake of the client."""
    number = (await filed(database, vault)).number
    await commands.begin(database, vault, number, "sign", KEY, BODY)
    with pytest.raises(KeyReused):
        await commands.begin(database, vault, number, name, KEY, body)


async def test_a_key_used_for_another_ticket_is_refused(database: Database, vault: Vault) -> None:
    """A command belongs to one ticket; another ticket's answer never touches it."""
    here, there = await filed(database, vault), await filed(database, vault)
    await commands.begin(database, vault, here.number, "sign", KEY, BODY)
    with pytest.raises(KeyReused):
        await commands.begin(database, vault, there.number, "sign", KEY, BODY)
    await recording.record(database, _answered(Journey(there.intake)))
    assert (await commands.begin(database, vault, here.number, "sign", KEY, BODY)).answer is None


@pytest.mark.parametrize("texts", [(), (REPLY,)])
async def test_an_unknown_ticket_takes_no_command(
    database: Database, dsn: str, vault: Vault, texts: tuple[NewText, ...]
) -> None:
    """Nothing is noted for a number that was never issued."""
    with pytest.raises(UnknownTicket):
        await commands.begin(database, vault, "20261102-000017-3", "sign", KEY, BODY, texts)
    assert await rows(dsn, "SELECT count(*) FROM command") == [(0,)]


async def test_an_erased_ticket_takes_commands_but_no_more_words(database: Database, vault: Vault) -> None:
    """Without its key nothing can be sealed; the process goes on."""
    number = (await filed(database, vault)).number
    await erase(database, number)
    assert (await commands.begin(database, vault, number, "sign", KEY, BODY)).attempt == 1
    with pytest.raises(WrongStage):
        await commands.begin(database, vault, number, "note", "other", BODY, [REPLY])


async def test_twenty_at_once_are_one_command(database: Database, dsn: str, vault: Vault) -> None:
    """All attempts of one command carry the same references; exactly one is the first."""
    number = (await filed(database, vault)).number
    slots = await asyncio.gather(
        *(commands.begin(database, vault, number, "feedback", KEY, BODY, [REPLY]) for _ in range(20))
    )
    assert sorted(slot.attempt for slot in slots) == list(range(1, 21))
    assert len({slot.texts["reply"].id for slot in slots}) == 1
    assert await rows(dsn, "SELECT count(*) FROM vault_text WHERE command IS NOT NULL") == [(1,)]


@pytest.mark.parametrize("bad", ["\0", "\ud800"])
async def test_words_no_database_keeps_are_refused(database: Database, vault: Vault, bad: str) -> None:
    """The sender's mistake, said as one."""
    number = (await filed(database, vault)).number
    with pytest.raises(Malformed):
        await commands.begin(database, vault, number, "note", KEY, BODY, [NewText("text", bad)])
