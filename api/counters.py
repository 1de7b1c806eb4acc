"""What `/metrics` counts, in Prometheus' text format. Labels are codes and route templates, never input."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass
class Counters:
    """Counts since the process began; one event loop writes them, so no lock is needed."""

    answers: Counter[tuple[str, str, int]] = field(default_factory=Counter[tuple[str, str, int]])
    filed: Counter[str] = field(default_factory=Counter[str])
    commands: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    refused: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    durations: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    seconds: dict[str, float] = field(default_factory=dict[str, float])

    def answered(self, method: str, route: str, status: int, took: timedelta) -> None:
        """Count one HTTP answer of `route` (its template) and how long it took."""
        self.answers[method, route, status] += 1
        buckets = self.durations.setdefault(route, [0] * (len(BUCKETS_SECONDS) + 1))
        buckets[bisect_left(BUCKETS_SECONDS, took.total_seconds())] += 1
        self.seconds[route] = self.seconds.get(route, 0.0) + took.total_seconds()

    def text(self, open_tickets: Mapping[str, int] | None) -> str:
        """Return everything counted, and the open tickets by stage where they are known."""
        return "\n".join([*self._lines(open_tickets), ""])

    def _lines(self, open_tickets: Mapping[str, int] | None) -> Iterator[str]:
        yield from _head("jiesu_http_requests_total", "counter", "HTTP answers by route and status")
        for (method, route, status), times in sorted(self.answers.items()):
            yield f'jiesu_http_requests_total{{method="{method}",route="{route}",status="{status}"}} {times}'
        yield from _head("jiesu_http_request_seconds", "histogram", "How long HTTP answers took")
        for route in sorted(self.durations):
            yield from self._histogram(route)
        yield from _head(
            "jiesu_requests_filed_total", "counter", "Requests filed, by what became of the start"
        )
        for outcome, times in sorted(self.filed.items()):
            yield f'jiesu_requests_filed_total{{workflow="{outcome}"}} {times}'
        yield from _head("jiesu_commands_total", "counter", "Commands by name and outcome or refusal")
        for (name, outcome), times in sorted(self.commands.items()):
            yield f'jiesu_commands_total{{command="{name}",outcome="{outcome}"}} {times}'
        yield from _head(
            "jiesu_admission_refused_total", "counter", "Refused for want of a place, by lane and why"
        )
        for (lane, reason), times in sorted(self.refused.items()):
            yield f'jiesu_admission_refused_total{{lane="{lane}",reason="{reason}"}} {times}'
        if open_tickets is not None:
            yield from _head("jiesu_open_tickets", "gauge", "Open tickets by stage, from the projection")
            for stage, number in sorted(open_tickets.items()):
                yield f'jiesu_open_tickets{{stage="{stage}"}} {number}'

    def _histogram(self, route: str) -> Iterator[str]:
        so_far = 0
        for bound, times in zip((*BUCKETS_SECONDS, "+Inf"), self.durations[route], strict=True):
            so_far += times
            yield f'jiesu_http_request_seconds_bucket{{route="{route}",le="{bound}"}} {so_far}'
        yield f'jiesu_http_request_seconds_sum{{route="{route}"}} {self.seconds[route]:.6f}'
        yield f'jiesu_http_request_seconds_count{{route="{route}"}} {so_far}'


def _head(name: str, kind: str, meaning: str) -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} {kind}"
