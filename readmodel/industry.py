"""The tickets of an industry: those of its categories, whichever unit handles them, and its own comments."""

from collections.abc import Sequence

from sqlalchemy import DateTime, Integer, String, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from readmodel.connection import Database, searching
from readmodel.cursors import FROM_THE_NEWEST, Page, Position, page, read_mark
from readmodel.filters import listed
from readmodel.tables import TICKET
from readmodel.tickets import Recorded

_NEWEST = (
    text("""
SELECT newest.number, coalesce((
    SELECT CASE kind WHEN 'industry_confirmed' THEN 'confirmed' ELSE 'disowned' END
    FROM ticket_event WHERE ticket_event.number = newest.number
    AND kind IN ('industry_confirmed', 'industry_disowned') ORDER BY seq DESC LIMIT 1
), 'open') AS standing
FROM unnest(:categories) AS wanted (category) CROSS JOIN LATERAL (
    SELECT number, filed_at FROM ticket WHERE ticket.category = wanted.category COLLATE "C"
    AND (filed_at, number) < (:at, :number)
    AND (:unit IS NULL OR NOT coalesce(view #> '{against,barred}' @> to_jsonb(:unit), false))
    ORDER BY filed_at DESC, number DESC LIMIT :limit
) AS newest
ORDER BY newest.filed_at DESC, newest.number DESC LIMIT :limit
""")
    .bindparams(
        bindparam("categories", type_=ARRAY(String)),
        bindparam("at", type_=DateTime(timezone=True)),
        bindparam("number", type_=String),
        bindparam("limit", type_=Integer),
        bindparam("unit", value=None, type_=String, required=False),
    )
    .columns(number=String, standing=String)
)


async def of_categories(
    database: Database, categories: Sequence[str], after: str | None, limit: int, unit: str | None = None
) -> Page[tuple[Recorded, str]]:
    """Return the tickets of `categories`, newest first, each `open`, `confirmed` or `disowned`.

    Complaints about `unit`, whose list it is, are left out: the unit may not see them.
    Raises `Malformed` for a mark `after` that is none, `Unavailable` when the database is away.
    """
    place = read_mark(after) if after is not None else FROM_THE_NEWEST
    given = {
        "categories": list(categories),
        "at": place.at,
        "number": place.key,
        "limit": limit + 1,
        "unit": unit,
    }
    newest = _NEWEST.subquery("newest")
    query = (
        listed()
        .join(newest, newest.c.number == TICKET.c.number)
        .add_columns(newest.c.standing)
        .order_by(TICKET.c.filed_at.desc(), TICKET.c.number.desc())
    )
    async with searching(database) as connection:
        rows = (await connection.execute(query, given)).all()
    found = [
        (Recorded(row.number, row.version, row.recorded_at, row.has_run, row.view, row.masked), row.standing)
        for row in rows
    ]
    return page(found, [Position(row.filed_at, row.number) for row in rows], limit)
