"""What a seed stands for: when how many requests come in, and which fault strikes when."""

from dataclasses import dataclass
from random import Random
from typing import Final

OWN: Final = ("api-1", "api-2", "worker-1", "worker-2")
SERVERS: Final = ("postgres", "temporal")
LINKS: Final = ("api-postgres", "api-temporal", "worker-postgres", "worker-temporal")
EVERYTHING: Final = (*OWN, *SERVERS, *LINKS)
BURST: Final = 30
_BURST_SECONDS = 1.25
_BETWEEN_BURSTS = 35.0
_RATE = 0.5
_FIRST_FAULT = 8.0
_ROOM_AFTER_THE_LAST = 6.0


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong: what, to which part or link, `at` which second, for how long."""

    at: float
    kind: str
    victim: str
    seconds: float = 0.0

    def __str__(self) -> str:
        """Return one line of the plan."""
        lasts = f" {self.seconds:.1f} s" if self.seconds else ""
        return f"{self.at:6.1f} s  {self.kind:<8} {self.victim}{lasts}"


@dataclass(frozen=True)
class Plan:
    """All that the seed fixes; how the parts interleave it does not."""

    seed: int
    seconds: float
    arrivals: tuple[float, ...]
    faults: tuple[Fault, ...]


def draw(seed: int, seconds: float, *, victims: tuple[str, ...], fills: bool, mild: bool = False) -> Plan:
    """Return the plan of `seed` for a run of that length.

    Every fault in the list strikes as long as there is room; a long run goes through the list again, in
    another order. `victims` are the parts and links that there are, `mild` leaves out what takes long.
    """
    return Plan(
        seed=seed,
        seconds=seconds,
        arrivals=tuple(_arrivals(Random(f"{seed}/arrivals"), seconds)),
        faults=tuple(_faults(Random(f"{seed}/faults"), seconds, _kinds(victims, fills, mild))),
    )


def _arrivals(rng: Random, seconds: float) -> list[float]:
    """Return when requests come in: some all the time, and bursts of thirty within a second or so."""
    found = [rng.uniform(0, seconds) for _ in range(round(seconds * _RATE))]
    start = 4.0
    while start < seconds - _BURST_SECONDS:
        found += [start + rng.uniform(0, _BURST_SECONDS) for _ in range(BURST)]
        start += rng.uniform(0.7, 1.3) * _BETWEEN_BURSTS
    return sorted(found)


def _kinds(victims: tuple[str, ...], fills: bool, mild: bool) -> list[tuple[str, str, tuple[float, float]]]:  # noqa: FBT001
    """Return kind, victim and shortest and longest time of every fault that may strike."""
    longest = 3.0 if mild else 9.0
    processes = [name for name in victims if name not in LINKS]
    links = [name for name in LINKS if name in victims]
    found: list[tuple[str, str, tuple[float, float]]] = []
    for name in processes:
        found += [("kill", name, (0, 0)), ("freeze", name, (1.5, longest)), ("restart", name, (0, 0))]
    for pair in (("api-1", "api-2"), ("worker-1", "worker-2"), ("postgres", "temporal")):
        if not mild and set(pair) <= set(victims):
            found.append(("kill", "+".join(pair), (0, 0)))
    for link in links:
        found += [(kind, link, (1.5, longest)) for kind in ("cut", "swallow", "delay")]
    if fills:
        found.append(("fill", "volume", (2.0, longest / 2)))
    return found


def _faults(rng: Random, seconds: float, kinds: list[tuple[str, str, tuple[float, float]]]) -> list[Fault]:
    found: list[Fault] = []
    at = _FIRST_FAULT
    while kinds and at < seconds - _ROOM_AFTER_THE_LAST:
        for kind, victim, lasts in rng.sample(kinds, len(kinds)):
            if at >= seconds - _ROOM_AFTER_THE_LAST:
                break
            found.append(Fault(round(at, 1), kind, victim, round(rng.uniform(*lasts), 1)))
            at += rng.uniform(1.0, 11.0)  # some strike while the one before is still in force
    return found
