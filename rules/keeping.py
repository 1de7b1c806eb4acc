"""Editions as they are kept in the database, so that what once decided something can be read for ever."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from phrases import Phrase
from rules.loading import RULES
from rules.pack import RulePack
from rules.reading import load


class ForeignEditionError(Exception):
    """The files do not make the edition they are kept under."""


def files_of(pack: RulePack, root: Path = RULES) -> dict[str, str]:
    """Return the text of every file that `pack`, loaded from `root`, was made of, by `folder/file`."""
    name: str | None = pack.settings.name
    files: dict[str, str] = {}
    while name is not None:
        paths = sorted(path for path in (root / name).iterdir() if path.suffix in (".yaml", ".csv"))
        files |= {f"{name}/{path.name}": path.read_text(encoding="utf-8") for path in paths}
        name = load(name, root).settings.extends
    return files


def load_kept(identity: str, files: Mapping[str, str]) -> RulePack:
    """Return the edition `identity`, for example `beijing@0123456789ab`, made of kept `files`.

    Raises `ForeignEditionError` when they make another one, `UnsoundEditionError` when they make none.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / RULES.name
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        pack = load(identity.partition("@")[0], root)
    if pack.identity != identity:
        message = Phrase(
            "kept as {identity}, but the files make {pack_identity}",
            identity=identity,
            pack_identity=pack.identity,
        ).both(" / ")
        raise ForeignEditionError(message)
    return pack
