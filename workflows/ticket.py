"""The workflow `Ticket`: one citizen's request from intake to closing. The id is `ticket/<number>`."""

from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from temporalio import workflow
from temporalio.common import RawValue

with workflow.unsafe.imports_passed_through():
    from domain import messages as m
    from domain.accept import accepting
    from domain.adopt import editions
    from domain.command.spec import Branch
    from domain.dispatch import dispatching
    from domain.errors import Fault, Refused
    from domain.evaluate import evaluating
    from domain.facts.fact import AnyFact, Fact
    from domain.handle import handling
    from domain.incident import membership as incidents
    from domain.incident.incident import ResultOfIncident
    from domain.show.explaining import explain
    from domain.show.explanation import Explanation
    from domain.show.views import Batch, ClockView, StatusView, clock_views, status_view
    from domain.supervise import supervising
    from domain.terms import Terms
    from domain.ticket.ticket import Beginning
    from domain.ticket.ticket import Ticket as State
    from domain.vocabulary import AdoptionMode
    from phrases import Phrase
from workflows import calls
from workflows.case import Case
from workflows.commands import given, rehearse, with_branches
from workflows.errors import faults, refusals
from workflows.replayed import decide
from workflows.run import command_key
from workflows.steps import accept, dispatch, evaluate, feedback, handle

Rule = Callable[[State, Any, datetime], list[AnyFact]]
"""What a command brings about: (state, command, instant) → facts, or a refusal."""
MessageT = TypeVar("MessageT", bound=BaseModel)


@workflow.defn(name="Ticket")
@with_branches
class Ticket:
    """One request on its way: 受理 → 派单 → 办理 → 反馈 → 评价, under 督办 from beginning to end."""

    @workflow.init
    def __init__(self, beginning: Beginning) -> None:
        """Set up all state at once: a command may be handled before `run` has begun."""
        self.case = Case(beginning)
        self._completions = 0

    @workflow.run
    async def run(self, _beginning: Beginning) -> m.Receipt:
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

    @workflow.update(description=Phrase("set type, category or tier").both())
    async def classify(self, command: m.Classify) -> m.Receipt:
        """Classify, with terms and routing from the edition the ticket carries."""
        return await self._obey(self._classified(command))

    @classify.validator
    def _may_classify(self, command: m.Classify) -> None:
        self._check(lambda: accepting.check_classify(self.case.ticket, command))

    @workflow.update(description=Phrase("answer an inquiry at once").both())
    async def answer(self, command: m.Answer) -> m.Receipt:
        """Answer an inquiry and close it."""
        return await self._apply(accepting.answer, command)

    @answer.validator
    def _may_answer(self, command: m.Answer) -> None:
        self._try(accepting.answer, command)

    @workflow.update(description=Phrase("send to a unit").both())
    async def dispatch(self, command: m.Dispatch) -> m.Receipt:
        """Dispatch to the named unit, or to the one the directory names."""
        return await self._obey(self._dispatched(command))

    @dispatch.validator
    def _may_dispatch(self, command: m.Dispatch) -> None:
        self._check(lambda: dispatching.check_dispatch(self.case.ticket, command))

    @workflow.update(description=Phrase("take the ticket on").both())
    async def sign(self, command: m.Sign) -> m.Receipt:
        """Sign."""
        return await self._apply(handling.sign, command)

    @sign.validator
    def _may_sign(self, command: m.Sign) -> None:
        self._try(handling.sign, command)

    @workflow.update(description=Phrase("log an attempt to contact the requester").both())
    async def contact(self, command: m.Contact) -> m.Receipt:
        """Log one attempt to contact the requester."""
        return await self._apply(handling.contact, command)

    @contact.validator
    def _may_contact(self, command: m.Contact) -> None:
        self._try(handling.contact, command)

    @workflow.update(description=Phrase.within("workflow", "log a visit").both())
    async def visit(self, command: m.Visit) -> m.Receipt:
        """Log that somebody is on the spot."""
        return await self._apply(handling.visit, command)

    @visit.validator
    def _may_visit(self, command: m.Visit) -> None:
        self._try(handling.visit, command)

    @workflow.update(description=Phrase("report the outcome").both())
    async def feedback(self, command: m.Feedback) -> m.Receipt:
        """Take the unit's feedback."""
        return await self._apply(handling.feedback, command)

    @feedback.validator
    def _may_feedback(self, command: m.Feedback) -> None:
        self._try(handling.feedback, command)

    @workflow.update(description=Phrase("record a callback try").both())
    async def survey(self, command: m.Survey) -> m.Receipt:
        """Record one callback try."""
        return await self._apply(evaluating.survey, command)

    @survey.validator
    def _may_survey(self, command: m.Survey) -> None:
        self._try(evaluating.survey, command)

    @workflow.update(description=Phrase("press for the matter").both())
    async def urge(self, command: m.Urge) -> m.Receipt:
        """Urge."""
        return await self._apply(supervising.urge, command)

    @urge.validator
    def _may_urge(self, command: m.Urge) -> None:
        self._try(supervising.urge, command)

    @workflow.update(description=Phrase("give to another unit").both())
    async def reassign(self, command: m.Reassign) -> m.Receipt:
        """Reassign."""
        return await self._obey(self._reassigned(command))

    @reassign.validator
    def _may_reassign(self, command: m.Reassign) -> None:
        self._check(lambda: dispatching.check_reassign(self.case.ticket, command))

    @workflow.update(description=Phrase("add a remark").both())
    async def note(self, command: m.Note) -> m.Receipt:
        """Add a remark."""
        return await self._apply(supervising.note, command)

    @note.validator
    def _may_note(self, command: m.Note) -> None:
        self._try(supervising.note, command)

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

    async def take(self, branch: Branch, command: m.Command) -> m.Receipt:
        """Let `command` of a branch happen by its rule, once the edition has been asked where it must be."""
        return await self._obey(self._taken(branch, command))

    def may_take(self, name: str, branch: Branch, command: m.Command) -> None:
        """Refuse `command` before it leaves a trace, where role, version or point of the process say so."""
        self._check(lambda: rehearse(self.case.ticket, name, branch, command))

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

    async def _taken(self, branch: Branch, command: m.Command) -> list[AnyFact]:
        known = await given(self.case.ticket, branch, command)

        def rule(ticket: State) -> list[AnyFact]:
            branch.check(ticket, type(command).__name__, command)
            return branch.rule(ticket, command, known, workflow.now())

        return self._decide(rule)

    async def _apply(self, rule: Rule, command: Any) -> m.Receipt:  # noqa: ANN401 - typed by the caller
        """Let `command` happen by `rule`; the answer goes out when it is in the database."""
        key = command_key()
        if key not in self.case.answers:
            with refusals():
                facts = self._decide(lambda ticket: rule(ticket, command, workflow.now()))
            self.case.apply(facts)
        return await self.case.answer(key)

    async def _classified(self, command: m.Classify) -> list[AnyFact]:
        """Return what follows from the edition's answer; asked again when another was adopted meanwhile."""
        while True:
            asked = self._about_matter(command, workflow.now())
            resolution = await calls.resolve(asked)
            if self._about_matter(command, asked.at) == asked:
                break
        return self._decide(lambda ticket: accepting.classify(ticket, command, resolution, workflow.now()))

    def _about_matter(self, command: m.Classify, at: datetime) -> m.ResolutionQuery:
        ticket = self.case.ticket
        known = ticket.terms.category.code if ticket.category_given else None
        return m.ResolutionQuery(
            edition=ticket.terms.edition,
            category=command.category or known,
            tier=command.tier,
            place=ticket.place,
            at=at,
        )

    async def _dispatched(self, command: m.Dispatch) -> list[AnyFact]:
        assignment = self.case.ticket.routing.assignment
        if command.unit is not None and command.unit != assignment.unit.code:
            assignment = await calls.assign(self._about_unit(command.unit))
        return self._decide(lambda ticket: dispatching.dispatch(ticket, command, assignment, workflow.now()))

    async def _reassigned(self, command: m.Reassign) -> list[AnyFact]:
        assignment = await calls.assign(self._about_unit(command.unit))
        return self._decide(lambda ticket: dispatching.reassign(ticket, command, assignment, workflow.now()))

    def _about_unit(self, unit: str) -> m.AssignmentQuery:
        ticket = self.case.ticket
        return m.AssignmentQuery(edition=ticket.terms.edition, unit=unit, place=ticket.place)

    async def _obey(self, deciding: Coroutine[Any, Any, list[AnyFact]]) -> m.Receipt:
        """Apply what `deciding` yields once the rules have been asked, and answer."""
        key = command_key()
        if key in self.case.answers:
            deciding.close()
        else:
            with refusals():
                facts = await deciding
            self.case.apply(facts)
        return await self.case.answer(key)

    def _decide(self, rule: Callable[[State], list[AnyFact]], key: str | None = None) -> list[AnyFact]:
        """Return the facts of a command by `rule`, or those it had when it came; `key` if it is no update."""
        return decide(key or command_key(), self.case.ticket, rule)

    def _try(self, rule: Rule, command: Any) -> None:  # noqa: ANN401 - typed by the caller
        """Let `command` be refused by the rule itself, before it leaves a trace in the history."""
        self._check(lambda: rule(self.case.ticket, command, workflow.now()))

    def _check(self, check: Callable[[], object]) -> None:
        if command_key() not in self.case.answers:
            with refusals(), faults():
                check()
