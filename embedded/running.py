"""How a command finds the installation that runs in a data folder: addresses written down by `jiesu up`."""

import json
from pathlib import Path

from embedded.folder import write_json
from engine.errors import CannotStart
from phrases import Phrase
from settings import Settings

_FILE = "running.json"
_SERVERS = ("database_url", "temporal_address")
_NOTED = (*_SERVERS, "host", "port", "edition")


def note(folder: Path, settings: Settings) -> None:
    """Write down in `folder` where everything listens; for its owner alone, as it holds a password."""
    write_json(folder / _FILE, {name: getattr(settings, name) for name in _NOTED})


def find(settings: Settings) -> Settings:
    """Return `settings` with addresses and edition of the installation in its data folder, where noted.

    A server that the settings name goes before the one noted.

    Raises CannotStart when nothing was ever started there, or when what was noted cannot be read.
    """
    if settings.database_url is not None and settings.temporal_address is not None:
        return settings
    path = settings.data_dir / _FILE
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CannotStart(
            Phrase(
                "Nothing has run in {data_dir}: start `jiesu up` first, or set both addresses.",
                data_dir=settings.data_dir,
            ),
        ) from None
    except (OSError, ValueError) as trouble:
        raise CannotStart(
            Phrase(
                "{path} cannot be read ({trouble}); if it is damaged, the next `jiesu up` recreates it.",
                path=path,
                trouble=trouble,
            ),
        ) from None
    own = {name: value for name in _SERVERS if (value := getattr(settings, name)) is not None}
    return settings.model_copy(update={**noted, **own})
