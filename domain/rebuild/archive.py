"""A closed ticket kept whole (归档): one document that proves by itself that nothing is missing or changed.

The document is JSON: what was filed, every fact with its place, the view, notices, commands and the list of
texts, with counts and a SHA-256 over its canonical form (keys sorted, no blanks, UTF-8, without `sha256`).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from pydantic import ValidationError

from domain.facts.fact import FACT, AnyFact
from domain.messages import Intake
from domain.rebuild.taking_in import log_and_notices
from domain.show.involvement import surveys
from domain.show.views import StatusView, clock_views, status_view
from domain.ticket.evolving import begin, evolve, filed
from domain.ticket.notices import Notice
from domain.ticket.ticket import Ticket
from phrases import Phrase

FORMAT = "jiesu.archive.1"
SECTIONS = ("facts", "notices", "commands", "texts", "editions", "clocks", "surveys", "proofs")
"""The lists of the document, each with a count."""
_WORDS = {"sentence_zh", "sentence_en"}
"""Fields of the view that are words made from the others: a release may word them differently."""

Document = dict[str, Any]


class _Broken(Exception):  # noqa: N818 - never leaves this module
    """The facts stop making sense at this place."""


def sealed(kept: Mapping[str, Any]) -> Document:
    """Return the document for what the database has `kept` of a ticket, with what follows, counts and hash.

    A ticket whose facts do not follow from each other is sealed as it is: `findings` says what is wrong.
    """
    document: Document = {"format": FORMAT, **kept, **_derived(kept)}
    document["counts"] = {name: len(document[name]) for name in SECTIONS}
    return {**document, "sha256": digest(document)}


def digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 over the canonical form of `document`, its own `sha256` left out."""
    content = {name: value for name, value in document.items() if name != "sha256"}
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def findings(document: object) -> list[Phrase]:
    """Return what is missing in `document` or was changed; none: it is whole. Needs nothing but itself."""
    if not isinstance(document, dict):
        return [_NO_ARCHIVE]
    known = cast("Document", document)
    if known.get("format") != FORMAT:
        return [_NO_ARCHIVE]
    lost = [name for name in SECTIONS if not isinstance(known.get(name), list)]
    lost += [name for name in ("filing", "view", "counts") if not isinstance(known.get(name), dict)]
    if lost:
        names = ", ".join(lost)
        return [Phrase("Sections are missing: {names}.", names=names)]
    return [
        *_hash_and_counts(known),
        *_numbering(known),
        *_rebuilt(known),
        *_texts(known),
        *_editions(known),
    ]


_NO_ARCHIVE = Phrase("This is no archive of a ticket.")


def _hash_and_counts(document: Document) -> Iterator[Phrase]:
    if digest(document) != document.get("sha256"):
        yield Phrase("The SHA-256 does not fit: it was changed after it was sealed.")
    for name in SECTIONS:
        found, said = len(document[name]), document["counts"].get(name)
        if found != said:
            yield Phrase(
                "{name}: {found} entries, there should be {said}.", name=name, found=found, said=said
            )


def _numbering(document: Document) -> Iterator[Phrase]:
    places = [entry.get("seq") for entry in _entries(document, "facts")]
    version = document["view"].get("version")
    expected = list(range(1, version + 1)) if type(version) is int else []
    missing = [str(place) for place in expected if place not in places]
    if missing:
        names = ", ".join(missing)
        yield Phrase("Facts are missing: {names}.", names=names)
    elif places != expected:
        yield Phrase("The facts are not numbered one after the other up to the version.")


def _rebuilt(document: Document) -> Iterator[Phrase]:
    """Yield where the document differs from what its own facts make of the ticket."""
    try:
        intake, facts, ticket = _folded(document)
    except _Broken as broken:
        yield Phrase("The ticket cannot be rebuilt from its facts: {broken}.", broken=broken)
        return
    if ticket.is_open:
        yield Phrase("The ticket is not closed.")
    try:
        stored = StatusView.model_validate(document["view"]).model_dump(mode="json")
    except ValidationError:
        yield Phrase("The stored view cannot be read.")
        return
    made = status_view(ticket).model_dump(mode="json")
    differing = [name for name in made if name not in _WORDS and made[name] != stored[name]]
    if differing:
        names = ", ".join(differing)
        yield Phrase("The view does not follow from the facts: {names}.", names=names)
    for name, derived in _derived_from(facts, ticket).items():
        if derived != document[name]:
            yield Phrase("{name}: not what follows from the facts.", name=name)
    yield from _notices(document, log_and_notices(intake, facts)[1])


def _notices(document: Document, called_for: Sequence[Notice]) -> Iterator[Phrase]:
    kept = {str(entry.get("key")): entry for entry in _entries(document, "notices")}
    wanted = {notice.key: notice.model_dump(mode="json") for notice in called_for}
    for key in sorted(wanted.keys() - kept.keys()):
        yield Phrase("A notice is missing: {key}.", key=key)
    for key in sorted(wanted.keys() & kept.keys()):
        if wanted[key] != _as_notice(kept[key]):
            yield Phrase("The notice {key} is not what the facts call for.", key=key)
    for key in sorted(kept.keys() - wanted.keys()):
        yield Phrase("No fact calls for the notice {key}.", key=key)


def _as_notice(entry: object) -> object:
    try:
        return Notice.model_validate(entry).model_dump(mode="json")
    except ValidationError:
        return None


def _texts(document: Document) -> Iterator[Phrase]:
    """Yield the texts that facts name and the vault's list has not; an erased ticket has none of its own."""
    kept = {str(entry.get("id")): entry.get("digest") for entry in _entries(document, "texts")}
    own = f"{document.get('number')}/"
    named = {
        text["id"]: text["hash"] for text in _refs((document["filing"].get("intake"), document["facts"]))
    }
    for text_id, fingerprint in sorted(named.items()):
        if text_id not in kept:
            if not (document.get("erased") is True and text_id.startswith(own)):
                yield Phrase("A text is missing: {text_id}.", text_id=text_id)
        elif kept[text_id] != fingerprint:
            yield Phrase("The text {text_id} is not the one that was named.", text_id=text_id)


def _editions(document: Document) -> Iterator[Phrase]:
    named = sorted(
        {*_values(document["filing"].get("intake"), "edition"), *_values(document["facts"], "edition")}
    )
    for edition in named:
        if edition not in document["editions"]:
            yield Phrase("An edition of the rules is missing: {edition}.", edition=edition)


def _derived(kept: Mapping[str, Any]) -> dict[str, list[Any]]:
    try:
        _, facts, ticket = _folded(kept)
    except _Broken:
        return {"clocks": [], "surveys": [], "proofs": []}
    return _derived_from(facts, ticket)


def _derived_from(facts: Sequence[AnyFact], ticket: Ticket) -> dict[str, list[Any]]:
    """Return every clock, every answer to the survey, and every proof that was named, with its fact."""
    proofs = [
        {"seq": place, **proof.model_dump(mode="json")}
        for place, fact in enumerate(facts, start=1)
        for proof in getattr(fact, "proof", ())
    ]
    return {
        "clocks": [clock.model_dump(mode="json") for clock in clock_views(ticket)],
        "surveys": [answer.model_dump(mode="json") for answer in surveys(ticket.surveys)],
        "proofs": proofs,
    }


def _folded(document: Mapping[str, Any]) -> tuple[Intake, list[AnyFact], Ticket]:
    """Return filing, facts and the ticket they make. Raises `_Broken`."""
    try:
        intake = Intake.model_validate(document["filing"]["intake"])
        facts = [FACT.validate_python(entry["fact"]) for entry in document["facts"]]
    except (ValidationError, KeyError, TypeError) as error:
        raise _Broken(type(error).__name__) from error
    if not facts or facts[0] != filed(intake):
        raise _Broken("1")
    ticket = begin(intake)
    for fact in facts[1:]:
        try:
            ticket = evolve(ticket, fact)
        except (KeyError, AttributeError, ValueError) as error:
            raise _Broken(f"{ticket.version + 1} {fact.kind}") from error
    return intake, facts, ticket


def _entries(document: Document, name: str) -> list[Document]:
    """Return the objects of a section; what is none is left out, and found missing where it is counted."""
    return [cast("Document", entry) for entry in document[name] if isinstance(entry, dict)]


def _refs(value: object) -> Iterator[dict[str, str]]:
    """Yield every reference to a text within `value`."""
    for part in _parts(value):
        if part.keys() == {"id", "hash"} and all(isinstance(word, str) for word in part.values()):
            yield cast("dict[str, str]", part)


def _values(value: object, name: str) -> Iterator[str]:
    for part in _parts(value):
        found = part.get(name)
        if isinstance(found, str) and found:
            yield found


def _parts(value: object) -> Iterator[Document]:
    """Yield every object within `value`, itself included."""
    if isinstance(value, dict):
        yield cast("Document", value)
        for inner in cast("Document", value).values():
            yield from _parts(inner)
    elif isinstance(value, list | tuple):
        for inner in cast("Sequence[object]", value):
            yield from _parts(inner)
