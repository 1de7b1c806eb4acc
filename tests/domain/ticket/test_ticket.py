"""The state of a ticket, where it follows from nothing but itself."""

import pytest

from tests import sample
from tests.domain.journey import Journey


def test_nobody_is_responsible_before_dispatch() -> None:
    """A rule that counts on a unit where there can be none is a fault, and fails as one."""
    journey = Journey(sample.intake(certain=False))
    with pytest.raises(LookupError, match=sample.NUMBER):
        _ = journey.ticket.responsible
    journey.dispatch()
    assert journey.ticket.responsible == sample.assignment()
