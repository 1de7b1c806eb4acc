"""What the event log offers to the directory, and the tickets of an industry."""

import csv

import pytest

from domain import messages as m
from domain.dispatch.industry import ConfirmIndustry, DisownIndustry
from domain.dispatch.objecting import DecideObjection, Object
from domain.errors import Malformed
from domain.vocabulary import Role, Verdict
from readmodel import Database, industry, proposals, tickets
from readmodel.vault import Vault
from rules.proposals import COLUMNS, csv_row
from rules.tables import DirectoryRow, Origin
from tests import sample
from tests.domain.journey import Journey
from tests.domain.test_dual import dual_intake
from tests.readmodel.records import filed, rows, written

REVIEWER = m.Actor(unit=sample.CITY_DESK.code, role=Role.REVIEWER, person="R1")


async def _reviewed(database: Database, vault: Vault, verdict: Verdict) -> str:
    """Write a ticket whose unit objected, with the verdict; return its number."""
    journey = Journey((await filed(database, vault)).intake)
    journey.wait(minutes=1)
    journey.take("object", Object(actor=journey.handler, reason=sample.TEXT, basis_code="ORD-12"))
    unit = sample.WATER.code if verdict is Verdict.UPHELD else None
    decide = DecideObjection(actor=REVIEWER, verdict=verdict, unit=unit, reason=sample.TEXT)
    journey.take("decide_objection", decide)
    await written(database, journey)
    return journey.ticket.number


async def test_upheld_objections_are_offered_newest_first_and_rejected_ones_are_not(
    database: Database, vault: Vault
) -> None:
    """Page by page, each once, with what a keeper of the rules needs."""
    upheld = [await _reviewed(database, vault, Verdict.UPHELD) for _ in range(3)]
    await _reviewed(database, vault, Verdict.REJECTED)
    first = await proposals.of_the_directory(database, None, 2)
    rest = await proposals.of_the_directory(database, first.next, 2)
    found = [offered.number for offered in (*first.rows, *rest.rows)]
    assert found == list(reversed(upheld))
    assert rest.next is None
    assert first.rows[0].lead == sample.WATER
    with pytest.raises(Malformed):
        await proposals.of_the_directory(database, "nonsense", 2)


async def test_an_offered_row_can_be_pasted_into_the_directory(database: Database, vault: Vault) -> None:
    """The columns of `directory.csv`, readable as a row of it."""
    number = await _reviewed(database, vault, Verdict.UPHELD)
    offered = (await proposals.of_the_directory(database, None, 1)).rows[0]
    values = dict(zip(COLUMNS, next(csv.reader([csv_row(offered)])), strict=True))
    given = {name: value for name, value in values.items() if value}
    row = DirectoryRow.model_validate({**given, "origin": Origin(file="directory.csv", line=1)})
    assert (row.matter, row.place, row.lead) == ("environment.noise", sample.TOWN.code, sample.WATER.code)
    assert number in row.source


async def test_an_industry_s_tickets_are_listed_with_what_its_department_said(
    database: Database, vault: Vault
) -> None:
    """All of its categories, newest first, each once; other categories are not in it."""
    journeys = [Journey((await filed(database, vault)).intake) for _ in range(3)]
    water = m.Actor(unit=sample.WATER.code, role=Role.HANDLER)
    journeys[0].take("confirm_industry", ConfirmIndustry(actor=water))
    journeys[1].take("confirm_industry", ConfirmIndustry(actor=water))
    journeys[1].take("disown_industry", DisownIndustry(actor=water, reason=sample.TEXT))
    for journey in journeys:
        await written(database, journey)
    matters = ["environment.noise", "water.pipe"]
    first = await industry.of_categories(database, matters, None, 2)
    rest = await industry.of_categories(database, matters, first.next, 2)
    found = [(row.number, standing) for row, standing in (*first.rows, *rest.rows)]
    numbers = [journey.ticket.number for journey in reversed(journeys)]
    assert found == list(zip(numbers, ["open", "disowned", "confirmed"], strict=True))
    assert not (await industry.of_categories(database, ["water.pipe"], None, 2)).rows


async def test_a_parallel_unit_sees_a_dual_ticket_from_the_instant_of_filing(
    database: Database, vault: Vault, dsn: str
) -> None:
    """What it owes is written with the request, before any workflow has run."""
    routing = dual_intake().routing

    def make_intake(number: str, filed_at: object, ref: m.TextRef) -> m.Intake:
        intake = sample.intake(number=number)
        return intake.model_copy(update={"routing": routing, "filed_at": filed_at, "description": ref})

    done = await filed(database, vault, make_intake=make_intake)
    page = await tickets.worklist(database, sample.WATER.code, None, 10)
    assert [row.number for row in page.rows] == [done.number]
    assert await rows(dsn, "SELECT task, unit FROM owed") == [("parallel.1", sample.WATER.code)]
