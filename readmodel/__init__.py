"""PostgreSQL: the projection for screens, the vault, the event log; all SQL of the system, nothing else."""

from readmodel.connection import Database, connect, ping
from readmodel.schema import BadSchema, migrate, schema_version

__all__ = ["BadSchema", "Database", "connect", "migrate", "ping", "schema_version"]
