"""What people fill in: human field names, texts as plain strings, names wherever codes are accepted."""

from datetime import datetime
from typing import Annotated, Any, Optional, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    create_model,
    model_validator,
)
from pydantic.fields import FieldInfo

from domain.commands import BRANCHES
from domain.masking import is_personal
from domain.messages import (
    Code,
    Command,
    IncidentNumber,
    OwnCode,
    ProofRef,
    TaskKey,
    TextRef,
    TicketNumber,
    UnitCode,
)
from domain.vocabulary import (
    AdoptionMode,
    Channel,
    ContactResult,
    Outcome,
    RequestType,
    Role,
    Satisfaction,
    Tier,
    TryResult,
)
from phrases import Phrase, Told

DESCRIPTION_CHARACTERS = 10_000
TEXT_CHARACTERS = 10_000
ADDRESS_CHARACTERS = 500
NAME_CHARACTERS = 100
PHONE_CHARACTERS = 40
KEY_CHARACTERS = 200
PROOFS = 20
UNITS = 50


class Unfit(Told, ValueError):  # noqa: N818 - reads as what it says
    """A value that does not fit, with a sentence in each language."""


def sound_text(text: str) -> str:
    """Return `text`. Raises `Unfit` for text that no database can hold: NUL and halves of characters."""
    if "\x00" in text:
        raise Unfit(Phrase("It must not contain the NUL character."))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unfit(Phrase("It contains half of a Unicode character.")) from None
    return text


def _said(text: str) -> str:
    if not text.strip():
        raise Unfit(Phrase("It must not be empty."))
    return sound_text(text)


def _empty_is_none(value: object) -> object:
    """Return null for a blank text: web forms send what was left out as an empty string."""
    return None if isinstance(value, str) and not value.strip() else value


def _phone(text: str) -> str:
    if sum(character.isdigit() for character in text) < 3:  # noqa: PLR2004 - 110 is the shortest number there is
        raise Unfit(Phrase("It does not look like a phone number."))
    return text


def _kind(code: str) -> str:
    if is_personal(code):  # it stands in the workflow's history as it is
        raise Unfit(
            Phrase(
                "It must hold nothing personal, nor read like a phone or identity number: "
                "shorten it, or put letters between the digits."
            ),
        )
    return code


def _since_1900(at: datetime) -> datetime:
    if at.year < 1900:  # noqa: PLR2004 - nobody alive saw it; far earlier times have no UTC
        raise Unfit(Phrase("That is too long ago."))
    return at


def _text(most: int) -> tuple[StringConstraints, AfterValidator]:
    return StringConstraints(max_length=most), AfterValidator(_said)


Description = Annotated[str, *_text(DESCRIPTION_CHARACTERS)]
Text = Annotated[str, *_text(TEXT_CHARACTERS)]
Name = Annotated[str, *_text(NAME_CHARACTERS)]
OptionalText = Annotated[Text | None, BeforeValidator(_empty_is_none)]
OptionalName = Annotated[Name | None, BeforeValidator(_empty_is_none)]
Address = Annotated[str, *_text(ADDRESS_CHARACTERS)]
Phone = Annotated[str, *_text(PHONE_CHARACTERS), AfterValidator(_phone)]
ExternalId = Annotated[str, *_text(KEY_CHARACTERS)]
PlainCode = Annotated[Code, AfterValidator(_kind)]


class Form(BaseModel):
    """A filled-in form. A field it does not know is refused: most likely it is a known one misspelt."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RequesterForm(Form):
    """Who asks; all of it may stay out (anonymous)."""

    name: OptionalName = Field(default=None, examples=["王女士"])
    phone: Annotated[Phone | None, BeforeValidator(_empty_is_none)] = Field(
        default=None, examples=["13800138000"]
    )


class LocationForm(Form):
    """Where it is; names or codes."""

    district: OptionalName = Field(default=None, examples=["昌平区"])
    town: OptionalName = Field(default=None, examples=["回龙观街道"])
    address: Annotated[Address | None, BeforeValidator(_empty_is_none)] = None
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _has_both_or_neither(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise Unfit(Phrase("Latitude and longitude come together."))
        return self


class RequestForm(Form):
    """A citizen's request as it is filed (诉求)."""

    type: RequestType = Field(examples=["complaint"])
    channel: Channel = Field(examples=["web"])
    description: Description = Field(examples=["楼下施工噪声扰民,夜里十一点还在打桩。"])
    category: OptionalName = Field(default=None, description="code or name; null lets the system propose one")
    requester: RequesterForm | None = None
    location: LocationForm | None = None
    external_id: Annotated[ExternalId | None, BeforeValidator(_empty_is_none)] = Field(
        default=None, description="the caller's own id; a repeat gives the same number again"
    )
    occurred_at: Annotated[AwareDatetime, AfterValidator(_since_1900)] | None = Field(
        default=None, description="with time zone; not in the future"
    )
    against: OptionalName = Field(
        default=None,
        examples=["回龙观街道"],
        description="the unit complained of, by code or name: it neither gets nor sees the ticket",
    )


class ActorForm(Form):
    """Who acts: unit by code or name, role, and the person's staff code or name."""

    unit: OptionalName = Field(default=None, examples=["BJ-DESK"])
    role: Role
    person: OptionalName = None


class ProofForm(Form):
    """A piece of proof: its kind (photo, document …) and what it shows or where it lies."""

    kind: PlainCode = Field(examples=["photo"])
    note: Text


class CommandForm(Form):
    """What every command carries."""

    actor: ActorForm
    expected_version: int | None = Field(
        default=None,
        ge=0,
        lt=2**31,
        description="refuse if the ticket has changed since this version was read",
    )
    tracking_code: OptionalName = Field(default=None, description="required where the requester acts")


class ClassifyForm(CommandForm):
    """分类: set type, category or tier."""

    type: RequestType | None = None
    category: OptionalName = None
    tier: Tier | None = None
    reason: OptionalText = None


class AnswerForm(CommandForm):
    """即时答复: answer an inquiry at once."""

    reply: Text
    knowledge: Annotated[PlainCode | None, BeforeValidator(_empty_is_none)] = Field(
        default=None, description="the knowledge item the answer was read from"
    )
    knowledge_version: Annotated[PlainCode | None, BeforeValidator(_empty_is_none)] = None


class DispatchForm(CommandForm):
    """派单: send the ticket to a unit; no unit: the one the directory names."""

    unit: OptionalName = None
    reason: OptionalText = None


class SignForm(CommandForm):
    """签收: take the ticket on."""


class ContactForm(CommandForm):
    """联系: log an attempt to contact the requester."""

    result: ContactResult
    note: OptionalText = None


class VisitForm(CommandForm):
    """上门: log that somebody is on the spot."""

    note: OptionalText = None
    proof: tuple[ProofForm, ...] = Field(default=(), max_length=PROOFS)


class FeedbackForm(CommandForm):
    """反馈: report the outcome."""

    outcome: Outcome
    reply: OptionalText = None
    proof: tuple[ProofForm, ...] = Field(default=(), max_length=PROOFS)


class SurveyForm(CommandForm):
    """回访: record a callback try and the requester's answers."""

    result: TryResult
    contacted: bool | None = None
    resolved: bool | None = None
    satisfied: Satisfaction | None = None
    comment: OptionalText = None


class UrgeForm(CommandForm):
    """催办: press for the matter."""

    reason: OptionalText = None


class ReassignForm(CommandForm):
    """改派: give the ticket to another unit."""

    unit: Name
    reason: Text


class NoteForm(CommandForm):
    """备注: add a remark."""

    text: Text


class TextForm(Form):
    """A text to be stored, for a plain signal that will name it by id and hash."""

    text: Text


class AdoptForm(Form):
    """采用规则版本: have the tickets that run adopt an edition, in one of three ways."""

    edition: Name = Field(description="name, as on disk now, or name@hash")
    mode: AdoptionMode
    by: Name = Field(description="staff code of whoever answers for it")


class StopAdoptionForm(Form):
    """停止: stop an adoption that is under way."""

    edition: Name = Field(description="name@hash")


def form_of(name: str, message: type[Command]) -> type[CommandForm]:
    """Return the form of the branch command `name`: its message as people fill it in.

    Units may be named, texts are written out, proof is described; everything else is as in the message.
    """
    fields: dict[str, Any] = {}
    for field, info in message.model_fields.items():
        if field not in CommandForm.model_fields:
            fields[field] = (_as_people_write(info), _default(info))
    made = create_model(f"{message.__name__}Form", __base__=CommandForm, __doc__=message.__doc__, **fields)
    made.__module__ = f"{__name__}.{name}"
    return made


def _as_people_write(info: FieldInfo) -> Any:  # noqa: ANN401 - a type
    kind: Any = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
    return _PEOPLE.get(str(kind), kind)


def _default(info: FieldInfo) -> FieldInfo:
    default = ... if info.is_required() else info.default
    return Field(default=default, description=info.description)


_CODES: tuple[Any, ...] = (Code, TaskKey, TicketNumber, IncidentNumber, OwnCode)
"""The codes that nobody looks up before they stand in the workflow's history."""

_WRITTEN: tuple[tuple[Any, Any], ...] = (
    (UnitCode, Name),
    (Optional[UnitCode], OptionalName),  # noqa: UP045 - an annotated type is no class to the checker
    (tuple[UnitCode, ...], Annotated[tuple[Name, ...], Field(max_length=UNITS)]),
    (TextRef, Text),
    (TextRef | None, OptionalText),
    *((code, PlainCode) for code in _CODES),
    *((Optional[code], Optional[PlainCode]) for code in _CODES),  # noqa: UP045 - as above
    (tuple[ProofRef, ...], Annotated[tuple[ProofForm, ...], Field(max_length=PROOFS)]),
)
_PEOPLE: dict[str, Any] = {str(field): written for field, written in _WRITTEN}
"""What a field of a message is, and what people write for it."""

FORMS: dict[str, type[CommandForm]] = {
    "classify": ClassifyForm,
    "answer": AnswerForm,
    "dispatch": DispatchForm,
    "sign": SignForm,
    "contact": ContactForm,
    "visit": VisitForm,
    "feedback": FeedbackForm,
    "survey": SurveyForm,
    "urge": UrgeForm,
    "reassign": ReassignForm,
    "note": NoteForm,
    **{name: form_of(name, branch.message) for name, branch in BRANCHES.items()},
}
"""The form of every command by its name, in the order of the process."""
