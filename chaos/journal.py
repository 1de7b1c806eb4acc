"""The journal: what the clients sent and were answered, one line an attempt; the checker's evidence."""

import json
from pathlib import Path
from typing import Any

from clock import utc_now


def now() -> str:
    """Return this instant as text."""
    return utc_now().isoformat()


class Journal:
    """Lines of JSON in a file, written as things happen."""

    def __init__(self, path: Path) -> None:
        """Begin the file `path`."""
        self._file = path.open("w", encoding="utf-8", buffering=1)
        self.attempts = 0
        self.statuses: dict[str, int] = {}

    def write(self, entry: dict[str, Any]) -> None:
        """Append one attempt: key, command, number, sent, answered, status and what of the answer counts."""
        self.attempts += 1
        status = str(entry["status"] or entry["error"])
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def close(self) -> None:
        """End the file."""
        self._file.close()
