"""A telephone line to a server, which a test may cut and mend."""

import asyncio
import contextlib
from urllib.parse import urlsplit


class Line:
    """Passes bytes between callers and the server at `host`:`port` for as long as it is not cut."""

    def __init__(self, url: str) -> None:
        """Lead to the server of `url`; `mend` begins to listen."""
        parts = urlsplit(url)
        self._far = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._url = url
        self._server: asyncio.Server | None = None
        self._port = 0
        self._calls: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """Return the address of the server by way of this line."""
        host, port = self._far
        return self._url.replace(f"{host}:{port}", f"127.0.0.1:{self._port}")

    async def mend(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._call, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """End every call in mid-word and take no new one."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._calls):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._far)
        self._calls |= {writer, far_writer}
        await asyncio.gather(_carry(reader, far_writer), _carry(far_reader, writer))
        self._calls -= {writer, far_writer}


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while said := await reader.read(65536):
            writer.write(said)
            await writer.drain()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
