"""Instants of a ticket as people speak them: on the clocks of its city, with the year where it is another."""

from datetime import datetime

from domain.ticket.ticket import Ticket
from domain.time.speech import spoken_deadline, spoken_instant
from phrases import Said


def spoken(ticket: Ticket, at: datetime) -> Said:
    """Return when `at` is: 「11月30日09:59」, "30 Nov 09:59"."""
    return spoken_instant(at, ticket.terms.calendar.time_zone, year_of=ticket.filed_at)


def spoken_end(ticket: Ticket, at: datetime, same_day_as: datetime | None = None) -> Said:
    """Return until when a limit runs; the day is left out if it is that of `same_day_as`."""
    zone = ticket.terms.calendar.time_zone
    return spoken_deadline(at, zone, same_day_as=same_day_as, year_of=ticket.filed_at)
