"""What a backup says of itself: when it was made, of what, with which digests, and which key opens it."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from embedded.folder import write_json
from engine.errors import CannotStart
from phrases import Phrase

Json = dict[str, Any]
"""What a manifest says of the files of a backup."""

NAME = "manifest.json"
FORMAT = "jiesu.backup.1"
_CHUNK = 1 << 20


def digest(path: Path) -> Json:
    """Return size and SHA-256 of the file `path`."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_CHUNK):
            found.update(part)
    return {"bytes": path.stat().st_size, "sha256": found.hexdigest()}


def digests(folder: Path) -> dict[str, Json]:
    """Return size and digest of every file below `folder` but the manifest, by its name within."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != NAME)
    return {str(path.relative_to(folder)): digest(path) for path in files}


def read(folder: Path) -> Json:
    """Return the manifest of the backup in `folder`. Raises CannotStart where there is none we can read."""
    try:
        manifest: Json = json.loads((folder / NAME).read_text(encoding="utf-8"))
        known = manifest["format"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError):
        raise CannotStart(
            Phrase(
                "{folder} is no whole backup: it has no {NAME} that can be read; nothing was touched.",
                folder=folder,
                NAME=NAME,
            ),
        ) from None
    if not known:
        raise CannotStart(
            Phrase(
                "The backup in {folder} has the format {format}; this release reads {FORMAT}.",
                folder=folder,
                format=manifest["format"],
                FORMAT=FORMAT,
            ),
        )
    return manifest


def write(folder: Path, contents: Json) -> None:
    """Write `contents` as the manifest of the backup in `folder`, whole or not at all."""
    write_json(folder / NAME, contents)


def require_whole(folder: Path, manifest: Json) -> None:
    """Raise CannotStart that names the first file of the backup that is missing or was changed."""
    for name, expected in manifest["files"].items():
        path = folder / name
        if not path.is_file() or digest(path) != expected:
            raise CannotStart(
                Phrase(
                    "The file {name} of the backup is missing or was changed (SHA-256): nothing was touched.",
                    name=name,
                ),
            )


def keep(path: Path) -> None:
    """Have the file or folder `path` on the disk before anything that follows."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def keep_all(folder: Path) -> None:
    """Have everything below `folder` on the disk, and the folder itself."""
    for path in folder.rglob("*"):
        keep(path)
    keep(folder)
