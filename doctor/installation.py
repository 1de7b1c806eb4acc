"""What is to be looked at: settings with the addresses of what runs, and what belongs to this machine."""

import os
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import CannotStart
from embedded.running import find
from settings import Settings

_LOCKS = Path("/proc/locks")
_LOCAL = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - read, not bound


@dataclass(frozen=True)
class Installation:
    """An installation as its settings describe it.

    `embedded`: `jiesu up` runs PostgreSQL or Temporal here. `is_up`: somebody holds the data folder.
    `api` is the address to ask; `api_expected`: its silence is a finding, not another host's business.
    """

    settings: Settings
    embedded: bool
    is_up: bool
    api: str
    api_expected: bool
    backups: Path | None
    trouble: str | None = None


def look(settings: Settings, api: str | None = None, backups: Path | None = None) -> Installation:
    """Return what is to be looked at; what cannot be found out is told in `trouble`."""
    embedded = settings.database_url is None or settings.temporal_address is None
    trouble = None
    try:
        settings = find(settings)
    except CannotStart as nothing:
        trouble = str(nothing)
    host = _LOCAL.get(settings.host, settings.host)
    return Installation(
        settings=settings,
        embedded=embedded,
        is_up=is_held(settings.data_dir) if embedded else True,
        api=api or f"http://{host}:{settings.port}",
        api_expected=embedded or api is not None,
        backups=backups,
        trouble=trouble,
    )


def is_held(folder: Path) -> bool:
    """Return whether a `jiesu up` holds the data folder: read from the kernel's list, the lock untouched.

    One that we may not look into counts as held: whose it is stands in another finding.
    """
    try:
        about = (folder / "lock").stat()
        listed = _LOCKS.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return False
    except PermissionError:
        return True
    place = f"{os.major(about.st_dev):02x}:{os.minor(about.st_dev):02x}:{about.st_ino}"
    return any(words[1:2] == ["FLOCK"] and place in words for words in map(str.split, listed))
