"""What was looked up for a command: a rule reads what it asked for, and fails where it forgot to ask."""

import pytest

from domain.command.given import NOTHING_GIVEN, Given
from domain.terms import Named, Resolution
from tests import sample


def test_a_rule_that_did_not_ask_for_the_matter_fails_loudly() -> None:
    """It would be a fault of the code, never a refusal to the caller."""
    with pytest.raises(LookupError, match="nothing was asked"):
        _ = NOTHING_GIVEN.known_resolution
    asked = Resolution(terms=sample.terms(), routing=sample.routing())
    assert Given(resolution=asked).known_resolution == asked


def test_a_unit_s_own_unit_is_known_by_the_one_it_stands_under() -> None:
    """The same desks and hours, under its own name; a unit that was not asked about is a fault."""
    given = sample.given(sample.TOWN)
    north = Named(code=f"{sample.TOWN.code}/north", zh="北片", en="North")
    assert given.of(sample.TOWN) == sample.assignment()
    assert given.of(north) == sample.assignment().model_copy(update={"unit": north})
    with pytest.raises(KeyError):
        given.of(sample.WATER)
