"""The projection rebuilt from the log: nothing differs where all is well, each wreck is mended."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

import pytest

from domain.messages import Intake, TextRef
from domain.rebuild.rebuilding import Unfoldable, account_of, read_log, text_ids
from domain.rebuild.taking_in import take_in
from readmodel import Database, rebuilding, recording, texts
from readmodel.intake import NewRequest, file_request
from readmodel.rebuilding import Difference
from readmodel.vault import Vault
from tests.domain.journey import Journey
from tests.domain.lives import LIVES, helped, merged
from tests.readmodel.records import batches, filed, rows

TABLES = {
    "ticket": "to_jsonb(t) - 'recorded_at'",
    "ticket_event": "to_jsonb(t)",
    "notice": "to_jsonb(t)",
    "owed": "to_jsonb(t)",
    "unit_ticket": "to_jsonb(t) - 'changed_at' - 'place'",
    "incident_member": "to_jsonb(t) - 'sent' - 'sent_at' - 'missed_at'",
}
"""What follows from facts, in each table; the rest is where a line or a delivery has got to."""


class Wreck(NamedTuple):
    """One way to spoil what is derived, and the place where it has to be found."""

    statement: str
    place: str
    column: str


WRECKS = [
    Wreck("UPDATE ticket SET stage = 'nowhere'", "ticket", "stage"),
    Wreck("UPDATE ticket SET holder = 'X', overdue = NOT overdue", "ticket", "holder"),
    Wreck("UPDATE ticket SET view = view - 'tasks'", "ticket", "view"),
    Wreck("UPDATE ticket SET wakes_at = now(), closed_at = NULL, version = 99", "ticket", "version"),
    Wreck("UPDATE ticket SET written_at = 'epoch'", "ticket", "written_at"),
    Wreck("DELETE FROM ticket", "ticket", "missing"),
    Wreck("DELETE FROM notice WHERE hashtext(key) % 2 = 0", "notice", "missing"),
    Wreck("UPDATE notice SET recipient = 'nobody', at = now()", "notice", "recipient"),
    Wreck("UPDATE notice SET about = '{}'", "notice", "about"),
    Wreck("INSERT INTO notice SELECT key || '/again', number, seq, recipient, kind, at, about FROM notice",
          "notice", "surplus"),
    Wreck("UPDATE ticket_event SET kind = 'nothing', at = now()", "ticket_event", "kind"),
    Wreck("UPDATE ticket_event SET actor = '{}'", "ticket_event", "actor"),
    Wreck("DELETE FROM ticket_event WHERE seq = 1", "ticket_event", "missing"),
    Wreck("INSERT INTO owed SELECT number, 'no.1', 'X', now() FROM ticket", "owed", "surplus"),
    Wreck("DELETE FROM owed", "owed", "missing"),
    Wreck("UPDATE owed SET unit = 'X'", "owed", "unit"),
    Wreck("DELETE FROM unit_ticket", "unit_ticket", "missing"),
    Wreck("UPDATE unit_ticket SET has_part = NOT has_part", "unit_ticket", "has_part"),
    Wreck("DELETE FROM incident_member", "incident_member", "missing"),
    Wreck("UPDATE incident_member SET told = told + 1, joined_at = now()", "incident_member", "told"),
    Wreck("INSERT INTO incident_member SELECT 'I0', number, now(), NULL, 0 FROM ticket",
          "incident_member", "surplus"),
]  # fmt: skip


async def _lived(
    database: Database, vault: Vault, sizes: random.Random, lives: Sequence[Callable[[], Journey]] = LIVES
) -> list[Journey]:
    """Let every life be lived as far as it goes and, once more, only in part; return them."""
    journeys: list[Journey] = []
    for life in lives:
        made = life()

        def make_intake(number: str, _at: datetime, ref: TextRef, given: Intake = made.intake) -> Intake:
            return given.model_copy(update={"number": number, "description": ref})

        request = NewRequest(
            channel=made.intake.channel, description="路灯不亮", body_hash="0", make_intake=make_intake
        )
        intake = (await file_request(database, vault, request)).intake
        journey = Journey(intake)
        journey.log[1:] = made.log[1:]
        account = account_of(intake, journey.log)
        journey.ticket = account.ticket
        pieces = batches(journey, _instants(journey, sizes))
        for batch in pieces[: sizes.choice((len(pieces), max(1, len(pieces) // 2)))]:
            await recording.record(database, batch)
        journeys.append(journey)
    return journeys


def _instants(journey: Journey, sizes: random.Random) -> list[int]:
    """Return how many facts each write has: those of one instant together, some instants in one write."""
    known = len(take_in(journey.intake).facts)
    counts = [len(list(same)) for _, same in groupby(journey.log[known:], key=lambda fact: fact.at)]
    found, counts = [known - 1], [*counts]
    while counts:
        together = sizes.randint(1, 3)
        found.append(sum(counts[:together]))
        del counts[:together]
    return found


async def _state(dsn: str) -> dict[str, list[tuple[object, ...]]]:
    return {
        table: await rows(dsn, f"SELECT {what} FROM {table} AS t ORDER BY 1")
        for table, what in TABLES.items()
    }


async def _accounts(database: Database) -> list[rebuilding.Document]:
    kept = await rebuilding.page(database, "", 1000)
    found: list[rebuilding.Document] = []
    for one in kept:
        account = account_of(one.intake, read_log(one.intake, one.log))
        at = one.seen.written_at if one.seen and one.seen.written_at >= account.written_from else None
        found.append(rebuilding.document(account, one.seen, at or account.written_from))
    return found


async def _check(database: Database) -> list[Difference]:
    return await rebuilding.compare(database, await _accounts(database))


async def test_what_was_written_is_what_follows(database: Database, vault: Vault) -> None:
    """Every life, whole and half, written in pieces of any size: no difference anywhere."""
    await _lived(database, vault, random.Random(7))
    assert await _check(database) == []


async def test_every_wreck_is_found_and_mended(database: Database, dsn: str, vault: Vault) -> None:
    """Rows deleted, made up, spoilt: each is named, and afterwards everything is as it was before."""
    await _lived(database, vault, random.Random(11), (helped, merged))
    before = await _state(dsn)
    for wreck in WRECKS:
        await rows(dsn, wreck.statement)
        found = await _check(database)
        assert any(one.place.split()[0] == wreck.place and wreck.column in one.columns for one in found), (
            wreck
        )
        spoilt = {one.number for one in found}
        accounts = [one for one in await _accounts(database) if one["number"] in spoilt]
        assert set(await rebuilding.write(database, accounts)) == spoilt
        assert await _check(database) == [], wreck
        now = await _state(dsn)
        assert {table: now[table] for table in now if now[table] != before[table]} == {}, wreck


async def test_of_two_notices_of_one_key_the_first_is_what_was_sent(
    database: Database, dsn: str, vault: Vault
) -> None:
    """The facts of other code may name one twice: no difference, and no failure when its row is lost."""
    await _lived(database, vault, random.Random(11), (helped,))
    before = await _state(dsn)
    (account,) = await _accounts(database)
    first = account["notices"][0]
    twice = {**account, "notices": [{**first, "seq": first["seq"] + 1, "about": {}}, *account["notices"]]}
    assert await rebuilding.compare(database, [twice]) == []
    await rows(dsn, "DELETE FROM notice")
    assert await rebuilding.write(database, [twice]) == [account["number"]]
    assert await _state(dsn) == before


async def test_an_older_account_never_replaces_what_was_written_meanwhile(
    database: Database, dsn: str, vault: Vault
) -> None:
    """Read, then the workflow writes, then the rebuild: the workflow's write stays, whole."""
    intake = (await filed(database, vault)).intake
    journey = Journey(intake)
    await rows(dsn, "UPDATE ticket SET stage = 'nowhere'")
    old = await _accounts(database)
    journey.sign()
    known = len(take_in(intake).facts)
    for batch in batches(journey, (known - 1, 1000)):
        await recording.record(database, batch)
    written = await _state(dsn)
    assert await rebuilding.write(database, old) == []
    assert await _state(dsn) == written


async def test_a_log_with_a_gap_makes_no_ticket(database: Database, dsn: str, vault: Vault) -> None:
    """A fact in the middle is gone: the place is named, nothing is guessed."""
    await filed(database, vault)
    await rows(dsn, "DELETE FROM ticket_event WHERE seq = 2")
    (kept,) = await rebuilding.page(database, "", 10)
    with pytest.raises(Unfoldable, match="fact 2 is missing"):
        read_log(kept.intake, kept.log)


async def test_texts_that_nobody_erased_and_the_vault_lacks_are_named(
    database: Database, dsn: str, vault: Vault
) -> None:
    """An erased ticket is none of them."""
    lost, erased = (await filed(database, vault)).intake, (await filed(database, vault)).intake
    await texts.erase(database, erased.number)
    await rows(dsn, "DELETE FROM vault_text WHERE id = $1", lost.description.id)
    named = text_ids([lost.model_dump(mode="json"), erased.model_dump(mode="json")])
    assert await rebuilding.lost_texts(database, named) == {lost.description.id}
