"""What PostgreSQL says of itself, and whether the master key fits what it holds."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from doctor.finding import Finding
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


async def ask(database: Database) -> list[Finding]:
    """Return what is wrong with the server, its schema and its clock. Raises `Unavailable`."""
    before = datetime.now(UTC)
    found = await vitals(database)
    after = datetime.now(UTC)
    return [*judge(found, revisions()), *skewed("PostgreSQL", found.now, before, after)]


def judge(found: Vitals, known: Sequence[str]) -> Iterator[Finding]:
    """Yield what is wrong with a server; `known` are this release's revisions, the newest first."""
    if found.version < OLDEST:
        yield Finding(
            "database.too_old",
            f"PostgreSQL 主版本为 {found.version},需要 {OLDEST} 或更新。",
            f"PostgreSQL is version {found.version}; {OLDEST} or later is needed.",
            "用 pg_upgrade 或 pg_dump 升级数据库。",
            "Upgrade it with pg_upgrade or pg_dump.",
        )
    yield from _schema(found.schema, known)
    if found.unsafe:
        names = ", ".join(found.unsafe)
        yield Finding(
            "database.not_durable",
            f"PostgreSQL 关闭了 {names}:断电时已受理的诉求可能丢失。",
            f"PostgreSQL runs with {names} off: a power cut may lose requests that were acknowledged.",
            f"在 postgresql.conf 中把 {names} 设为 on 并重新加载。",
            f"Set {names} to on in postgresql.conf and reload.",
        )
    if found.read_only:
        yield Finding(
            "database.read_only",
            "数据库只读:可能连到了备机。",
            "The database is read-only: this may be a standby.",
            "核对 JIESU_DATABASE_URL 指向主库。",
            "Have JIESU_DATABASE_URL name the primary.",
        )
    yield from _load(found)


def _load(found: Vitals) -> Iterator[Finding]:
    if found.used > found.connections * FULL:
        yield Finding(
            "database.connections",
            f"数据库连接已用 {found.used}/{found.connections}。",
            f"{found.used} of {found.connections} connections of the database are in use.",
            "提高 max_connections,或减小 JIESU_DATABASE_POOL_SIZE、JIESU_INTAKE_POOL_SIZE 或进程数。",
            "Raise max_connections, or lower JIESU_DATABASE_POOL_SIZE, JIESU_INTAKE_POOL_SIZE or the "
            "number of processes.",
        )
    if found.longest is not None and found.longest > LONG:
        minutes = int(found.longest.total_seconds() // 60)
        yield Finding(
            "database.long_transaction",
            f"有事务已持续 {minutes} 分钟,会阻碍清理与迁移。",
            f"A transaction has been open for {minutes} minutes: it holds up vacuum and migrations.",
            "在 pg_stat_activity 中按 xact_start 找到它并结束。",
            "Find it in pg_stat_activity by xact_start, and end it.",
        )


def _schema(schema: str | None, known: Sequence[str]) -> Iterator[Finding]:
    if schema == known[0]:
        return
    if schema is not None and schema not in known:
        yield Finding(
            "database.schema_newer",
            f"数据库结构({schema})比本程序({known[0]})新。",
            f"The schema ({schema}) is newer than this release ({known[0]}).",
            "在本机升级程序;新旧版本同时运行时旧版本可以照常工作。",
            "Upgrade the program on this machine; while a release goes round, the older one works on.",
        )
        return
    yield Finding(
        "database.schema_behind",
        f"数据库结构为 {schema or '空'},本程序需要 {known[0]}。",
        f"The schema is {schema or 'empty'}, this release needs {known[0]}.",
        "运行 jiesu migrate,再重启接口与工作进程。",
        "Run jiesu migrate, then restart API and workers.",
    )


def skewed(whose: str, theirs: datetime, earliest: datetime, latest: datetime) -> Iterator[Finding]:
    """Yield that the clock of `whose` lies outside what ours allows, by more than `SKEW`."""
    off = max(earliest - theirs, theirs - latest)
    if off > SKEW:
        seconds = f"{off.total_seconds():.0f}"
        yield Finding(
            "clock.skewed",
            f"{whose} 的时钟与本机相差至少 {seconds} 秒。",
            f"The clock of {whose} differs from this machine's by at least {seconds} seconds.",
            "在各主机上启用 NTP(timedatectl set-ntp true)。",
            "Have NTP set the clocks of all hosts (timedatectl set-ntp true).",
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
    restore = (
        f"从保管处恢复原来的 {path}(权限 600);现有文件另存,不要删除。",
        f"Restore the original {path} (mode 600); keep the present file elsewhere, do not delete it.",
    )
    if vault.fingerprint != sealed_by:
        return [
            Finding(
                "key.another",
                f"主密钥 {path} 不是封存数据库所用的那一个。",
                f"The master key {path} is not the one the database is sealed with.",
                *restore,
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
                f"工单 {sample[0] if sample else ''} 的密文打不开:数据可能已损坏。",
                f"What is sealed for {sample[0] if sample else ''} does not open: it may be damaged.",
                "从最近的备份核对 vault_key 表。",
                "Hold the table vault_key against the last backup.",
            )
        ]
    return []


def _missing(path: str) -> Finding:
    return Finding(
        "key.missing",
        f"主密钥文件 {path} 不见了,而数据库已用它封存;接口不会启动。",
        f"The master key file {path} is gone, and the database is sealed with it: the API will not start.",
        f"把密钥从保管处复制到 {path} 并执行 chmod 600;密钥丢失则原文无法恢复。",
        f"Copy the key to {path} from where it is kept, chmod 600; without it no original opens again.",
    )
