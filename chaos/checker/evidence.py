"""What the checker judges by: the clients' journal, the rows of the database, the engine's own account."""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

Row = dict[str, Any]


@dataclass
class Evidence:
    """One picture of everything after a run, as plain JSON. `at`: when the database was read.

    `workflows` has, by ticket number, the statuses of all `runs` and the answer to the query `everything`.
    """

    at: str = ""
    journal: list[Row] = field(default_factory=list[Row])
    request: list[Row] = field(default_factory=list[Row])
    ticket: list[Row] = field(default_factory=list[Row])
    ticket_event: list[Row] = field(default_factory=list[Row])
    notice: list[Row] = field(default_factory=list[Row])
    command: list[Row] = field(default_factory=list[Row])
    vault_text: list[Row] = field(default_factory=list[Row])
    unstarted: list[Row] = field(default_factory=list[Row])
    workflows: dict[str, Row] = field(default_factory=dict[str, Row])

    def save(self, path: Path) -> None:
        """Write everything to one file."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Evidence":
        """Read what `save` wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def without(self, numbers: set[str]) -> "Evidence":
        """Return the same without tickets `numbers`: somebody else's, who wrote no line of this journal."""
        tables = ("request", "ticket", "ticket_event", "notice", "command", "vault_text", "unstarted")
        kept = {
            table: [row for row in getattr(self, table) if row["number"] not in numbers] for table in tables
        }
        workflows = {number: held for number, held in self.workflows.items() if number not in numbers}
        return replace(self, **kept, workflows=workflows)

    def events_of(self) -> dict[str, list[Row]]:
        """Return the events of every ticket in their order."""
        return grouped(self.ticket_event, "number", "seq")


@dataclass(frozen=True, order=True)
class Violation:
    """One thing that must never be: which rule is broken, by which ticket or key, and how."""

    rule: str
    whose: str
    what: str

    def __str__(self) -> str:
        """Return one line of the verdict."""
        return f"{self.rule}: {self.whose}: {self.what}"


def grouped(rows: list[Row], by: str, order: str) -> dict[str, list[Row]]:
    """Return `rows` by what stands in the column `by`, each group in `order`."""
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row[order]):
        found.setdefault(row[by], []).append(row)
    return found


def instant(text: str | None) -> datetime | None:
    """Return the instant that `text` names."""
    return None if text is None else datetime.fromisoformat(text)


def sure(text: str) -> datetime:
    """Return the instant that `text` names, where there must be one."""
    return datetime.fromisoformat(text)
