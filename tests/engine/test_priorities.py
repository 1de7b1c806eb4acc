"""Whose tasks go first: by tier, programs behind people, channels in turn."""

import pytest

from domain.vocabulary import Channel, Tier
from engine.priorities import BATCH, of_ticket
from tests import sample


@pytest.mark.parametrize(
    ("tier", "channel", "level"),
    [
        (Tier.TIER_1, Channel.PHONE, 1),
        (Tier.TIER_1, Channel.IMPORT, 1),
        (Tier.TIER_2, Channel.WEB, 2),
        (Tier.TIER_3, Channel.PHONE, 3),
        (Tier.TIER_4, Channel.QR, 3),
        (Tier.TIER_2, Channel.IMPORT, 4),
        (Tier.TIER_3, Channel.OPEN311, 4),
    ],
)
def test_a_ticket_goes_by_its_tier_and_a_program_s_behind_people_s(
    tier: Tier, channel: Channel, level: int
) -> None:
    """An emergency is one, whoever brings it."""
    intake = sample.intake()
    terms = intake.terms.model_copy(update={"tier": tier})
    given = of_ticket(intake.model_copy(update={"channel": channel, "terms": terms}))
    assert (given.priority_key, given.fairness_key) == (level, channel.value)


def test_what_goes_through_all_tickets_goes_last() -> None:
    """Behind every ticket."""
    assert BATCH.priority_key == 5
