"""Temporal as a cluster: its databases, and its four services as processes of their own.

The server's built-in configuration is filled from environment variables, so that one set of variables serves
these tests, the systemd units, and the containers of `deploy/compose`.
"""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.cluster.binaries import Binaries
from embedded.errors import CannotStart
from embedded.launch import Launch

SERVICES: Final = ("frontend", "history", "matching", "worker")
"""What the server calls its parts; `worker` runs the server's own workflows, not ours."""
DATABASES: Final = {"temporal": "postgresql/v12/temporal", "temporal_visibility": "postgresql/v12/visibility"}
"""Each database and the schema that the schema tool has for it."""
HOST: Final = "127.0.0.1"
DYNAMIC_SETTINGS = Path(__file__).with_name("temporal.yaml")
_PLUGIN = "postgres12_pgx"


@dataclass(frozen=True)
class Store:
    """The PostgreSQL server that holds the engine's databases."""

    port: int
    user: str
    password: str
    host: str = HOST


def variables(store: Store, ports: Mapping[str, int], shards: int) -> dict[str, str]:
    """Return the variables that configure every service of one cluster on this machine.

    `ports` holds `<service>` and `<service>-membership` for each service, and `http`. The number of `shards`
    can never be changed for a database once it was served.
    """
    own = {
        f"{service.upper()}_{kind}_PORT": str(ports[key])
        for service in SERVICES
        for kind, key in (("GRPC", service), ("MEMBERSHIP", f"{service}-membership"))
    }
    return {
        "DB": _PLUGIN,
        "POSTGRES_SEEDS": store.host,
        "DB_PORT": str(store.port),
        "POSTGRES_USER": store.user,
        "POSTGRES_PWD": store.password,
        "SQL_MAX_CONNS": "12",
        "SQL_MAX_IDLE_CONNS": "12",
        "SQL_VIS_MAX_CONNS": "6",
        "SQL_VIS_MAX_IDLE_CONNS": "6",
        "NUM_HISTORY_SHARDS": str(shards),
        "BIND_ON_IP": HOST,
        "TEMPORAL_BROADCAST_ADDRESS": HOST,
        "DYNAMIC_CONFIG_FILE_PATH": str(DYNAMIC_SETTINGS),
        "LOG_LEVEL": "warn",
        "FRONTEND_HTTP_PORT": str(ports["http"]),
        **own,
    }


def service(binaries: Binaries, name: str, environment: Mapping[str, str]) -> Launch:
    """Return how to start the service `name` of the cluster that `environment` configures."""
    command = (str(binaries.server), "--allow-no-auth", "start", "--service", name)
    return Launch(f"temporal-{name}", command, environment, stop_seconds=20.0)


def make_databases(binaries: Binaries, store: Store) -> None:
    """Create both databases with their newest schema. Raises CannotStart with what the tool said."""
    for database, schema in DATABASES.items():
        _sql_tool(binaries, store, database, "create-database")
        _sql_tool(binaries, store, database, "setup-schema", "--version", "0.0")
        _sql_tool(binaries, store, database, "update-schema", "--schema-name", schema)


def _sql_tool(binaries: Binaries, store: Store, database: str, *words: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own words
        [str(binaries.sql_tool), "--plugin", _PLUGIN, "--db", database, *words],
        env={
            "SQL_HOST": store.host,
            "SQL_PORT": str(store.port),
            "SQL_USER": store.user,
            "SQL_PASSWORD": store.password,
        },
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    if done.returncode:
        last = " | ".join((done.stdout + done.stderr).strip().splitlines()[-3:])
        raise CannotStart(
            f"无法建立 Temporal 的数据库 {database}（{words[0]}）：{last}",
            f"Temporal's database {database} cannot be made ({words[0]}): {last}",
        )
