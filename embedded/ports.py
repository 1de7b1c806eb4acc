"""Whether the ports we want are free, checked before anything is started."""

import errno
import socket
from collections.abc import Iterable

from engine.errors import CannotStart
from phrases import Phrase

_PORTS = range(1, 65536)


def require_free(wanted: Iterable[tuple[str, int, str]]) -> None:
    """Check each (host, port, option) of `wanted`.

    Raises CannotStart that names the first taken port and the option to change it.
    """
    seen: dict[int, str] = {}
    for host, port, option in wanted:
        if port in seen:
            raise CannotStart(
                Phrase(
                    "Port {port} is given to both {seen} and {option}: change one of them.",
                    port=port,
                    seen=seen[port],
                    option=option,
                ),
            )
        seen[port] = option
        if (trouble := _binding_trouble(host, port)) is not None:
            raise CannotStart(
                Phrase(
                    "Port {port} {trouble}: choose another with {option}.",
                    port=port,
                    trouble=trouble,
                    option=option,
                ),
            )


def _binding_trouble(host: str, port: int) -> Phrase | None:
    """Return why `host`:`port` cannot be bound: a phrase; None when it can."""
    if port not in _PORTS:  # the system takes 0 for any port and 65536 + n for n
        return Phrase("is no port number")
    try:
        address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(address[0], socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address[4])
    except OSError as trouble:
        if trouble.errno == errno.EADDRINUSE:
            return Phrase("is already in use")
        return Phrase("cannot be opened on {host} ({strerror})", host=host, strerror=trouble.strerror)
    return None
