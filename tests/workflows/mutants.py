"""Tickets that were changed in a way no running ticket survives; replaying an old history must find out."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from domain.command.spec import Branch
    from domain.facts.fact import AnyFact
    from domain.handle.deliberating import Deliberate
    from domain.handle.subassigning import WithdrawTask
    from domain.messages import Command, Note, Receipt, Visit
    from domain.ticket.ticket import Beginning
    from domain.ticket.ticket import Ticket as State
from workflows.ticket import Rule, Ticket
from workflows.visibility import KEYS


@workflow.defn(name="Ticket")
class ShowsFirst(Ticket):
    """Sets a search attribute before anything else."""

    @workflow.init
    def __init__(self, beginning: Beginning) -> None:
        """Set up as ever."""
        super().__init__(beginning)

    @workflow.run
    async def run(self, beginning: Beginning) -> Receipt:
        """Show something, then go on as ever."""
        workflow.upsert_search_attributes([KEYS["Overdue"].value_set(False)])
        return await super().run(beginning)


@workflow.defn(name="Ticket")
class ShowsNothing(Ticket):
    """Sets no search attributes."""

    @workflow.init
    def __init__(self, beginning: Beginning) -> None:
        """Leave the engine's lists alone."""
        super().__init__(beginning)
        self.case._show = lambda: None

    @workflow.run
    async def run(self, beginning: Beginning) -> Receipt:
        """Go on as ever."""
        return await super().run(beginning)


@workflow.defn(name="Ticket")
class ReadsTheClockOnTheWall(Ticket):
    """Asks the machine for the time instead of the engine."""

    @workflow.init
    def __init__(self, beginning: Beginning) -> None:
        """Set up as ever."""
        super().__init__(beginning)

    @workflow.run
    async def run(self, beginning: Beginning) -> Receipt:
        """Look at the wall, then go on as ever."""
        datetime.now()  # noqa: DTZ005 - the mistake this mutant makes
        return await super().run(beginning)


@workflow.defn(name="Ticket")
class BreaksBeside(Ticket):
    """Has a bug in what runs beside the steps."""

    @workflow.init
    def __init__(self, beginning: Beginning) -> None:
        """Break supervision as the engine's own errors would: those that could end a workflow."""
        super().__init__(beginning)
        self.case.supervise = _broken

    @workflow.run
    async def run(self, beginning: Beginning) -> Receipt:
        """Go on as ever."""
        return await super().run(beginning)


@workflow.defn(name="Ticket")
class HasFaultyRules(Ticket):
    """Has bugs in some rules: of deliberations and withdrawn tasks, of visits, and of remarks."""

    @workflow.init
    def __init__(self, beginning: Beginning) -> None:
        """Set up as ever."""
        super().__init__(beginning)

    @workflow.run
    async def run(self, beginning: Beginning) -> Receipt:
        """Go on as ever."""
        return await super().run(beginning)

    async def take(self, branch: Branch, command: Command) -> Receipt:
        """Let a rule that asks the edition fail once it has its answer."""
        return await super().take(_with_bugs(branch), command)

    def may_take(self, name: str, branch: Branch, command: Command) -> None:
        """Let a rule that asks nothing fail before it has left a trace."""
        super().may_take(name, _with_bugs(branch), command)

    def _decide(self, rule: Callable[[State], list[AnyFact]], key: str | None = None) -> list[AnyFact]:
        return super()._decide(rule if key is None or self.case.ticket.contacts == 0 else _faulty, key)

    async def _apply(self, rule: Rule, command: Command) -> Receipt:
        return await super()._apply(_faulty if isinstance(command, Visit) else rule, command)

    def _try(self, rule: Rule, command: Command) -> None:
        super()._try(_faulty if isinstance(command, Note) else rule, command)


@workflow.defn(name="Ticket")
class HasMilderRules(Ticket):
    """Has the rules of an earlier release, or of a later one that is milder again."""

    @workflow.init
    def __init__(self, beginning: Beginning) -> None:
        """Set up as ever."""
        super().__init__(beginning)

    @workflow.run
    async def run(self, beginning: Beginning) -> Receipt:
        """Go on as ever."""
        return await super().run(beginning)

    def _decide(self, rule: Callable[[State], list[AnyFact]], key: str | None = None) -> list[AnyFact]:
        return super()._decide(lambda ticket: rule(ticket.model_copy(update={"retold": True})), key)

    def _check(self, check: Callable[[], object]) -> None:
        """Let everything come to the handler."""


@workflow.defn(name="Ticket")
class ForgetsItsMarks(Ticket):
    """Leaves no mark where a command comes to nothing, and asks today's rules about yesterday's commands."""

    @workflow.init
    def __init__(self, beginning: Beginning) -> None:
        """Set up as ever."""
        super().__init__(beginning)

    @workflow.run
    async def run(self, beginning: Beginning) -> Receipt:
        """Go on as ever."""
        return await super().run(beginning)

    def _decide(self, rule: Callable[[State], list[AnyFact]], key: str | None = None) -> list[AnyFact]:
        return rule(self.case.ticket)


def _with_bugs(branch: Branch) -> Branch:
    return replace(branch, rule=_faulty) if branch.message in (Deliberate, WithdrawTask) else branch


def _faulty(*_arguments: object) -> list[AnyFact]:
    return [{}["a bug"]]


async def _broken() -> None:
    raise ApplicationError("a bug")
