"""Lists to search in: tickets by filters and words, and the edition's units and categories by name."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field
from starlette.responses import Response

from api.hotline import Hotline
from api.http.exchange import Cursor, Limit, TheHotline, json_answer
from api.http.naming import category_named, place_named, unit_named
from api.http.openapi import problems
from api.http.reading import bad_field
from api.supervision import TicketPage, page_of_tickets
from api.words import Word, clean
from domain.errors import Malformed
from domain.model import Value
from domain.vocabulary import Channel, Ending, Level, RequestType, Stage, Status, Tier, UnitKind
from phrases import Phrase
from readmodel import tickets
from readmodel.tickets import Filters
from rules.tables import Category, Unit

router = APIRouter(prefix="/api/v1", tags=[Phrase("lists").both()])

Thing = TypeVar("Thing", Unit, Category)

_FIRST_YEAR, _LAST_YEAR = 1900, 9000


class ListedUnit(Value):
    """A unit of the city."""

    code: str
    zh: str
    en: str
    kind: UnitKind
    responsible_parent: str | None = Field(description="code of the unit it answers to")


class ListedCategory(Value):
    """A node of the category tree."""

    code: str
    zh: str
    en: str
    parent: str | None
    level: int
    tier: Tier | None
    urgent_sensitive: bool


class Units(Value):
    """Units whose code or name has the words."""

    items: tuple[ListedUnit, ...]


class Categories(Value):
    """Categories whose code or name has the words."""

    items: tuple[ListedCategory, ...]


@router.get(
    "/tickets",
    response_model=TicketPage,
    responses=problems(422, 503),
    summary=Phrase("tickets by filters and words, newest first").both(),
)
async def get_tickets(  # noqa: PLR0913, PLR0917 - these are the filters
    hotline: TheHotline,
    district: Word = None,
    town: Word = None,
    unit: Word = None,
    stage: Stage | None = None,
    status: Status | None = None,
    type: RequestType | None = None,  # noqa: A002 - the field's word
    category: Annotated[str | None, Query(max_length=100, description="with all below it")] = None,
    tier: Tier | None = None,
    channel: Channel | None = None,
    level: Level | None = None,
    overdue: bool | None = None,  # noqa: FBT001 - a parameter of the address
    is_open: Annotated[bool | None, Query(alias="open", description="not ended yet")] = None,
    ending: Ending | None = None,
    archived: Annotated[bool | None, Query(description="its history lies in the archive")] = None,
    filed_from: AwareDatetime | None = None,
    filed_to: AwareDatetime | None = None,
    q: Annotated[str | None, Query(max_length=100, description="words in the masked description")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Answer the tickets for which everything given holds; places, units and categories by code or name."""
    codes = _codes(hotline, district, town, unit, category)
    filters = Filters(
        **codes,
        stage=stage,
        status=status,
        type=type,
        tier=tier,
        channel=channel,
        level=level,
        overdue=overdue,
        is_open=is_open,
        ending=ending,
        archived=archived,
        filed_from=_moment("filed_from", filed_from),
        filed_to=_moment("filed_to", filed_to),
        q=clean("q", q) if q else None,
    )
    found = await tickets.search(hotline.reading, filters, cursor, limit)
    return page_of_tickets(hotline, found.rows, found.next)


@router.get("/units", response_model=Units, responses=problems(422), summary=Phrase("units by name").both())
async def get_units(
    hotline: TheHotline, q: Word = None, kind: UnitKind | None = None, limit: Limit = 50
) -> Response:
    """Answer the units whose code, Chinese, English or other name contains `q`."""
    found = [unit for unit in _matching(hotline.rules.units.values(), q) if kind is None or unit.kind is kind]
    items = tuple(
        ListedUnit(
            code=unit.code,
            zh=unit.zh,
            en=unit.en,
            kind=unit.kind,
            responsible_parent=unit.responsible_parent,
        )
        for unit in found[:limit]
    )
    return json_answer(Units(items=items))


@router.get(
    "/categories",
    response_model=Categories,
    responses=problems(422),
    summary=Phrase("categories by name").both(),
)
async def get_categories(
    hotline: TheHotline, q: Word = None, parent: Word = None, limit: Limit = 50
) -> Response:
    """Answer the categories whose code or name contains `q`, or those right below `parent`."""
    above = category_named(hotline.rules, clean("parent", parent)).code if parent else None
    found = [
        node
        for node in _matching(hotline.rules.categories.values(), q)
        if above is None or node.parent == above
    ]
    items = tuple(
        ListedCategory(
            code=node.code,
            zh=node.zh,
            en=node.en,
            parent=node.parent,
            level=node.level,
            tier=node.tier,
            urgent_sensitive=node.urgent_sensitive,
        )
        for node in found[:limit]
    )
    return json_answer(Categories(items=items))


def _codes(
    hotline: Hotline, district: str | None, town: str | None, unit: str | None, category: str | None
) -> dict[str, str | None]:
    """Return the codes of what is filtered by. Raises `UnknownCode`, `Malformed`."""
    given = {"district": district, "town": town, "unit": unit, "category": category}
    for field, text in given.items():
        if text:
            clean(field, text)
    place = place_named(hotline.rules, district, town)
    return {
        "district": place.district if district else None,
        "town": place.town,
        "unit": unit_named(hotline.rules, unit, "unit").code if unit else None,
        "category": category_named(hotline.rules, category).code if category else None,
    }


def _moment(field: str, at: datetime | None) -> datetime | None:
    """Return `at`. Raises `BadBody` near the ends of the calendar, where other time zones have no date."""
    if at is not None and not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise bad_field(field, Malformed(Phrase("The year is out of range.")))
    return at


def _matching(things: Iterable[Thing], q: str | None) -> Iterator[Thing]:
    wanted = q.strip().casefold() if q else ""
    for thing in things:
        names = (thing.code, thing.zh, thing.en, *getattr(thing, "aliases", ()))
        if not wanted or any(wanted in name.casefold() for name in names):
            yield thing
