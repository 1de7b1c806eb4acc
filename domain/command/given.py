"""What an edition says of the branches of a ticket's life, asked for when a ticket takes one.

They do not travel with every ticket: most never leave the main line. What a branch was decided by stands in
its facts, with the limits they name.
"""

from datetime import datetime

from pydantic import Field

from domain.facts.incident import IncidentBrief
from domain.messages import AssignmentQuery, ResolutionQuery
from domain.model import Value
from domain.terms import Assignment, Named, Norm, Place, Resolution
from domain.vocabulary import ClockName


class BranchTerms(Value):
    """Limits and numbers of the branches; each limit with where it comes from."""

    edition: str = Field(description="name@content hash")
    limits: dict[ClockName, Norm]
    numbers: dict[str, int] = Field(description="how often something may happen, by name")


class BranchQuery(Value):
    """Asks an edition for its branch terms and for what the process needs to know of some units."""

    edition: str
    units: tuple[str, ...] = ()
    category: str | None = None
    place: Place
    at: datetime
    matter: str | None = Field(default=None, description="the category whose industry is asked for")


class IncidentQuery(Value):
    """Asks what is known of an incident."""

    number: str


Question = BranchQuery | ResolutionQuery | AssignmentQuery | IncidentQuery
"""What a command may have looked up before it is decided."""


class Given(Value):
    """What was looked up: the edition's branch terms, units by code, a category, an incident."""

    terms: BranchTerms = Field(default_factory=lambda: BranchTerms(edition="", limits={}, numbers={}))
    units: dict[str, Assignment] = Field(default_factory=dict)
    resolution: Resolution | None = None
    incident: IncidentBrief | None = None
    industry: Named | None = Field(default=None, description="the department of the matter's industry")

    @property
    def known_resolution(self) -> Resolution:
        """Return what the edition says of the matter. Raises `LookupError` where it was not asked."""
        if self.resolution is None:
            message = "nothing was asked of the matter"
            raise LookupError(message)
        return self.resolution

    def of(self, holder: Named) -> Assignment:
        """Return what is known of `holder`: of a unit's own unit, what is known of the one it stands under.

        Raises `KeyError` for a unit that was not asked about.
        """
        found = self.units[in_the_table(holder.code)]
        return found if found.unit == holder else found.model_copy(update={"unit": holder})


def in_the_table(code: str) -> str:
    """Return the code of the city's table that `code` stands under: `ENT-HEAT` for `ENT-HEAT/north/4`."""
    return code.partition("/")[0]


NOTHING_GIVEN = Given()
"""What a rule gets that asks nothing."""
