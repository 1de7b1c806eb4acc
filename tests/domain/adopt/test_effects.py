"""What an edition would do to all tickets that run, counted before anybody orders it."""

from domain import messages as m
from domain.adopt.effects import EXAMPLES, NOWHERE, Effect, Preview, Tally, effect
from domain.terms import Named, Place, Resolution
from domain.vocabulary import AdoptionMode, Level, Role
from tests import sample
from tests.domain.journey import Journey

EDITION = "test@bbbbbbbbbbbb"
ORDER = m.AdoptEdition(
    actor=m.Actor(role=Role.SYSTEM, person="OPS-1"), edition=EDITION, mode=AdoptionMode.NOW
)


def found_for(place: Place) -> Effect:
    """Return the effect on a ticket at `place` that nobody has dispatched yet."""
    journey = Journey(sample.intake(certain=False).model_copy(update={"place": place}))
    terms = sample.terms().model_copy(update={"edition": EDITION})
    return effect(journey.ticket, ORDER, Resolution(terms=terms, routing=sample.routing()), journey.now)


def climbing(number: int, *levels: Level, district: Named = sample.DISTRICT) -> Effect:
    """Return the effect on a ticket for which the rungs `levels` would fire."""
    return Effect(number=f"{number}", district=district, adopts=True, climbs=levels)


def preview_of(*effects: Effect) -> Preview:
    """Return the preview of an adoption with these effects."""
    tally = Tally(EDITION, AdoptionMode.NOW, sample.MONDAY)
    for one in effects:
        tally.add(one)
    return tally.preview()


def test_a_ticket_before_dispatch_counts_for_the_district_of_its_place() -> None:
    """By the name the requester's place has; where no place is known, for none."""
    assert found_for(sample.intake().place).district == Named(code="110114", zh="昌平区", en="110114")
    assert found_for(Place()).district == NOWHERE


def test_a_preview_counts_tickets_that_climb_and_each_rung_that_fires() -> None:
    """One ticket through both rungs, one through the first, one through none."""
    found = preview_of(climbing(1, Level.DISTRICT, Level.CITY), climbing(2, Level.DISTRICT), climbing(3))
    assert (found.tickets, found.escalated_at_once) == (3, 2)
    assert found.escalated == {Level.DISTRICT: 2, Level.CITY: 1}
    assert found.examples == ("1", "2")
    assert [district.escalated for district in found.districts] == [2]


def test_a_preview_names_the_first_tickets_that_climb_and_no_more_than_a_screen_of_them() -> None:
    """Ten thousand numbers help nobody."""
    found = preview_of(*(climbing(number, Level.CITY) for number in range(EXAMPLES + 5)))
    assert found.examples == tuple(str(number) for number in range(EXAMPLES))
    assert found.escalated_at_once == EXAMPLES + 5


def test_districts_come_with_the_most_tickets_first() -> None:
    """Where as many, by their codes."""
    found = preview_of(climbing(1, district=NOWHERE), climbing(2), climbing(3))
    assert [district.district for district in found.districts] == [sample.DISTRICT, NOWHERE]
