"""What happens to a ticket when the rules change while it runs."""

from typing import Literal

from pydantic import Field

from domain.facts.happening import Happening
from domain.model import Value
from domain.terms import Terms
from domain.vocabulary import AdoptionMode


class Adoption(Value):
    """The edition a ticket was last asked to adopt, and how it holds for it."""

    edition: str
    mode: AdoptionMode


class EditionAdopted(Happening):
    """Operations had another edition adopted; the record of which edition decides what from now on.

    `terms` are what holds for the ticket from now on; null: it keeps those it has (pinned). Routing and
    assignment are none of its business.
    """

    kind: Literal["edition_adopted"] = "edition_adopted"
    from_edition: str
    to_edition: str
    mode: AdoptionMode
    terms: Terms | None = Field(description="null: the ticket keeps its terms")
