"""What can be seen on this machine alone: settings, data folder, disk, key file, rules."""

import os
import shutil
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from doctor.finding import Finding, Skipped
from doctor.installation import Installation
from embedded.folder import records
from embedded.leftovers import still_running
from phrases import Phrase
from readmodel.vault import BadVault, Vault, drafts, has_key, open_vault
from rules.loading import UnsoundEditionError
from rules.reading import load
from settings import Settings

LOW_BYTES = 2 * 1024**3
"""Less room than this and the write-ahead log of a bad day may fill the disk."""
OLD_BACKUP = timedelta(hours=26)
"""A day, and time for the backup itself."""
_OTHERS = 0o077


def settings_sensible(settings: Settings) -> Iterator[Finding]:
    """Yield settings that fit their types and yet do not fit each other."""
    pairs = (
        (
            settings.archive_interval * 4 > timedelta(days=settings.retention_days),
            "JIESU_ARCHIVE_INTERVAL",
            Phrase("the archive's rounds are too far apart for JIESU_RETENTION_DAYS: histories may be lost"),
        ),
        (
            settings.command_timeout < settings.start_timeout,
            "JIESU_COMMAND_TIMEOUT",
            Phrase("a command is given up before a start is"),
        ),
        (
            settings.reconcile_interval > timedelta(minutes=10),
            "JIESU_RECONCILE_INTERVAL",
            Phrase("requests filed while the engine was away wait this long for their workflow"),
        ),
    )
    for is_bad, name, what in pairs:
        if is_bad:
            yield Finding(
                "settings.unfit",
                Phrase("Setting {name} does not fit: {what}.", name=name, what=what),
                Phrase("Change {name} (see .env.example) and restart.", name=name),
            )


def data_folder(at: Installation) -> Iterator[Finding]:
    """Yield what is wrong with the data folder: absent, open to others, not ours, not in use."""
    folder = at.settings.data_dir.absolute()
    if not folder.exists():
        if at.embedded:
            yield _nothing_here(folder)
            return
        raise Skipped(Phrase("no data folder {folder} on this machine", folder=folder))
    about = folder.stat()
    if about.st_mode & _OTHERS:
        mode = stat.S_IMODE(about.st_mode)
        yield Finding(
            "folder.open_to_others",
            Phrase("The data folder {folder} is open to other users ({mode:04o}).", folder=folder, mode=mode),
            Phrase("Run chmod 700 {folder}.", folder=folder),
        )
    if about.st_uid != os.geteuid():
        yield Finding(
            "folder.not_ours",
            Phrase(
                "The data folder {folder} belongs to another user (uid {st_uid}).",
                folder=folder,
                st_uid=about.st_uid,
            ),
            Phrase("Run jiesu as that user, or correct it with chown."),
        )
    if at.embedded and not at.is_up:
        yield from _stopped(folder)


def disk(at: Installation) -> Iterator[Finding]:
    """Yield that the disk of the data folder is nearly full."""
    folder = at.settings.data_dir.absolute()
    if not folder.exists():
        raise Skipped(Phrase("no data folder {folder} on this machine", folder=folder))
    free = shutil.disk_usage(folder).free
    if free < LOW_BYTES:
        yield Finding(
            "disk.nearly_full",
            Phrase("The disk of {folder} has {free} MB left.", folder=folder, free=free >> 20),
            Phrase("Make room: when it is full the database stops writing and requests are answered 503."),
        )


def key_file(path: Path) -> tuple[Vault | None, list[Finding]]:
    """Return the vault of the key file, null where it cannot be opened, and what is wrong with the file."""
    found = [
        Finding(
            "key.draft_left",
            Phrase("A start that was killed left the draft of a key, {draft}.", draft=draft),
            Phrase("Make sure that {path} is there, then remove the draft.", path=path),
        )
        for draft in (drafts(path) if path.parent.is_dir() else ())
    ]
    if not has_key(path):
        return None, found
    try:
        return open_vault(path), found
    except BadVault as bad:
        do = Phrase("Correct its mode, or restore the original key.")
        return None, [*found, Finding("key.bad_file", bad.what, do)]


def edition(at: Installation) -> tuple[str | None, list[Finding]]:
    """Return the identity of the edition the settings name, null where it does not load, and why not."""
    try:
        return load(at.settings.edition, at.settings.rules_dir).identity, []
    except UnsoundEditionError as unsound:
        first = str(unsound).strip().splitlines()[0]
        return None, [
            Finding(
                "rules.unsound",
                Phrase(
                    "The edition {edition} does not load: {first}", edition=at.settings.edition, first=first
                ),
                Phrase("Run jiesu rules check for all problems, correct the files, restart."),
            )
        ]


def backups(at: Installation) -> Iterator[Finding]:
    """Yield that the newest thing in the backup folder is too old, or that there is none."""
    if at.backups is None:
        raise Skipped(Phrase("no backup folder was named"))
    try:
        newest = max((one.stat().st_mtime for one in at.backups.iterdir() if _is_whole(one)), default=None)
    except OSError as trouble:
        newest, why = None, f" {trouble.strerror}" if trouble.strerror else ""
    else:
        why = ""
    do = Phrase("Run jiesu backup, and look at what should have run it.")
    if newest is None:
        yield Finding(
            "backup.none",
            Phrase("There is no backup in {folder}.{why}", folder=at.backups, why=why),
            do,
        )
    elif (age := timedelta(seconds=at.now().timestamp() - newest)) > OLD_BACKUP:
        hours = int(age.total_seconds() // 3600)
        yield Finding("backup.old", Phrase("The last backup is {hours} hours old.", hours=hours), do)


def _is_whole(path: Path) -> bool:
    """Return whether this may be a backup: what is still being written, or was cut off, begins with a dot."""
    return not path.name.startswith(".")


def _stopped(folder: Path) -> Iterator[Finding]:
    left = [process.pid for process in still_running(records(folder))]
    if left:
        pids = ", ".join(map(str, left))
        yield Finding(
            "folder.leftovers",
            Phrase("jiesu up is gone, but children of it still run (processes {pids}).", pids=pids),
            Phrase("Run jiesu up again: it ends them first."),
        )
    yield Finding(
        "folder.not_running",
        Phrase("No jiesu up runs on the data folder {folder}.", folder=folder),
        Phrase("Run jiesu up, and read the ends of the logs in logs/."),
    )


def _nothing_here(folder: Path) -> Finding:
    return Finding(
        "folder.missing",
        Phrase("There is no data folder {folder}: nothing has ever run here.", folder=folder),
        Phrase("Check --data or JIESU_DATA, or run jiesu up."),
    )
