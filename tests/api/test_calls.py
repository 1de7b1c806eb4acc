"""What the engine's errors mean to a caller of the API."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from structlog.testing import capture_logs
from temporalio import workflow
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    QueryWorkflowInput,
    StartWorkflowInput,
    StartWorkflowUpdateInput,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateHandle,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from api.forms import FORMS, RequestForm
from api.hotline import Hotline
from api.intake import file_request
from domain.errors import Fault, Unavailable, WrongStage
from domain.messages import Actor, Receipt, Sign
from domain.show.views import StatusView
from domain.vocabulary import Channel, RequestType, Role
from engine import calls as engine
from engine.calls import NotRunning
from engine.in_step import AHEAD
from engine.starting import workflow_id
from tests.api.desk import NEVER_ISSUED, SHORT, Desk, handler, no_engine, problem, serving
from workflows.ticket import Ticket

PATIENCE = timedelta(seconds=5)
SIGN = Sign(actor=Actor(role=Role.HANDLER))


class _Failing(OutboundInterceptor):
    """Ends every start and every update in an error."""

    def __init__(self, following: OutboundInterceptor, error: Exception) -> None:
        """Raise `error` in the place of `following`."""
        super().__init__(following)
        self._error = error

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002
        """Raise the error."""
        raise self._error

    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:  # noqa: A002
        """Raise the error."""
        raise self._error


class Breaking(Interceptor):
    """Has every start and every update of a client end in an error of the test's choice."""

    def __init__(self, error: Exception) -> None:
        """Raise `error`."""
        self._error = error

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's name
        """Stand before `next`."""
        return _Failing(next, self._error)


def broken(client: Client, error: Exception) -> Client:
    """Return `client` with every start and update ending in `error`."""
    config = client.config()
    config["interceptors"] = [Breaking(error)]
    return Client(**config)


def rpc(status: RPCStatusCode) -> RPCError:
    """Return an error as the engine's connection raises it."""
    return RPCError("as the server says", status, b"")


@pytest.mark.parametrize(
    "status",
    [
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.FAILED_PRECONDITION,
    ],
)
async def test_an_engine_that_cannot_answer_is_away(client: Client, status: RPCStatusCode) -> None:
    """Nothing counted; try again."""
    with pytest.raises(Unavailable):
        await engine.update(
            broken(client, rpc(status)),
            workflow_id(NEVER_ISSUED),
            "sign",
            SIGN,
            uuid4().hex,
            Receipt,
            PATIENCE,
        )


async def test_a_connection_that_cannot_be_made_is_away() -> None:
    """Nobody listens at that port."""
    with pytest.raises(Unavailable):
        await engine.update(
            await no_engine(), workflow_id(NEVER_ISSUED), "sign", SIGN, uuid4().hex, Receipt, SHORT
        )
    assert await engine.is_there(await no_engine(), SHORT) is False


async def test_a_ticket_without_workflow_is_not_running(client: Client) -> None:
    """Neither for commands nor for queries."""
    with pytest.raises(NotRunning):
        await engine.update(client, workflow_id(NEVER_ISSUED), "sign", SIGN, uuid4().hex, Receipt, PATIENCE)
    with pytest.raises(NotRunning):
        await engine.query(client, NEVER_ISSUED, "status", StatusView, PATIENCE)


class _Asked(OutboundInterceptor):
    """Ends every query in an error."""

    def __init__(self, following: OutboundInterceptor, error: Exception) -> None:
        """Raise `error` in the place of `following`."""
        super().__init__(following)
        self._error = error

    async def query_workflow(self, input: QueryWorkflowInput) -> Any:  # noqa: A002, ANN401
        """Raise the error."""
        raise self._error


class Asking(Breaking):
    """Has every query of a client end in an error of the test's choice."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's name
        """Stand before `next`."""
        return _Asked(next, self._error)


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (WorkflowQueryFailedError(f"Workflow query failed: {AHEAD}"), "info"),
        (RPCError(AHEAD, RPCStatusCode.FAILED_PRECONDITION, b""), "info"),
        (WorkflowQueryFailedError("ValueError: something of ours"), "error"),
    ],
)
async def test_a_query_that_came_too_early_is_no_trouble(
    client: Client, error: Exception, level: str
) -> None:
    """A retry is answered; any other failure is raised."""
    config = client.config()
    config["interceptors"] = [Asking(error)]
    with capture_logs() as logs, pytest.raises(Unavailable):
        await engine.query(Client(**config), NEVER_ISSUED, "status", StatusView, PATIENCE)
    assert [line["log_level"] for line in logs] == [level]


@pytest.mark.parametrize("error", [rpc(RPCStatusCode.INVALID_ARGUMENT), RuntimeError("something of ours")])
async def test_a_mistake_of_ours_stays_loud(client: Client, error: Exception) -> None:
    """It is no outage and must not look like one."""
    with pytest.raises(type(error)):
        await engine.update(
            broken(client, error), workflow_id(NEVER_ISSUED), "sign", SIGN, uuid4().hex, Receipt, PATIENCE
        )


async def test_whatever_is_wrong_with_the_start_the_citizen_has_a_number(idle: Hotline) -> None:
    """Even a mistake of ours: the request is safe, and reconciliation starts it."""
    hotline = replace(idle, client=broken(idle.client, rpc(RPCStatusCode.INVALID_ARGUMENT)))
    form = RequestForm(type=RequestType.HELP, channel=Channel.PHONE, description="请帮帮我")
    filed = await file_request(hotline, form)
    assert filed.started is False


async def test_a_start_that_fails_in_a_command_answers_503(idle: Hotline) -> None:
    """The command did not count, and says so."""
    async with serving(replace(idle, client=await no_engine(), start_timeout=SHORT)) as http:
        number = await Desk(http, idle).has_filed()
    away = replace(idle, client=starts_nothing(idle.client))
    async with serving(away) as http:
        problem(await Desk(http, away).says(number, "sign", handler()), 503, "Unavailable")


def starts_nothing(client: Client) -> Client:
    """Return `client` with its starts lost on the way."""
    config = client.config()
    config["interceptors"] = [LosingStarts()]
    return Client(**config)


class _Losing(OutboundInterceptor):
    """Says that every start went well, and sends none."""

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002
        """Return what nobody looks at."""
        return cast("WorkflowHandle[Any, Any]", None)


class LosingStarts(Interceptor):
    """Loses the starts of a client on the way."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's name
        """Stand before `next`."""
        return _Losing(next)


@workflow.defn(name="Ticket")
class OddTicket:
    """A workflow that answers as ours never should."""

    @workflow.run
    async def run(self) -> None:
        """Stay."""
        await workflow.wait_condition(lambda: False)

    @workflow.query
    def status(self) -> str:
        """Fail."""
        raise ValueError("a bug in the query")

    @workflow.update
    async def sign(self, _command: Sign) -> str:
        """Fail with something that is no refusal."""
        raise ApplicationError("odd", type="Odd")

    @workflow.update
    async def urge(self, _command: Sign) -> str:
        """Fail as a rule with a bug does."""
        raise ApplicationError("a rule failed", "出错了。", "It failed.", type="Fault")

    @workflow.update
    async def note(self, _command: Sign) -> str:
        """Refuse as the domain does."""
        raise ApplicationError("refused", "不行。", "No.", type="WrongStage")


@pytest.fixture
async def odd(client: Client) -> Any:  # noqa: ANN401 - an async generator
    """The number of a ticket whose workflow is odd."""
    queue, number = f"odd-{uuid4().hex}", uuid4().hex
    runner = UnsandboxedWorkflowRunner()
    async with Worker(client, task_queue=queue, workflows=[OddTicket], workflow_runner=runner):
        handle = await client.start_workflow("Ticket", id=f"ticket/{number}", task_queue=queue)
        yield number
        await handle.terminate("end of the test")


async def test_a_query_that_fails_falls_back_like_one_without_a_worker(client: Client, odd: str) -> None:
    """The screen shows the projection, the log tells operations."""
    with pytest.raises(Unavailable):
        await engine.query(client, odd, "status", StatusView, PATIENCE)


async def test_an_update_that_fails_as_no_refusal_is_unavailable(client: Client, odd: str) -> None:
    """A workflow's own failure is not the caller's fault."""
    with pytest.raises(Unavailable):
        await engine.update(client, workflow_id(odd), "sign", SIGN, uuid4().hex, Receipt, PATIENCE)


async def test_a_fault_of_a_rule_comes_back_as_a_fault(client: Client, odd: str) -> None:
    """It is neither the caller's mistake nor an outage that passes."""
    with pytest.raises(Fault) as failed:
        await engine.update(client, workflow_id(odd), "urge", SIGN, uuid4().hex, Receipt, PATIENCE)
    assert (failed.value.zh, failed.value.en) == ("出错了。", "It failed.")


async def test_a_refusal_of_the_workflow_comes_back_with_both_sentences(client: Client, odd: str) -> None:
    """As the rule wrote them."""
    with pytest.raises(WrongStage) as refused:
        await engine.update(client, workflow_id(odd), "note", SIGN, uuid4().hex, Receipt, PATIENCE)
    assert (refused.value.zh, refused.value.en) == ("不行。", "No.")


async def test_a_command_that_starts_the_missing_ticket_may_still_be_refused(desk: Desk) -> None:
    """Started by the command, then judged by the rules; the refusal is kept for its key."""
    lost = replace(desk.hotline, client=await no_engine(), start_timeout=SHORT)
    async with serving(lost) as http:
        number = await Desk(http, lost).has_filed(category=None)
    first = problem(await desk.says(number, "sign", handler(), key="k"), 403, "WrongActor")
    assert problem(await desk.says(number, "sign", handler(), key="k"), 403, "WrongActor") == first


def test_every_command_can_be_sent() -> None:
    """The names of the forms are the names of the workflow's updates."""
    assert all(callable(getattr(Ticket, name, None)) for name in FORMS)
