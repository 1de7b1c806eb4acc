"""What the doctor asks of a real database: its server, the key it is sealed with, and what waits in it."""

from collections.abc import Iterable

from clock import utc_now
from doctor import database as asked
from doctor import tickets
from doctor.finding import Finding
from readmodel import Database
from readmodel.texts import require_same_master
from readmodel.vault import Vault
from tests.readmodel.records import filed, rows

VAULT, OTHER = Vault(b"master key for tests, 32 bytes!!"), Vault(b"another key for tests, 32 bytes!")


def codes(found: Iterable[Finding]) -> list[str]:
    """Return the names of what was found."""
    return [finding.code for finding in found]


async def key(database: Database, vault: Vault | None, *, needed: bool = True) -> list[str]:
    """Return what the doctor says of a key."""
    return codes(await asked.key(database, vault, "master.key", needed=needed))


async def test_a_migrated_server_whose_clock_is_right_lacks_nothing_but_what_it_was_started_without(
    database: Database,
) -> None:
    """The server of the tests is not durable on purpose, and the doctor says by which settings."""
    (found,) = await asked.ask(database, utc_now)
    assert found.code == "database.not_durable"
    assert "fsync" in found.what.en


async def test_a_schema_one_step_behind_is_found(database: Database, dsn: str) -> None:
    """And an empty database, which has no schema at all."""
    await rows(dsn, "UPDATE alembic_version SET version_num = '0006'")
    assert "database.schema_behind" in codes(await asked.ask(database, utc_now))
    await rows(dsn, "DROP TABLE alembic_version")
    assert "database.schema_behind" in codes(await asked.ask(database, utc_now))


async def test_a_key_fits_what_it_has_sealed_and_no_other_does(database: Database) -> None:
    """A database that is not in use yet takes any."""
    assert await key(database, OTHER) == []
    await require_same_master(database, VAULT)
    assert await key(database, VAULT) == []
    await filed(database, VAULT)
    assert await key(database, VAULT) == []
    assert await key(database, OTHER) == ["key.another"]


async def test_a_key_that_is_gone_is_missed_where_an_api_runs(database: Database) -> None:
    """Elsewhere nobody needs it."""
    await require_same_master(database, VAULT)
    assert await key(database, None) == ["key.missing"]
    assert await key(database, None, needed=False) == []


async def test_a_sealed_key_that_was_damaged_is_reported_with_its_ticket(
    database: Database, dsn: str
) -> None:
    """The right master key, and yet it does not open."""
    await require_same_master(database, VAULT)
    request = await filed(database, VAULT)
    await rows(dsn, "UPDATE vault_key SET wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 255)")
    (found,) = await asked.key(database, VAULT, "master.key", needed=True)
    assert found.code == "key.does_not_open"
    assert request.number in found.what.en


async def test_a_request_that_has_waited_for_its_workflow_is_found(database: Database, dsn: str) -> None:
    """After three rounds of reconciliation, not before."""
    await filed(database, VAULT)
    assert await tickets.standings(database) == []
    await rows(dsn, "UPDATE request SET filed_at = filed_at - interval '1 hour'")
    await rows(dsn, "UPDATE unstarted SET filed_at = filed_at - interval '1 hour'")
    assert "tickets.not_started" in codes(await tickets.standings(database))
