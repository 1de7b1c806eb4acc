"""A breaker between intake and the engine: who files does not wait for an engine that is known to be away."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta


@dataclass
class Breaker:
    """Opens after `failures` in a row; then lets one call through every `pause` to see whether it is back.

    While it is open, skipped calls lose nothing: what they would have started is started by the
    reconciliation. `now` returns seconds of a clock that never goes back.
    """

    failures: int = 3
    pause: timedelta = timedelta(seconds=5)
    now: Callable[[], float] = time.monotonic
    _failed: int = 0
    _next_probe: float = 0.0

    @property
    def is_open(self) -> bool:
        """Return whether calls are kept back."""
        return self._failed >= self.failures

    def lets_through(self) -> bool:
        """Return whether this call is to be made; the caller then reports by `note` how it went."""
        if not self.is_open:
            return True
        if self.now() < self._next_probe:
            return False
        self._next_probe = self.now() + self.pause.total_seconds()
        return True

    def note(self, *, answered: bool) -> None:
        """Take note of how a call went."""
        if answered:
            self._failed = 0
            return
        self._failed += 1
        if self._failed == self.failures:
            self._next_probe = self.now() + self.pause.total_seconds()
