"""One row of each table of an edition, as a value with its line."""

from datetime import date
from functools import cache
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, SkipValidation, ValidationInfo, field_validator

from domain.model import Value
from domain.terms import Named
from domain.time.calendar import ServiceHours
from domain.time.limits import Basis, Limit, parse_limit
from domain.vocabulary import ClockName, DispatchMode, Tier, UnitKind
from phrases import Phrase
from rules.loading import Origin

ANY = "*"
"""Stands for every matter or every place in the directory and among the norms."""

Role = Literal["town", "district", "city_desk"]
ROLES: tuple[Role, ...] = ("town", "district", "city_desk")
"""Leads that name no unit but the town, district or city's desk of the place."""


def _split(text: object) -> object:
    return tuple(part.strip() for part in text.split(";") if part.strip()) if isinstance(text, str) else text


@cache
def _hours(text: str) -> ServiceHours:
    return ServiceHours.parse(text)


def _yes(text: object) -> object:
    if text not in ("yes", "no"):
        raise ValueError(Phrase("write yes or no"))
    return text == "yes"


def _limit(text: object) -> object:
    return None if text == "tier" else parse_limit(text) if isinstance(text, str) else text


Several = Annotated[tuple[str, ...], BeforeValidator(_split)]
YesNo = Annotated[bool, BeforeValidator(_yes)]


class Line(Value):
    """Anything that stands on a line of a table."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    origin: SkipValidation[Origin]


class Unit(Line):
    """A unit of the city: where it lies, to whom it answers, and when it works."""

    code: str = Field(pattern=r"^[A-Z0-9-]+$")
    zh: str
    en: str
    kind: UnitKind
    territory_parent: str | None = None
    responsible_parent: str | None = None
    service_hours: ServiceHours
    aliases: Several = ()
    note: str = ""

    @field_validator("service_hours", mode="before")
    @classmethod
    def _read_hours(cls, text: object) -> object:
        return _hours(text) if isinstance(text, str) else text

    @property
    def named(self) -> Named:
        """Return the unit's code and names."""
        return Named(code=self.code, zh=self.zh, en=self.en)


Proof = Literal["none", "photo", "document"]


class Category(Line):
    """A node of the category tree; `tier`, `proof` and `dimensions` of an inner node are hints."""

    code: str = Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+){0,2}$")
    parent: str | None = None
    level: int = Field(ge=1, le=3)
    zh: str
    en: str
    tier: Tier | None = None
    urgent_sensitive: YesNo
    dimensions: Several = ()
    proof: Proof | None = None
    keywords: Several = ()
    industry: str

    @property
    def named(self) -> Named:
        """Return the category's code and names."""
        return Named(code=self.code, zh=self.zh, en=self.en)


class DirectoryRow(Line):
    """A row of the responsibility directory (派单目录): who leads a matter at a place in a period."""

    matter: str
    place: str
    valid_from: date | None = None
    valid_to: date | None = Field(default=None, description="last day on which the row counts")
    lead: str
    mode: DispatchMode
    parallel: str | None = None
    tier: Tier | None = None
    legal_basis: str
    source: str

    @field_validator("valid_to")
    @classmethod
    def _period_has_days(cls, last: date | None, info: ValidationInfo) -> date | None:
        first: date | None = info.data.get("valid_from")
        if first and last and last < first:
            raise ValueError(Phrase("valid_to lies before valid_from"))
        return last

    def counts_on(self, day: date) -> bool:
        """Return whether the row is in force on `day`."""
        return (self.valid_from or day) <= day <= (self.valid_to or day)


class NormRow(Line):
    """A limit of its own for a category and all below it; a null limit gives way to the tier again."""

    category: str
    place: str
    clock: Literal[ClockName.SIGN_BY, ClockName.CONTACT_BY, ClockName.DOOR_BY, ClockName.FEEDBACK_BY]
    limit: Annotated[Limit | None, BeforeValidator(_limit)]
    basis: Basis
    source: str

    @property
    def counted(self) -> Limit | None:
        """Return the limit in its own basis."""
        return self.limit.model_copy(update={"basis": self.basis}) if self.limit else None


COLUMNS: dict[str, tuple[str, ...]] = {
    "units": tuple(name for name in Unit.model_fields if name != "origin"),
    "categories": tuple(name for name in Category.model_fields if name != "origin"),
    "directory": tuple(name for name in DirectoryRow.model_fields if name != "origin"),
    "norms": tuple(name for name in NormRow.model_fields if name != "origin"),
}
"""The columns of each table, in the order in which they stand in its file."""

KEYS: dict[str, tuple[str, ...]] = {
    "units": ("code",),
    "categories": ("code",),
    "directory": ("matter", "place"),
    "norms": ("category", "place", "clock"),
}
"""What names a row: rows of an extending edition replace those of the same key."""
