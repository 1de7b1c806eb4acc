"""What a slice brought, and whether its accounts add up."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import mean, quantiles

from bench.city.line import INTAKE, LATER, READS, Sent
from bench.city.loading import Loaded
from bench.city.readings import History, Rung
from bench.city.usage import Disk


@dataclass(frozen=True)
class Load:
    """What was open before the slice: for company, and to fall due in it."""

    company: Loaded
    prepared: Loaded

    @property
    def due(self) -> dict[str, datetime]:
        """Return number → instant of the tickets that were prepared to fall due."""
        return self.prepared.due

    @property
    def tickets(self) -> int:
        """Return how many tickets the loader has opened."""
        return len(self.company.due) + len(self.prepared.due)

    @property
    def rate(self) -> float:
        """Return tickets a second."""
        return self.tickets / (self.company.seconds + self.prepared.seconds)


@dataclass(frozen=True)
class Outcome:
    """Everything that was measured in one slice.

    `planned`: contacts that came in; `numbers`: those that were acknowledged; `known`: how many of these the
    database has; `due`: prepared tickets whose clock was due in the slice.
    """

    command: str
    seconds: float
    load: Load
    open_before: int
    planned: int
    record: Sequence[Sent]
    numbers: Sequence[str]
    known: int
    due: Sequence[str]
    rungs: Sequence[Rung]
    lags: Sequence[float]
    lived: Sequence[History]
    waited: Sequence[History]
    cpu: dict[str, float]
    memory: dict[str, int]
    loaded_disk: Disk
    disk: Disk

    @property
    def filed(self) -> list[Sent]:
        """Return the requests that were filed."""
        return [one for one in self.record if one.act == INTAKE]

    @property
    def commands(self) -> list[Sent]:
        """Return the commands that were given."""
        return [one for one in self.record if one.act != INTAKE and one.act not in READS]

    @property
    def reads(self) -> list[Sent]:
        """Return what was read."""
        return [one for one in self.record if one.act in READS]

    @property
    def refused(self) -> int:
        """Return how many contacts got no number."""
        return self.refusals.total()

    @property
    def refusals(self) -> Counter[str]:
        """Return contacts that got no number, by reason."""
        return Counter(f"{one.status} {one.code}" for one in self.filed if not one.is_done)

    @property
    def failed(self) -> Counter[str]:
        """Return commands and reads that came to nothing without a rule's saying so, by act and reason."""
        others = [one for one in (*self.commands, *self.reads) if not one.is_done and not one.is_declined]
        return Counter(f"{one.act} {one.status} {one.code}" for one in others)

    @property
    def declined(self) -> Counter[str]:
        """Return commands to which the rules said no, by act and reason."""
        return Counter(f"{one.act} {one.code}" for one in self.commands if one.is_declined)

    @property
    def missed(self) -> list[Rung]:
        """Return the misses of prepared tickets that were due in the slice."""
        prepared = set(self.due)
        return [rung for rung in self.rungs if rung.what == "missed" and rung.number in prepared]

    @property
    def rang(self) -> int:
        """Return how many prepared tickets rang; one may have two clocks that are due together."""
        return len({rung.number for rung in self.missed})

    @property
    def timer_p99_ms(self) -> float:
        """Return the lateness that 99 of a hundred clocks kept below, as the engine decided them."""
        return percentile((rung.decided_ms for rung in self.rungs), 99)

    @property
    def not_started(self) -> int:
        """Return how many contacts got a number while the engine did not answer in time; they start later."""
        return sum(one.is_done and one.code == LATER for one in self.filed)

    def flaws(self) -> list[str]:
        """Return what does not add up; nothing is as it should be."""
        rang = {rung.number for rung in self.missed}
        all_rung = [(one.number, one.clock, one.what) for one in self.rungs]
        came, sent, given = self.planned, len(self.filed), len(self.numbers)
        due, rung, refused = len(self.due), len(rang), self.refused
        checks = {
            f"到达 {came} ≠ 提交 {sent} what came in is not what was sent": came != sent,
            f"提交 {sent} ≠ 受理 {given} + 拒绝 {refused} an answer is missing": sent != given + refused,
            "编号重复 a number was given out twice": len(set(self.numbers)) != given,
            f"编号 {given} ≠ 库中 {self.known} a number is not in the database": self.known != given,
            f"到期 {due} ≠ 触发 {rung} a clock did not ring": rang != set(self.due),
            "时钟重复触发 a clock rang twice": len(all_rung) != len(set(all_rung)),
            "时钟提前触发 a clock rang early": any(one.decided_ms < 0 for one in self.rungs),
        }
        return [sentence for sentence, is_flaw in checks.items() if is_flaw]


def percentile(values: Iterable[float], percent: int) -> float:
    """Return what `percent` of a hundred of `values` kept below; not a number for fewer than two."""
    known = sorted(values)
    if len(known) < 2:  # noqa: PLR2004 - quantiles need two
        return known[0] if known else float("nan")
    return quantiles(known, n=100, method="inclusive")[percent - 1]


def average(values: Iterable[float]) -> float:
    """Return the mean of `values`, not a number for none."""
    known = list(values)
    return mean(known) if known else float("nan")
