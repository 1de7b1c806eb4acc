"""Reviving a ticket where there is nothing to revive, or nobody who could say so."""

from typing import Any, NoReturn

import pytest
from temporalio.client import Client, Interceptor, OutboundInterceptor
from temporalio.service import RPCError, RPCStatusCode

from domain.errors import Unavailable, UnknownTicket, WrongStage
from operations.reviving import revive
from readmodel import Database
from readmodel.vault import Vault
from tests.readmodel.records import filed

VAULT = Vault(b"master key for tests, 32 bytes!!")
QUEUE = "reviving"


class _Away(Interceptor):
    """Between a client and its engine, which does not answer."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's name
        """Stand in between."""

        class Between(OutboundInterceptor):
            async def describe_workflow(self, input: Any) -> NoReturn:  # noqa: A002, ANN401 - the SDK's
                raise RPCError("away", RPCStatusCode.UNAVAILABLE, b"")

        return Between(next)


async def test_a_number_that_was_never_issued_is_unknown(database: Database, client: Client) -> None:
    """The engine is not even asked."""
    with pytest.raises(UnknownTicket, match="20261102-000000-0"):
        await revive(database, client, "20261102-000000-0", QUEUE)


async def test_a_ticket_that_no_workflow_runs_for_is_left_to_reconciliation(
    database: Database, client: Client
) -> None:
    """It has never begun, or somebody stopped it: the refusal says which command helps."""
    request = await filed(database, VAULT)
    with pytest.raises(WrongStage, match="jiesu reconcile"):
        await revive(database, client, request.number, QUEUE)


async def test_an_engine_that_does_not_answer_ends_it_before_anything_has_happened(
    database: Database, client: Client
) -> None:
    """By the name that the engine's trouble has."""
    request = await filed(database, VAULT)
    config = client.config()
    config["interceptors"] = [_Away()]
    with pytest.raises(Unavailable, match="UNAVAILABLE"):
        await revive(database, Client(**config), request.number, QUEUE)
