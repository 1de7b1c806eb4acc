"""When contacts come in: a Poisson process whose rate follows the day and leaps in bursts, by a seed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from bench.city.facts import CityDay

MINUTE = 60.0
HOUR = 3600.0


@dataclass(frozen=True)
class Minute:
    """One minute of load: contacts a second outside and inside its burst, and when that is, in seconds."""

    usual: float
    burst: float
    burst_from: float
    burst_until: float

    def rate(self, second: float) -> float:
        """Return contacts a second at `second` of this minute."""
        return self.burst if self.burst_from <= second < self.burst_until else self.usual


def minute(day: CityDay, mean: float, rng: Random) -> Minute:
    """Return a minute that has `mean` contacts a second over all, a share of them in one burst.

    Where the mean is as high as a burst there is none.
    """
    bursts = day.bursts
    lasts = bursts.share * mean * MINUTE / bursts.a_second
    if mean >= bursts.a_second:
        return Minute(mean, mean, 0.0, 0.0)
    begins = rng.uniform(0.0, MINUTE - lasts)
    usual = (1 - bursts.share) * mean * MINUTE / (MINUTE - lasts)
    return Minute(usual, bursts.a_second, begins, begins + lasts)


def arrivals(day: CityDay, mean_at: Callable[[float], float], seconds: float, seed: int) -> Iterator[float]:
    """Yield the instants, in seconds from the beginning, at which contacts come in within `seconds`.

    `mean_at` gives contacts a second at an instant; it is asked once a minute. Thinning: candidates come at
    the highest rate of their minute and are kept as often as the rate of their instant asks.
    """
    rng = Random(f"{seed}/arrivals")
    begins = 0.0
    while begins < seconds:
        now = minute(day, mean_at(begins), rng)
        most, at = max(now.usual, now.burst), 0.0
        while most > 0:
            at += rng.expovariate(most)
            if at >= min(MINUTE, seconds - begins):
                break
            if rng.random() * most < now.rate(at):
                yield begins + at
        begins += MINUTE
