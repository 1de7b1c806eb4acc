"""Whether the ports we want are free, told before anything is started."""

import errno
import socket
from collections.abc import Iterable

from engine.errors import CannotStart

_PORTS = range(1, 65536)


def require_free(wanted: Iterable[tuple[str, int, str]]) -> None:
    """Check each (host, port, option) of `wanted`.

    Raises CannotStart that names the first taken port and the option to change it.
    """
    seen: dict[int, str] = {}
    for host, port, option in wanted:
        if port in seen:
            raise CannotStart(
                f"端口 {port} 同时用于 {seen[port]} 和 {option}，请改其一。",
                f"Port {port} is given to both {seen[port]} and {option}: change one of them.",
            )
        seen[port] = option
        if (trouble := _binding_trouble(host, port)) is not None:
            raise CannotStart(
                f"端口 {port} {trouble[0]}，请用 {option} 另选。",
                f"Port {port} {trouble[1]}: choose another with {option}.",
            )


def _binding_trouble(host: str, port: int) -> tuple[str, str] | None:
    """Return why `host`:`port` cannot be bound, in Chinese and English; None when it can."""
    if port not in _PORTS:  # the system takes 0 for any port and 65536 + n for n
        return "不是端口号", "is no port number"
    try:
        address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(address[0], socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address[4])
    except OSError as trouble:
        if trouble.errno == errno.EADDRINUSE:
            return "已被占用", "is already in use"
        return (
            f"无法在 {host} 上监听（{trouble.strerror}）",
            f"cannot be opened on {host} ({trouble.strerror})",
        )
    return None
