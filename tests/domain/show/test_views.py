"""What a ticket shows of itself: codes, names and one sentence, at every point of its way."""

import pytest

from domain import messages as m
from domain.handle.assisting import Assist
from domain.search_attributes import SEARCH_ATTRIBUTES
from domain.show.standing import sentence
from domain.show.views import Batch, RecordedFact, StatusView, clock_views, search_attributes, status_view
from domain.terms import Resolution
from domain.ticket.evolving import begin, evolve
from domain.vocabulary import Ending, RequestType, Satisfaction, Tier
from tests import sample
from tests.domain.journey import Journey

TYPES = {"Keyword": str, "Bool": bool, "Datetime": sample.MONDAY.__class__}


def test_a_filed_ticket_says_that_it_is_with_the_citys_desk() -> None:
    """No clock, no unit, no promise."""
    said = sentence(begin(sample.intake()))
    assert said.zh == "已受理(市民热线调度台)。"
    assert said.en == "Accepted, with City dispatch desk."


def test_a_running_clock_says_what_happens_if_nobody_acts() -> None:
    """To be signed by eleven, otherwise the district is next."""
    said = sentence(Journey().ticket)
    assert said.zh == "待签收(回龙观街道);签收时限11月2日11:00届满,届时仍未完成,将提级至昌平区调度台。"
    assert said.en == (
        "Waiting for Huilongguan Subdistrict to sign; the time to sign ends at 2 Nov 11:00, "
        "otherwise raised to Changping dispatch desk."
    )


@pytest.mark.parametrize(
    ("at", "zh", "en"),
    [
        (
            "2026-11-02 12:00",
            "签收时限已于11月2日11:00届满,现已逾期;如仍无人处理,将提级至市民热线调度台。",
            "the time to sign ran out at 2 Nov 11:00. If still nobody acts: raised to City dispatch desk.",
        ),
        ("2026-11-02 16:00", "逾期情况将记录在案。", "the delay stays on record."),
    ],
)
def test_an_overdue_clock_says_so_and_which_rung_is_next(at: str, zh: str, en: str) -> None:
    """At noon the district has it, at four the city; nothing is above the city."""
    journey = Journey()
    journey.until(at)
    said = sentence(journey.ticket)
    assert zh in said.zh
    assert en in said.en


def test_at_the_end_of_the_requesters_ladder_the_survey_is_next() -> None:
    """Signed and contacted, but no feedback: after the city the requester is asked."""
    journey = Journey()
    journey.sign()
    journey.contact()
    journey.until("2026-11-09 14:00")
    assert "将转入回访,逾期情况记录在案。" in sentence(journey.ticket).zh


def test_an_undispatched_ticket_alarms_the_citys_desk() -> None:
    """The same-day alarm."""
    said = sentence(Journey(sample.intake(certain=False)).ticket)
    assert (
        said.zh == "待派单(市民热线调度台);派单时限11月2日24:00届满,届时仍未完成,将报警提醒市民热线调度台。"
    )
    assert said.en.endswith("ends at 2 Nov 24:00, otherwise City dispatch desk is alarmed.")


def test_between_feedback_and_survey_nothing_is_owed() -> None:
    """Every clock is met; the requester is asked at the limit."""
    assert (
        sentence(Journey().handled().ticket).zh
        == "回龙观街道已反馈,待市民热线调度台回访;11月9日09:00起回访。"
    )


def test_during_the_survey_the_try_is_what_runs() -> None:
    """An unmade try is our own missed call; between tries the sentence says when the next one is."""
    journey = Journey().handled()
    journey.until("2026-11-09 10:00")
    assert "将计为我方未完成的一次回访" in sentence(journey.ticket).zh
    assert "回访中(市民热线调度台)" in sentence(journey.ticket).zh
    journey.no_answer()
    assert sentence(journey.ticket).zh == "回访中(市民热线调度台);11月10日09:00起回访。"


def test_between_the_answers_and_the_conclusion_the_sentence_says_where_the_ticket_is() -> None:
    """The requester has spoken, the process has not drawn its conclusion yet: nothing is due."""
    journey = Journey().handled()
    journey.until("2026-11-09 10:00")
    answered = journey.says()
    before = begin(journey.intake)
    for fact in journey.log[1 : journey.log.index(answered[-1]) + 1]:
        before = evolve(before, fact)
    assert sentence(before).zh == "回访中(市民热线调度台)。"


def test_the_status_names_whose_act_is_awaited() -> None:
    """The desk's until dispatch, the unit's until feedback, the desk's for the survey."""
    journey = Journey(sample.intake(certain=False))
    assert status_view(journey.ticket).holder == sample.CITY_DESK
    journey.dispatch()
    assert status_view(journey.ticket).holder == sample.TOWN
    journey.sign()
    assert status_view(journey.ticket).holder == sample.TOWN
    journey.contact()
    journey.feedback()
    assert status_view(journey.ticket).holder == sample.CITY_DESK


def test_a_provisional_limit_is_called_so() -> None:
    """The sentence says that the date may move."""
    clock = Journey().ticket.clocks["sign_by.1"].model_copy(update={"provisional": True})
    ticket = Journey().ticket.model_copy(update={"clocks": {clock.key: clock}})
    assert "(暂定)" in sentence(ticket).zh
    assert "(provisional)" in sentence(ticket).en
    assert status_view(ticket).provisional


@pytest.mark.parametrize("ending", [*Ending, None])
def test_a_closed_ticket_names_its_ending(ending: Ending | None) -> None:
    """In both languages; between the answer and the closing fact it is a closed ticket already."""
    ticket = Journey(sample.intake(RequestType.PRAISE)).ticket.model_copy(update={"ending": ending})
    named = ending or Ending.RESOLVED
    assert sentence(ticket).zh == f"已办结:{named.zh}。"
    assert sentence(ticket).en == f"Closed: {named.en}."


def test_the_status_shows_the_first_surveys_answers() -> None:
    """The second call's better answers do not replace them."""
    journey = Journey().handled()
    journey.until("2026-11-09 10:00")
    journey.says(resolved=False, satisfied=Satisfaction.DISSATISFIED)
    journey.handled()
    journey.until("2026-11-16 12:00")
    journey.says()
    view = status_view(journey.ticket)
    assert (view.survey_contacted, view.survey_resolved, view.survey_satisfied) == (
        True,
        False,
        Satisfaction.DISSATISFIED,
    )
    assert (view.ending, view.next_clock, view.next_due_at, view.overdue) == (
        Ending.RESOLVED,
        None,
        None,
        False,
    )


def test_the_status_shows_the_earliest_open_clock_and_the_next_waking() -> None:
    """Sign by eleven is due next; half of it wakes the ticket at ten."""
    view = status_view(Journey().ticket)
    assert (view.next_clock, view.unit, view.district) == ("sign_by", sample.TOWN, sample.DISTRICT)
    assert view.next_due_at is not None
    assert view.wakes_at is not None
    assert view.wakes_at < view.next_due_at
    assert view.watchers == (sample.DISTRICT_DESK,)


def test_an_undispatched_ticket_shows_whom_the_directory_proposes_and_why() -> None:
    """The dispatcher decides with the reason before his eyes."""
    view = status_view(Journey(sample.intake(certain=False)).ticket)
    assert (view.unit, view.district, view.watchers) == (None, None, ())
    assert (view.proposed_unit, view.why_zh, view.legal_basis) == (
        sample.TOWN,
        "目录指定",
        "Ordinance art. 12",
    )


def test_every_view_comes_back_from_json_as_it_was() -> None:
    """Status, clocks and the batch for the database."""
    journey = Journey()
    journey.until("2026-11-09 13:30")
    view = status_view(journey.ticket)
    assert StatusView.model_validate_json(view.model_dump_json()) == view
    batch = Batch(
        number=view.number,
        written_at=journey.now,
        facts=tuple(RecordedFact(seq=seq, fact=fact) for seq, fact in enumerate(journey.log, 1)),
        notices=tuple(journey.notices),
        view=view,
        answers={"key": journey.ticket.receipt()},
    )
    assert Batch.model_validate_json(batch.model_dump_json()) == batch
    for shown in clock_views(journey.ticket):
        assert type(shown).model_validate_json(shown.model_dump_json()) == shown


def test_the_clocks_are_shown_in_the_order_of_their_start_with_their_standing() -> None:
    """Signed late, contact running, after a day."""
    journey = Journey()
    journey.until("2026-11-02 12:00")
    journey.sign()
    shown = {view.clock: view.standing for view in clock_views(journey.ticket)}
    assert shown == {
        "dispatch_by.0": "met",
        "sign_by.1": "late",
        "contact_by.1": "running",
        "feedback_by.1": "running",
        "sign_by.1/district": "waived",
    }


# ---------------------------------------------------------------- search attributes


def test_search_attributes_are_registered_ones_of_the_registered_types_at_every_point() -> None:
    """From filing to closing over every reminder and rung."""
    journey, points = Journey(), 0
    while (wakes := journey.wakes_at()) is not None:
        attributes = search_attributes(journey.ticket)
        for name, value in attributes.items():
            assert isinstance(value, TYPES[SEARCH_ATTRIBUTES[name]])
        status_view(journey.ticket)
        journey.until(wakes)
        points += 1
    assert points > 20
    assert search_attributes(journey.ticket)["Stage"] == "closed"
    assert "Due" not in search_attributes(journey.ticket)


def test_a_dispatched_ticket_is_found_by_all_attributes() -> None:
    """Stage, district, unit, category, tier, level, overdue, due."""
    attributes = search_attributes(Journey().ticket)
    assert set(attributes) == set(SEARCH_ATTRIBUTES)
    assert attributes["District"] == "昌平区"
    assert attributes["EscalationLevel"] == "unit"


def test_the_district_of_a_city_units_ticket_is_the_places() -> None:
    """The heating company answers to no district, but the matter lies in one."""
    assert search_attributes(Journey(sample.intake(unit=sample.HEATING)).ticket)["District"] == "昌平区"


def test_where_no_place_is_known_there_is_no_district_to_find_it_by() -> None:
    """Empty text is left out rather than indexed."""
    intake = sample.intake(certain=False).model_copy(update={"place": m.Place(), "place_zh": ""})
    attributes = search_attributes(Journey(intake).ticket)
    assert not {"District", "Unit"} & set(attributes)


def test_overdue_and_level_follow_the_ladder_and_fall_back_when_the_matter_is_taken_up() -> None:
    """District and overdue at noon, unit and not overdue once signed."""
    journey = Journey()
    journey.until("2026-11-02 12:00")
    climbed, view = search_attributes(journey.ticket), status_view(journey.ticket)
    assert (climbed["EscalationLevel"], climbed["Overdue"]) == ("district", True)
    assert (view.level, view.overdue) == ("district", True)
    journey.sign()
    taken, view = search_attributes(journey.ticket), status_view(journey.ticket)
    assert (taken["EscalationLevel"], taken["Overdue"]) == ("unit", False)
    assert (view.level, view.overdue) == ("unit", False)


def test_a_new_category_and_tier_are_found_at_once() -> None:
    """Reclassified to the 24-hour tier."""
    journey = Journey()
    journey.classify(Resolution(terms=sample.terms(Tier.TIER_2), routing=sample.routing()))
    assert search_attributes(journey.ticket)["Tier"] == "tier_2"


def test_another_units_clock_is_called_that_units() -> None:
    """The town handles the ticket; what runs out next is the heating company's part."""
    journey = Journey()
    journey.sign()
    journey.contact()
    command = Assist(actor=sample.HANDLER, unit=sample.HEATING.code, text=sample.TEXT)
    journey.take("assist", command)
    said = sentence(journey.ticket)
    assert f"办理中(回龙观街道);{sample.HEATING.zh}的协办时限" in said.zh
    assert "the time to assist of" in said.en


def test_a_desk_is_not_raised_to_itself() -> None:
    """The city's own desk is alarmed once more; what comes after that is another sentence."""
    journey = Journey()
    journey.reassign(sample.assignment(sample.CITY_DESK))
    assert sentence(journey.ticket).zh.endswith("届时仍未完成,将报警提醒市民热线调度台。")


def test_at_the_end_of_a_ladder_the_delay_is_on_record() -> None:
    """Nothing more comes of that clock, so nothing more is announced of it."""
    journey = Journey()
    journey.until("2026-11-05 09:00")
    said = sentence(journey.ticket)
    assert "签收时限已于11月2日11:00届满,现已逾期,已无上级可提,逾期情况已记录在案。" in said.zh
    assert said.en.endswith("no higher level is left: the delay is on record.")
