"""When a child that died is started again, and when we give up: a value without a clock."""

from dataclasses import dataclass, field

LIMIT = 5
WINDOW_SECONDS = 60.0
FIRST_DELAY_SECONDS = 0.2
LAST_DELAY_SECONDS = 5.0


@dataclass
class Restarts:
    """The deaths of one child within the last minute, in seconds of one monotonic clock."""

    deaths: list[float] = field(default_factory=list[float])

    def delay_after_death(self, now: float) -> float | None:
        """Note a death at `now`; return how many seconds to wait before the next start, None to give up.

        The wait doubles with every death of the last minute; the fifth one ends it.
        """
        self.deaths = [death for death in self.deaths if now - death < WINDOW_SECONDS]
        self.deaths.append(now)
        if len(self.deaths) >= LIMIT:
            return None
        return min(LAST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** (len(self.deaths) - 1))
