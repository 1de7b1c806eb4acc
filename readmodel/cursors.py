"""Where a list goes on: opaque marks that a reader hands back, and pages that carry them."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from domain.errors import Malformed
from phrases import Phrase

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list, and the mark behind the last one; null: the list ends here."""

    rows: tuple[Row, ...]
    next: str | None


@dataclass(frozen=True)
class Position:
    """A place in a list that is ordered by an instant and then by a unique text."""

    at: datetime
    key: str

    def mark(self) -> str:
        """Return the opaque mark of this place, safe in an address."""
        plain = json.dumps([self.at.isoformat(), self.key], separators=(",", ":"), ensure_ascii=False)
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


FROM_THE_NEWEST = Position(datetime(9000, 1, 1, tzinfo=UTC), "")
"""Where a list that shows the newest first begins: a place after everything, so that one query serves all."""


def read_mark(mark: str) -> Position:
    """Return the place that `mark` stands for. Raises `Malformed` for what `Position.mark` did not make."""
    try:
        plain = base64.b64decode(
            mark.encode("ascii") + b"=" * (-len(mark) % 4), altchars=b"-_", validate=True
        )
        parts = json.loads(plain)
        at, key = datetime.fromisoformat(parts[0]), parts[1]
        if len(parts) != 2 or at.tzinfo is None or not isinstance(key, str) or "\0" in key:  # noqa: PLR2004
            raise ValueError(mark)  # noqa: TRY301 - one place says what is wrong
        key.encode()
        at = at.astimezone(UTC)  # an instant beyond the calendar's ends has none
    except (
        ValueError,
        TypeError,
        IndexError,
        KeyError,
        OverflowError,
        RecursionError,
        binascii.Error,
    ) as error:
        raise Malformed(
            Phrase("The paging mark is not one we made: begin again with the first page."),
        ) from error
    return Position(at, key)


def page(rows: Sequence[Row], places: Sequence[Position], limit: int) -> Page[Row]:
    """Return the first `limit` of `rows`, read with one row to spare; `places` says where each row stands."""
    more = len(rows) > limit
    return Page(tuple(rows[:limit]), places[limit - 1].mark() if more else None)
