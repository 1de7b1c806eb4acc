"""The closing account: every request that was filed is ended, running at a named place, or loudly lost."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.show.views import ClockView
from domain.vocabulary import ClockName, Ending, Level, Stage, Status
from simulation.line import Escalation, Seen
from simulation.tally import Row

LEAST_ENDED = 0.9
"""The part of the requests that must have ended for a demonstration to count."""
_OF_UNITS = (ClockName.SIGN_BY, ClockName.CONTACT_BY, ClockName.DOOR_BY, ClockName.FEEDBACK_BY)


@dataclass(frozen=True)
class Running:
    """A ticket on its way, with what is due next and when."""

    seen: Seen
    due: ClockName
    due_at: datetime


@dataclass(frozen=True)
class Account:
    """What became of the requests.

    `ended`, `running` and `lost` (filed, but in no list) are together all that were filed; `strangers` are in
    a list, but nobody filed them here. `climbed` counts tickets by clock and level of their escalations,
    `branches` what left the main line.
    """

    filed: int
    ended: tuple[Seen, ...]
    running: tuple[Running, ...]
    lost: tuple[str, ...]
    strangers: tuple[str, ...]
    climbed: Mapping[tuple[ClockName, Level], int]
    climbed_to: Mapping[Level, int]
    branches: tuple[Row, ...] = ()

    @property
    def endings(self) -> Counter[Ending | None]:
        """Return how many ended in which way."""
        return Counter(seen.ending for seen in self.ended)

    @property
    def share_ended(self) -> float:
        """Return the part of the filed requests that ended, 0 to 1."""
        return len(self.ended) / self.filed if self.filed else 0.0

    @property
    def shortcomings(self) -> list[str]:
        """Return in both languages what is missing for the demonstration to count; empty: nothing."""
        found = {
            f"有{len(self.lost)}件诉求去向不明 / {len(self.lost)} requests are lost": bool(self.lost),
            f"有{len(self.strangers)}件来历不明 / {len(self.strangers)} tickets nobody filed": bool(
                self.strangers
            ),
            f"办结不足{LEAST_ENDED:.0%} / less than {LEAST_ENDED:.0%} ended": self.share_ended < LEAST_ENDED,
            "没有提级到区的 / none climbed to a district": not self.climbed_to.get(Level.DISTRICT),
            "没有提级到市的 / none climbed to the city": not self.climbed_to.get(Level.CITY),
        }
        found |= {
            f"没有{row.branch.start.zh} / no {row.branch.start.en}": not row.times for row in self.branches
        }
        return [sentence for sentence, is_so in found.items() if is_so]


def next_due(seen: Seen, clocks: Sequence[ClockView], spacing: timedelta, now: datetime) -> Running:
    """Return what is due next on a ticket with these `clocks`: one that runs, or the next callback try.

    The first try begins at the promised instant, another one `spacing` after the one before.
    """
    if seen.next_clock is not None and seen.next_due_at is not None:
        return Running(seen, seen.next_clock, seen.next_due_at)
    calls = [clock.done_at or clock.due_at for clock in clocks if clock.name is ClockName.SURVEY_BY]
    if seen.status is Status.SURVEYING and calls:
        return Running(seen, ClockName.SURVEY_BY, calls[-1] + spacing)
    promised = seen.promised_at or max((clock.due_at for clock in clocks), default=now)
    return Running(seen, ClockName.SURVEY_BY, promised)


def take_account(
    filed: Collection[str],
    seen: Mapping[str, Seen],
    dues: Mapping[str, Running],
    escalations: Iterable[Escalation],
    branches: tuple[Row, ...] = (),
) -> Account:
    """Return what became of the numbers that were `filed`, by what the city's list, clocks and notices say.

    `dues` has what is next for every ticket that is not closed; one of which nothing is known counts as lost.
    Only escalations of a unit's own clocks count for `climbed_to`, not those of the city's desk to itself.
    """
    ended = {number for number in filed if number in seen and seen[number].stage is Stage.CLOSED}
    tickets = {(found.clock, found.level, found.number) for found in escalations}
    by_unit = {(level, number) for clock, level, number in tickets if clock in _OF_UNITS}
    return Account(
        filed=len(filed),
        ended=tuple(seen[number] for number in filed if number in ended),
        running=tuple(dues[number] for number in filed if number in dues and number not in ended),
        lost=tuple(number for number in filed if number not in ended and number not in dues),
        strangers=tuple(number for number in seen if number not in filed),
        climbed=Counter((clock, level) for clock, level, _ in tickets),
        climbed_to=Counter(level for level, _ in by_unit),
        branches=branches,
    )
