"""The activity `record`, as the engine runs it."""

import pytest
from temporalio.testing import ActivityEnvironment

from activities.measuring import Meters
from activities.recording import Recording
from clock import utc_now
from domain.errors import Unavailable
from readmodel import Database, connect, tickets
from tests.domain.journey import Journey
from tests.readmodel.records import batches


async def test_the_activity_writes_and_may_be_repeated(database: Database) -> None:
    """An attempt that was written but not heard of is made again, without harm."""
    journey = Journey()
    recording = Recording(database, Meters(utc_now))
    for batch in batches(journey, (2, 1000)) * 2:
        await ActivityEnvironment().run(recording.record, batch)
    shown = await tickets.view(database, journey.ticket.number)
    assert shown is not None
    assert shown.version == journey.ticket.version
    assert len(await tickets.events(database, journey.ticket.number)) == len(journey.log) - 1


async def test_a_failure_reaches_the_engine() -> None:
    """What the activity cannot write it does not swallow: the engine tries again."""
    database = connect("postgresql://nobody:x@127.0.0.1:9/jiesu", 1)
    with pytest.raises(Unavailable):
        await ActivityEnvironment().run(
            Recording(database, Meters(utc_now)).record, batches(Journey(), (1000,))[0]
        )
    await database.dispose()
