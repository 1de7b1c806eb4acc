"""The made-up people."""

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.masking import mask
from simulation.identities import check_character, full_name, identity_number, mobile_number

SEEDS = st.integers(0, 2**32)


@given(SEEDS)
def test_a_mobile_number_has_eleven_digits_and_a_prefix_in_use(seed: int) -> None:
    """What is generated passes for a number of China's mobile networks."""
    assert re.fullmatch(r"1[3-9]\d{9}", mobile_number(Random(seed)))


@given(SEEDS)
def test_the_weighted_sum_of_an_identity_number_leaves_one(seed: int) -> None:
    """The standard's own check, counted another way than the generator does: the sum is 1 modulo 11."""
    number = identity_number(Random(seed))
    values = [10 if character == "X" else int(character) for character in number]
    weights = [pow(2, 17 - place, 11) for place in range(18)]
    assert len(number) == 18
    assert sum(value * weight for value, weight in zip(values, weights, strict=True)) % 11 == 1


def test_the_check_character_is_that_of_the_published_example() -> None:
    """The example that the standard itself gives: 11010519491231002X."""
    assert check_character("11010519491231002") == "X"


@given(SEEDS)
def test_what_is_made_up_is_what_the_vault_masks(seed: int) -> None:
    """The generated numbers look real enough that masking takes them for real ones."""
    rng = Random(seed)
    phone, card = mobile_number(rng), identity_number(rng)
    masked = mask(f"电话{phone},身份证号{card}。", None, None, None)
    assert phone not in masked
    assert card not in masked


@pytest.mark.parametrize("seed", range(5))
def test_a_name_is_a_surname_with_a_form_of_address(seed: int) -> None:
    """As callers introduce themselves."""
    assert re.fullmatch(r"[\u4e00-\u9fff](先生|女士|同志)", full_name(Random(seed)))
