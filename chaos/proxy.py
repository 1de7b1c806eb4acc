"""A TCP proxy between two parts that can cut, swallow and delay what passes through it."""

import asyncio
from contextlib import suppress
from typing import Final

HOST: Final = "127.0.0.1"
_CHUNK = 65_536


class Proxy:
    """Passes every connection to its own port on to `target`, as the link's present state allows."""

    def __init__(self, name: str, target: tuple[str, int]) -> None:
        """Stand for the link called `name`; nothing listens before `open`."""
        self.name = name
        self.port = 0
        self._target = target
        self._passes = asyncio.Event()
        self._passes.set()
        self._is_cut = False
        self._delay = 0.0
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._accept, HOST, 0, backlog=512)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Drop everything and listen no more."""
        if self._server is not None:
            self._server.close()
        self._drop()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Reset every connection, and every new one at once."""
        self._is_cut = True
        self._drop()

    def swallow(self) -> None:
        """Keep connections open and pass nothing on: a network that has gone silent."""
        self._passes.clear()

    def delay(self, seconds: float) -> None:
        """Pass every piece on after `seconds`."""
        self._delay = seconds

    def heal(self) -> None:
        """Pass everything on at once; what was swallowed arrives late."""
        self._is_cut = False
        self._delay = 0.0
        self._passes.set()

    def _drop(self) -> None:
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._writers.add(writer)
        try:
            await self._passes.wait()
            if self._is_cut:
                return
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            self._writers.add(far_writer)
            try:
                await self._join((reader, far_writer), (far_reader, writer))
            finally:
                self._end(far_writer)
        except OSError:
            return
        finally:
            self._end(writer)

    def _end(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        writer.transport.abort()

    async def _join(self, *ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        """Pass bytes both ways until one side ends."""
        pumps = [asyncio.create_task(self._pump(*way)) for way in ways]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                if self._delay:
                    await asyncio.sleep(self._delay)
                await self._passes.wait()
                writer.write(data)
                await writer.drain()
