"""What PostgreSQL says of itself, and whether the master key fits what it holds."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from doctor.finding import Finding
from phrases import Phrase
from readmodel import Database
from readmodel.schema import revisions
from readmodel.texts import master_of, sample_of
from readmodel.vault import BadVault, Vault
from readmodel.vitals import Vitals, vitals

OLDEST = 15
SKEW = timedelta(seconds=2)
"""Clocks that differ more make deadlines and screens disagree."""
LONG = timedelta(minutes=5)
FULL = 0.8


async def ask(database: Database, now: Callable[[], datetime]) -> list[Finding]:
    """Return what is wrong with the server, its schema and its clock beside `now`. Raises `Unavailable`."""
    before = now()
    found = await vitals(database)
    after = now()
    return [*judge(found, revisions()), *skewed("PostgreSQL", found.now, before, after)]


def judge(found: Vitals, known: Sequence[str]) -> Iterator[Finding]:
    """Yield what is wrong with a server; `known` are this release's revisions, the newest first."""
    if found.version < OLDEST:
        yield Finding(
            "database.too_old",
            Phrase(
                "PostgreSQL is version {version}; {OLDEST} or later is needed.",
                version=found.version,
                OLDEST=OLDEST,
            ),
            Phrase("Upgrade it with pg_upgrade or pg_dump."),
        )
    yield from _schema(found.schema, known)
    if found.unsafe:
        names = ", ".join(found.unsafe)
        yield Finding(
            "database.not_durable",
            Phrase(
                "PostgreSQL runs with {names} off: a power cut may lose requests that were acknowledged.",
                names=names,
            ),
            Phrase("Set {names} to on in postgresql.conf and reload.", names=names),
        )
    if found.read_only:
        yield Finding(
            "database.read_only",
            Phrase("The database is read-only: this may be a standby."),
            Phrase("Have JIESU_DATABASE_URL name the primary."),
        )
    yield from _load(found)


def _load(found: Vitals) -> Iterator[Finding]:
    if found.used > found.connections * FULL:
        yield Finding(
            "database.connections",
            Phrase(
                "{used} of {connections} connections of the database are in use.",
                used=found.used,
                connections=found.connections,
            ),
            Phrase(
                "Raise max_connections, or lower JIESU_DATABASE_POOL_SIZE, "
                "JIESU_INTAKE_POOL_SIZE or the number of processes."
            ),
        )
    if found.longest is not None and found.longest > LONG:
        minutes = int(found.longest.total_seconds() // 60)
        yield Finding(
            "database.long_transaction",
            Phrase(
                "A transaction has been open for {minutes} minutes: it holds up vacuum and migrations.",
                minutes=minutes,
            ),
            Phrase("Find it in pg_stat_activity by xact_start, and end it."),
        )


def _schema(schema: str | None, known: Sequence[str]) -> Iterator[Finding]:
    if schema == known[0]:
        return
    if schema is not None and schema not in known:
        yield Finding(
            "database.schema_newer",
            Phrase(
                "The schema ({schema}) is newer than this release ({newest}).", schema=schema, newest=known[0]
            ),
            Phrase(
                "Upgrade the program on this machine; while a release goes round, the older one works on."
            ),
        )
        return
    yield Finding(
        "database.schema_behind",
        Phrase(
            "The schema is {schema}, this release needs {newest}.",
            schema=schema or Phrase("empty"),
            newest=known[0],
        ),
        Phrase("Run jiesu migrate, then restart API and workers."),
    )


def skewed(whose: str, theirs: datetime, earliest: datetime, latest: datetime) -> Iterator[Finding]:
    """Yield that the clock of `whose` lies outside what ours allows, by more than `SKEW`."""
    off = max(earliest - theirs, theirs - latest)
    if off > SKEW:
        seconds = f"{off.total_seconds():.0f}"
        yield Finding(
            "clock.skewed",
            Phrase(
                "The clock of {whose} differs from this machine's by at least {seconds} seconds.",
                whose=whose,
                seconds=seconds,
            ),
            Phrase("Have NTP set the clocks of all hosts (timedatectl set-ntp true)."),
        )


async def key(database: Database, vault: Vault | None, path: str, *, needed: bool) -> list[Finding]:
    """Return whether the master key fits what the database holds; `needed`: an API runs on this machine.

    Raises `Unavailable`.
    """
    sealed_by = await master_of(database)
    if sealed_by is None:
        return []
    if vault is None:
        return [_missing(path)] if needed else []
    restore = Phrase(
        "Restore the original {path} (mode 600); keep the present file elsewhere, do not delete it.",
        path=path,
    )
    if vault.fingerprint != sealed_by:
        return [
            Finding(
                "key.another",
                Phrase("The master key {path} is not the one the database is sealed with.", path=path),
                restore,
            )
        ]
    sample = await sample_of(database)
    try:
        if sample is not None:
            vault.unwrap(*sample)
    except BadVault:
        return [
            Finding(
                "key.does_not_open",
                Phrase(
                    "What is sealed for {sample} does not open: it may be damaged.",
                    sample=sample[0] if sample else "",
                ),
                Phrase("Hold the table vault_key against the last backup."),
            )
        ]
    return []


def _missing(path: str) -> Finding:
    return Finding(
        "key.missing",
        Phrase(
            "The master key file {path} is gone, and the database is sealed with it: the API will not start.",
            path=path,
        ),
        Phrase(
            "Copy the key to {path} from where it is kept, chmod 600; without it no original opens again.",
            path=path,
        ),
    )
