"""PostgreSQL: the projection for screens, the vault, the event log. All SQL of the system, and nothing else."""

from sqlalchemy.ext.asyncio import AsyncEngine as Engine

from readmodel.connection import Database, connect, ping
from readmodel.schema import BadSchema, migrate, schema_version

__all__ = ["BadSchema", "Database", "Engine", "connect", "migrate", "ping", "schema_version"]
