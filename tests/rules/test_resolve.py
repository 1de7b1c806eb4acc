"""What an edition fixes for one ticket: limits, ladders, survey, small enough for a history."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import UnknownCode
from domain.terms import Place, Resolution
from domain.time.calendar import Calendar
from domain.time.limits import Limit
from domain.vocabulary import MAIN_LINE, ClockName, Level, SignLapse, Tier
from rules.calendars import calendar_for, calendar_settings
from rules.edition import HeadReadsRule, SignLapseRule
from rules.pack import RulePack
from rules.reading import load
from rules.resolve import branch_terms, norms, resolve, terms
from rules.routing import industry_of
from tests.rules.little_city import LittleEdition

MINUTES = load("beijing-minutes")
CHINA = calendar_for(calendar_settings("beijing"))


def limits(pack: RulePack, category: str | None, place: Place, tier: Tier) -> dict[str, str]:
    """Return the limits of a matter as texts."""
    return {clock.value: norm.limit.text() for clock, norm in norms(pack, category, place, tier).items()}


def test_heating_is_contacted_in_a_quarter_of_an_hour_visited_in_two_and_repaired_in_four(
    beijing: RulePack, china: Calendar, noon: datetime
) -> None:
    """The published norms of heating take the place of the tier's 24 hours."""
    found = terms(beijing, china, "heating.indoor.cold", beijing.place("昌平区", None), noon)
    texts = {clock: norm.limit.text() for clock, norm in found.norms.items()}
    assert texts[ClockName.CONTACT_BY] == "15min"
    assert texts[ClockName.DOOR_BY] == "2h"
    assert texts[ClockName.FEEDBACK_BY] == "4h"
    assert found.tier is Tier.TIER_2
    assert found.urgent_sensitive
    assert found.proof == "photo"
    assert found.promises_visit


def test_in_mentougou_the_heating_engineer_comes_within_the_hour(beijing: RulePack) -> None:
    """A norm of a place goes before that of the city, also for a town of the place."""
    town = beijing.place("门头沟区", "大峪街道")
    assert limits(beijing, "heating.indoor.cold", town, Tier.TIER_2)["door_by"] == "1h"


def test_a_question_about_heating_fees_keeps_its_tier_and_needs_no_visit(beijing: RulePack) -> None:
    """The norms of repair do not reach charges and renovation."""
    found = limits(beijing, "heating.fee.refund", Place(), Tier.TIER_3)
    assert found == {"sign_by": "2h", "contact_by": "24h", "feedback_by": "7d"}


@pytest.mark.parametrize(
    ("tier", "feedback", "sign"),
    [
        (Tier.TIER_1, "2h", "30min"),
        (Tier.TIER_2, "24h", "2h"),
        (Tier.TIER_3, "7d", "2h"),
        (Tier.TIER_4, "15d", "2h"),
    ],
)
def test_without_norm_the_tier_decides(beijing: RulePack, tier: Tier, feedback: str, sign: str) -> None:
    """Four tiers for a matter without a norm."""
    found = limits(beijing, "cityscape.vending.stall", Place(), tier)
    assert (found["feedback_by"], found["sign_by"]) == (feedback, sign)
    assert "door_by" not in found


def test_the_nearest_norm_wins_category_before_place(little: LittleEdition) -> None:
    """A leaf's norm goes before that of a district for its theme."""
    pack = little.load()
    east = Place(district="EAST")
    assert limits(pack, "water.pipe.burst", east, Tier.TIER_1)["contact_by"] == "10min"
    assert limits(pack, "water.pipe.burst", Place(district="WEST"), Tier.TIER_1)["contact_by"] == "15min"
    assert limits(pack, "water.pipe.leak", east, Tier.TIER_2)["contact_by"] == "2h"
    assert limits(pack, None, east, Tier.TIER_2)["contact_by"] == "2h"


def test_a_tier_set_by_a_person_is_never_lengthened_by_a_norm(
    beijing: RulePack, china: Calendar, noon: datetime
) -> None:
    """Heating is repaired in 4 hours: 2 when somebody says tier 1, and 4 still when they say tier 4."""
    place = Place(district="110114")
    urgent = terms(beijing, china, "heating.indoor.cold", place, noon, Tier.TIER_1)
    calm = terms(beijing, china, "heating.indoor.cold", place, noon, Tier.TIER_4)
    assert urgent.norms[ClockName.FEEDBACK_BY].limit.text() == "2h"
    assert calm.norms[ClockName.FEEDBACK_BY].limit.text() == "4h"
    assert calm.tier is Tier.TIER_4


def test_a_row_s_tier_goes_before_the_category_s(little: LittleEdition, noon: datetime) -> None:
    """The directory may raise or lower the tier of a matter at a place."""
    little.change("directory.csv", "FIRE,dual,district,,", "FIRE,dual,district,tier_4,")
    pack = little.load()
    assert terms(pack, CHINA, "water.pipe.burst", Place(district="EAST"), noon).tier is Tier.TIER_4
    assert terms(pack, CHINA, "water.pipe.burst", Place(district="WEST"), noon).tier is Tier.TIER_1


def test_a_matter_without_category_has_terms_all_the_same(
    beijing: RulePack, china: Calendar, noon: datetime
) -> None:
    """It is called unclassified, in the edition's tier for that, without proof."""
    found = terms(beijing, china, None, Place(), noon)
    assert found.category.code == "unclassified"
    assert found.tier is Tier.TIER_3
    assert found.proof is None
    assert not found.urgent_sensitive


def test_a_name_serves_as_well_as_a_code(beijing: RulePack, china: Calendar, noon: datetime) -> None:
    """Resolved terms do not depend on how the category was written."""
    by_name = resolve(beijing, china, "室温不达标", Place(district="110114"), noon)
    assert by_name == resolve(beijing, china, "heating.indoor.cold", Place(district="110114"), noon)


def test_an_unknown_category_is_refused(beijing: RulePack, china: Calendar, noon: datetime) -> None:
    """A code of another edition is not guessed at."""
    with pytest.raises(UnknownCode):
        resolve(beijing, china, "heating.on.mars", Place(), noon)


def test_ladders_reminders_and_survey_come_from_the_edition(
    beijing: RulePack, china: Calendar, noon: datetime
) -> None:
    """Half, four fifths, and 30 minutes before the end of the first tier; three calls on different days."""
    found = terms(beijing, china, "water.pipes.burst", Place(), noon)
    assert found.tier is Tier.TIER_1
    assert found.reminders.fractions == (0.5, 0.8)
    assert found.reminders.before.text() == "30min"
    rungs = found.ladders[ClockName.FEEDBACK_BY]
    assert [(rung.level, rung.answer_within.text()) for rung in rungs] == [
        (Level.DISTRICT, "1h"),
        (Level.CITY, "1h"),
    ]
    assert (found.survey.tries, found.survey.spacing, found.survey.at_feedback) == (3, None, False)
    assert (found.survey.window_opens.hour, found.survey.window_closes.hour) == (9, 20)
    assert found.redo_rounds == 1
    assert found.same_day
    assert found.city_desk.code == "BJ-DESK"


def test_in_the_rehearsal_an_hour_lasts_a_second_and_nothing_is_shorter_than_three(
    china: Calendar, noon: datetime
) -> None:
    """15 days take 6 minutes; calls are 24 seconds apart and the window never closes."""
    found = terms(MINUTES, china, "housing.trade.delay", Place(district="110114"), noon)
    assert found.norms[ClockName.FEEDBACK_BY].limit.amount == timedelta(seconds=360)
    assert found.norms[ClockName.SIGN_BY].limit.amount == timedelta(seconds=3)
    assert found.survey.spacing is not None
    assert found.survey.spacing.amount == timedelta(seconds=24)
    assert found.survey.window_opens == found.survey.window_closes
    assert not found.same_day


@given(
    category=st.sampled_from([None, *MINUTES.categories]),
    tier=st.sampled_from([None, *Tier]),
    at=st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
)
def test_no_limit_of_the_rehearsal_is_under_three_seconds(
    category: str | None, tier: Tier | None, at: datetime
) -> None:
    """Of no matter, in no tier."""
    found = terms(MINUTES, CHINA, category, Place(), at, tier)
    shortest = timedelta(seconds=3)
    assert all(norm.limit.amount >= shortest for norm in found.norms.values())
    assert all(rung.answer_within.amount >= shortest for ladder in found.ladders.values() for rung in ladder)
    assert min(found.answer_window.amount, found.dispatch_within.amount) >= shortest


def test_a_resolution_survives_the_way_through_json_and_is_small(
    beijing: RulePack, china: Calendar, noon: datetime
) -> None:
    """It travels in a workflow's start argument: under 4 kB."""
    found = resolve(beijing, china, "heating.indoor.cold", beijing.place("昌平区", "回龙观街道"), noon)
    text = found.model_dump_json()
    assert Resolution.model_validate_json(text) == found
    assert len(text.encode()) < 4096


def test_the_calendar_that_travels_covers_the_year_ahead(
    beijing: RulePack, china: Calendar, noon: datetime
) -> None:
    """A hung ticket may live for months; days far from it stay at home."""
    calendar = terms(beijing, china, None, Place(), noon).calendar
    assert all(abs((day - noon.date()).days) <= 400 for day in (*calendar.holidays, *calendar.workdays))
    assert calendar.known_until >= noon.date()


def test_an_edition_says_what_follows_when_nobody_signs(beijing: RulePack, noon: datetime) -> None:
    """Beijing's climbs; an edition may have the system sign instead, and every ticket carries that."""
    place = Place()
    assert terms(beijing, CHINA, None, place, noon).sign_lapse is SignLapse.ESCALATE
    branches = beijing.settings.branches
    assert branches is not None
    rule = SignLapseRule(then=SignLapse.AUTO_SIGN, default="for tests")
    changed = branches.model_copy(update={"sign_lapse": rule})
    pack = replace(beijing, settings=beijing.settings.model_copy(update={"branches": changed}))
    assert terms(pack, CHINA, None, place, noon).sign_lapse is SignLapse.AUTO_SIGN


def test_an_edition_says_whether_heads_read_before_feedback(beijing: RulePack, noon: datetime) -> None:
    """Beijing's does not ask for it; one that does has every ticket carry that."""
    place = Place()
    assert terms(beijing, CHINA, None, place, noon).head_reads is False
    branches = beijing.settings.branches
    assert branches is not None
    rule = HeadReadsRule(before_feedback=True, default="for tests")
    changed = branches.model_copy(update={"head_reads": rule})
    pack = replace(beijing, settings=beijing.settings.model_copy(update={"branches": changed}))
    assert terms(pack, CHINA, None, place, noon).head_reads is True


def test_the_department_of_a_matter_s_industry_is_read_off_its_category(beijing: RulePack) -> None:
    """Null where the matter is not known."""
    found = industry_of(beijing, "heating.indoor.cold")
    assert found is not None
    assert found.code == "D-URBAN-MANAGEMENT"
    assert industry_of(beijing, "unclassified") is None


def test_what_an_older_edition_does_not_know_of_branches_the_present_one_says(beijing: RulePack) -> None:
    """A ticket keeps its edition for years; branches that came later still have their limits."""
    known = beijing.settings.branches
    assert known is not None
    short = known.limits[ClockName.ASSIST_BY].model_copy(update={"limit": Limit(amount=timedelta(hours=1))})
    of_old = known.model_copy(update={"limits": {ClockName.ASSIST_BY: short}, "numbers": {}})
    older = replace(beijing, settings=beijing.settings.model_copy(update={"branches": of_old}))
    oldest = replace(beijing, settings=beijing.settings.model_copy(update={"branches": None}))
    present = branch_terms(beijing, beijing)
    assert set(present.limits) == set(ClockName) - MAIN_LINE
    assert branch_terms(oldest, beijing).limits == present.limits
    said = branch_terms(older, beijing)
    assert said.limits[ClockName.ASSIST_BY].limit.amount == timedelta(hours=1)
    assert said.limits[ClockName.ACK_BY] == present.limits[ClockName.ACK_BY]
    assert said.numbers == present.numbers
    with pytest.raises(UnknownCode, match="assist_by"):
        branch_terms(oldest, oldest)
