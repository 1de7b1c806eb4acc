"""An archive proves by itself that it is whole: whatever is taken out or changed is found and named."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from domain.rebuild.archive import SECTIONS, digest, findings, sealed
from domain.rebuild.taking_in import log_and_notices
from domain.show.views import status_view
from domain.vocabulary import Outcome
from tests import sample
from tests.domain.journey import Journey
from tests.domain.lives import LIVES
from tests.domain.test_redo import discontent, started

Change = Callable[[dict[str, Any]], object]
PROOF = sample.m.ProofRef(kind="photo", ref=sample.TEXT)


def archive(journey: Journey | None = None) -> dict[str, Any]:
    """Return the archive of a closed ticket as it is read back from a file."""
    if journey is None:
        journey = discontent(started(rounds=1))
        journey.sign()
        journey.contact()
        journey.feedback(Outcome.RESOLVED, PROOF)
        journey.says()
    facts, notices = log_and_notices(journey.intake, journey.log)
    kept = {
        "number": journey.ticket.number,
        "filing": {"intake": journey.intake.model_dump(mode="json"), "description": "路灯不亮\u2028"},
        "view": status_view(journey.ticket).model_dump(mode="json"),
        "erased": False,
        "facts": [fact.model_dump(mode="json") for fact in facts],
        "notices": [notice.model_dump(mode="json") for notice in notices],
        "commands": [],
        "texts": [{"id": sample.TEXT.id, "kind": "reply", "digest": sample.TEXT.hash}],
        "editions": [sample.terms().edition],
    }
    return json.loads(json.dumps(sealed(kept)))


def resealed(document: dict[str, Any]) -> dict[str, Any]:
    """Return `document` with counts and hash that fit, as somebody would who forges it."""
    document["counts"] = {name: len(document[name]) for name in SECTIONS}
    document["sha256"] = digest(document)
    return document


def test_a_closed_ticket_is_whole() -> None:
    """Every clock, both surveys, the proof with its fact."""
    document = archive()
    assert findings(document) == []
    assert [one["round"] for one in document["surveys"]] == [1, 2]
    (proof,) = document["proofs"]
    assert document["facts"][proof["seq"] - 1]["fact"]["kind"] == "feedback_given"
    assert document["counts"]["facts"] == document["view"]["version"] == len(document["facts"])


def test_the_same_ticket_has_the_same_hash_however_it_is_written() -> None:
    """Order of keys and blanks do not matter."""
    document = archive()
    shuffled = dict(reversed(document.items()))
    assert json.loads(json.dumps(shuffled, indent=3))["sha256"] == digest(shuffled)
    assert document == archive()


CHANGES: dict[str, tuple[Change, str]] = {
    "a fact is gone": (lambda d: d["facts"].pop(4), "Facts are missing: 5"),
    "the last fact is gone": (lambda d: d["facts"].pop(), "Facts are missing"),
    "two facts are swapped": (lambda d: d["facts"].insert(3, d["facts"].pop(4)), "not numbered"),
    "a fact is changed": (
        lambda d: d["facts"][0]["fact"].update(at="2026-11-02T02:00:00Z"),
        "cannot be rebuilt",
    ),
    "the outcome is changed": (lambda d: d["view"].update(overdue=True), "The view does not follow"),
    "a survey is changed": (lambda d: d["surveys"][0].update(resolved=True), "surveys: not what"),
    "a clock is gone": (lambda d: d["clocks"].pop(), "clocks: not what"),
    "a proof is gone": (lambda d: d["proofs"].clear(), "proofs: not what"),
    "a notice is gone": (lambda d: d["notices"].pop(), "A notice is missing"),
    "a notice is changed": (lambda d: d["notices"][0].update(to="X"), "not what the facts call for"),
    "a notice is made up": (
        lambda d: d["notices"].append({**d["notices"][0], "key": "x"}),
        "No fact calls for the notice x",
    ),
    "a text is gone": (lambda d: d["texts"].clear(), "A text is missing: t-1"),
    "a text is another": (lambda d: d["texts"][0].update(digest="x"), "not the one that was named"),
    "the edition is gone": (lambda d: d["editions"].clear(), "An edition of the rules is missing"),
    "the filing is gone": (lambda d: d.pop("filing"), "Sections are missing: filing"),
    "a section is gone": (lambda d: d.update(notices=None), "Sections are missing: notices"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_is_taken_out_or_changed_is_named_even_with_a_new_hash(name: str) -> None:
    """In both languages, also where counts and hash were made to fit."""
    change, answer = CHANGES[name]
    document = archive()
    change(document)
    found = findings(document)
    assert answer in " ".join(one.en for one in found)
    assert all(one.zh.endswith("。") and one.en.endswith(".") for one in found)
    if "Sections" not in answer:
        assert "SHA-256" in found[0].en
        assert answer in " ".join(one.en for one in findings(resealed(document)))


def test_a_change_that_only_the_hash_can_show_is_found() -> None:
    """A word of the description, a command's answer."""
    document = archive()
    document["filing"]["description"] = "别的"
    (found,) = findings(document)
    assert "SHA-256" in found.en


def test_the_facts_of_an_open_ticket_are_no_archive() -> None:
    """However well they fit together."""
    assert "The ticket is not closed." in [one.en for one in findings(archive(Journey()))]


def test_an_erased_ticket_misses_its_own_texts_and_no_others() -> None:
    """What an incident said is no one's personal data."""
    document = archive()
    own = json.loads(json.dumps(document).replace('"t-1"', f'"{sample.NUMBER}/reply/1"'))
    own["texts"] = []
    assert "A text is missing" in findings(resealed(copy.deepcopy(own)))[0].en
    own["erased"] = True
    assert findings(resealed(own)) == []
    document["texts"], document["erased"] = [], True
    assert len(findings(resealed(document))) == 1


@pytest.mark.parametrize("thing", [None, [], {}, "x", {"format": "jiesu.archive.1"}, {"format": 7}])
def test_what_is_no_archive_is_reported(thing: object) -> None:
    """Never a traceback."""
    assert len(findings(thing)) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["view"].update(status="nowhere"), "The stored view cannot be read."),
        (lambda d: d["notices"][0].pop("kind"), "not what the facts call for"),
        (lambda d: d["facts"][2].update(fact={"kind": "unheard_of"}), "cannot be rebuilt from its facts"),
        (lambda d: d["facts"][2].pop("fact"), "cannot be rebuilt from its facts"),
        (lambda d: d.update(facts=["x"]), "cannot be rebuilt from its facts"),
        (lambda d: d["filing"].pop("intake"), "cannot be rebuilt from its facts"),
    ],
    ids=["view", "notice", "kind of fact", "no fact", "no entries", "intake"],
)
def test_what_cannot_be_read_is_named(change: Change, message: str) -> None:
    """A field that is gone, a word nobody knows: a finding like any other, never a traceback."""
    document = archive()
    change(document)
    assert message in " ".join(one.en for one in findings(resealed(document)))


def test_facts_that_do_not_fit_together_are_sealed_as_they_are() -> None:
    """The archive is kept, says what it cannot derive, and shows itself as broken when it is read."""
    kept = archive()
    kept["facts"][0]["fact"]["at"] = "2026-11-02T02:00:00Z"
    document = sealed(kept)
    assert (document["clocks"], document["surveys"], document["proofs"]) == ([], [], [])
    assert document["sha256"] == digest(document)
    assert "The ticket cannot be rebuilt from its facts: 1." in [one.en for one in findings(document)]


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__)
def test_any_one_fact_that_is_taken_out_is_missed(life: Callable[[], Journey]) -> None:
    """Of whatever life, and however well the forger counts and hashes again."""
    whole = archive(life())
    for place in range(len(whole["facts"])):
        forged = copy.deepcopy(whole)
        del forged["facts"][place]
        assert f"Facts are missing: {place + 1}." in [one.en for one in findings(resealed(forged))]
