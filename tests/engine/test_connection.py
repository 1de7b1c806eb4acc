"""A secured engine is reached by settings alone; what is wrong with certificates or key is one sentence."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from bench.bare import Bare
from domain.search_attributes import SEARCH_ATTRIBUTES
from embedded import temporal
from engine.connection import NotReady, connect_engine, tls_of, why_not_connected
from settings import BadSetting, Settings
from tests.tls import Authority, server_context, tls_proxy
from worker import report_lost_engine, require_search_attributes, worker_options


@asynccontextmanager
async def secured(dev_server: WorkflowEnvironment, ours: Authority) -> AsyncGenerator[str]:
    """Yield the address of the engine behind TLS, for clients with a certificate of `ours` alone."""
    port = int(dev_server.client.service_client.config.target_host.rpartition(":")[2])
    async with tls_proxy(port, server_context(ours.issue("server"), ours)) as secure:
        yield f"127.0.0.1:{secure}"


def settings_for(address: str, ca: Path, pair: tuple[Path, Path] | None) -> Settings:
    """Return the settings a person would write."""
    cert, key = pair or (None, None)
    return Settings(
        temporal_address=address, temporal_tls_ca=ca, temporal_tls_cert=cert, temporal_tls_key=key
    )


async def test_the_engine_is_reached_over_mutual_tls(dev_server: WorkflowEnvironment, tmp_path: Path) -> None:
    """A real handshake: both sides show a certificate and check the other's."""
    ours = Authority(tmp_path, "ours")
    async with secured(dev_server, ours) as address:
        client = await connect_engine(settings_for(address, ours.file, ours.issue("client")))
        assert await client.service_client.check_health()


async def test_a_server_of_another_authority_is_refused_in_one_sentence(
    dev_server: WorkflowEnvironment, tmp_path: Path
) -> None:
    """Whoever sits between us and the engine gets nothing."""
    ours, other = Authority(tmp_path, "ours"), Authority(tmp_path, "other")
    async with secured(dev_server, ours) as address:
        with pytest.raises(NotReady, match=r"JIESU_TEMPORAL_TLS_CA") as refused:
            await connect_engine(settings_for(address, other.file, ours.issue("client")))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("stranger", [True, False])
async def test_a_client_that_the_server_does_not_know_is_asked_to_check_its_certificate(
    dev_server: WorkflowEnvironment, tmp_path: Path, stranger: bool
) -> None:
    """With a certificate of somebody else, and with none."""
    ours, other = Authority(tmp_path, "ours"), Authority(tmp_path, "other")
    pair = other.issue("client") if stranger else None
    async with secured(dev_server, ours) as address:
        with pytest.raises(NotReady) as refused:
            await connect_engine(settings_for(address, ours.file, pair))
    assert "_CERT" in str(refused.value)


async def test_a_plain_server_is_not_spoken_to_when_tls_is_asked_for(dev_server: WorkflowEnvironment) -> None:
    """No silent step down: an API key would be sent in clear."""
    address = dev_server.client.service_client.config.target_host
    with pytest.raises(NotReady):
        await connect_engine(Settings(temporal_address=address, temporal_api_key="s3cret"))


def test_nothing_asks_for_tls_by_default() -> None:
    """The embedded server speaks plainly on loopback."""
    assert tls_of(Settings()) is False


@pytest.mark.parametrize("asked", [{"temporal_tls": True}, {"temporal_api_key": "k"}])
def test_the_switch_or_the_key_suffice_with_the_system_s_authorities(asked: dict[str, Any]) -> None:
    """As Temporal Cloud wants it."""
    tls = tls_of(Settings.model_validate(asked))
    assert not isinstance(tls, bool)
    assert tls.server_root_ca_cert is None


def test_certificate_and_key_go_together(tmp_path: Path) -> None:
    """One without the other is a slip."""
    cert, key = Authority(tmp_path, "a").issue("client")
    for half in ({"temporal_tls_cert": cert}, {"temporal_tls_key": key}):
        with pytest.raises(BadSetting, match=r"JIESU_TEMPORAL_TLS_CERT.*JIESU_TEMPORAL_TLS_KEY"):
            tls_of(Settings.model_validate(half))


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    """A missing file, a file that is no PEM, a key of another certificate."""
    ours = Authority(tmp_path, "ours")
    (cert, key), (_, another) = ours.issue("one"), ours.issue("two")
    text = tmp_path / "text.pem"
    text.write_text("no certificate")
    for chosen, said in (
        ({"temporal_tls_ca": tmp_path / "missing.pem"}, "JIESU_TEMPORAL_TLS_CA"),
        ({"temporal_tls_ca": text}, "PEM"),
        ({"temporal_tls_cert": cert, "temporal_tls_key": another}, "does not belong"),
    ):
        with pytest.raises(BadSetting, match=said) as refused:
            tls_of(Settings.model_validate(chosen))
        assert "\n" not in str(refused.value)
    assert not isinstance(tls_of(Settings(temporal_tls_cert=cert, temporal_tls_key=key)), bool)


@pytest.mark.parametrize("status", ["Unauthenticated", "PermissionDenied"])
def test_a_refused_key_is_reported_without_the_servers_words(status: str) -> None:
    """A server may repeat what it was sent."""
    trouble = RuntimeError(f"Failed client connect: code: {status}, message: 's3cret is no key'")
    said = why_not_connected(Settings(temporal_address="h:1", temporal_api_key="s3cret"), trouble)
    assert "JIESU_TEMPORAL_API_KEY" in said.en
    assert "s3cret" not in said.both()


@pytest.mark.parametrize("key", ["two\nlines", "钥匙", "a b"])
def test_a_key_that_is_none_is_refused_without_being_shown(key: str) -> None:
    """It would break the call's headers, and the sentence goes to screens and logs."""
    with pytest.raises(BadSetting, match="JIESU_TEMPORAL_API_KEY") as refused:
        Settings.from_environment({"JIESU_TEMPORAL_API_KEY": f"s3cret{key}"})
    assert "s3cret" not in str(refused.value)


def test_settings_print_no_secret() -> None:
    """A traceback or a log line may hold them."""
    settings = Settings(temporal_api_key="s3cret", database_url="postgresql://u:s3cret@h/d")
    assert "s3cret" not in repr(settings) + str(settings)
    assert Settings.from_environment(settings.to_environment()) == settings


class Cloud:
    """A client of a server that keeps its namespaces to its own console, as Temporal Cloud does."""

    namespace = "tickets.a1b2c"

    def __init__(self) -> None:
        """Both services refuse."""
        self.operator_service = self.workflow_service = self

    async def _refuse(self, _request: object) -> None:
        raise RPCError("Request unauthorized", RPCStatusCode.PERMISSION_DENIED, b"")

    list_search_attributes = describe_namespace = _refuse


async def test_where_clients_may_make_nothing_migrate_says_what_to_do_by_hand() -> None:
    """The commands to paste, with every attribute and its type."""
    cloud: Any = Cloud()
    answer = "\n".join(await temporal.prepare_namespace(cloud, SEARCH_ATTRIBUTES, timedelta(days=30)))
    assert "tcld namespace search-attributes add --namespace tickets.a1b2c" in answer
    assert all(f'--sa "{name}={kind}"' in answer for name, kind in SEARCH_ATTRIBUTES.items())
    assert "tcld namespace retention set --namespace tickets.a1b2c --retention-days 30" in answer


async def test_where_attributes_cannot_be_listed_the_worker_starts_all_the_same() -> None:
    """Temporal Cloud does not list them; a worker that refuses to start would help nobody."""
    cloud: Any = Cloud()
    await require_search_attributes(cloud)


async def test_an_engine_that_goes_away_while_a_worker_starts_is_no_defect() -> None:
    """The worker says so and is started again; a traceback would send people looking for bugs."""
    seen = "Worker validation failed: Namespace jiesu could not be described: Status { code: Unavailable, … }"
    with pytest.raises(NotReady, match="does not answer"):
        async with report_lost_engine(Settings()):
            raise RuntimeError(seen)


async def test_a_worker_that_cannot_run_for_another_reason_is_not_called_an_outage(
    dev_server: WorkflowEnvironment,
) -> None:
    """A namespace that is missing is found by the same check, and stays what it is."""
    target = dev_server.client.service_client.config.target_host
    client = await Client.connect(target, namespace="never-made")
    worker = Worker(client, task_queue="nobody", workflows=[Bare], **worker_options(Settings()))
    with pytest.raises(RuntimeError, match="never-made"):
        async with report_lost_engine(Settings()):
            await worker.run()


async def test_a_namespace_that_is_missing_is_made_once(dev_server: WorkflowEnvironment) -> None:
    """`jiesu migrate` on an empty cluster needs no other tool."""
    config = dev_server.client.service_client.config
    client = await Client.connect(config.target_host, namespace="made-by-migrate")
    made = await temporal.ensure_namespace(client, timedelta(days=3))
    assert made == ["namespace made-by-migrate"]
    assert await temporal.ensure_namespace(client, timedelta(days=3)) == []
