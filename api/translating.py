"""What people filled in, as the engine gets it: names become codes, texts become references."""

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel

from api.forms import ActorForm, Form, ProofForm
from api.hotline import Hotline
from api.http.naming import category_named, unit_code, unit_named
from domain.command.fields import Field, fields_of
from domain.messages import Actor, Holds, ProofRef, TextRef
from readmodel.commands import CommandSlot
from readmodel.texts import NewText

MessageT = TypeVar("MessageT", bound=BaseModel)


def actor_of(hotline: Hotline, form: ActorForm) -> Actor:
    """Return who acts, in codes; a person's name becomes a keyed hash. Raises `UnknownCode`."""
    return Actor(
        unit=unit_code(hotline.rules, form.unit, "actor.unit") if form.unit else None,
        role=form.role,
        person=hotline.vault.person_ref(form.person) if form.person else None,
    )


def content_of(hotline: Hotline, message: type[BaseModel], form: Form, actor: Actor) -> dict[str, object]:
    """Return the fields of `message` but for texts and proof, from `form`. Raises `UnknownCode`."""
    held = fields_of(message)
    said = {field: getattr(form, field) for field in message.model_fields if field != "actor"}
    content = {field: _coded(hotline, held.get(field), field, value) for field, value in said.items()}
    return {
        "actor": actor,
        **{
            field: value
            for field, value in content.items()
            if field not in held or held[field].kind not in (TextRef, ProofRef)
        },
    }


def texts_of(message: type[BaseModel], form: Form) -> list[NewText]:
    """Return the texts of `form` that are stored before `message` can name them."""
    return [
        NewText(field, text)
        for name, held in fields_of(message).items()
        for field, text in _texts(held, name, getattr(form, name))
    ]


def to_message(
    message: type[MessageT], content: dict[str, object], form: Form, slot: CommandSlot
) -> MessageT:
    """Return the message of `form`: `content`, and its texts by the references of `slot`."""
    whole = dict(content)
    for name, held in fields_of(message).items():
        if held.kind is TextRef:
            whole[name] = slot.texts.get(name)
        elif held.kind is ProofRef:
            proofs: tuple[ProofForm, ...] = getattr(form, name)
            whole[name] = tuple(
                ProofRef(kind=proof.kind, ref=slot.texts[f"{name}.{place}"])
                for place, proof in enumerate(proofs)
            )
    return message.model_validate(whole)


def _coded(hotline: Hotline, held: Field | None, field: str, said: Any) -> object:  # noqa: ANN401 - any value
    """Return what was `said` in `field`, units and categories by their codes; blank ones stay out."""
    if held is None or not said:
        return said
    match held.kind:
        case Holds.UNIT if held.many:
            return tuple(unit_named(hotline.rules, name, field).code for name in said)
        case Holds.UNIT:
            return unit_named(hotline.rules, said, field).code
        case Holds.CATEGORY:
            return category_named(hotline.rules, said).code
        case _:
            return said


def _texts(held: Field, name: str, said: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any value
    """Yield field and text of what was `said` in the field `name`."""
    if held.kind is TextRef and said:
        yield name, said
    elif held.kind is ProofRef:
        for place, proof in enumerate(said):
            yield f"{name}.{place}", proof.note
