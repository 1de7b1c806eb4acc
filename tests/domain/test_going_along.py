"""What goes along with a ticket that moves, what lapses, and who is notified of it."""

from datetime import timedelta

import pytest

from domain import messages as m
from domain.accept.disposing import Dispose
from domain.accept.requester import Supplement
from domain.errors import WrongStage
from domain.facts.fact import AnyFact
from domain.handle.assisting import AnswerTask, Assist
from domain.handle.deliberating import Deliberate
from domain.supervise.escalating import Escalate, escalate
from domain.terms import Resolution
from domain.ticket.draft import REQUESTER
from domain.vocabulary import (
    AdoptionMode,
    Disposal,
    EscalateTo,
    RedoTo,
    Role,
    Status,
    TaskStanding,
    Tier,
    Verdict,
)
from tests import sample
from tests.domain.adopt.test_editions import adopts
from tests.domain.dispatch.test_objecting import decides, objects
from tests.domain.journey import Journey
from tests.domain.states import OTHER, redone
from tests.domain.ticket.test_notices import notified

DEPARTMENT = sample.assignment(sample.WATER)


def to_the_department(journey: Journey, actor: m.Actor) -> list[AnyFact]:
    """Return what it brings about when `actor` escalates the matter to the department for water."""
    known = sample.given().model_copy(update={"units": {sample.WATER.code: DEPARTMENT}})
    lifted = Escalate(
        actor=actor,
        to=EscalateTo.INDUSTRY,
        unit=sample.WATER.code,
        opinion=sample.TEXT,
        measures=sample.TEXT,
    )
    return list(escalate(journey.ticket, lifted, known, journey.now))


# ---------------------------------------------------------------- what goes along with the ticket


def test_an_answer_to_the_old_lead_s_question_reaches_the_one_who_leads_now() -> None:
    """Asker and lead, each once; before a reassignment they are one."""
    journey = Journey()
    journey.sign()
    journey.take("assist", Assist(actor=journey.handler, unit=sample.WATER.code, text=sample.TEXT))
    lifted = Escalate(
        actor=journey.handler, to=EscalateTo.DISTRICT, opinion=sample.TEXT, measures=sample.TEXT
    )
    journey.take("escalate", lifted)
    journey.reassign(OTHER)
    desk = m.Actor(unit=sample.DISTRICT_DESK.code, role=Role.HANDLER, person="V2")
    water = m.Actor(unit=sample.WATER.code, role=Role.HANDLER, person="W1")
    for actor, task in ((water, "assist.1"), (desk, "escalation.1"), (water, "assist.1")):
        journey.take("answer_task", AnswerTask(actor=actor, task=task, reply=sample.TEXT))
    kinds = ("assist_done", "escalation_done", "assist_late_answer")
    assert notified(journey, *kinds) == [
        (kind, unit.code) for kind in kinds for unit in (sample.TOWN, sample.OTHER_TOWN)
    ]


def test_a_deliberation_of_the_old_unit_lapses_with_its_parts() -> None:
    """The residents' talk was that unit's; the new one is not held up by it."""
    journey = Journey()
    journey.sign()
    journey.take("deliberate", Deliberate(actor=journey.handler, text=sample.TEXT))
    journey.reassign(OTHER)
    assert journey.ticket.tasks["deliberation.1"].standing is TaskStanding.WAIVED
    assert ("deliberation_waived", sample.TOWN.code) in notified(journey, "deliberation_waived")
    journey.handled()
    assert journey.ticket.status is Status.FEEDBACK_GIVEN


def test_nobody_escalates_to_the_department_that_handles_the_matter() -> None:
    """Neither itself nor a desk above it."""
    journey = Journey(sample.intake(unit=sample.WATER))
    with pytest.raises(WrongStage, match="正是承办单位"):
        to_the_department(journey, sample.DISPATCHER)


def test_who_was_escalated_to_and_leads_by_now_owes_itself_no_opinion() -> None:
    """The department has the whole matter: the question to it lapses."""
    journey = Journey()
    journey.sign()
    journey.act(to_the_department(journey, journey.handler))
    journey.reassign(DEPARTMENT)
    assert journey.ticket.tasks["escalation.1"].standing is TaskStanding.WAIVED


# ---------------------------------------------------------------- who is notified


def test_the_requester_hears_who_has_the_request_now() -> None:
    """Once for each move, with the unit; whoever of them moved it."""
    journey = Journey()
    journey.reassign(OTHER)
    objects(journey)
    decides(journey, Verdict.UPHELD, sample.WATER)
    heard = [
        notice.about for notice in journey.notices if (notice.to, notice.kind) == (REQUESTER, "reassigned")
    ]
    assert heard == [{"unit": sample.OTHER_TOWN.code}, {"unit": sample.WATER.code}]


@pytest.mark.parametrize(
    ("to", "about"),
    [
        (RedoTo.SAME_UNIT, {"unit": sample.TOWN.code}),
        (RedoTo.ONE_LEVEL_UP, {"unit": sample.DISTRICT.code, "level": "district"}),
    ],
)
def test_the_requester_hears_of_a_redo_and_that_it_is_one_level_up(to: RedoTo, about: dict[str, str]) -> None:
    """Who does it again."""
    heard = [notice for notice in redone(to).notices if (notice.to, notice.kind) == (REQUESTER, "redo")]
    assert [notice.about for notice in heard] == [about]


def test_the_requester_hears_of_a_promise_that_moves_with_the_old_and_the_new_time() -> None:
    """By a classification, by an edition adopted at once; one that moves nothing is not told."""
    classified, adopted = Journey(), Journey()
    for _ in range(2):  # the second time nothing moves any more
        classified.classify(Resolution(terms=sample.terms(Tier.TIER_2), routing=sample.routing()))
    adopts(adopted, AdoptionMode.NOW)
    week, day = (sample.MONDAY + timedelta(days=days) for days in (7, 1))
    for journey in (classified, adopted):
        heard = [notice for notice in journey.notices if notice.kind == "promise_moved"]
        assert [notice.to for notice in heard] == [REQUESTER]
        assert heard[0].about == {"was_due_at": week.isoformat(), "due_at": day.isoformat()}
    later = Journey()
    adopts(later, AdoptionMode.NEXT_STEP)
    later.reassign(sample.assignment(sample.WATER))
    assert not notified(later, "promise_moved")


def test_while_an_objection_is_under_review_the_requester_is_heard_by_the_desk_that_reviews() -> None:
    """Urging and further facts go to whoever must act; afterwards to the unit again."""
    journey = Journey()
    objects(journey)
    more = Supplement(actor=sample.REQUESTER, text=sample.TEXT)
    journey.urge()
    journey.take("supplement", more)
    decides(journey, Verdict.REJECTED)
    journey.urge()
    journey.take("supplement", more)
    assert notified(journey, "urged", "supplemented") == [
        (kind, unit.code) for unit in (sample.CITY_DESK, sample.TOWN) for kind in ("urged", "supplemented")
    ]


def test_a_dispatch_by_hand_decides_that_it_is_no_nuisance_and_who_said_so_is_notified() -> None:
    """No proposal waits for a second person for ever; who dispatches her own needs no notice."""
    proof = (m.ProofRef(kind="recording", ref=sample.TEXT),)
    for person, hears in (("D1", 0), ("A1", 1)):
        journey = Journey(sample.intake(certain=False))
        proposer = sample.DISPATCHER.model_copy(update={"person": person})
        journey.take(
            "dispose",
            Dispose(actor=proposer, reason=Disposal.NUISANCE, reply=sample.TEXT, proof=proof),
        )
        journey.dispatch()
        assert journey.ticket.nuisance is None
        heard = [notice for notice in journey.notices if notice.kind == "nuisance_settled"]
        assert [(one.to, one.about) for one in heard] == [(sample.CITY_DESK.code, {"person": person})] * hears
