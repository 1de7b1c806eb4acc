"""The directory as it learns (派单目录): what upheld objections offer, and the tickets of industries."""

from typing import Any

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from api.http.exchange import Cursor, Limit, TheHotline, json_answer, plain_answer
from api.http.naming import unit_named
from api.http.openapi import problems
from api.supervision import ListedTicket, listed
from api.words import clean
from domain.facts.dispatch import DirectoryProposal
from domain.model import Value
from phrases import Phrase
from readmodel import industry, proposals
from rules.proposals import csv_row

router = APIRouter(prefix="/api/v1", tags=[Phrase("directory").both()])


class OfferedRow(DirectoryProposal):
    """A change offered to the directory, with the row to paste into `directory.csv`."""

    csv: str


class OfferedRows(Value):
    """A page of changes offered to the directory, newest first, and the mark of the next page."""

    items: tuple[OfferedRow, ...]
    next: str | None


class IndustryTicket(ListedTicket):
    """A ticket of an industry, in whichever unit's hands."""

    industry_standing: str = Field(description="open, confirmed or disowned by the industry's department")


class IndustryTickets(Value):
    """A page of an industry's tickets, newest first, and the mark of the next page."""

    items: tuple[IndustryTicket, ...]
    next: str | None


@router.get(
    "/directory/proposals",
    response_model=OfferedRows,
    responses=problems(422, 503),
    summary=Phrase("what upheld objections offer to the directory").both(),
)
async def get_proposals(hotline: TheHotline, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """Answer the verdicts that upheld an objection, as rows the keeper of the rules may paste."""
    found = await proposals.of_the_directory(hotline.reading, cursor, limit)
    items = tuple(OfferedRow(**offered.model_dump(), csv=csv_row(offered)) for offered in found.rows)
    return json_answer(OfferedRows(items=items, next=found.next))


@router.get(
    "/industry/{unit}",
    response_model=IndustryTickets,
    responses=problems(422, 503),
    summary=Phrase("every ticket of a department's industry, whoever handles it").both(),
)
async def get_industry(unit: str, hotline: TheHotline, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """Answer the tickets of the categories whose industry `unit` answers for, also those of the towns."""
    clean("unit", unit)
    code = unit_named(hotline.rules, unit, "unit").code
    matters = [node.code for node in hotline.rules.categories.values() if node.industry == code]
    found = await industry.of_categories(hotline.reading, matters, cursor, limit, code)
    now = hotline.now()
    items: list[dict[str, Any]] = [
        {**listed(row, now), "industry_standing": standing} for row, standing in found.rows
    ]
    return plain_answer({"items": items, "next": found.next})
