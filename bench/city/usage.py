"""What the processes and the disk are asked for."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.city import readings
from bench.installation import Installation
from readmodel import Database


@dataclass(frozen=True)
class Disk:
    """Bytes of the database (tables and indexes) and of the engine's file, with its log."""

    database: int
    engine: int

    def since(self, earlier: "Disk") -> "Disk":
        """Return what was added since `earlier`."""
        return Disk(self.database - earlier.database, self.engine - earlier.engine)


async def disk(database: Database, data_dir: Path) -> Disk:
    """Return what is on the disk now."""
    return Disk(await readings.database_bytes(database), _engine_bytes(data_dir))


def _engine_bytes(data_dir: Path) -> int:
    return sum(file.stat().st_size for file in data_dir.glob("temporal.db*"))


def memory(parts: Installation) -> Counter[str]:
    """Return bytes of memory by part: what is shared counts once, divided among those who share it.

    Where the system does not report that (only Linux does), what is shared counts for each.
    """
    found: Counter[str] = Counter()
    for part, processes in parts.parts().items():
        for process in processes:
            with suppress(psutil.Error):
                full = process.memory_full_info()
                found[part] += int(getattr(full, "pss", full.rss))
    return found
