"""The workflow `Ticket`: one citizen's request from intake to closing. The id is `ticket/<number>`."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from temporalio import workflow
from temporalio.common import RawValue

with workflow.unsafe.imports_passed_through():
    from domain import messages as m
    from domain.adopt import editions
    from domain.command.given import Given
    from domain.command.spec import CommandSpec
    from domain.commands import COMMANDS
    from domain.errors import Fault, Refused
    from domain.facts.fact import AnyFact, Fact
    from domain.handle import handling
    from domain.incident import membership as incidents
    from domain.incident.incident import ResultOfIncident
    from domain.show.explaining import explain
    from domain.show.explanation import Explanation
    from domain.show.views import Batch, ClockView, StatusView, clock_views, status_view
    from domain.supervise import supervising
    from domain.terms import Terms
    from domain.ticket.ticket import Ticket as TicketState
    from domain.ticket.ticket import TicketInput
    from domain.vocabulary import AdoptionMode
    from phrases import Phrase
from workflows import calls
from workflows.case import Case, command_key
from workflows.commands import look_up, update
from workflows.errors import faults, refusals
from workflows.replayed import decide
from workflows.steps import accept, dispatch, evaluate, feedback, handle

MessageT = TypeVar("MessageT", bound=BaseModel)


@workflow.defn(name="Ticket")
class Ticket:
    """One request on its way: 受理 → 派单 → 办理 → 反馈 → 评价, under 督办 from beginning to end."""

    @workflow.init
    def __init__(self, beginning: TicketInput) -> None:
        """Set up all state at once: a command may be handled before `run` has begun."""
        self.case = Case(beginning)
        self._completions = 0

    @workflow.run
    async def run(self, _beginning: TicketInput) -> m.Receipt:
        """Take the request through the process and return where it ended."""
        self.case.set_out()
        await accept(self.case)
        while self.case.is_under_way:
            await dispatch(self.case)
            await handle(self.case)
            await feedback(self.case)
            await evaluate(self.case)
        await self.case.settle()
        if self.case.ticket.is_open:
            workflow.continue_as_new(self.case.next_run())
        return self.case.ticket.receipt()

    # What a ticket can be asked to do: an update for each command, as `domain.commands` has it.

    # 受理 accept
    classify = update("classify")
    answer = update("answer")
    dispose = update("dispose")
    confirm_nuisance = update("confirm_nuisance")
    hand_over = update("hand_over")
    acknowledge = update("acknowledge")
    alert = update("alert")
    supplement = update("supplement")
    withdraw = update("withdraw")

    # 派单 dispatch
    dispatch = update("dispatch")
    reassign = update("reassign")
    object = update("object")
    decide_objection = update("decide_objection")
    consult_duty = update("consult_duty")
    redispatch = update("redispatch")
    consult = update("consult")
    conclude_consultation = update("conclude_consultation")
    confirm_industry = update("confirm_industry")
    disown_industry = update("disown_industry")

    # 办理 handle
    sign = update("sign")
    contact = update("contact")
    visit = update("visit")
    feedback = update("feedback")
    assist = update("assist")
    answer_task = update("answer_task")
    report_task = update("report_task")
    waive_task = update("waive_task")
    extend = update("extend")
    decide_extension = update("decide_extension")
    propose_hanging = update("propose_hanging")
    approve_hanging = update("approve_hanging")
    refuse_hanging = update("refuse_hanging")
    review_hanging = update("review_hanging")
    add_milestone = update("add_milestone")
    reach_milestone = update("reach_milestone")
    update_requester = update("update_requester")
    clear_hanging = update("clear_hanging")
    sub_assign = update("sub_assign")
    withdraw_task = update("withdraw_task")
    whistle = update("whistle")
    report_in = update("report_in")
    end_whistle = update("end_whistle")
    rate_whistle = update("rate_whistle")
    deliberate = update("deliberate")
    end_deliberation = update("end_deliberation")
    read_by_head = update("read_by_head")
    pre_survey = update("pre_survey")

    # 评价 evaluate
    survey = update("survey")
    reopen = update("reopen")

    # 并单 incidents
    join_incident = update("join_incident")
    leave_incident = update("leave_incident")

    # 督办 supervise
    urge = update("urge")
    note = update("note")
    supervise = update("supervise")
    review_order = update("review_order")
    waive_order = update("waive_order")
    escalate = update("escalate")

    # Signals of a unit's own system, of an incident and of operations.

    @workflow.signal(description=Phrase("feedback from a unit's own system").both())
    def complete(self, *sent: Any) -> None:  # noqa: ANN401 - a foreign system sends what it sends
        """Take feedback by the plain signal; what cannot count becomes a remark in the timeline."""
        report = self._read("complete", m.Complete, sent)
        if report is None:
            return
        if report.key is None or report.key not in self.case.answers:
            self.case.apply(self._completed(report))
            if report.key is not None:
                self.case.answers[report.key] = self.case.ticket.receipt()

    @workflow.signal(description=Phrase("the result of the incident the ticket belongs to").both())
    def incident_result(self, *sent: Any) -> None:  # noqa: ANN401 - operations may type it by hand
        """Take the incident's result as the ticket's feedback, once."""
        message = self._read("incident_result", ResultOfIncident, sent)
        if message is not None:
            self.case.apply(incidents.take_result(self.case.ticket, message, workflow.now()))

    @workflow.signal(dynamic=True)
    def unknown(self, _name: str, _arguments: Sequence[RawValue]) -> None:
        """Note that a signal came which no rule knows, instead of losing it."""
        self.case.apply(supervising.unreadable("signal", workflow.now()))

    @workflow.signal(
        description=Phrase("count open clocks again with a calendar that has become known").both()
    )
    def recalculate(self, *sent: Any) -> None:  # noqa: ANN401 - operations may type it by hand
        """Count the open clocks again."""
        message = self._read("recalculate", m.Recalculate, sent)
        if message is not None:
            self.case.apply(supervising.recalculate(self.case.ticket, message.calendar, workflow.now()))

    @workflow.signal(description=Phrase("adopt another edition of the rules").both())
    async def adopt(self, *sent: Any) -> None:  # noqa: ANN401 - operations may type it by hand
        """Adopt an edition, once; one that does not know the matter leaves a remark and changes nothing."""
        order = self._read("adopt", m.AdoptEdition, sent)
        if order is not None and editions.wants(self.case.ticket, order):
            try:
                terms = await self._terms_by(order)
            except Refused as refused:
                self.case.apply(editions.not_adopted(self.case.facts, order, refused, workflow.now()))
            else:
                self.case.apply(editions.adopt(self.case.ticket, order, terms, workflow.now()))

    # What it can be asked.

    @workflow.query(description=Phrase("where the ticket stands").both())
    def status(self) -> StatusView:
        """Return where the ticket stands and what happens next if nobody acts."""
        return status_view(self.case.ticket)

    @workflow.query(description=Phrase("every obligation and its time").both())
    def clocks(self) -> tuple[ClockView, ...]:
        """Return every clock of the ticket."""
        return clock_views(self.case.ticket)

    @workflow.query(description=Phrase("everything that happened").both())
    def timeline(self) -> list[Fact]:
        """Return every fact in order; fact n has version n."""
        return list(self.case.facts)

    @workflow.query(
        description=Phrase("why this unit, this level, this deadline, and what comes next").both()
    )
    def explain(self, at: datetime) -> Explanation:
        """Return why the ticket stands as it does at the instant `at`: a query has no time of its own."""
        return explain(self.case.intake, self.case.facts, at)

    @workflow.query(description=Phrase("all that the database should hold").both())
    def everything(self) -> Batch:
        """Return every fact, notice and answer, for a projection that is behind; it costs no event."""
        return self.case.everything()

    def _read(self, name: str, kind: type[MessageT], sent: Sequence[Any]) -> MessageT | None:
        """Return what the signal `name` brought; null, and a remark on record, for what cannot be read.

        Any number of arguments must be taken: one that Python itself refuses would fail the workflow task
        again and again, and the ticket would stand still for ever.
        """
        try:
            return kind.model_validate(sent[0] if len(sent) == 1 else None)
        except ValidationError:
            self.case.apply(supervising.unreadable(name, workflow.now()))
            return None

    async def _terms_by(self, order: m.AdoptEdition) -> Terms | None:
        """Return what the edition of `order` fixes for the ticket as it stands; null where nothing is asked.

        Asked again when the ticket was classified meanwhile. Raises the edition's refusal.
        """
        while order.mode is not AdoptionMode.PINNED:
            asked = editions.query(self.case.ticket, order.edition, workflow.now())
            terms = (await calls.resolve(asked)).terms
            if editions.query(self.case.ticket, order.edition, asked.at) == asked:
                return terms
        return None

    async def obey(self, name: str, command: m.Command) -> m.Receipt:
        """Let `command`, called `name`, happen once, and answer when that is in the database."""
        key = command_key()
        if key not in self.case.answers:
            with refusals():
                facts = await self._facts(name, command)
            self.case.apply(facts)
        return await self.case.answer(key)

    def check(self, name: str, command: m.Command) -> None:
        """Refuse `command` before it leaves a trace, as far as that shows before anything is looked up."""
        if command_key() not in self.case.answers:
            with refusals(), faults():
                COMMANDS[name].rehearse(self.case.ticket, command, workflow.now())

    async def _facts(self, name: str, command: m.Command) -> list[AnyFact]:
        """Return what `command` brings about by today's rule, or what it did when it came."""
        spec = COMMANDS[name]
        given = await self._looked_up(spec, command)
        return self._decide(lambda ticket: spec.decide(ticket, command, given, workflow.now()))

    async def _looked_up(self, spec: CommandSpec, command: m.Command) -> Given:
        """Return what `command` needs to know; asked again where the ticket has changed meanwhile."""
        asks = spec.asks or _nothing
        while True:
            at = workflow.now()
            question = asks(self.case.ticket, command, at)
            given = await look_up(question)
            if not spec.asks_again or asks(self.case.ticket, command, at) == question:
                return given

    def _completed(self, report: m.Complete) -> list[AnyFact]:
        """Return the facts of the signal `complete`; what cannot count becomes a remark, never lost."""
        self._completions += 1
        try:
            return self._decide(
                lambda ticket: handling.completed(ticket, report, workflow.now()),
                f"complete/{self._completions}",
            )
        except (Refused, Fault) as error:
            return handling.not_completed(report, error, workflow.now())

    def _decide(self, rule: Callable[[TicketState], list[AnyFact]], key: str | None = None) -> list[AnyFact]:
        """Return the facts of a command by `rule`, or those it had when it came; `key` if it is no update."""
        return decide(key or command_key(), self.case.ticket, rule)


def _nothing(_ticket: TicketState, _command: m.Command, _at: datetime) -> None:
    """Ask nothing."""
