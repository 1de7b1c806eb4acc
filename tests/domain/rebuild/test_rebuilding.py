"""A ticket rebuilt from its log alone: the same facts, notices and view; a log with holes is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.facts.fact import AnyFact
from domain.rebuild.rebuilding import Member, Unfoldable, account_of, read_log, text_ids
from domain.rebuild.taking_in import BEFORE_ALL_OTHERS
from domain.show.views import status_view
from tests import sample
from tests.domain.journey import Journey
from tests.domain.lives import LIVES, helped, merged
from tests.domain.outage import INCIDENT, brief, join


def entries(facts: list[AnyFact]) -> list[dict[str, Any]]:
    """Return `facts` as the entries of a log."""
    return [{"seq": seq, "fact": fact.model_dump(mode="json")} for seq, fact in enumerate(facts, start=1)]


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__)
def test_whatever_life_its_log_has_all_of_it(life: Callable[[], Journey]) -> None:
    """Facts, notices and view come out as the process left them."""
    journey = life()
    account = account_of(journey.intake, read_log(journey.intake, entries(journey.log)))
    assert account.ticket == journey.ticket
    assert [recorded.fact for recorded in account.batch.facts] == journey.log
    assert list(account.batch.notices) == journey.notices
    assert account.batch.view == status_view(journey.ticket)
    assert account.is_over != journey.ticket.is_open


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__)
def test_a_log_with_a_hole_is_refused_at_the_hole(life: Callable[[], Journey]) -> None:
    """Wherever it is; only the filing, which follows from the intake, may be gone."""
    journey = life()
    kept = entries(journey.log)
    assert read_log(journey.intake, kept[1:]) == journey.log
    for place in range(1, len(kept) - 1):
        with pytest.raises(Unfoldable, match=f"fact {place + 1} is missing"):
            read_log(journey.intake, kept[:place] + kept[place + 1 :])


def test_a_fact_that_no_release_can_read_is_named() -> None:
    """By its place in the log, in both languages."""
    journey = Journey()
    kept = entries(journey.log)
    kept[1]["fact"] = {"kind": "unheard_of"}
    with pytest.raises(Unfoldable, match=r"第2.*/ .*fact 2 .*\(unreadable\)"):
        read_log(journey.intake, kept)


def test_a_fact_that_does_not_follow_from_those_before_it_is_named() -> None:
    """A feedback that nobody has signed for: the table of transitions has no such arrow."""
    journey = Journey().handled()
    facts = [fact for fact in journey.log if fact.kind != "signed"]
    with pytest.raises(Unfoldable, match="feedback_given"):
        account_of(journey.intake, facts)


def test_an_account_is_as_old_as_the_last_thing_the_workflow_wrote() -> None:
    """What the intake writes comes before all others."""
    journey = Journey()
    assert account_of(journey.intake, journey.log).written_from == BEFORE_ALL_OTHERS
    journey.wait(hours=1)
    journey.sign()
    assert account_of(journey.intake, journey.log).written_from == journey.now


def test_who_gave_a_result_waits_for_the_next_survey() -> None:
    """The unit has a part; the one that assisted has none any more, and hears what the requester says."""
    journey = helped()
    parts = {part.unit: part for part in account_of(journey.intake, journey.log).parts}
    assert parts[sample.TOWN.code].has_part
    assert not parts[sample.WATER.code].has_part


def test_a_member_of_an_incident_is_reported_with_when_it_came_and_left() -> None:
    """In, out and in again: one row, as it stands in the end."""
    journey = merged()
    (member,) = account_of(journey.intake, journey.log).members
    assert (member.incident, member.told, member.left_at) == (INCIDENT, 1, None)
    left = Journey()
    left.take("join_incident", join(), brief())
    joined_at = left.now
    left.wait(hours=1)
    left.reassign(sample.assignment(sample.WATER))
    (gone,) = account_of(left.intake, left.log).members
    assert gone == Member(INCIDENT, joined_at, left.now, 0, None)


def test_every_text_that_is_named_anywhere_is_found() -> None:
    """In lists and within objects; what only looks alike is none."""
    value = {
        "a": {"id": "t-1", "hash": "h"},
        "b": [[{"id": "t-2", "hash": "h"}], {"id": "no", "x": 1}],
        "c": 7,
    }
    assert text_ids(value) == {"t-1", "t-2"}
