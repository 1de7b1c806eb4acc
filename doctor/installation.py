"""What is to be looked at: settings with the addresses of what runs, and what belongs to this machine."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from clock import utc_now
from embedded.running import find
from engine.errors import CannotStart
from settings import Settings

_LOCKS = Path("/proc/locks")
_LOCAL = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - read, not bound


@dataclass(frozen=True)
class Installation:
    """An installation as its settings describe it.

    `embedded`: `jiesu up` runs PostgreSQL or Temporal here. `is_up`: a process holds the data folder.
    `api` is the address to ask; `api_expected`: its silence is a finding, not another host's business.
    `now` is the clock of this machine.
    """

    settings: Settings
    embedded: bool
    is_up: bool
    api: str
    api_expected: bool
    backups: Path | None
    trouble: str | None = None
    now: Callable[[], datetime] = utc_now


def look(settings: Settings, api: str | None = None, backups: Path | None = None) -> Installation:
    """Return what is to be looked at; what cannot be found out stands in `trouble`."""
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

    One that we may not look into counts as held: whose it is stands in another finding. So does one on a
    machine without such a list: then that it is silent is reported, not taken for an installation at rest.
    """
    try:
        about = (folder / "lock").stat()
    except FileNotFoundError:
        return False
    except PermissionError:
        return True
    try:
        listed = [line.split() for line in _LOCKS.read_text(encoding="ascii").splitlines()]
    except OSError:
        return True
    place = f"{os.major(about.st_dev):02x}:{os.minor(about.st_dev):02x}:{about.st_ino}"
    held = [(words[4], words[5]) for words in listed if words[1:2] == ["FLOCK"]]  # not those who wait: `->`
    return any(where == place or _has_open(pid, where, about) for pid, where in held)


def _has_open(pid: str, where: str, about: os.stat_result) -> bool:
    """Return whether the process that holds the lock `where` has the file `about` open.

    The list names devices by the file system, `stat` by the part of it: on btrfs and overlays they differ.
    """
    try:
        return any(_is_same(file, about) for file in Path(f"/proc/{pid}/fd").iterdir())
    except FileNotFoundError:
        return False  # it has ended
    except OSError:
        return where.endswith(f":{about.st_ino}")  # of another user: the number of the file must do


def _is_same(file: Path, about: os.stat_result) -> bool:
    try:
        return os.path.samestat(file.stat(), about)
    except OSError:
        return False
