"""The random lives of a ticket with quarrels about duty in them: objections, reviews, re-dispatch."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from domain import messages as m
from domain.assisting import AnswerTask
from domain.consulting import ConcludeConsultation, Consult
from domain.objecting import DecideObjection, Object
from domain.redispatching import Redispatch
from domain.terms import Named, Terms
from domain.views import holder_of
from domain.vocabulary import DispatchMode, Role, SignLapse, Status, Verdict
from tests import sample
from tests.domain.journey import Journey
from tests.domain.test_ticket_machine import TicketMachine, editions

UNITS = st.sampled_from(sorted(sample.UNITS))
REVIEWERS = st.sampled_from(
    [m.Actor(unit=sample.CITY_DESK.code, role=Role.REVIEWER, person=person) for person in ("R1", "R2", "D1")]
)


class QuarrelMachine(TicketMachine):
    """All that people and time can do, and all that units can do to not be the one."""

    @initialize(
        certain=st.booleans(),
        dual=st.booleans(),
        lapse=st.sampled_from(SignLapse),
        terms=editions(),
        unit=st.sampled_from([sample.TOWN, sample.DISTRICT, sample.HEATING]),
    )
    def files(self, certain: bool, dual: bool, lapse: SignLapse, terms: Terms, unit: Named) -> None:
        """Somebody files a request for which the directory may name two units, or a district."""
        terms = terms.model_copy(update={"sign_lapse": lapse})
        intake = sample.intake(certain=certain, unit=unit, with_terms=terms)
        if dual:
            two = {"mode": DispatchMode.DUAL, "parallel": sample.WATER}
            intake = intake.model_copy(update={"routing": intake.routing.model_copy(update=two)})
        self.journey = Journey(intake)
        self.is_settled = True

    @rule(proposed=st.none() | UNITS)
    def objects(self, proposed: str | None) -> None:
        """The unit says that it is not the one; the requester's limit does not move."""
        self._keeps_the_promise(
            "object",
            Object(actor=self.journey.handler, reason=sample.TEXT, basis=sample.TEXT, proposed=proposed),
        )

    @rule(verdict=st.sampled_from(Verdict), unit=st.none() | UNITS, actor=REVIEWERS)
    def decides(self, verdict: Verdict, unit: str | None, actor: m.Actor) -> None:
        """Somebody at the city's desk reviews."""
        command = DecideObjection(actor=actor, verdict=verdict, unit=unit, reason=sample.TEXT)
        self._keeps_the_promise("decide_objection", command)

    @rule(unit=UNITS)
    def hands_on(self, unit: str) -> None:
        """The district gives it to one of its units."""
        actor = m.Actor(unit=sample.DISTRICT_DESK.code, role=Role.DISPATCHER)
        self._keeps_the_promise("redispatch", Redispatch(actor=actor, unit=unit, reason=sample.TEXT))

    @rule(unit=UNITS)
    def confers(self, unit: str) -> None:
        """Units are called together, and name somebody."""
        call = Consult(actor=sample.DISPATCHER, units=(unit,), text=sample.TEXT)
        self._keeps_the_promise("consult", call)
        end = ConcludeConsultation(actor=sample.DISPATCHER, unit=unit, minutes=sample.TEXT)
        self._keeps_the_promise("conclude_consultation", end)

    @rule()
    def parallel_unit_answers(self) -> None:
        """The parallel unit gives its result."""
        water = m.Actor(unit=sample.WATER.code, role=Role.HANDLER)
        command = AnswerTask(actor=water, task="parallel.1", reply=sample.TEXT)
        self._keeps_the_promise("answer_task", command)

    def _keeps_the_promise(self, name: str, command: m.Command) -> None:
        before = self.journey.ticket
        with self._allowed_or_refused():
            self.journey.take(name, command)
        if self.journey.ticket.round == before.round:
            assert self.journey.ticket.promised_at == before.promised_at

    @invariant()
    def lies_with_somebody(self) -> None:
        """Under review it lies with the city's desk, with the review's clock running; never in the air."""
        ticket = self.journey.ticket
        review = ticket.objections.under_review
        assert (ticket.status is Status.OBJECTED) == (review is not None)
        if review is not None:
            assert holder_of(ticket) == sample.CITY_DESK
            assert ticket.clocks[review.clock].is_open
        assert ticket.objections.decided <= sample.NUMBERS["objection_rounds"]


def test_no_quarrel_about_duty_loses_a_ticket_or_moves_its_deadline() -> None:
    """Random lives of up to 30 steps; everything that holds for any ticket holds for these."""
    run_state_machine_as_test(
        QuarrelMachine,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
