"""Schemas expand: what a release writes and reads stands under every later schema, so that both may run."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from readmodel import migrate
from readmodel.connection import connect
from tests.conftest import database_url, execute
from tests.upgrade.checkout import RELEASES, ROOT

STEPS = ROOT / "readmodel" / "migrations"
_TAKES_AWAY = re.compile(
    r"\b(DROP(?!\s+INDEX)|RENAME|TRUNCATE|DELETE\s+FROM|SET\s+NOT\s+NULL"
    r"|ALTER\s+COLUMN(?!\s+\w+\s+SET\s+STORAGE))\b",
    re.IGNORECASE,
)
"""How a value lies on the disk is nobody's business; what becomes of an index is asked of the database."""
_COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable = 'YES' AS nullable,
       column_default IS NOT NULL AS filled
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
"""
_RULES = """
SELECT conrelid::regclass::text AS of, pg_get_constraintdef(oid) AS rule FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION
SELECT tablename, regexp_replace(indexdef, '^.* USING', '') FROM pg_indexes
WHERE schemaname = 'public' AND indexdef LIKE 'CREATE UNIQUE%'
UNION
SELECT event_object_table, trigger_name FROM information_schema.triggers
"""
_INDEXES = """
SELECT indrelid::regclass::text AS of, pg_get_expr(indpred, indrelid) AS rows, indisunique AS is_unique,
       ARRAY(SELECT pg_get_indexdef(indexrelid, place, true)
             FROM generate_series(1, indnkeyatts) AS place) AS keys
FROM pg_index WHERE indrelid IN (
    SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname <> 'alembic_version')
"""


def last_revision(release: dict[str, Any]) -> str:
    """Return the newest revision of the schema that `release` has."""
    names = [Path(path).name for path in release["frozen"] if "/migrations/" in path]
    return max(name.partition("_")[0].removeprefix("r") for name in names)


def later_than(release: dict[str, Any]) -> list[Path]:
    """Return the revisions that came after `release`."""
    frozen = {Path(path).name for path in release["frozen"]}
    return sorted(path for path in (STEPS / "versions").glob("r*.py") if path.name not in frozen)


@dataclass(frozen=True)
class Schema:
    """What a database has: columns by table and name, rules that refuse or change rows, and indexes."""

    columns: dict[tuple[str, str], Any]
    rules: set[tuple[str, str]]
    indexes: list[Mapping[str, Any]]


async def schema(cluster: str, revision: str) -> Schema:
    """Return what a fresh database has at `revision`; the database is gone afterwards."""
    name = f"schema_{uuid4().hex[:12]}"
    await execute(cluster, f'CREATE DATABASE "{name}"')
    url = database_url(cluster, name)
    database = connect(url, 1, statement_seconds=None)
    try:
        async with database.execution_options(isolation_level="READ COMMITTED").connect() as connection:
            await connection.run_sync(_upgrade, revision)
            await connection.commit()
        plain = await asyncpg.connect(url)
        columns = {(row["table_name"], row["column_name"]): row for row in await plain.fetch(_COLUMNS)}
        rules = {(row["of"], row["rule"]) for row in await plain.fetch(_RULES)}
        indexes = await plain.fetch(_INDEXES)
        await plain.close()
    finally:
        await database.dispose()
        await execute(cluster, f'DROP DATABASE "{name}" WITH (FORCE)')
    return Schema(columns, rules, indexes)


def _upgrade(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@pytest.mark.parametrize("step", later_than(RELEASES[-1]), ids=lambda step: step.stem)
def test_an_index_on_a_table_that_is_there_is_built_beside_its_writers(step: Path) -> None:
    """Else a hotline waits for it; and what a cut-off attempt left, which no query uses, goes first."""
    text = step.read_text(encoding="utf-8")
    own = set(re.findall(r"CREATE TABLE (\w+)", text))
    built = re.findall(r"CREATE (?:UNIQUE )?INDEX (CONCURRENTLY )?(\w+)\s+ON (\w+)", text)
    assert len(built) == len(re.findall(r"CREATE (?:UNIQUE )?INDEX", text))
    for beside, name, table in built:
        if table not in own:
            assert beside, name
            gone = text.index(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            assert gone < text.index(f"CREATE INDEX CONCURRENTLY {name}")


@pytest.mark.parametrize(("before", "name"), [("0003", "event_upheld"), ("0004", "command_number")])
async def test_an_index_that_a_cut_off_step_left_behind_is_built_again(
    postgres_cluster: str, before: str, name: str
) -> None:
    """It is there, and invalid: writes keep it, no query uses it."""
    database = f"left_{uuid4().hex[:12]}"
    await execute(postgres_cluster, f'CREATE DATABASE "{database}"')
    url = database_url(postgres_cluster, database)
    engine, plain = connect(url, 1, statement_seconds=None), await asyncpg.connect(url)
    try:
        async with engine.execution_options(isolation_level="READ COMMITTED").connect() as connection:
            await connection.run_sync(_upgrade, before)
            await connection.commit()
        await plain.execute(f"CREATE INDEX {name} ON request (number)")
        of_it = "indexrelid = $1::text::regclass"
        await plain.execute(f"UPDATE pg_index SET indisvalid = false WHERE {of_it}", name)
        await asyncio.to_thread(migrate, url)
        built = f"SELECT indisvalid, indrelid::regclass::text FROM pg_index WHERE {of_it}"
        assert tuple(await plain.fetchrow(built, name) or ()) in {(True, "ticket_event"), (True, "command")}
    finally:
        await plain.close()
        await engine.dispose()
        await execute(postgres_cluster, f'DROP DATABASE "{database}" WITH (FORCE)')


@pytest.mark.parametrize("release", RELEASES, ids=[release["version"] for release in RELEASES])
async def test_a_release_finds_on_todays_schema_all_it_writes_and_reads(
    postgres_cluster: str, release: dict[str, Any]
) -> None:
    """Its columns are there, of the same type; it may leave out what came; no new rule refuses its rows."""
    old = await schema(postgres_cluster, last_revision(release))
    new = await schema(postgres_cluster, "head")
    before, after = old.columns, new.columns
    for key, column in before.items():
        assert key in after, f"{key} is gone"
        assert after[key]["data_type"] == column["data_type"], key
        assert after[key]["nullable"] or not column["nullable"], f"{key} may not be empty any more"
    tables = {table for table, _ in before}
    for key in set(after) - set(before):
        if key[0] in tables:
            assert after[key]["nullable"] or after[key]["filled"], f"{key} is new and has to be given"
    new_rules = {(of, rule) for of, rule in new.rules - old.rules if of in tables}
    assert new_rules == set(), "these refuse what the release writes, or change what it wrote"
    for index in old.indexes:
        assert any(_serves(one, index) for one in new.indexes), f"the release reads by {index}"


def _serves(one: Mapping[str, Any], index: Mapping[str, Any]) -> bool:
    """Return whether what is found by `index` is found by `one` as well, and kept apart if that does."""
    same = all(one[name] == index[name] for name in ("of", "rows", "is_unique"))
    begins = one["keys"][: len(index["keys"])] == index["keys"]
    return same and begins and (not index["is_unique"] or one["keys"] == index["keys"])


@pytest.mark.parametrize("release", RELEASES, ids=[release["version"] for release in RELEASES])
def test_a_revision_after_a_release_takes_nothing_away(release: dict[str, Any]) -> None:
    """Contracting is a later release's work: docs/operations/upgrade.md says when."""
    for path in later_than(release):
        found = _TAKES_AWAY.search("\n".join(_statements(path)))
        assert found is None, f"{path.name}: {found and found.group()}"


def test_what_takes_away_would_be_found() -> None:
    """The words the test above looks for are those of PostgreSQL."""
    for statement in (
        "ALTER TABLE ticket DROP COLUMN view",
        "ALTER TABLE ticket RENAME COLUMN view TO shown",
        "ALTER TABLE ticket ALTER COLUMN town SET NOT NULL",
        "ALTER TABLE ticket ALTER COLUMN town TYPE integer",
        "drop table notice",
    ):
        assert _TAKES_AWAY.search(statement), statement


def _statements(path: Path) -> tuple[str, ...]:
    steps = {Path(step.path).name: step.module for step in ScriptDirectory(str(STEPS)).walk_revisions()}
    step = steps[path.name]
    return (*getattr(step, "BESIDE_WRITERS", ()), *step.STATEMENTS)
