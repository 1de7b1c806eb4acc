"""The proxy between two parts: what it passes on, swallows, delays and cuts."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from chaos.proxy import HOST, Proxy


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)
    writer.close()
    await writer.wait_closed()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """A proxy before a server that says back what it hears."""
    server = await asyncio.start_server(_echo, HOST, 0)
    made = Proxy("link", server.sockets[0].getsockname()[:2])
    await made.open()
    yield made
    await made.close()
    server.close()
    await asyncio.sleep(0.05)  # what was reset on both sides is taken down


@asynccontextmanager
async def connected(proxy: Proxy) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection through the proxy, closed at the end whatever became of it."""
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def test_an_open_link_passes_everything_both_ways(proxy: Proxy) -> None:
    """Without a fault nobody notices the proxy."""
    async with connected(proxy) as (reader, writer):
        writer.write(b"x" * 200_000)
        assert await reader.readexactly(200_000) == b"x" * 200_000


async def test_a_cut_ends_every_connection_and_refuses_new_ones_until_it_heals(proxy: Proxy) -> None:
    """A cut link is noticed at once."""
    async with connected(proxy) as (reader, writer):
        writer.write(b"a")
        assert await reader.readexactly(1) == b"a"
        proxy.cut()
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
    async with connected(proxy) as (reader, _):
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
    proxy.heal()
    async with connected(proxy) as (reader, writer):
        writer.write(b"b")
        assert await reader.readexactly(1) == b"b"


async def test_what_a_silent_link_swallowed_arrives_when_it_heals(proxy: Proxy) -> None:
    """A silent link looks like a slow one; nothing is reset."""
    async with connected(proxy) as (reader, writer):
        writer.write(b"a")
        assert await reader.readexactly(1) == b"a"
        proxy.swallow()
        writer.write(b"b")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await reader.readexactly(1)
        proxy.heal()
        assert await reader.readexactly(1) == b"b"
