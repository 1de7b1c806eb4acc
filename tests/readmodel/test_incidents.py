"""Incidents in the database: opened once, written forward, and members as their tickets say."""

import re
from datetime import datetime, timedelta

import pytest

from domain.errors import KeyReused, UnknownCode, WrongActor
from domain.incident import incident as rules
from domain.incident.incident import IncidentAccount, Opening
from domain.incident.membership import LeaveIncident, take_result
from domain.messages import TextRef
from readmodel import Database, incidents, recording
from readmodel.texts import originals
from readmodel.vault import Vault
from tests import sample
from tests.domain import outage
from tests.domain.journey import Journey
from tests.domain.outage import INCIDENT
from tests.readmodel.records import batches, rows, written

ABOUT = "主管道破裂,值班电话13800138000"
LEAVE = LeaveIncident(actor=sample.DISPATCHER, reason=sample.TEXT)
AT_ONCE, NEVER = timedelta(0), timedelta(days=1)


def make(number: str, at: datetime, about: TextRef) -> Opening:
    """Return the start argument of an outage."""
    return outage.opening(number).model_copy(update={"opened_at": at, "about": about})


async def opened(database: Database, vault: Vault, key: str = "k1") -> Opening:
    """Open an outage."""
    return (await incidents.open_incident(database, vault, key, "b", ABOUT, make))[0]


def member(number: str, incident: str = INCIDENT) -> Journey:
    """Return a ticket that has joined."""
    journey = Journey(sample.intake(number=number))
    brief = outage.brief().model_copy(update={"number": incident})
    journey.take("join_incident", outage.join(incident=incident), brief)
    return journey


async def test_an_incident_is_opened_once_and_its_text_is_sealed(database: Database, vault: Vault) -> None:
    """The same key gives the same incident; another body under it is refused."""
    opening, repeated = await incidents.open_incident(database, vault, "k1", "b", ABOUT, make)
    assert re.fullmatch(r"I\d{8}-\d{6}", opening.number)
    assert not repeated
    assert await incidents.open_incident(database, vault, "k1", "b", ABOUT, make) == (opening, True)
    with pytest.raises(KeyReused):
        await incidents.open_incident(database, vault, "k1", "other", ABOUT, make)
    (text,) = await originals(database, vault, opening.number)
    assert (text.kind, text.text) == ("about", ABOUT)
    assert (await opened(database, vault, "k2")).number != opening.number


async def test_what_may_not_be_opened_leaves_nothing_behind(database: Database, vault: Vault) -> None:
    """The rule is asked before anything is written."""

    def refuse(number: str, at: datetime, about: TextRef) -> Opening:
        opening = make(number, at, about).model_copy(update={"actor": sample.REQUESTER})
        return rules.begin_incident(opening).opening

    with pytest.raises(WrongActor):
        await incidents.open_incident(database, vault, "k1", "b", ABOUT, refuse)
    assert (await incidents.listed(database, None, 10, open_only=False)).rows == ()


async def test_an_older_account_never_replaces_a_newer_one(database: Database, vault: Vault) -> None:
    """Two writes may overtake each other."""
    opening = await opened(database, vault)
    first = rules.begin_incident(opening)
    second = rules.give_result(first, outage.give_result(), sample.MONDAY)
    account = IncidentAccount(incident=second, answers={"k": second.receipt()})
    await incidents.record(database, account)
    await incidents.record(database, IncidentAccount(incident=first))
    stored = await incidents.stored(database, opening.number)
    assert stored == incidents.StoredIncident(second, {"k": second.receipt()})
    brief = await incidents.brief(database, opening.number)
    assert (brief.lead, brief.result, brief.closed) == (opening.lead, second.results[0], False)
    assert await incidents.stored(database, "I20990101-000001") is None
    with pytest.raises(UnknownCode):
        await incidents.brief(database, "I20990101-000001")


async def test_open_ones_are_listed_apart_newest_first(database: Database, vault: Vault) -> None:
    """Page by page."""
    numbers = [(await opened(database, vault, f"k{i}")).number for i in range(3)]
    stored = await incidents.stored(database, numbers[1])
    assert stored is not None
    close = rules.CloseIncident(actor=sample.DISPATCHER)
    closed = rules.close_incident(stored.incident, close, 0, sample.MONDAY)
    await incidents.record(database, IncidentAccount(incident=closed))
    page = await incidents.listed(database, None, 2, open_only=False)
    rest = await incidents.listed(database, page.next, 2, open_only=False)
    assert [one.number for one in (*page.rows, *rest.rows)] == numbers[::-1]
    open_ones = await incidents.listed(database, None, 5, open_only=True)
    assert [one.number for one in open_ones.rows] == [numbers[2], numbers[0]]


async def test_membership_is_written_with_the_ticket(database: Database, dsn: str) -> None:
    """Joined, told, left: each as soon as the ticket's own account says so."""
    journey = member("20261102-000001-1")
    await written(database, journey)
    assert await incidents.counts(database, INCIDENT) == incidents.Counts(1, 0, 0, 0)
    journey.take("leave_incident", LEAVE)
    await written(database, journey)
    assert await incidents.counts(database, INCIDENT) == incidents.Counts(0, 1, 0, 0)
    journey.take("join_incident", outage.join(), outage.brief())
    journey.act(take_result(journey.ticket, outage.result_signal(), journey.now))
    await written(database, journey)
    assert await incidents.counts(database, INCIDENT) == incidents.Counts(1, 0, 1, 0)
    (found,) = (await incidents.members(database, INCIDENT, None, 10)).rows
    assert (found.told, found.left_at) == (1, None)
    assert found.view is not None
    assert found.view["status"] == "feedback_given"
    assert len(await rows(dsn, "SELECT FROM incident_member")) == 1


async def test_writing_the_same_account_again_changes_no_member(database: Database, dsn: str) -> None:
    """Every write of a member's ticket looks at its row and leaves it alone."""
    journey = member("20261102-000001-1")
    for batch in batches(journey, (1000,)) * 2:
        await recording.record(database, batch)
    (row,) = await rows(dsn, "SELECT xmin::text, cmin::text FROM incident_member")
    await written(database, journey)
    assert await rows(dsn, "SELECT xmin::text, cmin::text FROM incident_member") == [row]


async def test_one_ticket_may_leave_one_incident_and_join_another(database: Database) -> None:
    """Also when both are written at once."""
    journey = member("20261102-000001-1")
    journey.take("leave_incident", LEAVE)
    other = "I20261102-000002"
    brief = outage.brief().model_copy(update={"number": other})
    journey.take("join_incident", outage.join(incident=other), brief)
    await written(database, journey)
    assert (await incidents.counts(database, INCIDENT)).members == 0
    assert (await incidents.counts(database, other)).members == 1


async def test_members_are_notified_page_by_page_and_not_twice_in_a_row(database: Database) -> None:
    """Who was sent the result is on its way; after a while it is sent again; who took it is done."""
    numbers = [f"20261102-00000{i}-1" for i in range(5)]
    journeys = [member(number) for number in numbers]
    for journey in journeys:
        await written(database, journey)
    first = await incidents.members_to_notify(database, INCIDENT, 1, None, 3, NEVER)
    assert first == numbers[:3]
    assert await incidents.members_to_notify(database, INCIDENT, 1, first[-1], 3, NEVER) == numbers[3:]
    await incidents.note_sent(database, INCIDENT, 1, numbers, [numbers[4]])
    assert await incidents.members_to_notify(database, INCIDENT, 1, None, 9, NEVER) == []
    assert await incidents.members_to_notify(database, INCIDENT, 1, None, 9, AT_ONCE) == numbers[:4]
    assert await incidents.waiting(database, INCIDENT, 1) == 4
    journeys[0].act(take_result(journeys[0].ticket, outage.result_signal(), journeys[0].now))
    await written(database, journeys[0])
    assert await incidents.waiting(database, INCIDENT, 1) == 3
    assert await incidents.counts(database, INCIDENT) == incidents.Counts(5, 0, 1, 1)
    journeys[1].left_alone()
    await written(database, journeys[1])
    assert await incidents.waiting(database, INCIDENT, 1) == 2
    page = await incidents.members(database, INCIDENT, None, 2)
    rest = await incidents.members(database, INCIDENT, page.next, 9)
    assert sorted(found.number for found in (*page.rows, *rest.rows)) == numbers


async def test_who_was_overlooked_is_found(database: Database, vault: Vault, dsn: str) -> None:
    """Joined in the instant of the result, or lost on the way; nobody while there is no result."""
    opening = await opened(database, vault)
    await written(database, member("20261102-000001-1", opening.number))
    assert await incidents.overlooked(database, AT_ONCE, 9) == []
    resolved = rules.give_result(rules.begin_incident(opening), outage.give_result(), sample.MONDAY)
    await incidents.record(database, IncidentAccount(incident=resolved))
    assert await incidents.overlooked(database, AT_ONCE, 9) == [(opening.number, resolved.results[0])]
    await incidents.note_sent(database, opening.number, 1, ["20261102-000001-1"], [])
    assert await incidents.overlooked(database, NEVER, 9) == []
    assert len(await incidents.overlooked(database, AT_ONCE, 9)) == 1
    journey = member("20261102-000001-1", opening.number)
    journey.reassign(sample.assignment(sample.OTHER_TOWN))
    await written(database, journey)
    assert await incidents.overlooked(database, AT_ONCE, 9) == []
    assert await rows(dsn, "SELECT FROM incident_member WHERE left_at IS NULL") == []
