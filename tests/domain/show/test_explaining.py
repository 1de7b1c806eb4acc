"""Why this unit, this level, this deadline: the answer follows from the facts, in both languages."""

from datetime import timedelta

from domain.incident.membership import LeaveIncident
from domain.show.explaining import _ran, explain
from domain.show.explanation import Explanation
from domain.supervise.escalating import Escalate
from domain.supervise.supervising import recalculate
from domain.terms import Resolution
from domain.time.limits import Basis
from domain.vocabulary import ClockName, EscalateTo, Level, SignLapse, Tier
from tests import sample
from tests.domain.calendar_strategies import beijing
from tests.domain.journey import Journey
from tests.domain.outage import INCIDENT, brief, join


def explained(journey: Journey) -> Explanation:
    """Return what the journey's facts explain, through JSON and back."""
    explanation = explain(journey.intake, journey.log, journey.now)
    assert Explanation.model_validate_json(explanation.model_dump_json()) == explanation
    steps = [step.sentence for step in explanation.next]
    for one in (*explanation.unit.sentences, *explanation.level.sentences, *steps):
        assert any("\u4e00" <= sign <= "\u9fff" for sign in one.zh)
        assert one.en
    return explanation


def test_the_unit_is_explained_by_the_directorys_row_its_edition_and_its_legal_basis() -> None:
    """And by who sent it there (R028, peers' row 23)."""
    explanation = explained(Journey()).unit
    assert explanation.unit == sample.TOWN
    assert (explanation.row, explanation.edition) == ("directory.csv:2", "test@000000000000")
    assert explanation.legal_basis == "Ordinance art. 12"
    assert [(turn.how, turn.by_directory) for turn in explanation.turns] == [("dispatched", True)]
    assert "directory.csv:2" in explanation.sentences[0].zh


def test_every_turn_of_the_ticket_is_explained_with_who_made_it_and_why() -> None:
    """Dispatched by the directory, given on by a dispatcher, done again after a bad survey."""
    journey = Journey()
    journey.reassign(sample.assignment(sample.OTHER_TOWN))
    journey.handled()
    journey.until("2026-11-09 10:00")
    journey.says(resolved=False)
    turns = explained(journey).unit.turns
    assert [turn.how for turn in turns] == ["dispatched", "reassigned", "redo_ordered"]
    assert [turn.unit for turn in turns] == [sample.TOWN, sample.OTHER_TOWN, sample.OTHER_TOWN]
    assert turns[1].by.person == sample.DISPATCHER.person
    assert turns[1].reason == sample.TEXT.id


def test_before_dispatch_the_directory_only_points_somewhere() -> None:
    """There is no unit yet, and the sentence says so."""
    explanation = explained(Journey(sample.intake(certain=False))).unit
    assert explanation.unit is None
    assert "尚未派单" in explanation.sentences[-1].zh


def test_the_level_is_explained_by_the_clock_that_was_missed_and_the_rungs_that_fired() -> None:
    """Nobody signed: the district was notified after two hours, the city four hours later."""
    journey = Journey()
    journey.until("2026-11-02 15:30")
    raised = explained(journey).level
    assert raised.level is Level.CITY
    assert [(one.clock, one.ended) for one in raised.missed] == [("sign_by.1", False)]
    assert [(climb.clock, climb.level) for climb in raised.climbs] == [
        ("sign_by.1", Level.DISTRICT),
        ("sign_by.1", Level.CITY),
    ]
    journey.sign()
    after = explained(journey).level
    assert after.level is Level.UNIT
    assert [one.ended for one in after.missed] == [True]
    assert after.sentences[-1].zh == "目前没有待处理的提级,由承办单位办理。"
    assert after.sentences[-1].en == "No escalation is pending: the unit itself handles it."


def test_the_deadline_is_explained_by_its_norm_its_start_and_what_has_run() -> None:
    """Seven days from Monday nine; a day later a day has run."""
    journey = Journey()
    journey.sign()
    journey.contact()
    journey.until("2026-11-03 09:00")
    limit = explained(journey).deadlines[0]
    assert limit.name is ClockName.FEEDBACK_BY
    assert (limit.source, limit.edition) == ("test", "test@000000000000")
    assert limit.elapsed == timedelta(days=1)
    assert limit.left == timedelta(days=6)
    assert limit.suspended == timedelta(0)
    assert [change.because for change in limit.changes] == ["started"]


def test_a_deadline_that_moved_names_what_moved_it() -> None:
    """A new classification, then a calendar that became known; the elapsed time stays its own."""
    journey = Journey(sample.intake(with_terms=sample.terms(basis=Basis.WORKING)))
    journey.until("2026-11-02 10:00")
    new = sample.terms(Tier.TIER_4, basis=Basis.WORKING)
    journey.classify(Resolution(terms=new, routing=sample.routing()))
    known = sample.calendar().model_copy(update={"holidays": (journey.now.date() + timedelta(days=1),)})
    journey.act(recalculate(journey.ticket, known, journey.now))
    limit = explained(journey).deadlines[0]
    assert [change.because for change in limit.changes] == ["started", "classified", "calendar_changed"]
    assert limit.source == "test"
    assert limit.changes[-1].due_at == limit.due_at
    assert "分类调整" in limit.sentences[2].zh
    assert "calendar" in limit.sentences[3].en


def test_what_comes_next_is_exactly_what_then_happens() -> None:
    """The steps named in advance are those that come when nobody acts."""
    journey = Journey()
    journey.sign()
    journey.contact()
    steps = explained(journey).next
    happened = journey.left_alone()
    answer = {"clock_warned", "clock_missed", "escalated", "ladder_exhausted", "survey_opened"}
    expected = [(fact.kind, fact.at) for fact in happened if fact.kind in answer][: len(steps)]
    assert [(step.kind, step.at) for step in steps] == expected
    assert {step.kind for step in steps} >= {"clock_warned", "clock_missed", "escalated"}


def test_after_feedback_the_next_step_is_the_survey() -> None:
    """All is done before the limit: on the second Monday at nine the requester is asked."""
    (step,) = explained(Journey().handled()).next
    assert (step.kind, step.clock) == ("survey_opened", None)
    assert step.at == beijing("2026-11-09 09:00")


def test_a_closed_ticket_has_nothing_to_come() -> None:
    """Its deadline stands as it was met."""
    journey = Journey().handled()
    journey.until("2026-11-09 10:00")
    journey.says()
    explanation = explained(journey)
    assert explanation.next == ()
    assert [limit.standing for limit in explanation.deadlines] == ["met"]
    assert explanation.version == journey.ticket.version == len(journey.log)


def test_a_ticket_that_a_person_escalated_says_who_and_to_whom() -> None:
    """Nothing has run out, and yet it stands with the city."""
    journey = Journey()
    lift = Escalate(actor=sample.HANDLER, to=EscalateTo.CITY, opinion=sample.TEXT, measures=sample.TEXT)
    journey.take("escalate", lift)
    level = explained(journey).level
    assert level.level is Level.CITY
    assert [climb.desk for climb in level.climbs] == [sample.CITY_DESK]
    assert sample.TOWN.code in level.sentences[0].zh
    assert sample.CITY_DESK.zh in level.sentences[0].zh


def test_a_ticket_of_an_incident_says_so_and_how_it_came_back() -> None:
    """Joined: the incident is named; taken apart: the turn says so in words."""
    journey = Journey()
    journey.take("join_incident", join(), brief())
    assert INCIDENT in explained(journey).unit.sentences[-1].zh
    journey.take("leave_incident", LeaveIncident(actor=sample.DISPATCHER, reason=sample.TEXT))
    assert "拆单" in explained(journey).unit.sentences[-1].zh


def test_the_sentences_speak_as_people_do() -> None:
    """Who sent it when; from when, how long, until when; on what ground; what comes next."""
    journey = Journey()
    explanation = explained(journey)
    assert explanation.unit.sentences[1].zh == "第1次派单:11月2日09:00,系统按派单目录派至回龙观街道。"
    assert explanation.unit.sentences[1].en == (
        "Turn 1: 2 Nov 09:00, dispatched to Huilongguan Subdistrict by the system, as the directory says."
    )
    sign = next(limit for limit in explanation.deadlines if limit.name is ClockName.SIGN_BY)
    assert sign.sentences[0].zh == (
        "签收时限(回龙观街道):自11月2日09:00起2小时内(自然时),11:00到期。"
        "规则版本 test@000000000000;依据:default。"
    )
    assert sign.sentences[0].en == (
        "Time to sign (Huilongguan Subdistrict): within 2 hours (natural time) from 2 Nov 09:00, due 11:00. "
        "Edition test@000000000000; basis (in Chinese): default."
    )
    assert sign.sentences[1].zh == "已用0秒(自然时),未停计。"
    said = [step.sentence.zh for step in explanation.next]
    assert said[0] == "11月2日10:00,提醒回龙观街道:签收时限已过半。"
    assert any("临期提醒回龙观街道:" in one and "即将届满" in one for one in said)
    assert "11月2日11:00,签收时限逾期,提级至昌平区调度台。" in said


def test_working_days_say_which_days_they_are() -> None:
    """No basis beside a unit that names it already."""
    journey = Journey(sample.intake(with_terms=sample.terms(basis=Basis.WORKING)))
    limit = explained(journey).deadlines[0]
    assert "7个工作日内,11月11日" in limit.sentences[0].zh
    assert "within 7 working days from 2 Nov 09:00, due 11 Nov" in limit.sentences[0].en


def test_a_limit_without_a_public_source_says_that_it_is_a_default() -> None:
    """The reason is the edition's own, in Chinese."""
    terms = sample.terms()
    norm = terms.norms[ClockName.SIGN_BY].model_copy(update={"source": "default: 未见公开规定,取2小时"})
    terms = terms.model_copy(update={"norms": {**terms.norms, ClockName.SIGN_BY: norm}})
    explanation = explained(Journey(sample.intake(with_terms=terms)))
    sign = next(limit for limit in explanation.deadlines if limit.name is ClockName.SIGN_BY)
    assert sign.sentences[0].zh.endswith(";依据:缺省值(未见公开规定,取2小时)。")
    assert sign.sentences[0].en.endswith("; a default, because (in Chinese): 未见公开规定,取2小时.")


def test_what_was_missed_says_what_became_of_it() -> None:
    """Still owed; done late; or no longer owed, because the ticket went on."""
    journey = Journey()
    journey.until("2026-11-02 12:00")
    assert explained(journey).level.sentences[0].zh == "签收时限(回龙观街道)11月2日11:00届满,至今未完成。"
    assert "签收时限逾期,11月2日11:00提级至昌平区调度台。" in [
        one.zh for one in explained(journey).level.sentences
    ]
    journey.sign()
    assert explained(journey).level.sentences[0].zh.endswith("11:00届满,逾期后已完成。")
    other = Journey()
    other.until("2026-11-02 12:00")
    other.reassign(sample.assignment(sample.OTHER_TOWN))
    waived = explained(other).level.sentences[0]
    assert waived.zh == "签收时限(回龙观街道)11月2日11:00届满,未完成;因工单已进入其他环节,不再计时。"
    assert waived.en.endswith("not done, and no longer counted because the ticket has moved on.")


def test_a_limit_of_no_norm_names_no_basis() -> None:
    """The time to answer an escalation comes from the ladder, not from a norm."""
    journey = Journey()
    journey.until("2026-11-02 11:30")
    climbed = next(one for one in explained(journey).deadlines if one.clock == "sign_by.1/district")
    assert climbed.source is None
    assert "basis" not in climbed.sentences[0].en


def test_how_long_a_clock_was_suspended_is_said_beside_what_has_run() -> None:
    """No rule suspends a clock today; the ledger of one that was suspended is shown whole."""
    clock = Journey().ticket.clocks["sign_by.1"]
    said = _ran(clock, timedelta(hours=2), timedelta(minutes=30))
    assert said.en == "2 hours used (natural time), suspended for 30 minutes."
    assert said.zh == "已用2小时(自然时),停计30分钟。"


def test_a_callback_that_was_not_made_is_a_missed_call_of_ours() -> None:
    """Nothing is raised to anybody, and the ticket has not moved on."""
    journey = Journey().handled()
    journey.until("2026-11-09 10:00")
    steps = [step.sentence.zh for step in explained(journey).next]
    assert any(step.endswith("回访时限届满,计为我方未完成的一次回访。") for step in steps)
    journey.until("2026-11-10 12:00")
    missed = explained(journey).level.sentences[0].zh
    assert missed.endswith("已计为我方未完成的一次回访。")


def test_without_a_unit_no_unit_is_said_to_handle_it() -> None:
    """Before dispatch, under review, and when it is closed."""
    undispatched, closed = Journey(sample.intake(certain=False)), Journey().handled()
    closed.until("2026-11-09 10:00")
    closed.says()
    for journey in (undispatched, closed):
        assert explained(journey).level.sentences[-1].zh == "目前没有待处理的提级。"


def test_what_the_system_signed_is_not_called_the_units_late_act() -> None:
    """The unit has not signed; the ticket goes on all the same."""
    terms = sample.terms().model_copy(update={"sign_lapse": SignLapse.AUTO_SIGN})
    journey = Journey(sample.intake(with_terms=terms))
    journey.until("2026-11-02 12:00")
    assert explained(journey).level.sentences[0].zh.endswith("11:00届满,未完成,由系统自动接续。")


def test_who_is_ordered_to_do_it_again_did_not_send_it_back() -> None:
    """The system ordered it; the unit has it now."""
    journey = Journey().handled()
    journey.until("2026-11-09 10:00")
    journey.says(resolved=False)
    again = explained(journey).unit.sentences[-1].en
    assert "sent back for rework, now to " in again
    assert again.endswith(" by the system.")


def test_a_desk_that_is_late_itself_is_alarmed() -> None:
    """It is not raised to itself, neither beforehand nor afterwards."""
    journey = Journey()
    journey.reassign(sample.assignment(sample.CITY_DESK))
    coming = [step.sentence.zh for step in explained(journey).next]
    assert "11月2日11:00,签收时限逾期,报警提醒市民热线调度台。" in coming
    journey.until("2026-11-02 11:30")
    assert "签收时限逾期,11月2日11:00报警提醒市民热线调度台。" in [
        one.zh for one in explained(journey).level.sentences
    ]


def test_a_ladder_without_rungs_ends_where_it_begins() -> None:
    """An edition may name no level above; then nothing was raised to the city."""
    terms = sample.terms().model_copy(update={"ladders": {}})
    steps = [step.sentence.zh for step in explained(Journey(sample.intake(with_terms=terms))).next]
    assert "11月2日11:00,签收时限:再无上级可提,逾期情况记录在案。" in steps
