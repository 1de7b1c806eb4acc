"""Tickets that were changed in a way no running ticket survives; replaying an old history must find out."""

from collections.abc import Callable
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from domain.commands import COMMANDS
    from domain.facts.fact import AnyFact
    from domain.messages import Command, Receipt
    from domain.ticket.ticket import Ticket as TicketState
    from domain.ticket.ticket import TicketInput
from workflows.errors import faults, refusals
from workflows.ticket import Ticket
from workflows.visibility import KEYS


@workflow.defn(name="Ticket")
class ShowsFirst(Ticket):
    """Sets a search attribute before anything else."""

    @workflow.init
    def __init__(self, beginning: TicketInput) -> None:
        """Set up as ever."""
        super().__init__(beginning)

    @workflow.run
    async def run(self, beginning: TicketInput) -> Receipt:
        """Show something, then go on as ever."""
        workflow.upsert_search_attributes([KEYS["Overdue"].value_set(False)])
        return await super().run(beginning)


@workflow.defn(name="Ticket")
class ShowsNothing(Ticket):
    """Sets no search attributes."""

    @workflow.init
    def __init__(self, beginning: TicketInput) -> None:
        """Leave the engine's lists alone."""
        super().__init__(beginning)
        self.case._show = lambda: None

    @workflow.run
    async def run(self, beginning: TicketInput) -> Receipt:
        """Go on as ever."""
        return await super().run(beginning)


@workflow.defn(name="Ticket")
class ReadsTheClockOnTheWall(Ticket):
    """Asks the machine for the time instead of the engine."""

    @workflow.init
    def __init__(self, beginning: TicketInput) -> None:
        """Set up as ever."""
        super().__init__(beginning)

    @workflow.run
    async def run(self, beginning: TicketInput) -> Receipt:
        """Look at the wall, then go on as ever."""
        datetime.now()  # noqa: DTZ005 - the mistake this mutant makes
        return await super().run(beginning)


@workflow.defn(name="Ticket")
class BreaksBeside(Ticket):
    """Has a bug in what runs beside the steps."""

    @workflow.init
    def __init__(self, beginning: TicketInput) -> None:
        """Break supervision as the engine's own errors would: those that could end a workflow."""
        super().__init__(beginning)
        self.case.supervise = _broken

    @workflow.run
    async def run(self, beginning: TicketInput) -> Receipt:
        """Go on as ever."""
        return await super().run(beginning)


@workflow.defn(name="Ticket")
class HasFaultyRules(Ticket):
    """Has bugs in some rules: of deliberations and withdrawn tasks, of visits, and of remarks."""

    @workflow.init
    def __init__(self, beginning: TicketInput) -> None:
        """Set up as ever."""
        super().__init__(beginning)

    @workflow.run
    async def run(self, beginning: TicketInput) -> Receipt:
        """Go on as ever."""
        return await super().run(beginning)

    def check(self, name: str, command: Command) -> None:
        """Let rules that ask nothing fail before they have left a trace."""
        super().check(name, command)
        if name in ("withdraw_task", "note"):
            with refusals(), faults():
                _faulty()

    async def _facts(self, name: str, command: Command) -> list[AnyFact]:
        """Let a rule that asks the edition fail once it has its answer, and another one at once."""
        if name not in ("deliberate", "visit"):
            return await super()._facts(name, command)
        await self._looked_up(COMMANDS[name], command)
        return self._decide(_faulty)

    def _decide(self, rule: Callable[[TicketState], list[AnyFact]], key: str | None = None) -> list[AnyFact]:
        return super()._decide(rule if key is None or self.case.ticket.contacts == 0 else _faulty, key)


@workflow.defn(name="Ticket")
class HasMilderRules(Ticket):
    """Has the rules of an earlier release, or of a later one that is milder again."""

    @workflow.init
    def __init__(self, beginning: TicketInput) -> None:
        """Set up as ever."""
        super().__init__(beginning)

    @workflow.run
    async def run(self, beginning: TicketInput) -> Receipt:
        """Go on as ever."""
        return await super().run(beginning)

    def _decide(self, rule: Callable[[TicketState], list[AnyFact]], key: str | None = None) -> list[AnyFact]:
        return super()._decide(lambda ticket: rule(ticket.model_copy(update={"is_replayed": True})), key)

    def check(self, name: str, command: Command) -> None:
        """Let everything come to the handler."""


@workflow.defn(name="Ticket")
class ForgetsItsMarks(Ticket):
    """Leaves no mark where a command comes to nothing, and asks today's rules about yesterday's commands."""

    @workflow.init
    def __init__(self, beginning: TicketInput) -> None:
        """Set up as ever."""
        super().__init__(beginning)

    @workflow.run
    async def run(self, beginning: TicketInput) -> Receipt:
        """Go on as ever."""
        return await super().run(beginning)

    def _decide(self, rule: Callable[[TicketState], list[AnyFact]], key: str | None = None) -> list[AnyFact]:
        return rule(self.case.ticket)


def _faulty(*_arguments: object) -> list[AnyFact]:
    return [{}["a bug"]]


async def _broken() -> None:
    raise ApplicationError("a bug")
