"""What a run needs to know of an installation, its own or somebody else's."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

import httpx

from chaos.proxy import Proxy
from chaos.victims import Victim
from chaos.volume import Volume

_SECONDS = 90.0


class Struck(Protocol):
    """A process that faults strike."""

    starts: int

    def kill(self) -> None:
        """Kill -9 it."""

    def freeze(self) -> None:
        """Stop it where it stands."""

    def thaw(self) -> None:
        """Let it go on."""

    def ask_to_restart(self) -> None:
        """Ask it to end in an orderly way; somebody starts it again."""


class Site(Protocol):
    """An installation under test: where it is reached, and what of it can be struck."""

    @property
    def apis(self) -> tuple[str, ...]:
        """The addresses of the API processes."""
        ...

    @property
    def database_url(self) -> str:
        """Where the database is, past every proxy."""
        ...

    @property
    def temporal_address(self) -> str:
        """Where the engine is, past every proxy."""
        ...

    @property
    def namespace(self) -> str:
        """The engine's namespace."""
        ...

    @property
    def parts(self) -> Mapping[str, Struck]:
        """The processes by name."""
        ...

    @property
    def proxies(self) -> Mapping[str, Proxy]:
        """The proxies by link."""
        ...

    @property
    def volume(self) -> Volume | None:
        """The small volume of the data, if there is one that may be filled."""
        ...

    async def start(self) -> None:
        """Start what is ours to start, and wait until a request can be filed."""

    async def stop(self, *, keep_data: bool) -> None:
        """End what was started."""


@dataclass
class Elsewhere:
    """An installation that somebody else runs and starts again; only the processes named are struck."""

    apis: tuple[str, ...]
    database_url: str
    temporal_address: str
    namespace: str = "default"
    parts: Mapping[str, Victim] = field(default_factory=dict[str, Victim])
    proxies: Mapping[str, Proxy] = field(default_factory=dict[str, Proxy])
    volume: None = None

    async def start(self) -> None:
        """Wait until a request can be filed."""
        await ready(self.apis)

    async def stop(self, *, keep_data: bool) -> None:
        """Undo what is in force; there is nothing to end."""
        del keep_data
        heal(self)


def heal(site: Site) -> None:
    """Undo every fault that is still in force."""
    if site.volume is not None:
        site.volume.free()
    for proxy in site.proxies.values():
        proxy.heal()
    for part in site.parts.values():
        part.thaw()


async def ready(apis: tuple[str, ...]) -> None:
    """Return when every API process says that a request can be filed. Raises TimeoutError."""
    for api in apis:
        await answers(api, "/readyz")


async def answers(api: str, path: str) -> None:
    """Return when `path` is answered with 200. Raises TimeoutError."""
    deadline = time.monotonic() + _SECONDS
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        while True:
            try:
                if (await client.get(api + path)).status_code == HTTPStatus.OK:
                    return
            except httpx.TransportError:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"{api}{path}")
            await asyncio.sleep(0.2)
