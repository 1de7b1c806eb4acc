"""A small city for tests: one district, two towns, a heating company, and terms written by hand."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from domain import messages as m
from domain.command.given import BranchTerms, Given
from domain.recusal import Accused
from domain.terms import (
    Assignment,
    Named,
    Norm,
    Place,
    Reminders,
    Routing,
    Rung,
    SurveyPlan,
    Terms,
)
from domain.time.calendar import ALWAYS_OPEN, Calendar, ServiceHours
from domain.time.limits import Basis, Limit
from domain.vocabulary import (
    MAIN_LINE,
    Channel,
    ClockName,
    DispatchMode,
    Level,
    RequestType,
    Role,
    Satisfaction,
    Tier,
    UnitKind,
)

NUMBER = "20261102-000017-3"
MONDAY = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
"""Monday, 2 November 2026, 09:00 in Beijing."""

CITY_DESK = Named(code="BJ-DESK", zh="市民热线调度台", en="City dispatch desk")
DISTRICT = Named(code="110114", zh="昌平区", en="Changping District")
DISTRICT_DESK = Named(code="110114-DESK", zh="昌平区调度台", en="Changping dispatch desk")
TOWN = Named(code="110114015", zh="回龙观街道", en="Huilongguan Subdistrict")
OTHER_TOWN = Named(code="110114016", zh="天通苑北街道", en="Tiantongyuan North Subdistrict")
WATER = Named(code="DEPT-WATER", zh="市水务局", en="Water Authority")
HEATING = Named(code="ENT-HEAT", zh="市热力集团", en="District Heating Group")

TEXT = m.TextRef(id="t-1", hash="h-1")
HANDLER = m.Actor(unit=TOWN.code, role=Role.HANDLER, person="P1")
DISPATCHER = m.Actor(unit=CITY_DESK.code, role=Role.DISPATCHER, person="D1")
SURVEYOR = m.Actor(unit=CITY_DESK.code, role=Role.SURVEYOR, person="S1")
DISTRICT_SUPERVISOR = m.Actor(unit=DISTRICT_DESK.code, role=Role.SUPERVISOR, person="V1")
REQUESTER = m.Actor(role=Role.REQUESTER)

NUMBERS: dict[str, int] = {
    "reopen_days": 15,
    "reopen_times": 1,
    "extensions": 1,
    "objections": 1,
    "objection_rounds": 2,
    "object_within_hours": 24,
    "object_after_sign_hours": 0,
    "hangings": 2,
    "task_reports": 1,
}
"""How often something may happen, by name."""
LONG = {ClockName.HUNG_REVIEW_BY: 30, ClockName.HUNG_UPDATE_BY: 30, ClockName.MILESTONE_BY: 730}
"""The limits of the branches that are longer than two days, in days."""
_KNOWN = (TOWN, OTHER_TOWN, HEATING, WATER, DISTRICT, DISTRICT_DESK, CITY_DESK)
HOURS: dict[ClockName, float] = {ClockName.EMERGENCY_BY: 0.5, ClockName.REPORT_IN_BY: 24}
"""The limits of branches that are shorter than two days."""
UNITS = {unit.code: unit for unit in _KNOWN}
"""The units the sample's edition knows."""

TIER_LIMITS = {
    Tier.TIER_1: timedelta(hours=2),
    Tier.TIER_2: timedelta(hours=24),
    Tier.TIER_3: timedelta(days=7),
    Tier.TIER_4: timedelta(days=15),
}


@cache
def hours(amount: float) -> Limit:
    """Return a natural-time limit of `amount` hours."""
    return Limit(amount=timedelta(hours=amount))


@cache
def calendar() -> Calendar:
    """Return a calendar with National Day 2026 and its make-up workdays, known to the end of 2026."""
    return Calendar(
        name="test",
        holidays=tuple(date(2026, 10, day) for day in (1, 2, 5, 6, 7)),
        workdays=(date(2026, 9, 20), date(2026, 10, 10)),
        known_until=date(2026, 12, 31),
    )


def terms(
    tier: Tier = Tier.TIER_3,
    *,
    basis: Basis = Basis.NATURAL,
    door: bool = False,
    proof: str | None = None,
    at_feedback: bool = False,
    redo_rounds: int = 1,
    always_open: bool = False,
) -> Terms:
    """Return terms as an edition would resolve them."""
    limit = TIER_LIMITS[tier]
    in_days = basis is Basis.WORKING and limit >= timedelta(days=2)
    norms = {
        ClockName.SIGN_BY: Norm(limit=hours(2), source="default"),
        ClockName.CONTACT_BY: Norm(limit=hours(24), source="default"),
        ClockName.FEEDBACK_BY: Norm(limit=Limit(amount=limit, basis=basis, in_days=in_days), source="test"),
    }
    if door:
        norms[ClockName.DOOR_BY] = Norm(limit=hours(2), source="test")
    ladder = (
        Rung(level=Level.DISTRICT, answer_within=hours(4)),
        Rung(level=Level.CITY, answer_within=hours(4)),
    )
    return Terms(
        edition="test@000000000000",
        category=Named(code="environment.noise", zh="噪声扰民", en="Noise"),
        tier=tier,
        urgent_sensitive=False,
        proof=proof,
        norms=norms,
        reminders=Reminders(before=hours(2)),
        ladders={
            ClockName.SIGN_BY: ladder,
            ClockName.CONTACT_BY: ladder,
            ClockName.DOOR_BY: ladder,
            ClockName.FEEDBACK_BY: ladder,
            ClockName.DISPATCH_BY: (Rung(level=Level.CITY, answer_within=hours(4)),),
        },
        contact_attempts=3,
        dispatch_within=hours(0.5),
        same_day=True,
        answer_window=hours(0.25),
        survey=SurveyPlan(
            at_feedback=at_feedback,
            window_opens=time(9),
            window_closes=time(9) if always_open else time(20),
            tries=3,
            spacing=None,
            failing=(Satisfaction.DISSATISFIED, Satisfaction.VERY_DISSATISFIED),
        ),
        redo_rounds=redo_rounds,
        calendar=calendar(),
        city_desk=CITY_DESK,
    )


def assignment(unit: Named = TOWN, service_hours: ServiceHours = ALWAYS_OPEN) -> Assignment:
    """Return a town of the district, or a company, department or desk, which answer to the city alone."""
    if unit in (HEATING, WATER):
        return Assignment(
            unit=unit,
            kind=UnitKind.ENTERPRISE if unit == HEATING else UnitKind.DEPARTMENT,
            district=None,
            desks={Level.CITY: CITY_DESK},
            hours=service_hours,
        )
    if unit == DISTRICT:
        return Assignment(
            unit=unit,
            kind=UnitKind.DISTRICT,
            district=DISTRICT,
            desks={Level.CITY: CITY_DESK},
            hours=service_hours,
        )
    if unit in (CITY_DESK, DISTRICT_DESK):
        desks = {Level.CITY: CITY_DESK}
        return Assignment(unit=unit, kind=UnitKind.DESK, district=None, desks=desks, hours=service_hours)
    return Assignment(
        unit=unit,
        kind=UnitKind.TOWN,
        district=DISTRICT,
        desks={Level.DISTRICT: DISTRICT_DESK, Level.CITY: CITY_DESK},
        hours=service_hours,
        watchers=(DISTRICT_DESK,),
    )


def routing(unit: Named = TOWN, *, certain: bool = True) -> Routing:
    """Return the directory's answer."""
    return Routing(
        assignment=assignment(unit),
        mode=DispatchMode.DIRECT,
        certain=certain,
        row="directory.csv:2",
        legal_basis="Ordinance art. 12",
        why_zh="目录指定",
        why_en="the directory says so",
    )


def intake(
    type_: RequestType = RequestType.COMPLAINT,
    *,
    certain: bool = True,
    unit: Named = TOWN,
    with_terms: Terms | None = None,
    number: str = NUMBER,
    filed_at: datetime = MONDAY,
    against: Named | None = None,
) -> m.Intake:
    """Return the start argument of a ticket."""
    return m.Intake(
        number=number,
        filed_at=filed_at,
        type=type_,
        channel=Channel.WEB,
        place=Place(district=DISTRICT.code, town=TOWN.code),
        place_zh="昌平区 回龙观街道",
        category_given=True,
        description=TEXT,
        terms=with_terms or terms(),
        routing=routing(unit, certain=certain),
        against=accused(against) if against else None,
    )


@cache
def _limits_of_branches() -> dict[ClockName, Norm]:
    days = {clock: float(24 * days) for clock, days in LONG.items()}
    return {
        clock: Norm(limit=hours({**HOURS, **days}.get(clock, 48)), source="default")
        for clock in ClockName
        if clock not in MAIN_LINE
    }


def given(*units: Named) -> Given:
    """Return what the edition says of the branches, and of `units`; a limit is two days unless said."""
    limits = dict(_limits_of_branches())  # a dictionary of its own, which a test may change
    terms = BranchTerms(edition="test@000000000000", limits=limits, numbers=dict(NUMBERS))
    return Given(terms=terms, units={unit.code: assignment(unit) for unit in units}, industry=WATER)


def accused(unit: Named) -> Accused:
    """Return who keeps out of a complaint about `unit`: with the district its desk and its towns."""
    below = (DISTRICT_DESK, TOWN, OTHER_TOWN) if unit == DISTRICT else ()
    return Accused(unit=unit, barred=tuple(one.code for one in (unit, *below)))
