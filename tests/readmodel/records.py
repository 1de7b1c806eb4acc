"""Requests and batches for tests of the database: filed as the API does, written as workflows do."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

import asyncpg

from domain.messages import Intake, TextRef
from domain.show.views import Batch, RecordedFact, status_view
from domain.terms import Place
from domain.ticket.evolving import begin, evolve
from domain.ticket.notices import notices_of
from domain.ticket.ticket import Ticket
from domain.vocabulary import Channel, RequestType
from readmodel import Database, recording
from readmodel.intake import FiledRequest, NewRequest, file_request
from readmodel.statements import watch
from readmodel.vault import Vault
from tests import sample
from tests.domain.journey import Journey

NAME, PHONE, ADDRESS = "欧阳小虎", "13911112222", "龙禧二街三合庄园8号院"
DESCRIPTION = f"我是{NAME},电话{PHONE},住{ADDRESS},门口的路灯不亮已有三天。"
CITIZEN = {"name": NAME, "phone": PHONE, "address": ADDRESS, "latitude": 40.071234, "longitude": 116.345678}


def new_request(
    description: str = "路灯不亮",
    place: Place | None = None,
    type_: RequestType = RequestType.COMPLAINT,
    channel: Channel = Channel.WEB,
    **given: object,
) -> NewRequest:
    """Return a request; `given` are further fields of `NewRequest`."""

    def make_intake(number: str, filed_at: datetime, ref: TextRef) -> Intake:
        intake = sample.intake(type_, number=number, filed_at=filed_at)
        changes = {"description": ref, "place": place or intake.place, "channel": channel}
        return intake.model_copy(update=changes)

    fields: dict[str, object] = {
        "channel": channel,
        "body_hash": sha256(description.encode()).hexdigest(),
        "make_intake": make_intake,
        **given,
    }
    return NewRequest(description=description, **fields)  # pyright: ignore[reportArgumentType]


async def filed(
    database: Database, vault: Vault, description: str = "路灯不亮", **given: object
) -> FiledRequest:
    """File a request and return it."""
    return await file_request(database, vault, new_request(description, **given))  # pyright: ignore[reportArgumentType]


def states(journey: Journey) -> list[Ticket]:
    """Return the ticket after fact 1, fact 2, … of its journey."""
    found = [begin(journey.intake)]
    for fact in journey.log[1:]:
        found.append(evolve(found[-1], fact))
    return found


def batches(journey: Journey, sizes: Iterable[int] = ()) -> list[Batch]:
    """Return the writes of a journey: so many facts each as `sizes` says, then one fact each."""
    after, done, found, wanted = states(journey), 1, list[Batch](), iter(sizes)
    while done < len(journey.log):
        end = min(done + next(wanted, 1), len(journey.log))
        steps = [(after[place], journey.log[place]) for place in range(done, end)]
        found.append(
            Batch(
                number=journey.ticket.number,
                written_at=steps[-1][1].at,
                facts=tuple(RecordedFact(seq=state.version, fact=fact) for state, fact in steps),
                notices=tuple(notice for state, fact in steps for notice in notices_of(state, fact)),
                view=status_view(steps[-1][0]),
            )
        )
        done = end
    return found


async def written(database: Database, journey: Journey) -> None:
    """Write all of a journey, as its workflow would."""
    for batch in batches(journey, (1000,)):
        await recording.record(database, batch)


def statements(database: Database) -> list[str]:
    """Return a list to which the text of every statement is added from now on."""
    said: list[str] = []

    def begun(statement: str) -> Callable[[BaseException | None], None]:
        said.append(statement)
        return lambda _error: None

    watch(database, begun)
    return said


async def own_numbers(url: str) -> None:
    """Let the numbers of this database begin where no other's do: all share one engine of workflows."""
    for numbers in ("ticket_serial", "incident_serial"):
        await rows(url, f"SELECT setval('{numbers}', $1)", random.randint(1, 900_000))


async def rows(url: str, query: str, *values: object) -> list[tuple[object, ...]]:
    """Return what `query` finds in the database at `url`, read past the code under test."""
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(query, *values)]
    finally:
        await connection.close()


async def cut_in_the_middle(url: str, table: str, work: Coroutine[Any, Any, object]) -> BaseException | None:
    """Do `work`, which writes to `table`; cut its connection while it waits there; return what it raised."""
    blocker = await asyncpg.connect(url)
    transaction = blocker.transaction()
    await transaction.start()
    await blocker.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    working = asyncio.create_task(work)
    waiting = (
        "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    while not (blocked := await rows(url, waiting)):  # noqa: ASYNC110 - another process is being watched
        await asyncio.sleep(0.01)
    await rows(url, "SELECT pg_terminate_backend($1)", blocked[0][0])
    await asyncio.wait([working])
    await transaction.rollback()
    await blocker.close()
    return working.exception()


async def dump(url: str) -> str:
    """Return every row of every table as text; binary columns are in hexadecimal digits."""
    tables = await rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    found: list[str] = []
    for (table,) in tables:
        found += [str(row[0]) for row in await rows(url, f'SELECT t::text FROM "{table}" AS t')]
    return "\n".join(found)
