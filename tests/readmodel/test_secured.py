"""A database elsewhere is reached over TLS by what its address says; what is wrong shows no password."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from domain.errors import Unavailable
from readmodel import connect
from readmodel.connection import ping
from readmodel.schema import schema_version
from tests.tls import Authority, server_context, tls_proxy


def address(url: str, port: int, **parameters: object) -> str:
    """Return the address of the database of `url` behind the proxy on `port`, with TLS parameters."""
    parts = urlsplit(url)
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    return f"postgresql://{parts.username}:{parts.password}@127.0.0.1:{port}{parts.path}?{query}"


async def test_the_address_asks_for_mutual_tls_with_a_checked_host(dsn: str, tmp_path: Path) -> None:
    """`sslmode=verify-full` with our authority and our certificate: pool and migrations alike."""
    ours = Authority(tmp_path, "ours")
    cert, key = ours.issue("client")
    context = server_context(ours.issue("server"), ours)
    async with tls_proxy(urlsplit(dsn).port or 0, context, postgresql=True) as port:
        url = address(dsn, port, sslmode="verify-full", sslrootcert=ours.file, sslcert=cert, sslkey=key)
        database = connect(url, 1)
        try:
            await ping(database)
        finally:
            await database.dispose()
        with pytest.raises(Unavailable):  # the proxy wants a certificate
            await _ping(address(dsn, port, sslmode="require"))


async def test_a_server_of_another_authority_is_refused(dsn: str, tmp_path: Path) -> None:
    """Nothing is sent to it, the password least of all; the sentence does not show it either."""
    ours, other = Authority(tmp_path, "ours"), Authority(tmp_path, "other")
    context = server_context(ours.issue("server"))
    async with tls_proxy(urlsplit(dsn).port or 0, context, postgresql=True) as port:
        url = address(dsn, port, sslmode="verify-full", sslrootcert=other.file)
        with pytest.raises(Unavailable) as refused:
            await _ping(url)
        assert (urlsplit(url).password or "") not in str(refused.value)
        await _ping(address(dsn, port, sslmode="verify-ca", sslrootcert=ours.file))


async def test_migrations_go_the_same_way(dsn: str, tmp_path: Path) -> None:
    """`jiesu migrate` reads the same address."""
    ours = Authority(tmp_path, "ours")
    context = server_context(ours.issue("server"))
    async with tls_proxy(urlsplit(dsn).port or 0, context, postgresql=True) as port:
        url = address(dsn, port, sslmode="verify-full", sslrootcert=ours.file)
        assert await asyncio.to_thread(schema_version, url)


async def _ping(url: str) -> None:
    database = connect(url, 1)
    try:
        await ping(database)
    finally:
        await database.dispose()
