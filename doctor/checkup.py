"""The whole look: every check by itself, bounded in time, whatever the others meet."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

from temporalio.client import Client
from temporalio.service import RPCError

from doctor import database, engine, machine, services, tickets
from doctor.finding import Checked, Finding, Report, Skipped
from doctor.installation import Installation
from domain.errors import Unavailable
from engine.connection import NotReady, connect_engine
from phrases import Phrase
from readmodel import Database, connect

SECONDS = 3.0
"""How long one check may take."""

Check = Callable[[], Awaitable[Iterable[Finding]]]


async def examine(at: Installation) -> Report:
    """Return what is wrong with the installation `at`; takes a few times `SECONDS` at the most."""
    base = connect(at.settings.database_url, 4) if at.settings.database_url else None
    try:
        return Report((*await _machine(at), *await _servers(at, base)))
    finally:
        if base is not None:
            await base.dispose()


async def _machine(at: Installation) -> list[Checked]:
    return [
        await _one("settings", _plain(lambda: machine.settings_sensible(at.settings))),
        await _one("data folder", _plain(lambda: machine.data_folder(at))),
        await _one("disk", _plain(lambda: machine.disk(at))),
        await _one("backup", _plain(lambda: machine.backups(at))),
    ]


async def _servers(at: Installation, base: Database | None) -> list[Checked]:
    """Return the checks of what answers over the network, and of what depends on it."""
    path = at.settings.key_file
    vault, bad_key = machine.key_file(path)
    identity, bad_rules = await asyncio.to_thread(machine.edition, at)
    found = [Checked("rules", tuple(bad_rules), 0.0)]
    if at.embedded and not at.is_up:
        found.append(Checked("master key file", tuple(bad_key), 0.0))
        stopped = Phrase("the system is stopped").both()
        return [*found, *(Checked(name, (), 0.0, stopped) for name in ("database", "engine", "api"))]
    client, engine_check = await _reach(at)
    asked = await asyncio.gather(
        _one("database", lambda: _database(base, at)),
        _one("api", lambda: services.api(at, identity, engine_answers=client is not None)),
    )
    has_database = not asked[0].findings or all(f.code != "database.away" for f in asked[0].findings)
    usable = has_database and all("schema" not in f.code for f in asked[0].findings)
    local = not isinstance(asked[1].skipped, str)
    checks: list[tuple[str, Check]] = []
    if base is not None and usable:
        checks += [
            ("master key", lambda: _key(base, at, vault, bad_key, needed=local)),
            ("tickets", lambda: tickets.standings(base)),
        ]
    if client is not None and engine_check.findings == ():
        checks += [
            ("namespace", lambda: engine.namespace(client, at.settings)),
            ("workers", lambda: engine.workers(client, at.settings, at.now)),
            ("worker answers", lambda: engine.worker_answers(client)),
            ("workflow tasks", lambda: engine.failing(client)),
            ("schedules", lambda: engine.schedules(client, at.settings, at.now)),
            ("engine clock", lambda: _engine_clock(client, at)),
        ]
        if base is not None and usable:
            checks += [
                ("numbers", lambda: tickets.numbers(base, client)),
                ("archive", lambda: tickets.archive(base, client, at.settings, at.now())),
            ]
    later = await asyncio.gather(*(_one(name, check) for name, check in checks))
    if not any(check.name == "master key" for check in later):
        later = [*later, Checked("master key file", tuple(bad_key), 0.0)]
    return [*found, asked[0], engine_check, asked[1], *later]


async def _database(base: Database | None, at: Installation) -> list[Finding]:
    if base is None:
        return [_no_address()]
    try:
        async with asyncio.timeout(SECONDS - 0.5):
            return await database.ask(base, at.now)
    except (Unavailable, TimeoutError):
        return [
            Finding(
                "database.away",
                Phrase("PostgreSQL does not answer: requests are answered 503."),
                Phrase(
                    "See whether PostgreSQL runs (systemctl status postgresql, or "
                    "logs/postgres.log); check network and address."
                ),
            )
        ]


def _no_address() -> Finding:
    return Finding(
        "settings.no_database",
        Phrase("There is no address of a database."),
        Phrase("Set JIESU_DATABASE_URL, or run jiesu up."),
    )


async def _key(
    base: Database, at: Installation, vault: machine.Vault | None, bad: list[Finding], *, needed: bool
) -> list[Finding]:
    is_bad = any(finding.code == "key.bad_file" for finding in bad)
    return [
        *bad,
        *([] if is_bad else await database.key(base, vault, str(at.settings.key_file), needed=needed)),
    ]


async def _reach(at: Installation) -> tuple[Client | None, Checked]:
    """Return a client of the engine, null where it does not answer in time, and what to say of that."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(SECONDS):
            client = await connect_engine(at.settings)
    except (NotReady, TimeoutError, RPCError):
        address = at.settings.temporal_address or f"127.0.0.1:{at.settings.temporal_port}"
        away = Finding(
            "engine.away",
            Phrase(
                "Temporal at {address} does not answer: requests are taken in and start later, "
                "commands get 503.",
                address=address,
            ),
            Phrase(
                "See whether Temporal runs (systemctl status temporal, or logs/temporal.log); "
                "check network and address."
            ),
        )
        return None, Checked("engine", (away,), time.monotonic() - began)
    return client, Checked("engine", (), time.monotonic() - began)


async def _engine_clock(client: Client, at: Installation) -> list[Finding]:
    between = await engine.clock(client, at.settings)
    if between is None:
        raise Skipped(Phrase("nothing tells it"))
    earliest, latest = between
    now = at.now()
    if earliest <= now <= latest:
        return []
    nearest = earliest if now < earliest else latest
    return list(database.skewed("Temporal", nearest, now, now))


def _plain(check: Callable[[], Iterable[Finding]]) -> Check:
    """Return a check that blocks, made one that does not: a dead disk must not hold up the others."""

    async def asked() -> Iterable[Finding]:
        return await asyncio.to_thread(lambda: list(check()))

    return asked


async def _one(name: str, check: Check) -> Checked:
    """Make one check; one that fails or takes too long is a finding of its own."""
    began = time.monotonic()
    skipped = None
    try:
        async with asyncio.timeout(SECONDS):
            findings = tuple(await check())
    except Skipped as why:
        findings, skipped = (), str(why)
    except TimeoutError:
        findings = (_unfinished(name, Phrase("did not end within 3 seconds")),)
    except Exception as trouble:  # noqa: BLE001 - whatever one check meets, the others go on
        kind = type(trouble).__name__
        findings = (_unfinished(name, Phrase("failed ({kind}: {trouble})", kind=kind, trouble=trouble)),)
    return Checked(name, findings, time.monotonic() - began, skipped)


def _unfinished(name: str, what: Phrase) -> Finding:
    return Finding(
        "check.unfinished",
        Phrase("The check {name} {what}.", name=name, what=what),
        Phrase("That part may be overloaded or frozen: mend the other findings first, then look again."),
    )
