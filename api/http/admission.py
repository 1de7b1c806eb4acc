"""Admission: which lane a request is in, whose turn it takes there, and what is said where there is no room.

The order of degradation: reports are refused first, then lists, then commands, and intake last of all. See
docs/adr/0011 and docs/operations/fairness.md.
"""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.forms import ActorForm
from api.hotline import Hotline
from api.http.errors import refusal_response
from api.lane_limits import Lane, LaneFull
from api.lanes import LINES, lane_of
from domain.errors import Unavailable
from phrases import Phrase

_API = "/api/v1/"
_KEY_CHARACTERS = 64
"""A key is compared, never shown; a longer name is cut."""

_RETRY_SECONDS = {Lane.INTAKE: 5, Lane.COMMANDS: 5, Lane.LISTS: 10, Lane.REPORTS: 30}
"""Retry-After by lane: the lower the priority, the longer the wait."""

_WORDS = {
    Lane.INTAKE: Phrase("requests are being filed"),
    Lane.COMMANDS: Phrase("commands are being carried out"),
    Lane.LISTS: Phrase("lists are being read"),
    Lane.REPORTS: Phrase("reports are being made"),
}


class Overfull(Unavailable):
    """There is no place for this request; nothing of it has happened."""

    def __init__(self, lane: Lane) -> None:
        """Say so in words, and after how many seconds to come again."""
        self.retry_after = _RETRY_SECONDS[lane]
        super().__init__(
            Phrase(
                "Too many {what} right now; this one was not begun, please try again in {retry_after} s.",
                what=_WORDS[lane],
                retry_after=self.retry_after,
            ),
        )

    @property
    def code(self) -> str:
        """Return the name on the wire: to a client it is one part of the system that is away."""
        return Unavailable.__name__


@asynccontextmanager
async def admitted(hotline: Hotline, lane: Lane, key: str | None) -> AsyncGenerator[None]:
    """Serve a request of `key` in its turn. Raises `Overfull` when its turn does not come."""
    try:
        async with hotline.limits.admit(lane, (key or "")[:_KEY_CHARACTERS]):
            yield
    except LaneFull as none:
        hotline.counters.turned_away(none.lane.value, none.reason)
        raise Overfull(none.lane) from None


class Reading:
    """Middleware: whatever is read under `/api/v1` is a list or a report, in turns by unit, else by host.

    What is sent line by line gives its place back as it begins: how fast it goes on is its reader's affair,
    and two slow readers must not block the lists for all others.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Stand before `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when it has a place; writing takes its place later, once it has been read."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(_API):
            await self._app(scope, receive, send)
            return
        try:
            async with AsyncExitStack() as held:
                hotline, lane = scope["app"].state.hotline, lane_of(scope["path"])
                await held.enter_async_context(admitted(hotline, lane, reader(scope)))

                async def sent(message: Message) -> None:
                    if message["type"] == "http.response.start" and _is_by_line(message):
                        await held.aclose()
                    await send(message)

                await self._app(scope, receive, sent)
        except Overfull as overfull:
            await refusal_response(overfull, scope["path"])(scope, receive, send)


def _is_by_line(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("content-type", "").startswith(LINES)


def whose(actor: ActorForm, number: str) -> str:
    """Return the fairness key of a command: the unit that acts, else the ticket; citizens never flood."""
    return f"unit {actor.unit}" if actor.unit else f"ticket {number}"


def reader(scope: Scope) -> str:
    """Return for whom something is read: the unit that the address names, else the host that asks."""
    parts = scope["path"].split("/")
    if parts[3] == "units" and len(parts) > 4:  # noqa: PLR2004 - /api/v1/units/{code}/feed
        return f"unit {parts[4]}"
    units = parse_qs(scope["query_string"].decode("latin-1")).get("unit")
    if units:
        return f"unit {units[0]}"
    client: tuple[str, int] | None = scope.get("client")
    return f"host {client[0]}" if client else ""
