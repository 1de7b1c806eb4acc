"""How a client of the workflow engine is made: address, namespace, TLS and API key, in this one place."""

import ssl
from pathlib import Path

from temporalio.client import (
    Client,
    GrpcCompression,
)
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import Runtime
from temporalio.service import TLSConfig

from engine.address import EngineAddress
from engine.errors import BadSetting, CannotStart
from phrases import Phrase

_CERTIFICATE_WORDS = (
    *("certificate", "unknownca", "tls", "handshake"),
    # in TLS 1.3 a server refuses our certificate after the handshake, by hanging up on the first call
    *("error after connection", "connectionreset", "brokenpipe"),
)
_REFUSAL_WORDS = ("Unauthenticated", "PermissionDenied")


async def connect_client(
    settings: EngineAddress, *, lazy: bool = False, runtime: Runtime | None = None
) -> Client:
    """Return a client of the engine that `settings` name; `lazy` leaves the connection to the first call.

    The client and the workers made from it live in `runtime`; null: in the SDK's own.

    Raises BadSetting for TLS files that cannot be used, and RuntimeError, the SDK's word, for an engine that
    does not answer or refuses: see `why_not_connected`. Nothing is compressed: messages are of a few
    kilobytes and seldom leave the machine or its network.
    """
    return await Client.connect(
        engine_address(settings),
        namespace=settings.temporal_namespace,
        data_converter=pydantic_data_converter,
        api_key=settings.temporal_api_key,
        tls=tls_of(settings),
        lazy=lazy,
        runtime=runtime,
        grpc_compression=GrpcCompression.NONE,
    )


def engine_address(settings: EngineAddress) -> str:
    """Return `host:port` of the engine: the one named, else that of the embedded server."""
    return settings.temporal_address or f"127.0.0.1:{settings.temporal_port}"


def tls_of(settings: EngineAddress) -> TLSConfig | bool:
    """Return how the connection is secured; False where nothing asks for TLS.

    Raises BadSetting for a certificate without its key, or a file that cannot be read or holds no PEM.
    """
    ca, cert, key = settings.temporal_tls_ca, settings.temporal_tls_cert, settings.temporal_tls_key
    if (cert is None) != (key is None):
        raise BadSetting(
            Phrase(
                "JIESU_TEMPORAL_TLS_CERT and JIESU_TEMPORAL_TLS_KEY go together: set both or neither."
            ).both(" / ")
        )
    if not (settings.temporal_tls or settings.temporal_api_key or ca or cert):
        return False
    if cert is not None and key is not None:
        _require_pair(cert, key)
    return TLSConfig(
        server_root_ca_cert=_pem("JIESU_TEMPORAL_TLS_CA", ca),
        client_cert=_pem("JIESU_TEMPORAL_TLS_CERT", cert),
        client_private_key=_pem("JIESU_TEMPORAL_TLS_KEY", key),
    )


def why_not_connected(settings: EngineAddress, trouble: RuntimeError) -> Phrase:
    """Return one sentence on what `trouble`, raised by the SDK, means.

    The SDK's own text is not shown: it is long, and a server may answer with what it was sent.
    """
    address, said = engine_address(settings), str(trouble)
    if any(word in said for word in _REFUSAL_WORDS):
        return Phrase(
            "Temporal at {address} refuses us in namespace {namespace}: "
            "check JIESU_TEMPORAL_API_KEY and the certificates.",
            address=address,
            namespace=settings.temporal_namespace,
        )
    if tls_of(settings) and any(word in said.lower() for word in _CERTIFICATE_WORDS):
        return Phrase(
            "The TLS connection to Temporal at {address} failed: its certificate is not trusted, or it does "
            "not accept ours; check JIESU_TEMPORAL_TLS_CA, _CERT and _KEY.",
            address=address,
        )
    return Phrase("Temporal at {address} does not answer.", address=address)


def _pem(variable: str, path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        content = path.read_bytes()
    except OSError as trouble:
        raise BadSetting(
            Phrase(
                "The file {path} of {variable} cannot be read ({strerror}).",
                variable=variable,
                path=path,
                strerror=trouble.strerror,
            ).both(" / ")
        ) from None
    if b"-----BEGIN " not in content:
        raise BadSetting(
            Phrase("The file {path} of {variable} is no PEM file.", variable=variable, path=path).both(" / ")
        )
    return content


def _require_pair(cert: Path, key: Path) -> None:
    """Raise BadSetting unless `key` is the unlocked private key of the certificate in `cert`."""
    _pem("JIESU_TEMPORAL_TLS_CERT", cert)
    _pem("JIESU_TEMPORAL_TLS_KEY", key)

    def locked() -> str:
        raise ValueError

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(cert, key, password=locked)
    except (ssl.SSLError, ValueError):
        raise BadSetting(
            Phrase(
                "The key {key} does not belong to the certificate {cert}, has a passphrase or is damaged.",
                key=key,
                cert=cert,
            ).both(" / ")
        ) from None


class NotReady(CannotStart):
    """The engine is away or lacks something the worker cannot do without; a sentence for operations."""


async def connect_engine(
    settings: EngineAddress, *, lazy: bool = False, runtime: Runtime | None = None
) -> Client:
    """Return a client of the workflow engine as `connect_client` does.

    Raises `NotReady` when the engine cannot be reached and `lazy` is not set, BadSetting for TLS files that
    cannot be used.
    """
    try:
        return await connect_client(settings, lazy=lazy, runtime=runtime)
    except RuntimeError as trouble:  # the SDK's word for a server that does not answer
        raise NotReady(why_not_connected(settings, trouble)) from None
