"""What has to be known of an engine before it can be called: its address, keys and task queue."""

from pathlib import Path
from typing import Protocol


class EngineAddress(Protocol):
    """Where the engine is; `Settings` is one. This folder reads these values and no other setting."""

    @property
    def temporal_address(self) -> str | None:
        """Return `host:port`, or nothing for the embedded server."""
        ...

    @property
    def temporal_port(self) -> int:
        """Return the port of the embedded server."""
        ...

    @property
    def temporal_namespace(self) -> str:
        """Return the namespace."""
        ...

    @property
    def temporal_api_key(self) -> str | None:
        """Return the API key, where the server wants one."""
        ...

    @property
    def temporal_tls(self) -> bool:
        """Return whether TLS is asked for without any file."""
        ...

    @property
    def temporal_tls_ca(self) -> Path | None:
        """Return the certificates that are trusted, where not the machine's own."""
        ...

    @property
    def temporal_tls_cert(self) -> Path | None:
        """Return our certificate."""
        ...

    @property
    def temporal_tls_key(self) -> Path | None:
        """Return the private key of our certificate."""
        ...

    @property
    def task_queue(self) -> str:
        """Return the task queue of our workers."""
        ...
