"""Ticket numbers: `YYYYMMDD-NNNNNN-C`, the day in Beijing, a sequence number and a check digit.

The check digit is that of ISO/IEC 7064 MOD 11,10: it finds every single wrong digit and nearly all swaps of
neighbours, so that a number read out over the phone and written down wrongly does not open another ticket.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.errors import Malformed
from phrases import Phrase

SERIALS = 1_000_000
"""How many serial numbers there are before they begin again; far above a day's requests."""

_FORM = re.compile(r"(\d{8})-(\d{6})-(\d)", re.ASCII)
_INCIDENT = re.compile(r"I\d{8}-\d{6}", re.ASCII)


def check_digit(digits: str) -> int:
    """Return the ISO/IEC 7064 MOD 11,10 check digit (0–9) of a string of decimal digits."""
    product = 10
    for digit in digits:
        total = (product + int(digit)) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10


def ticket_number(filed_at: datetime, serial: int, time_zone: str) -> str:
    """Return the number of the request filed at `filed_at` (aware) with the sequence value `serial`."""
    day = filed_at.astimezone(ZoneInfo(time_zone)).strftime("%Y%m%d")
    running = f"{serial % SERIALS:06d}"
    return f"{day}-{running}-{check_digit(day + running)}"


def incident_number(opened_at: datetime, serial: int, time_zone: str) -> str:
    """Return the number of the incident opened at `opened_at` (aware) with the sequence value `serial`."""
    day = opened_at.astimezone(ZoneInfo(time_zone)).strftime("%Y%m%d")
    return f"I{day}-{serial % SERIALS:06d}"


def read_incident_number(text: str) -> str:
    """Return `text` as the number of an incident. Raises `Malformed` when it does not have the form."""
    number = text.strip().upper()
    if _INCIDENT.fullmatch(number) is None:
        raise Malformed(
            Phrase("The number of an incident looks like I20261122-000001: I, date, six digits."),
        )
    return number


def read_number(text: str) -> str:
    """Return `text` as a ticket number, spaces at its ends removed.

    Raises `Malformed` when it does not have the form or its check digit is wrong.
    """
    number = text.strip()
    match = _FORM.fullmatch(number)
    if match is None:
        raise Malformed(
            Phrase("A ticket number looks like 20261122-000017-8: date, six digits, check digit."),
        )
    day, running, check = match.groups()
    if check_digit(day + running) != int(check):
        raise Malformed(
            Phrase("The check digit does not fit: one of the digits was probably written down wrongly."),
        )
    return number
