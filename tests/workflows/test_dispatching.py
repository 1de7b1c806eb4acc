"""Dispatch: by the directory, by a dispatcher's choice, and once more to another unit."""

import asyncio
from datetime import UTC, datetime, time, timedelta

from temporalio.client import WorkflowUpdateFailedError

from domain import messages as m
from domain.facts import main_line as f
from domain.vocabulary import ClockName, DispatchMode, Role, Status
from tests import sample
from tests.workflows.city import BEIJING, City, handler_of

DISPATCH = m.Dispatch(actor=sample.DISPATCHER)
TO_THE_OTHER_TOWN = m.Reassign(actor=sample.DISPATCHER, unit=sample.OTHER_TOWN.code, reason=sample.TEXT)
OTHER_HANDLER = handler_of(sample.OTHER_TOWN.code)


async def test_a_ticket_with_one_unit_in_the_directory_dispatches_itself(city: City) -> None:
    """The act stands on record as the system's, with the directory's row; the district gets its copy."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    (dispatched,) = await ticket.facts_of(f.Dispatched)
    assert (dispatched.by_directory, dispatched.actor.role) == (True, Role.SYSTEM)
    assert dispatched.routing.row == "directory.csv:2"
    await ticket.agrees_with_database()
    notified = {(notice.kind, notice.to) for notice in city.database.notices(ticket.number).values()}
    assert notified == {
        ("dispatched", sample.TOWN.code),
        ("copied", sample.DISTRICT_DESK.code),
        ("dispatched", "requester"),
    }


async def test_a_ticket_the_directory_is_unsure_of_waits_for_the_dispatcher(city: City) -> None:
    """It waits on the city desk's list with midnight as its alarm, and leaves for the proposed unit."""
    ticket = await city.files(certain=False)
    view = await ticket.comes_to(Status.AWAITING_DISPATCH)
    assert (view.proposed_unit, view.unit) == (sample.TOWN, None)
    alarm = await ticket.clock(ClockName.DISPATCH_BY, 0)
    assert alarm.due_at.astimezone(BEIJING).time() == time(0)
    assert alarm.holder == sample.CITY_DESK
    await ticket.receives("dispatch", DISPATCH)
    (dispatched,) = await ticket.facts_of(f.Dispatched)
    assert (dispatched.assignment.unit, dispatched.by_directory) == (sample.TOWN, False)
    assert (await ticket.clock(ClockName.DISPATCH_BY, 0)).standing == "met"


async def test_a_ticket_nobody_dispatches_alarms_the_city_desk_at_midnight(city: City) -> None:
    """The same-day alarm rings once, its answer-by clock runs out once, and the ticket can still leave."""
    ticket = await city.files(certain=False)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    midnight = (await ticket.clock(ClockName.DISPATCH_BY, 0)).due_at
    await city.comes_to(midnight + timedelta(seconds=1))
    await ticket.shows(lambda view: view.overdue)
    await city.passes(timedelta(days=3))
    (escalated,) = await ticket.facts_of(f.Escalated)
    assert (escalated.desk, escalated.level) == (sample.CITY_DESK, "city")
    assert len(await ticket.facts_of(f.LadderExhausted)) == 1
    assert (await ticket.status()).status is Status.AWAITING_DISPATCH
    await ticket.receives("dispatch", DISPATCH)
    assert (await ticket.clock(ClockName.DISPATCH_BY, 0)).standing == "late"
    assert (await ticket.status()).overdue is False


async def test_a_dispatcher_may_send_it_to_a_unit_of_their_choice(city: City) -> None:
    """The heating company instead of the town: the edition is asked about it, the record says who chose."""
    ticket = await city.files(certain=False)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    choice = m.Dispatch(actor=sample.DISPATCHER, unit=sample.HEATING.code, reason=sample.TEXT)
    receipt = await ticket.receives("dispatch", choice)
    assert receipt.unit == sample.HEATING
    (dispatched,) = await ticket.facts_of(f.Dispatched)
    assert (dispatched.mode, dispatched.actor) == (DispatchMode.DIRECT, sample.DISPATCHER)
    (asked,) = city.edition.asked
    assert isinstance(asked, m.AssignmentQuery)
    assert asked.unit == sample.HEATING.code


async def test_a_unit_the_edition_does_not_know_is_refused(city: City) -> None:
    """A code that is no unit's is refused as such and leaves the ticket where it was."""
    ticket = await city.files(certain=False)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    choice = m.Dispatch(actor=sample.DISPATCHER, unit="NOBODY", reason=sample.TEXT)
    assert await ticket.refuses("dispatch", choice) == "UnknownCode"
    assert (await ticket.status()).status is Status.AWAITING_DISPATCH


async def test_of_two_dispatchers_at_once_one_counts(city: City) -> None:
    """Both ask the edition at the same time; the second hears that the ticket has left."""
    ticket = await city.files(certain=False)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    choices = [
        m.Dispatch(actor=sample.DISPATCHER, unit=unit.code) for unit in (sample.HEATING, sample.OTHER_TOWN)
    ]
    heard = await asyncio.gather(
        *(ticket.receives("dispatch", choice) for choice in choices), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in heard) == [
        "Receipt",
        WorkflowUpdateFailedError.__name__,
    ]
    assert len(await ticket.facts_of(f.Dispatched)) == 1


async def test_sign_and_contact_restart_for_another_unit_under_the_old_limit(city: City) -> None:
    """Two days in, the matter is the other town's: fresh sign and contact clocks, the promise unmoved."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.signs()
    promised = (await ticket.status()).promised_at
    await city.passes(timedelta(days=2))
    receipt = await ticket.receives("reassign", TO_THE_OTHER_TOWN)
    assert (receipt.unit, receipt.status, receipt.promised_at) == (
        sample.OTHER_TOWN,
        Status.AWAITING_SIGN,
        promised,
    )
    clocks = await ticket.clocks()
    (reassigned,) = await ticket.facts_of(f.Reassigned)
    assert clocks["sign_by.2"].due_at - reassigned.at == timedelta(hours=2)
    assert clocks["contact_by.2"].due_at - reassigned.at == timedelta(hours=24)
    assert "feedback_by.2" not in clocks
    assert await ticket.refuses("sign", m.Sign(actor=sample.HANDLER)) == "WrongActor"
    await ticket.is_handled(OTHER_HANDLER)
    await city.comes_to((promised or datetime.now(UTC)) + timedelta(seconds=1))
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers()
    assert (await ticket.ends()).unit == sample.OTHER_TOWN


async def test_clocks_of_a_late_reassignment_end_with_the_limit(city: City) -> None:
    """One hour before the promise, the new unit has one hour to sign and to contact."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.signs()
    limit = (await ticket.clock(ClockName.FEEDBACK_BY)).due_at
    await city.comes_to(limit - timedelta(hours=1))
    await ticket.receives("reassign", TO_THE_OTHER_TOWN)
    clocks = await ticket.clocks()
    assert clocks["sign_by.2"].due_at == limit
    assert clocks["contact_by.2"].due_at == limit


async def test_a_ticket_cannot_be_given_to_the_unit_that_has_it(city: City) -> None:
    """A reassignment to itself would only restart the clocks."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    again = TO_THE_OTHER_TOWN.model_copy(update={"unit": sample.TOWN.code})
    assert await ticket.refuses("reassign", again) == "WrongStage"


async def test_a_district_neither_gives_a_ticket_away_nor_back(city: City) -> None:
    """Inside its own borders and forward; the city's desk may give it back."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    by_the_district = TO_THE_OTHER_TOWN.model_copy(update={"actor": sample.DISTRICT_SUPERVISOR})
    away = by_the_district.model_copy(update={"unit": sample.HEATING.code})
    assert await ticket.refuses("reassign", away) == "WrongStage"
    assert (await ticket.receives("reassign", by_the_district)).unit == sample.OTHER_TOWN
    back = TO_THE_OTHER_TOWN.model_copy(update={"unit": sample.TOWN.code})
    district_s = back.model_copy(update={"actor": sample.DISTRICT_SUPERVISOR})
    assert await ticket.refuses("reassign", district_s) == "WrongStage"
    assert (await ticket.receives("reassign", back)).unit == sample.TOWN
