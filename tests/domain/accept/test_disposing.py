"""Ends without a unit: every situation of art. 11 has its reason, its words and its record."""

from typing import Any

import pytest

from api.track import ENDINGS, tracked
from domain import messages as m
from domain.accept.disposing import ConfirmNuisance, Dispose
from domain.errors import Incomplete, Malformed, Refused, WrongActor, WrongStage
from domain.numbers import ticket_number
from domain.show.views import status_view
from domain.vocabulary import Disposal, Ending, Region, RequestType, Role, Status, StatutoryRoute
from tests import sample
from tests.domain.journey import Journey

AGENT = m.Actor(unit=sample.CITY_DESK.code, role=Role.AGENT, person="A1")
SUPERVISOR = m.Actor(unit=sample.CITY_DESK.code, role=Role.SUPERVISOR, person="V9")
MASTER = ticket_number(sample.MONDAY, 3, "Asia/Shanghai")
PROOF = m.ProofRef(kind="recording", ref=sample.TEXT)
COMPLETE: dict[Disposal, dict[str, Any]] = {
    Disposal.REFERRED_STATUTORY: {"route": StatutoryRoute.LITIGATION},
    Disposal.DUPLICATE_INFORMED: {"master": MASTER, "no_new_facts": True},
    Disposal.EXPLAINED_CONFIDENTIAL: {},
    Disposal.REFERRED_OUT_OF_SCOPE: {},
    Disposal.DISSUADED: {},
    Disposal.NUISANCE: {"proof": (PROOF,)},
    Disposal.EXTERNAL_COORDINATION: {"body": sample.TEXT},
    Disposal.CROSS_REGION_TRANSFER: {"region": Region.HEBEI},
}
"""What each reason asks for beside the reply."""
AT_ONCE = [reason for reason in Disposal if reason is not Disposal.NUISANCE]


def waiting(type_: RequestType = RequestType.COMPLAINT) -> Journey:
    """Return a ticket that waits for a dispatcher."""
    return Journey(sample.intake(type_, certain=False))


def disposal(reason: Disposal, actor: m.Actor = AGENT, **fields: Any) -> Dispose:  # noqa: ANN401 - fields of the form
    """Return the command that ends a ticket for `reason`, complete, some fields changed."""
    return Dispose(actor=actor, reason=reason, reply=sample.TEXT, **(COMPLETE[reason] | fields))


def disposed(reason: Disposal, **fields: Any) -> Journey:  # noqa: ANN401 - fields of the form
    """Return a ticket that was ended for `reason`."""
    journey = waiting()
    journey.take("dispose", disposal(reason, **fields))
    return journey


def notices_to(journey: Journey, to: str, kind: str) -> list[dict[str, str]]:
    """Return the codes of the notices of `kind` that `to` got."""
    return [notice.about for notice in journey.notices if (notice.to, notice.kind) == (to, kind)]


def refused(journey: Journey, command: Dispose, by: type[Refused]) -> None:
    """Check that `command` is refused and leaves no trace."""
    before = journey.ticket
    with pytest.raises(by) as said:
        journey.take("dispose", command)
    assert said.value.zh
    assert said.value.en
    assert journey.ticket == before


@pytest.mark.parametrize("reason", AT_ONCE)
def test_every_reason_has_its_own_ending_its_sentence_and_its_record(reason: Disposal) -> None:
    """d–h, j, k: the reply and the codes stand in the log, and the citizen's page says how it ended."""
    journey = disposed(reason)
    assert journey.ticket.ending is Ending(reason.value)
    record = journey.ticket.disposed
    assert record is not None
    assert (record.disposal, record.reply, record.actor) == (reason, sample.TEXT, AGENT)
    assert notices_to(journey, "requester", "disposed")[0]["disposal"] == reason
    page = tracked(status_view(journey.ticket), journey.now)
    assert page.next_zh.startswith(ENDINGS[reason.ending].zh)
    assert page.next_en.startswith(ENDINGS[reason.ending].en)


@pytest.mark.parametrize("reason", AT_ONCE)
def test_the_same_day_alarm_is_met_by_it_and_nothing_stays_open(reason: Disposal) -> None:
    """Whoever ends it has done the dispatcher's duty."""
    journey = disposed(reason)
    assert [clock.standing for clock in journey.ticket.clocks.values()] == ["met"]
    assert journey.left_alone() == []


def test_a_an_answer_names_the_knowledge_item_and_its_version() -> None:
    """Row a: consult answered at once (即时答复); one without the other is incomplete."""
    journey = Journey(sample.intake(RequestType.INQUIRY))
    half = m.Answer(actor=AGENT, reply=sample.TEXT, knowledge="heating.season")
    whole = half.model_copy(update={"knowledge_version": "2026-10"})

    with pytest.raises(Incomplete):
        journey.take("answer", half)
    journey.take("answer", whole)
    assert journey.ticket.ending is Ending.ANSWERED
    answered = next(fact for fact in journey.log if fact.kind == "answered")
    assert (answered.knowledge, answered.knowledge_version) == ("heating.season", "2026-10")


def test_b_an_inquiry_that_cannot_be_answered_goes_to_a_unit() -> None:
    """Row b: nobody answers in the window; it is a ticket like every other."""
    journey = Journey(sample.intake(RequestType.INQUIRY))
    journey.wait(hours=1)
    assert journey.ticket.status is Status.AWAITING_SIGN


@pytest.mark.parametrize("route", StatutoryRoute)
def test_d_the_statutory_route_is_named_to_the_citizen(route: StatutoryRoute) -> None:
    """Row d: litigation, arbitration, discipline, reconsideration, disclosure, petition – and no other."""
    journey = disposed(Disposal.REFERRED_STATUTORY, route=route)
    assert notices_to(journey, "requester", "disposed") == [
        {"disposal": "referred_statutory", "route": route.value}
    ]
    page = tracked(status_view(journey.ticket), journey.now)
    assert route.zh in page.next_zh
    assert route.en in page.next_en


def test_e_a_duplicate_names_the_other_ticket_and_who_compared_them() -> None:
    """Row e, B5: informed only, with the number of the first ticket on the citizen's page."""
    journey = disposed(Disposal.DUPLICATE_INFORMED)
    assert journey.ticket.ending is Ending.DUPLICATE_INFORMED
    assert MASTER in tracked(status_view(journey.ticket), journey.now).next_zh
    assert journey.ticket.disposed is not None
    assert journey.ticket.disposed.actor.person == "A1"


def test_e_without_a_persons_word_that_nothing_is_new_it_is_no_duplicate() -> None:
    """B5: no statement, no number, no name: each is asked for."""
    for fields in (
        {"no_new_facts": False},
        {"master": None},
        {"actor": AGENT.model_copy(update={"person": None})},
    ):
        refused(waiting(), disposal(Disposal.DUPLICATE_INFORMED).model_copy(update=fields), Incomplete)


def test_e_a_ticket_is_not_its_own_duplicate_and_a_wrong_number_is_seen() -> None:
    """A check digit finds what was written down wrongly."""
    refused(waiting(), disposal(Disposal.DUPLICATE_INFORMED, master=waiting().ticket.number), WrongStage)
    wrong = MASTER[:-1] + str((int(MASTER[-1]) + 1) % 10)
    refused(waiting(), disposal(Disposal.DUPLICATE_INFORMED, master=wrong), Malformed)


def test_g_a_matter_outside_public_duties_may_be_copied_to_a_unit_that_watches_it() -> None:
    """Row g: the copy is a notice, not a ticket; nobody owes anything by it."""
    journey = disposed(Disposal.REFERRED_OUT_OF_SCOPE, copy_to=sample.WATER.code)
    assert notices_to(journey, sample.WATER.code, "supervisory_copy") == [{}]
    assert journey.ticket.assignment is None


def nuisance() -> Journey:
    """Return a ticket that somebody takes for a nuisance."""
    journey = waiting()
    journey.take("dispose", disposal(Disposal.NUISANCE))
    return journey


def test_i_a_nuisance_is_never_closed_on_one_persons_word() -> None:
    """Row i: proposed by one, open until another one agrees; the proposer cannot."""
    journey = nuisance()
    assert journey.ticket.is_open
    assert notices_to(journey, sample.CITY_DESK.code, "nuisance_to_confirm") == [{}]
    for own in (
        AGENT.model_copy(update={"role": Role.DISPATCHER}),
        SUPERVISOR.model_copy(update={"person": "A1"}),
    ):
        with pytest.raises(WrongActor):
            journey.take("confirm_nuisance", ConfirmNuisance(actor=own, agree=True))
    journey.take("confirm_nuisance", ConfirmNuisance(actor=SUPERVISOR, agree=True, police_clue=True))
    record = journey.ticket.disposed
    assert journey.ticket.ending is Ending.NUISANCE
    assert record is not None
    assert (record.proof, record.police_clue, record.actor) == ((PROOF,), True, SUPERVISOR)


def test_i_a_nuisance_needs_proof_and_names() -> None:
    """Neither the proposal without evidence nor a nameless word counts."""
    nameless = AGENT.model_copy(update={"person": None})
    refused(waiting(), disposal(Disposal.NUISANCE, proof=()), Incomplete)
    refused(waiting(), disposal(Disposal.NUISANCE, actor=nameless), Incomplete)
    word = ConfirmNuisance(actor=SUPERVISOR.model_copy(update={"person": None}), agree=True)
    with pytest.raises(Incomplete):
        nuisance().take("confirm_nuisance", word)


def test_i_who_disagrees_says_why_and_the_request_goes_its_way() -> None:
    """The proposal is gone, the dispatcher's clock still runs; nothing is left to confirm."""
    journey = nuisance()
    with pytest.raises(Incomplete):
        journey.take("confirm_nuisance", ConfirmNuisance(actor=SUPERVISOR, agree=False))
    journey.take("confirm_nuisance", ConfirmNuisance(actor=SUPERVISOR, agree=False, reason=sample.TEXT))
    assert journey.ticket.nuisance is None
    with pytest.raises(WrongStage):
        journey.take("confirm_nuisance", ConfirmNuisance(actor=SUPERVISOR, agree=True))
    journey.dispatch()
    assert journey.ticket.status is Status.AWAITING_SIGN


def test_i_an_inquiry_that_may_be_a_nuisance_does_not_dispatch_itself_meanwhile() -> None:
    """It waits for the second person, under the same-day alarm; the disagreement sends it on."""
    journey = Journey(sample.intake(RequestType.INQUIRY))
    journey.take("dispose", disposal(Disposal.NUISANCE))
    refused(journey, disposal(Disposal.NUISANCE), WrongStage)
    journey.wait(hours=2)
    assert journey.ticket.status is Status.AWAITING_DISPATCH
    journey.take("confirm_nuisance", ConfirmNuisance(actor=SUPERVISOR, agree=False, reason=sample.TEXT))
    assert journey.ticket.status is Status.AWAITING_SIGN


def test_i_a_proposal_that_nobody_looks_at_alarms_the_desk() -> None:
    """It cannot be forgotten: the dispatcher's clock runs out and climbs."""
    journey = nuisance()
    journey.wait(hours=24)
    assert notices_to(journey, sample.CITY_DESK.code, "escalated")


def test_l_praise_is_recorded_and_passed_on() -> None:
    """Row l: it ends as it always did."""
    journey = Journey(sample.intake(RequestType.PRAISE))
    assert journey.ticket.ending is Ending.PRAISE_RECORDED
    assert notices_to(journey, sample.TOWN.code, "closed")


@pytest.mark.parametrize(
    "reason",
    [
        Disposal.REFERRED_STATUTORY,
        Disposal.DUPLICATE_INFORMED,
        Disposal.NUISANCE,
        Disposal.EXTERNAL_COORDINATION,
        Disposal.CROSS_REGION_TRANSFER,
    ],
)
def test_what_a_reason_asks_for_must_be_there(reason: Disposal) -> None:
    """Route, number, proof, body, region."""
    refused(waiting(), Dispose(actor=AGENT, reason=reason, reply=sample.TEXT), Incomplete)


def test_what_is_missing_is_called_by_its_name_and_field() -> None:
    """So that a clerk and a client's author both know what to fill in."""
    journey = waiting()
    incomplete = Dispose(actor=AGENT, reason=Disposal.REFERRED_STATUTORY, reply=sample.TEXT)
    with pytest.raises(Incomplete) as refused:
        journey.take("dispose", incomplete)
    assert refused.value.zh == "以“法定渠道”办结,请填写:法定渠道(route)。"
    assert refused.value.en == "To end it as 'statutory route', give the statutory route (route)."


@pytest.mark.parametrize("reason", Disposal)
def test_what_belongs_to_another_reason_is_a_mistake(reason: Disposal) -> None:
    """A route with a nuisance, a region with a secret: nobody knows what was meant."""
    other: dict[str, Any] = {"region": Region.TIANJIN}
    if reason is Disposal.CROSS_REGION_TRANSFER:
        other = {"route": StatutoryRoute.PETITION}
    refused(waiting(), disposal(reason, **other), Malformed)


def test_only_the_citys_desk_disposes_and_only_before_a_unit_has_it() -> None:
    """A unit cannot get rid of a ticket by this, nor the desk of one that a unit has."""
    with pytest.raises(WrongActor):
        waiting().take("dispose", disposal(Disposal.DISSUADED, actor=sample.HANDLER))
    with pytest.raises(WrongStage):
        Journey().take("dispose", disposal(Disposal.DISSUADED))


def test_disposed_tickets_end_as_one_of_the_endings() -> None:
    """No reason without an ending of its value."""
    assert {reason.ending for reason in Disposal} <= set(Ending)
