"""Makes the words that the archive's packing knows beforehand: `python -m tests.record_words FILE`.

Out of recorded histories: what closed tickets say, the shortest way to the end last, because what stands last
is nearest. A file that was released never changes; better words are a file of another name.
"""

import json
import sys
from pathlib import Path

from temporalio.api.history.v1 import History
from temporalio.client import WorkflowHistory

HISTORIES = Path(__file__).parent / "histories"
ROOM = 32 * 1024
"""What deflate looks back on."""
LAST = ("closed_after_redo_and_supervision", "closed_praise", "closed_answered", "closed_resolved")


def main() -> None:
    """Write the words to the file named on the command line."""
    names = [path.stem for path in sorted(HISTORIES.glob("closed_*.json"))]
    names = [name for name in names if name not in LAST]
    found = b"".join(_packed(name) for name in (*names, *LAST))
    Path(sys.argv[1]).write_bytes(found[-ROOM:])


def _packed(name: str) -> bytes:
    recorded = json.loads((HISTORIES / f"{name}.json").read_text(encoding="utf-8"))
    history = WorkflowHistory.from_json(name, recorded)
    return History(events=history.events).SerializeToString(deterministic=True)


if __name__ == "__main__":
    main()
