"""What the event log offers to the responsibility directory: the verdicts that upheld an objection."""

from sqlalchemy import DateTime, Integer, String, bindparam, text

from domain.facts.dispatch import DirectoryProposal, ObjectionDecided, proposal_of
from readmodel.connection import Database, searching
from readmodel.cursors import FROM_THE_NEWEST, Page, Position, page, read_mark

_UPHELD = text("""
SELECT number, at, fact FROM ticket_event
WHERE kind = 'objection_decided' AND fact->>'verdict' = 'upheld'
AND fact#>>'{category,code}' <> 'unclassified' AND (at, number) < (:at, :number)
ORDER BY at DESC, number DESC LIMIT :limit
""").bindparams(
    bindparam("at", type_=DateTime(timezone=True)),
    bindparam("number", type_=String),
    bindparam("limit", type_=Integer),
)


async def of_the_directory(database: Database, after: str | None, limit: int) -> Page[DirectoryProposal]:
    """Return what upheld objections offer to the directory, newest first.

    A ticket without category says nothing of any matter, and offers nothing.
    Raises `Malformed` for a mark `after` that is none, `Unavailable` when the database is away.
    """
    place = read_mark(after) if after is not None else FROM_THE_NEWEST
    given = {
        "at": place.at,
        "number": place.key,
        "limit": limit + 1,
    }
    async with searching(database) as connection:
        rows = (await connection.execute(_UPHELD, given)).all()
    offered = [proposal_of(row.number, ObjectionDecided.model_validate(row.fact)) for row in rows]
    found = [proposal for proposal in offered if proposal is not None]
    return page(found, [Position(row.at, row.number) for row in rows], limit)
