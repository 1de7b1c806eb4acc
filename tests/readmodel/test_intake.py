"""Filing: once, whole, and under one number, whoever asks how often and whatever dies."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.errors import KeyReused, Malformed, Unavailable
from domain.facts.fact import FACT
from domain.numbers import read_number
from domain.rebuild.taking_in import first_account, take_in
from domain.vocabulary import Channel, Status
from readmodel import Database, connect, notices, tickets
from readmodel.intake import file_request
from readmodel.texts import originals
from readmodel.vault import Vault
from tests import sample
from tests.readmodel.records import (
    CITIZEN,
    DESCRIPTION,
    NAME,
    PHONE,
    cut_in_the_middle,
    filed,
    new_request,
    rows,
    statements,
)

COUNTS = """
SELECT (SELECT count(*) FROM request), (SELECT count(*) FROM ticket),
       (SELECT count(DISTINCT number) FROM ticket_event), (SELECT count(*) FROM vault_key),
       (SELECT count(*) FROM vault_text)
"""


async def test_a_request_is_stored_with_its_texts_event_and_row(
    database: Database, dsn: str, vault: Vault
) -> None:
    """All that filing promises is there afterwards, and the number is one."""
    done = await filed(database, vault, DESCRIPTION, **CITIZEN)
    assert read_number(done.number) == done.number
    assert not done.repeated
    assert await rows(dsn, COUNTS) == [(1, 1, 1, 1, 5)]
    events = await tickets.events(database, done.number)
    assert [FACT.validate_python(event.fact) for event in events] == take_in(done.intake).facts
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    shown = await tickets.view(database, done.number)
    assert shown is not None
    assert shown.view == first_account(done.intake).view.model_dump(mode="json")
    assert (done.status, shown.has_run, done.is_waiting) == (Status.AWAITING_SIGN, False, True)
    notified = await notices.of(database, sample.TOWN.code, None, 10)
    assert [notice.kind for notice in notified.rows] == ["dispatched"]
    said = {text.kind: text.text for text in await originals(database, vault, done.number)}
    assert said["description"] == DESCRIPTION
    assert (said["name"], said["phone"], said["position"]) == (NAME, PHONE, "40.071234,116.345678")
    stored = await tickets.request_of(database, done.number)
    assert stored is not None
    assert stored.intake == done.intake
    assert "路灯不亮" in stored.masked
    assert NAME not in stored.masked


async def test_a_request_without_a_requester_is_taken(database: Database, dsn: str, vault: Vault) -> None:
    """Nobody has to say who he is."""
    done = await filed(database, vault)
    assert [text.kind for text in await originals(database, vault, done.number)] == ["description"]
    assert await rows(dsn, "SELECT phone_hash, key_hash, external_id FROM request") == [(None, None, None)]


async def test_filing_costs_two_round_trips(database: Database, vault: Vault) -> None:
    """The citizen waits for two statements, no transaction around them."""
    await filed(database, vault)
    said = statements(database)
    await filed(database, vault, DESCRIPTION, **CITIZEN)
    assert len(said) == 2


async def test_the_same_key_returns_the_first_request(database: Database, dsn: str, vault: Vault) -> None:
    """A client that heard no answer asks again and gets the number it already has."""
    first = await filed(database, vault, idempotency_key="k1")
    again = await filed(database, vault, idempotency_key="k1")
    assert again.repeated
    assert (again.number, again.intake, again.filed_at, again.promised_at) == (
        first.number,
        first.intake,
        first.filed_at,
        first.promised_at,
    )
    assert await rows(dsn, COUNTS) == [(1, 1, 1, 1, 1)]


async def test_the_same_external_id_of_a_channel_returns_the_first_request(
    database: Database, vault: Vault
) -> None:
    """Another system may send a request twice; the same id from another channel is another request."""
    first = await filed(database, vault, external_id="X-1")
    again = await filed(database, vault, external_id="X-1")
    elsewhere = await filed(database, vault, external_id="X-1", channel=Channel.OPEN311)
    assert again.number == first.number
    assert elsewhere.number != first.number


@pytest.mark.parametrize("key", [{"idempotency_key": "k1"}, {"external_id": "X-1"}])
async def test_the_same_key_with_another_body_is_refused(
    database: Database, dsn: str, vault: Vault, key: dict[str, str]
) -> None:
    """A key that means two things would hide one of them."""
    await filed(database, vault, "路灯不亮", **key)
    with pytest.raises(KeyReused):
        await filed(database, vault, "井盖丢失", **key)
    assert await rows(dsn, COUNTS) == [(1, 1, 1, 1, 1)]


async def test_twenty_at_once_with_one_key_make_one_ticket(
    database: Database, dsn: str, vault: Vault
) -> None:
    """An impatient client, or a retry that meets the first try, files once."""
    done = await asyncio.gather(
        *(filed(database, vault, DESCRIPTION, idempotency_key="k1", **CITIZEN) for _ in range(20))
    )
    assert len({one.number for one in done}) == 1
    assert sum(not one.repeated for one in done) == 1
    assert await rows(dsn, COUNTS) == [(1, 1, 1, 1, 5)]


async def test_many_at_once_without_a_key_get_a_number_each(
    database: Database, dsn: str, vault: Vault
) -> None:
    """Numbers are never shared."""
    done = await asyncio.gather(*(filed(database, vault) for _ in range(40)))
    assert len({one.number for one in done}) == 40


async def test_numbers_that_are_taken_are_passed_over(database: Database, dsn: str, vault: Vault) -> None:
    """A sequence that was set back by a restore does not overwrite anybody."""
    first = await filed(database, vault)
    await rows(dsn, "SELECT setval('ticket_serial', 1, false)")
    assert (await filed(database, vault)).number != first.number


async def test_a_sequence_far_behind_fails_loudly(database: Database, dsn: str, vault: Vault) -> None:
    """More than a few numbers in a row that are taken are a fault that somebody must see."""
    for _ in range(3):
        await filed(database, vault)
    await rows(dsn, "SELECT setval('ticket_serial', 1, false)")
    with pytest.raises(RuntimeError, match="ticket_serial"):
        await filed(database, vault)


async def test_the_sequence_begins_again_after_a_million(database: Database, dsn: str, vault: Vault) -> None:
    """A number keeps its six digits."""
    await rows(dsn, "SELECT setval('ticket_serial', 999999, false)")
    last, next_one = await filed(database, vault), await filed(database, vault)
    assert (last.number[9:15], next_one.number[9:15]) == ("999999", "000001")


async def test_a_connection_that_dies_in_the_middle_leaves_nothing(
    database: Database, dsn: str, vault: Vault
) -> None:
    """Filing waits for a lock half-way, its connection is cut: nothing stays, and it can be repeated."""
    filing = filed(database, vault, DESCRIPTION, idempotency_key="k1", **CITIZEN)
    assert isinstance(await cut_in_the_middle(dsn, "ticket_event", filing), Unavailable)
    assert await rows(dsn, COUNTS) == [(0, 0, 0, 0, 0)]
    again = await filed(database, vault, DESCRIPTION, idempotency_key="k1", **CITIZEN)
    assert not again.repeated


async def test_nothing_is_filed_where_there_is_no_database(vault: Vault) -> None:
    """The citizen gets an error, and the caller may retry."""
    database = connect("postgresql://nobody:x@127.0.0.1:9/jiesu", 1)
    with pytest.raises(Unavailable):
        await filed(database, vault)
    await database.dispose()


@pytest.mark.parametrize("bad", ["\0", "a\0b", "\ud800", "x\udfff"])
@pytest.mark.parametrize(
    "field", ["description", "name", "phone", "address", "external_id", "idempotency_key"]
)
async def test_text_no_database_keeps_is_refused(
    database: Database, dsn: str, vault: Vault, field: str, bad: str
) -> None:
    """NUL and half a surrogate pair are the sender's mistake, not a failure of ours."""
    new = new_request()
    with pytest.raises(Malformed):
        await file_request(database, vault, replace(new, **{field: bad}))
    assert await rows(dsn, COUNTS) == [(0, 0, 0, 0, 0)]


async def test_odd_but_valid_text_comes_back_as_it_was(database: Database, vault: Vault) -> None:
    """Rare characters, emoji, joiners, quotes, backslashes and line ends survive."""
    odd = "𠮷野家👩‍👩‍👧 'x' \"y\" \\ \r\n\t %s :name {braces} $1 \u202e"
    done = await filed(database, vault, odd)
    assert [text.text for text in await originals(database, vault, done.number)] == [odd]


async def test_when_it_happened_is_kept_beside_when_it_was_filed(database: Database, vault: Vault) -> None:
    """An instant given by the requester is stored as it was meant."""
    happened = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
    done = await filed(database, vault, occurred_at=happened)
    stored = await tickets.request_of(database, done.number)
    assert stored is not None
    assert (stored.occurred_at, stored.filed_at) == (happened, done.filed_at)


async def test_an_unknown_number_has_no_request(database: Database) -> None:
    """What was never filed is null, not an error."""
    assert await tickets.request_of(database, "20261102-000017-3") is None
