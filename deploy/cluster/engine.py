"""Temporal as a cluster: its databases, and its four services as processes of their own.

The server's built-in configuration is filled from environment variables, so that one set of variables serves
these tests, the systemd units, and the containers of `deploy/compose`.
"""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.cluster.binaries import Binaries
from embedded.launch import Launch
from engine.errors import CannotStart
from phrases import Phrase

SERVICES: Final = ("frontend", "history", "matching", "worker")
"""What the server calls its parts; `worker` runs the server's own workflows, not ours."""
DATABASES: Final = ("temporal", "temporal_visibility")
HOST: Final = "127.0.0.1"
DYNAMIC_SETTINGS = Path(__file__).with_name("temporal.yaml")
SCHEMA_SCRIPT = Path(__file__).parents[1] / "compose" / "schema.sh"
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
    environment = {
        "PATH": f"{binaries.sql_tool.parent}{os.pathsep}{os.defpath}",
        "SQL_PLUGIN": _PLUGIN,
        "SQL_HOST": store.host,
        "SQL_PORT": str(store.port),
        "SQL_USER": store.user,
        "SQL_PASSWORD": store.password,
    }
    for database in DATABASES:
        _run(environment, str(binaries.sql_tool), "--db", database, "create-database")
    _run(environment, "sh", str(SCHEMA_SCRIPT))


def _run(environment: Mapping[str, str], *command: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own words
        command, env=dict(environment), check=False, capture_output=True, text=True, timeout=240
    )
    if done.returncode:
        last = " | ".join((done.stdout + done.stderr).strip().splitlines()[-3:])
        raise CannotStart(Phrase("Temporal's databases cannot be made: {last}", last=last))
