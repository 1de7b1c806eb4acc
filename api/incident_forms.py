"""What people fill in for incidents."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from api.forms import PROOFS, ActorForm, Form, LocationForm, Name, OptionalName, OptionalText, ProofForm, Text
from domain.vocabulary import Outcome

TICKETS = 200
Number = Annotated[str, StringConstraints(max_length=40)]


class OpenIncidentForm(Form):
    """登记并单事件: one cause that many report, and the unit that deals with it."""

    actor: ActorForm
    category: Name = Field(examples=["集中供暖"])
    location: LocationForm | None = None
    unit: OptionalName = Field(default=None, description="the lead unit; null: the one the directory names")
    about: Text = Field(examples=["回龙观供热站主管道破裂,抢修中。"])


class IncidentResultForm(Form):
    """并单结果: the lead unit's result, which every ticket that joined takes as its feedback."""

    actor: ActorForm
    outcome: Outcome
    reply: Text
    proof: tuple[ProofForm, ...] = Field(default=(), max_length=PROOFS)


class CloseIncidentForm(Form):
    """结束并单: no ticket joins any more."""

    actor: ActorForm
    reason: OptionalText = None


class JoinManyForm(Form):
    """批量并单: the tickets that were examined and chosen to join."""

    actor: ActorForm
    tickets: tuple[Number, ...] = Field(min_length=1, max_length=TICKETS)
    reason: OptionalText = None


INCIDENT_FORMS: tuple[type[BaseModel], ...] = (
    OpenIncidentForm,
    IncidentResultForm,
    CloseIncidentForm,
    JoinManyForm,
)
"""The forms of this page, for the description of the API."""
