"""Intake (受理): a request is understood, stored and numbered, its ticket begun. Source: art. 10, 11."""

from datetime import datetime, timedelta

import structlog
from pydantic import Field

from api.forms import KEY_CHARACTERS, Form, LocationForm, RequesterForm, RequestForm, Unfit, sound_text
from api.hotline import Hotline
from api.http.errors import BadBody
from api.http.naming import category_named, place_name, place_named, unit_named
from api.http.reading import bad_field
from domain.errors import Malformed
from domain.messages import Intake, TextRef
from domain.model import Value
from domain.recusal import Accused, is_barred, recused
from domain.terms import Named, Place, Resolution
from domain.vocabulary import RequestType, Status, Tier
from phrases import Phrase, Said
from readmodel import intake as requests
from readmodel.intake import FiledRequest
from rules.propose import propose
from rules.recusal import accused

log = structlog.get_logger("jiesu.api")

_CLOCKS_APART = timedelta(minutes=5)
"""How far the clock of the sender may be ahead of ours."""


class ProposedUnit(Value):
    """Whom the directory names, and why; until dispatch it is a proposal."""

    unit: Named
    certain: bool = Field(description="the directory names one row; a given category then dispatches itself")
    why_zh: str
    why_en: str
    legal_basis: str


class Filed(Value):
    """The answer to a request: what the citizen takes home, and where the matter will go."""

    number: str
    tracking_code: str
    status: Status
    type: RequestType
    category: Named
    category_given: bool
    proposed_category: Named | None = Field(description="from the words of the description; null: unclear")
    tier: Tier
    filed_at: datetime
    promised_at: datetime | None = Field(description="null until dispatch fixes it")
    proposed: ProposedUnit
    edition: str
    started: bool = Field(description="false: the engine has not confirmed yet; the ticket starts by itself")
    repeated: bool = Field(default=False, exclude=True)


class Matter(Value):
    """What a request is about, in codes: place, category given or proposed, and what the edition says.

    `against`: the unit complained of, with all that keep out with it; null: none.
    """

    place: Place
    category_given: bool
    proposed_category: Named | None
    resolution: Resolution
    against: Accused | None = None


async def file_request(hotline: Hotline, form: RequestForm, idempotency_key: str | None = None) -> Filed:
    """File `form` and return its number and tracking code once it is safe in the database.

    The ticket's workflow is started at once, but the answer does not wait long for it: the number is stored.
    The same key, or the same channel and external id, gives the same number again, as it stands by now.
    Raises `UnknownCode` for a name the edition does not have, `Malformed`, `KeyReused`, and `Unavailable`
    when the database is away: then nothing was filed.
    """
    key = checked_key(idempotency_key)
    now = hotline.now()
    if form.occurred_at is not None and form.occurred_at > now + _CLOCKS_APART:
        raise bad_field("occurred_at", Malformed(Phrase("What has happened cannot lie in the future.")))
    matter = understand(hotline, form, now)
    await hotline.prepare()
    filed = await requests.file_request(
        hotline.intake, hotline.vault, new_request(hotline, form, matter, key)
    )
    # Started again after the engine has forgotten it, a closed ticket would overwrite its own past.
    started = True
    if filed.is_waiting:
        started = await hotline.starter.begin(filed.intake, hotline.start_timeout, hotline.start_patience)
    log.info("request_filed", number=filed.number, started=started, repeated=filed.repeated)
    return _answer(hotline, filed, matter, started=started)


def understand(hotline: Hotline, form: RequestForm, now: datetime) -> Matter:
    """Return what `form` is about at the instant `now`.

    A category that was not named is only proposed: the terms stay those of a matter without category, the
    proposed category says which unit a dispatcher will be shown. Raises `UnknownCode`, and `BadBody` for a
    complaint about the city or its desk.
    """
    against = _against(hotline, form.against)
    location = form.location or LocationForm()
    place = place_named(hotline.rules, location.district, location.town)
    if form.category is not None:
        code = category_named(hotline.rules, form.category).code
        resolution = hotline.rulebook.current_resolution(code, place, now)
        return Matter(
            place=place,
            category_given=True,
            proposed_category=None,
            resolution=resolution,
            against=against,
        )
    proposed = propose(hotline.rules, form.description).category
    resolution = hotline.rulebook.current_resolution(None, place, now)
    if proposed is not None:
        likely = hotline.rulebook.current_resolution(proposed.code, place, now).routing
        why = Phrase(
            "The text suggests '{category}', to be confirmed. {why}",
            category=proposed,
            why=Said(likely.why_zh, likely.why_en),
        )
        routing = likely.model_copy(update={"certain": False, "why_zh": why.zh, "why_en": why.en})
        resolution = resolution.model_copy(update={"routing": routing})
    return Matter(
        place=place,
        category_given=False,
        proposed_category=proposed,
        resolution=resolution,
        against=against,
    )


def _against(hotline: Hotline, name: str | None) -> Accused | None:
    if name is None:
        return None
    try:
        return accused(hotline.rules, unit_named(hotline.rules, name, "against").code)
    except Malformed as refused:
        raise bad_field("against", refused) from None


def checked_key(key: str | None) -> str | None:
    """Return the idempotency key `key`. Raises `Malformed` for a blank, overlong or broken one."""
    if key is None:
        return None
    if not key.strip() or len(key) > KEY_CHARACTERS:
        raise Malformed(
            Phrase(
                "The Idempotency-Key must have 1 to {most} characters.",
                most=KEY_CHARACTERS,
            ),
        )
    try:
        return sound_text(key)
    except Unfit as unfit:
        raise Malformed(Phrase("The Idempotency-Key: {unfit}", unfit=unfit)) from None


def required_key(idempotency_key: str | None) -> str:
    """Return the idempotency key. Raises `BadBody` without one, `Malformed` for a blank or overlong one."""
    key = checked_key(idempotency_key)
    if key is None:
        raise BadBody(
            Phrase("Give an Idempotency-Key header: one key for one act, the same when it is sent again."),
        )
    return key


def body_hash(hotline: Hotline, form: Form) -> str:
    """Return the keyed hash of what `form` says; a field left out and one left at its default are the same.

    So a body keeps its hash when a later release knows more fields.
    """
    return hotline.vault.digest(form.model_dump_json(exclude_defaults=True))


def new_request(hotline: Hotline, form: RequestForm, matter: Matter, key: str | None) -> requests.NewRequest:
    """Return what the database is given of `form`, whose matter was understood as `matter`."""
    requester = form.requester or RequesterForm()
    location = form.location or LocationForm()

    def make_intake(number: str, filed_at: datetime, description: TextRef) -> Intake:
        return Intake(
            number=number,
            filed_at=filed_at,
            type=form.type,
            channel=form.channel,
            place=matter.place,
            place_zh=place_name(hotline.rules, matter.place),
            category_given=matter.category_given,
            description=description,
            terms=matter.resolution.terms,
            routing=matter.resolution.routing,
            against=matter.against,
        )

    return requests.NewRequest(
        channel=form.channel,
        description=form.description,
        body_hash=body_hash(hotline, form),
        make_intake=make_intake,
        idempotency_key=key,
        external_id=form.external_id,
        name=requester.name,
        phone=requester.phone,
        address=location.address,
        latitude=location.latitude,
        longitude=location.longitude,
        occurred_at=form.occurred_at,
    )


def _answer(hotline: Hotline, filed: FiledRequest, matter: Matter, *, started: bool) -> Filed:
    intake = filed.intake
    routing = recused(intake.against, intake.routing)
    return Filed(
        number=intake.number,
        tracking_code=hotline.vault.tracking_code(intake.number),
        status=filed.status,
        type=intake.type,
        category=intake.terms.category,
        category_given=intake.category_given,
        proposed_category=matter.proposed_category,
        tier=intake.terms.tier,
        filed_at=intake.filed_at,
        promised_at=filed.promised_at,
        proposed=ProposedUnit(
            unit=routing.assignment.unit,
            certain=routing.certain and not is_barred(intake.against, routing.assignment.unit.code),
            why_zh=routing.why_zh,
            why_en=routing.why_en,
            legal_basis=routing.legal_basis,
        ),
        edition=intake.terms.edition,
        started=started,
        repeated=filed.repeated,
    )
