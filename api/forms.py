"""What people fill in: human field names, texts as plain strings, names wherever codes are accepted."""

from datetime import datetime
from typing import Annotated, Any, Self

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

from domain.command.fields import Field as MessageField
from domain.command.fields import Kind, fields_of
from domain.commands import COMMANDS
from domain.masking import is_personal
from domain.messages import Code, Command, Holds, ProofRef, TextRef
from domain.vocabulary import AdoptionMode, Channel, RequestType, Role
from phrases import Phrase, Phrased

DESCRIPTION_CHARACTERS = 10_000
TEXT_CHARACTERS = 10_000
ADDRESS_CHARACTERS = 500
NAME_CHARACTERS = 100
PHONE_CHARACTERS = 40
KEY_CHARACTERS = 200
PROOFS = 20
UNITS = 50


class Unfit(Phrased, ValueError):  # noqa: N818 - reads as what it says
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
    if at.year < 1900:  # noqa: PLR2004 - no one alive saw it; far earlier times have no UTC
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


class TextForm(Form):
    """A text to be stored, for a plain signal that will name it by id and hash."""

    text: Text


class AdoptForm(Form):
    """采用规则版本: have the tickets that run adopt an edition, in one of three ways."""

    edition: Name = Field(description="name, as on disk now, or name@hash")
    mode: AdoptionMode
    by: Name = Field(description="staff code of the person who answers for it")


class StopAdoptionForm(Form):
    """停止: stop an adoption that is under way."""

    edition: Name = Field(description="name@hash")


def form_of(name: str, message: type[Command]) -> type[CommandForm]:
    """Return the form of the command `name`: its message as people fill it in.

    Units may be named, texts are written out, proof is described; everything else is as in the message.
    """
    held = fields_of(message)
    fields: dict[str, Any] = {
        field: (_written(held[field]) if field in held else _as_it_is(info), _default(info))
        for field, info in message.model_fields.items()
        if field not in CommandForm.model_fields
    }
    made = create_model(f"{message.__name__}Form", __base__=CommandForm, __doc__=message.__doc__, **fields)
    made.__module__ = f"{__name__}.{name}"
    return made


_WRITTEN: dict[Kind, Any] = {
    Holds.UNIT: Name,
    Holds.CATEGORY: Name,
    TextRef: Text,
    ProofRef: ProofForm,
    **dict.fromkeys((Holds.CODE, Holds.TICKET, Holds.TASK, Holds.INCIDENT), PlainCode),
}
"""What people write for what a field of a message holds; nobody looks plain codes up before they are kept."""
_MOST: dict[Kind, int] = {Holds.UNIT: UNITS, ProofRef: PROOFS}
"""How many of them one field takes."""


def _written(field: MessageField) -> Any:  # noqa: ANN401 - a type
    written = _WRITTEN[field.kind]
    if field.many:
        return Annotated[tuple[written, ...], Field(max_length=_MOST[field.kind])]
    return Annotated[written | None, BeforeValidator(_empty_is_none)] if field.optional else written


def _as_it_is(info: FieldInfo) -> Any:  # noqa: ANN401 - a type
    return Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation


def _default(info: FieldInfo) -> FieldInfo:
    default = ... if info.is_required() else info.default
    return Field(default=default, description=info.description)


FORMS: dict[str, type[CommandForm]] = {
    name: form_of(name, command.message) for name, command in COMMANDS.items()
}
"""The form of every command by its name, in the order of the process."""
