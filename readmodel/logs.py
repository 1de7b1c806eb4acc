"""Open tickets as their recorded facts make them: page by page, the archive untouched."""

from sqlalchemy import ARRAY, Integer, String, bindparam, text

from domain.facts.fact import FACT
from domain.messages import Intake
from domain.ticket.evolving import begin, evolve
from domain.ticket.ticket import Ticket
from readmodel.connection import Database, session

_OPEN = text("""
SELECT ticket.number, request.intake FROM ticket JOIN request USING (number)
WHERE ticket.closed_at IS NULL AND ticket.number > :after ORDER BY ticket.number LIMIT :limit
""").bindparams(bindparam("after", type_=String), bindparam("limit", type_=Integer))
_EVENTS = text("""
SELECT number, fact FROM ticket_event WHERE number = ANY(:numbers) AND seq > 1 ORDER BY number, seq
""").bindparams(bindparam("numbers", type_=ARRAY(String)))


async def open_tickets(database: Database, after: str | None, limit: int) -> list[Ticket]:
    """Return the next open tickets with a number above `after`, in order, as their recorded facts make them.

    At most `limit`; less means that there are no more. Raises `Unavailable`.
    """
    async with session(database) as connection:
        rows = (await connection.execute(_OPEN, {"after": after or "", "limit": limit})).all()
        tickets = {row.number: begin(Intake.model_validate(row.intake)) for row in rows}
        events = await connection.execute(_EVENTS, {"numbers": list(tickets)})
        for row in events:
            tickets[row.number] = evolve(tickets[row.number], FACT.validate_python(row.fact))
    return list(tickets.values())
