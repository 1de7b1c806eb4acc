"""Every kind of fact says what it changes and who is notified of it, even where that is nothing."""

import types
from collections.abc import Mapping
from typing import get_args

import pytest

from domain.facts.fact import AnyFact
from domain.facts.happening import Happening
from domain.messages import Actor
from domain.ticket.change import change
from domain.ticket.draft import drafts
from domain.ticket.evolving import REGISTERED as CHANGES
from domain.ticket.evolving import begin
from domain.ticket.notices import REGISTERED as DRAFTS
from domain.vocabulary import Role
from tests import sample

KINDS: tuple[type[Happening], ...] = get_args(AnyFact)


@pytest.mark.parametrize("registry", [change.registry, drafts.registry])
def test_every_kind_of_fact_is_registered_by_name(registry: Mapping[type, object]) -> None:
    """A new fact is a decision in both places, never a silent default."""
    assert set(registry) - {object} == set(KINDS)


@pytest.mark.parametrize("subjects", [CHANGES, DRAFTS])
def test_there_is_one_file_for_each_file_of_facts(subjects: tuple[types.ModuleType, ...]) -> None:
    """What a fact changes, and whom it concerns, is found under the name of the file the fact is in."""
    assert {kind.__module__.rpartition(".")[2] for kind in KINDS} == {
        subject.__name__.rpartition(".")[2] for subject in subjects
    }


def test_a_kind_that_nobody_registered_fails_loudly() -> None:
    """Nothing is guessed for a fact that was forgotten."""

    class Forgotten(Happening):
        """A fact of no file."""

    fact = Forgotten(at=sample.MONDAY, actor=Actor(role=Role.SYSTEM))
    with pytest.raises(TypeError, match="Forgotten"):
        change(fact, begin(sample.intake()))
    with pytest.raises(TypeError, match="Forgotten"):
        drafts(fact, begin(sample.intake()))
