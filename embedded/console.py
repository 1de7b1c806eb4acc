"""What the person at the terminal sees of the children's logs: new lines, each with the name of its part."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

_COLUMN = 9
_ROTATE_BYTES = 32 * 1024 * 1024
_LOUD = {
    "postgres": re.compile(r" (WARNING|ERROR|FATAL|PANIC): "),
    "temporal": re.compile(r"level=(ERROR|FATAL)|^panic|^[Ee]rror"),
}
"""Parts whose chatter stays in their file: only lines that match are shown."""


@dataclass
class Tail:
    """Follows one log file from its present end."""

    name: str
    path: Path
    position: int = 0
    rest: bytes = b""

    def __post_init__(self) -> None:
        """Start at the present end: what an earlier run wrote is not news."""
        self.position = self.path.stat().st_size if self.path.exists() else 0

    def new_lines(self) -> list[str]:
        """Return the whole lines that were added since the last call and are worth showing."""
        try:
            with self.path.open("rb") as file:
                file.seek(self.position)
                added = file.read()
        except FileNotFoundError:
            return []
        self.position += len(added)
        *lines, self.rest = (self.rest + added).split(b"\n")
        shown = (line.decode(errors="replace").rstrip() for line in lines)
        loud = _LOUD.get(self.name)
        return [line for line in shown if line and (loud is None or loud.search(line))]

    def rotate(self) -> None:
        """Keep the file below 32 MB: what it holds moves to `.1`, the child writes on."""
        if self.position < _ROTATE_BYTES:
            return
        kept = self.path.with_suffix(self.path.suffix + ".1")
        kept.write_bytes(self.path.read_bytes())
        with self.path.open("r+b") as file:
            file.truncate(0)
        self.position, self.rest = 0, b""

    def last_lines(self, count: int = 5) -> list[str]:
        """Return the last `count` lines of the file, shown or not; none when it is missing."""
        try:
            return self.path.read_text(errors="replace").splitlines()[-count:]
        except FileNotFoundError:
            return []


def show(output: TextIO, name: str, line: str) -> None:
    """Print one line of the part `name`; a terminal that went away is no reason to stop."""
    try:
        print(f"{name:<{_COLUMN}}| {line}", file=output, flush=True)
    except (OSError, ValueError):
        return
