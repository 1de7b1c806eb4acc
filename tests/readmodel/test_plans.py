"""No screen reads a whole table: the plan of every list on a database with tens of thousands of tickets."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from pydantic import ValidationError
from sqlalchemy import event, text

from domain.vocabulary import Channel, Ending, Level, RequestType, Stage, Status, Tier
from readmodel import (
    Database,
    archive,
    condition,
    connect,
    feed,
    incidents,
    industry,
    intake,
    notices,
    proposals,
    reconcile,
    recording,
    tickets,
)
from readmodel.cursors import Position
from readmodel.tickets import Filters
from readmodel.vault import Vault
from tests.conftest import TEMPLATE, database_url, execute
from tests.readmodel.records import filed, rows

TICKETS = 30_000
FILL = (
    """
    INSERT INTO request SELECT (jsonb_populate_record(first, jsonb_build_object(
        'number', 'n' || lpad(g::text, 6, '0'),
        'filed_at', filed_at + g * interval '1 minute',
        'phone_hash', 'p' || g / 4,
        'masked', CASE WHEN g % 5 = 0 THEN '小区噪音' WHEN g % 999 = 0 THEN '暖气不热' ELSE '其他' || g END,
        'grams', CASE WHEN g % 5 = 0 THEN '{小,区,噪,音,小区,区噪,噪音}'::text[]
                      WHEN g % 999 = 0 THEN '{暖,气,不,热,暖气,气不,不热}'::text[]
                      ELSE ARRAY['其', '他', '其他', 'x' || g] END))).*
    FROM request AS first, generate_series(1, $1) AS g
    """,
    """
    INSERT INTO ticket SELECT (jsonb_populate_record(first, jsonb_build_object(
        'number', filed.number, 'filed_at', filed.filed_at,
        'version', CASE WHEN g % 997 = 0 THEN 1 ELSE 9 END,
        'category', CASE WHEN g % 20 = 0 THEN 'heating.indoor' ELSE first.category END,
        'district', '1101' || lpad((g % 17)::text, 2, '0'), 'town', '1101' || lpad((g % 343)::text, 5, '0'),
        'unit', 'u' || g % 343)
        || CASE WHEN g < $1 * 0.9 THEN
            jsonb_build_object('stage', 'closed', 'status', 'closed', 'closed_at', filed.filed_at)
        ELSE jsonb_build_object(
            'stage', CASE WHEN g % 50 = 0 THEN 'dispatch' ELSE 'handle' END,
            'status', CASE WHEN g % 50 = 0 THEN 'awaiting_dispatch' ELSE 'handling' END,
            'holder', CASE WHEN g % 50 = 0 THEN 'desk' ELSE 'u' || g % 343 END,
            'level', CASE WHEN g % 400 = 1 THEN 'city' ELSE 'unit' END, 'overdue', g % 400 = 1,
            'next_due_at', filed.filed_at + interval '7 days',
            'wakes_at', filed.filed_at + interval '7 days') END)).*
    FROM ticket AS first, generate_series(1, $1) AS g
    JOIN request AS filed ON filed.number = 'n' || lpad(g::text, 6, '0')
    """,
    """
    INSERT INTO notice SELECT (jsonb_populate_record(null::notice, jsonb_build_object(
        'key', number || '/overdue/' || g, 'number', number, 'seq', g, 'recipient', 'u' || g % 343,
        'kind', 'overdue', 'at', filed_at, 'about', '{}'::jsonb))).*
    FROM (SELECT number, filed_at, row_number() OVER () AS g FROM ticket) AS t
    """,
    """
    INSERT INTO owed SELECT number, 'assist.1', 'u' || row_number() OVER () % 343, filed_at
    FROM ticket WHERE closed_at IS NULL
    """,
    """
    INSERT INTO incident SELECT (jsonb_populate_record(null::incident, jsonb_build_object(
        'number', 'I' || g, 'opened_at', now() - g * interval '1 day', 'unit', 'u1', 'category', 'heating',
        'key_hash', 'k' || g, 'body_hash', 'b', 'opening', '{}'::jsonb, 'version', 2, 'results', 1,
        'closed_at', CASE WHEN g > 3 THEN now() END, 'state', '{}'::jsonb, 'answers', '{}'::jsonb))).*
    FROM generate_series(1, 3000) AS g
    """,
    """
    INSERT INTO incident_member SELECT 'I' || 1 + g % 3000, number, filed_at, NULL,
        CASE WHEN g % 500 = 0 THEN 0 ELSE 1 END, filed_at, 1, filed_at, NULL
    FROM (SELECT number, filed_at, row_number() OVER () AS g FROM ticket) AS t
    """,
    """
    INSERT INTO vault_text SELECT number || '/reply/1', number, 'reply', NULL, 'x', 'd' FROM ticket
    """,
    """
    INSERT INTO command (key_hash, number, name, body_hash)
    SELECT number || '/1', number, 'sign', 'b' FROM ticket
    """,
    """
    INSERT INTO unit_ticket
    SELECT number, CASE WHEN g % 3 = 0 THEN 'u7' ELSE 'u' || g % 343 END, true, false, filed_at,
           CASE WHEN g % 600 > 0 THEN g END
    FROM (SELECT number, filed_at, row_number() OVER (ORDER BY number) AS g FROM ticket) AS t
    """,
    """
    INSERT INTO ticket_event
    SELECT number, 1, CASE WHEN g % 500 = 0 THEN 'objection_decided' ELSE 'filed' END, filed_at, '{}',
           jsonb_build_object('verdict', CASE WHEN g % 1000 = 0 THEN 'upheld' ELSE 'rejected' END)
    FROM (SELECT number, filed_at, row_number() OVER () AS g FROM ticket) AS t ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO history
    SELECT 'ticket/' || number, gen_random_uuid(), 'completed', filed_at, closed_at, 31, 9000, 'w', ''
    FROM ticket WHERE closed_at IS NOT NULL
    """,
)


@pytest.fixture(scope="module")
async def city(postgres_url: str) -> AsyncIterator[Database]:
    """A database with `TICKETS` tickets: nine tenths closed, one in 400 of the others overdue."""
    name = f"plans_{uuid4().hex[:12]}"
    await execute(postgres_url, f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}" STRATEGY FILE_COPY')
    url = database_url(postgres_url, name)
    database = connect(url, 2)
    await filed(database, Vault(b"k" * 32))
    for statement in FILL[:2]:
        await rows(url, statement, TICKETS)
    for statement in FILL[2:]:
        await rows(url, statement)
    await execute_in(url, "VACUUM ANALYZE")
    yield database
    await database.dispose()
    await execute(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')


async def execute_in(url: str, statement: str) -> None:
    """Run `statement` in the database at `url`."""
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


class Plans:
    """Listens to what a database is asked, and has each question explained."""

    def __init__(self, database: Database) -> None:
        """Begin to listen."""
        self.engine = database
        self.asked: list[tuple[str, Any]] = []
        event.listen(database.sync_engine, "before_cursor_execute", self._note)

    def _note(self, _c: object, _u: object, statement: str, values: Any, *_: object) -> None:  # noqa: ANN401
        if statement.lstrip().startswith(("SELECT", "WITH")):
            self.asked.append((statement, values))

    async def of(self, asking: Any) -> str:  # noqa: ANN401 - any call of the read model
        """Return the plan of the one question that `asking` put, with `asking` done."""
        self.asked.clear()
        await asking
        return await self.explained()

    async def explained(self) -> str:
        """Return the plan of the one question that was put."""
        (question,) = self.asked
        event.remove(self.engine.sync_engine, "before_cursor_execute", self._note)
        async with self.engine.connect() as connection:
            raw = await connection.get_raw_connection()
            driver: Any = raw.driver_connection
            await driver.execute("SET plan_cache_mode = force_custom_plan")
            plan = await driver.fetch("EXPLAIN " + question[0], *question[1])
        return "\n".join(str(row[0]) for row in plan)


FILTERS = {
    "everything": Filters(),
    "district": Filters(district="110105"),
    "town": Filters(town="110100042"),
    "unit": Filters(unit="u7"),
    "stage": Filters(stage=Stage.DISPATCH),
    "status": Filters(status=Status.HANDLING),
    "closed": Filters(stage=Stage.CLOSED),
    "type": Filters(type=RequestType.COMPLAINT),
    "category": Filters(category="heating"),
    "tier": Filters(tier=Tier.TIER_3),
    "channel": Filters(channel=Channel.WEB),
    "level": Filters(level=Level.CITY),
    "overdue": Filters(overdue=True),
    "an ending": Filters(ending=Ending.WITHDRAWN),
    "archived in a month": Filters(archived=True, district="110105"),
    "a day": Filters(
        filed_from=datetime(2026, 11, 25, tzinfo=UTC), filed_to=datetime(2026, 11, 26, tzinfo=UTC)
    ),
    "a person": Filters(phone_hash="p77"),
    "a common word": Filters(q="小区"),
    "a rare word": Filters(q="暖气"),
    "one character": Filters(q="暖"),
    "a long word": Filters(q="小区噪音"),
    "no such word": Filters(q="路灯"),
    "a word in a stage": Filters(q="暖气", stage=Stage.HANDLE),
    "alike by place": Filters(
        town="110100042",
        category="heating",
        is_open=True,
        besides="n000500",
        filed_from=datetime(2026, 11, 10, tzinfo=UTC),
    ),
    "alike by person": Filters(phone_hash="p77", besides="n000308"),
    "overdue in a district": Filters(overdue=True, district="110105"),
}


@pytest.mark.parametrize("name", FILTERS)
async def test_a_list_never_reads_a_whole_table(city: Database, name: str) -> None:
    """Every filter of the ticket list, alone and in pairs."""
    plan = await Plans(city).of(tickets.search(city, FILTERS[name], None, 50))
    assert "Seq Scan" not in plan


async def test_the_next_page_never_reads_a_whole_table(city: Database) -> None:
    """Nor does it read what was on the pages before."""
    mark = Position(datetime(2026, 11, 25, tzinfo=UTC), "n000500").mark()
    plan = await Plans(city).of(tickets.search(city, Filters(town="110100042"), mark, 50))
    assert "Seq Scan" not in plan
    assert "Sort" not in plan


@pytest.mark.parametrize("unit", ["u7", "desk"])
async def test_a_worklist_is_read_off_its_index_in_order(city: Database, unit: str) -> None:
    """The commonest screen sorts two pages into one, each read off its index in order."""
    plan = await Plans(city).of(tickets.worklist(city, unit, None, 50))
    assert "Seq Scan" not in plan
    assert "Index Only Scan using ticket_worklist" in plan
    assert "using ticket_desk" in plan
    assert "owed_unit" in plan


async def test_a_single_ticket_costs_two_index_lookups(city: Database) -> None:
    """Row and masked copy by number."""
    plan = await Plans(city).of(tickets.view(city, "n000500"))
    assert "Seq Scan" not in plan


async def test_notices_are_read_off_their_index_in_order(city: Database) -> None:
    """Newest first, without sorting."""
    plan = await Plans(city).of(notices.of(city, "u7", None, 50))
    assert "notice_recipient" in plan
    assert "Sort" not in plan


async def test_a_feed_is_read_off_its_index_in_order_from_its_mark(city: Database) -> None:
    """The line behind the mark, the facts of its tickets by number, and what waits for a place."""
    line = await Plans(city).of(feed._behind(city, "u7", 20_000, 50))
    assert "unit_ticket_line" in line
    assert "ticket_event_pkey" in line
    assert "Sort" not in line.partition("SubPlan")[0]
    async with city.connect() as connection:
        values = {"unit": "u7", "limit": 50}
        plans = [
            "\n".join(map(str, await connection.execute(text(f"EXPLAIN {asked.text}"), values)))
            for asked in (feed._IS_WAITING, feed._PLACE)
        ]
    for plan in (line, *plans):
        assert "Seq Scan" not in plan
    assert all("unit_ticket_waiting" in plan for plan in plans)


async def test_an_archive_is_read_off_indexes(city: Database) -> None:
    """One ticket among all of them, with all that belongs to it."""
    plan = await Plans(city).of(archive.whole(city, "n000500"))
    assert "command_number" in plan
    for table in ("vault_text", "ticket", "ticket_event", "notice", "request", "command"):
        assert f"Seq Scan on {table}" not in plan


async def test_reconciliation_reads_only_what_it_looks_for(city: Database) -> None:
    """Every minute, in an archive of any size."""
    plan = await Plans(city).of(reconcile.not_started(city, timedelta(0), 100))
    assert "request_pkey" in plan
    assert "Seq Scan on request" not in plan
    plan = await Plans(city).of(reconcile.behind(city, datetime(2026, 11, 1, tzinfo=UTC), timedelta(0), 100))
    assert "ticket_wakes" in plan
    plan = await Plans(city).of(reconcile.open_tickets(city, "n000500", 100))
    assert "Seq Scan" not in plan


async def test_how_the_city_stands_is_read_off_indexes(city: Database) -> None:
    """Every fifteen seconds by every API, with however many tickets open."""
    picture = city.execution_options(isolation_level="REPEATABLE READ")
    async with picture.connect() as connection:
        await connection.execute(condition._LIMIT)
        values = {"many": 10, "services": ["110"]}
        groups, queues = [
            "\n".join(map(str, await connection.execute(text(f"EXPLAIN {asked.text}"), values)))
            for asked in (condition._OPEN, condition._QUEUES)
        ]
    assert "Index Only Scan using ticket_open_now" in groups
    for index in ("ticket_wakes", "command_doubted", "owed_unit"):
        assert index in queues
    assert "Seq Scan on ticket" not in queues


async def test_an_incident_and_its_members_are_read_off_indexes(city: Database) -> None:
    """However many thousands of incidents there were."""
    mark = Position(datetime(2026, 11, 25, tzinfo=UTC), "n000500").mark()
    for asking in (
        incidents.members(city, "I7", mark, 50),
        incidents.members_to_notify(city, "I7", 1, "n000500", 50, timedelta(0)),
        incidents.waiting(city, "I7", 1),
        incidents.counts(city, "I7"),
    ):
        plan = await Plans(city).of(asking)
        assert "Seq Scan" not in plan
    plan = await Plans(city).of(incidents.overlooked(city, timedelta(0), 50))
    assert "Seq Scan on incident_member" not in plan
    assert "incident_member_waiting" in plan


async def test_lists_of_incidents_are_read_off_their_indexes(city: Database) -> None:
    """Newest first, all of them or the open ones."""
    for open_only, index in ((False, "incident_opened"), (True, "incident_open")):
        plans = Plans(city)
        with pytest.raises(ValidationError):  # the rows of this test have no state
            await plans.of(incidents.listed(city, None, 2, open_only=open_only))
        plan = await plans.explained()
        assert f"using {index} " in plan
        assert "Sort" not in plan


async def test_what_is_offered_to_the_directory_and_an_industry_s_tickets_are_read_off_an_index(
    city: Database,
) -> None:
    """Neither the event log nor the tickets are read through for them."""
    before_all = Position(datetime(2020, 1, 1, tzinfo=UTC), "n").mark()  # the rows are no real facts
    plan = await Plans(city).of(proposals.of_the_directory(city, before_all, 50))
    assert "event_upheld" in plan
    plan = await Plans(city).of(industry.of_categories(city, ["heating.indoor", "noise"], None, 50))
    assert "ticket_category" in plan
    assert "Seq Scan" not in plan


WRITES = {
    "the next number, or the earlier request": intake._NEXT,
    "filing": intake._FILE,
    "recording": recording._RECORD,
}


@pytest.mark.parametrize("name", WRITES)
async def test_a_write_never_reads_a_whole_table(city: Database, name: str) -> None:
    """With tens of thousands of tickets a write costs what it cost with none, by the plan that is kept."""
    compiled = WRITES[name].text
    values = ", ".join(["NULL"] * max(map(int, re.findall(r"\$(\d+)", compiled))))
    async with city.connect() as connection:
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        await driver.execute("SET plan_cache_mode = force_generic_plan")
        await driver.execute(f"PREPARE written AS {compiled}")
        plan = "\n".join(str(row[0]) for row in await driver.fetch(f"EXPLAIN EXECUTE written({values})"))
        await driver.execute("DEALLOCATE written; RESET plan_cache_mode")
    assert "Insert on" in plan or "Index Scan" in plan
    assert re.findall(r"Seq Scan on \w+", plan) == []
