"""Ends without a unit, hand-overs, alerts and the requester's acts, in any order with everything else."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from domain import messages as m
from domain.alerting import Alert
from domain.assisting import AnswerTask
from domain.citizen import Supplement, Withdraw
from domain.disposing import ConfirmNuisance, Dispose
from domain.emergency import Acknowledge, HandOver
from domain.reopening import Reopen
from domain.ticket import Ticket
from domain.vocabulary import Disposal, EmergencyService, RiskLevel, Role, Status
from tests import sample
from tests.domain.test_disposing import COMPLETE
from tests.domain.test_ticket_machine import DEEP, PEOPLE, QUICK, TicketMachine

OTHERS = st.sampled_from(
    [sample.DISPATCHER.model_copy(update={"person": "D9"}), sample.SURVEYOR, sample.HANDLER]
)
ANYBODY = PEOPLE | OTHERS
COMMANDS = st.one_of(
    st.builds(
        lambda actor, reason: (
            "dispose",
            Dispose(actor=actor, reason=reason, reply=sample.TEXT, **COMPLETE[reason]),
        ),
        ANYBODY,
        st.sampled_from(Disposal),
    ),
    st.builds(
        lambda actor, agree: (
            "confirm_nuisance",
            ConfirmNuisance(actor=actor, agree=agree, reason=sample.TEXT),
        ),
        ANYBODY,
        st.booleans(),
    ),
    st.builds(
        lambda actor, service, also: (
            "hand_over",
            HandOver(actor=actor, service=service, also_handle=also),
        ),
        ANYBODY,
        st.sampled_from(EmergencyService),
        st.booleans(),
    ),
    st.builds(
        lambda actor, task: ("acknowledge", Acknowledge(actor=actor, task=f"ack.{task}", reference="R-1")),
        ANYBODY,
        st.integers(1, 3),
    ),
    st.builds(
        lambda actor, level: ("alert", Alert(actor=actor, level=level, text=sample.TEXT)),
        ANYBODY,
        st.sampled_from(RiskLevel),
    ),
    st.builds(
        lambda actor, task: ("answer_task", AnswerTask(actor=actor, task=f"risk.{task}", reply=sample.TEXT)),
        ANYBODY,
        st.integers(1, 2),
    ),
    st.builds(lambda actor: ("supplement", Supplement(actor=actor, text=sample.TEXT)), ANYBODY),
    st.builds(lambda actor: ("withdraw", Withdraw(actor=actor, reason=sample.TEXT)), ANYBODY),
    st.builds(lambda actor: ("reopen", Reopen(actor=actor, reason=sample.TEXT)), ANYBODY),
)
"""Every command of these branches, by anybody, whether it may count or not."""


class CitizenMachine(TicketMachine):
    """A ticket to which these branches happen beside the main line."""

    @rule(said=COMMANDS)
    def is_told(self, said: tuple[str, m.Command]) -> None:
        """Anybody says anything; only a reopening gives the requester another limit."""
        name, command = said
        before = self.journey.ticket
        with self._allowed_or_refused():
            self.journey.take(name, command)
        after = self.journey.ticket
        if name != "reopen":
            assert after.promised_at == before.promised_at or _dispatched_itself(before, after)
        if before.is_open and command.actor.role is Role.REQUESTER and name in {"supplement", "withdraw"}:
            assert after.version > before.version


def _dispatched_itself(before: Ticket, after: Ticket) -> bool:
    return before.status in {Status.ACCEPTED, Status.AWAITING_DISPATCH} and after.turn > before.turn


def test_a_ticket_stays_sound_whatever_these_branches_do_to_it() -> None:
    """One state, every obligation met, missed or waived, every rung once, every path ends."""
    run_state_machine_as_test(CitizenMachine, settings=QUICK)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_ticket_stays_sound_through_long_lives_with_these_branches() -> None:
    """The same with more and longer lives."""
    run_state_machine_as_test(CitizenMachine, settings=settings(DEEP))
