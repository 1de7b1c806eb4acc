"""What an edition fixes for one ticket, as values that travel in its history. Source: Ordinance art. 13."""

from datetime import datetime, timedelta

from domain.command.given import BranchTerms
from domain.errors import UnknownCode
from domain.terms import Norm, Place, Reminders, Resolution, Rung, SurveyPlan, Terms
from domain.time.calendar import Calendar, local_day
from domain.time.limits import Limit
from domain.vocabulary import MAIN_LINE, ClockName, SignLapse, Tier
from phrases import Listed, Phrase
from rules.pack import RulePack
from rules.routing import deciding_row, route, spot_codes
from rules.tables import ANY, NormRow

BEFORE = timedelta(days=31)
AFTER = timedelta(days=400)
"""How much of the calendar travels with a ticket, on either side of the instant it is resolved for."""


def resolve(
    pack: RulePack,
    calendar: Calendar,
    category: str | None,
    place: Place,
    at: datetime,
    tier: Tier | None = None,
) -> Resolution:
    """Return the terms of a matter at `place` at the aware instant `at`, and whom the directory names.

    `category` is a code, a name or null; `tier` is what a person has set in place of the edition's.
    Raises `UnknownCode` only for a code that the edition does not have.
    """
    return Resolution(
        terms=terms(pack, calendar, category, place, at, tier),
        routing=route(pack, category, place, at),
        resolved_at=at,
    )


def terms(
    pack: RulePack,
    calendar: Calendar,
    category: str | None,
    place: Place,
    at: datetime,
    tier: Tier | None = None,
) -> Terms:
    """Return everything the edition fixes for the ticket; arguments and errors as for `resolve`."""
    settings = pack.settings
    node = pack.category(category) if category else None
    code = node.code if node else None
    fixed = tier or tier_of(pack, code, place, at)
    return Terms(
        edition=pack.identity,
        category=node.named if node else settings.unclassified.named,
        tier=fixed,
        urgent_sensitive=node.urgent_sensitive if node else False,
        proof=_proof(pack, code),
        norms=norms(pack, code, place, fixed, by_hand=tier is not None),
        reminders=Reminders(
            fractions=settings.reminders.fractions, before=settings.scaled(settings.reminders.before[fixed])
        ),
        ladders=_ladders(pack, fixed),
        contact_attempts=settings.contact_attempts.number,
        dispatch_within=settings.paced(settings.dispatch.within),
        same_day=settings.dispatch.same_day,
        answer_window=settings.paced(settings.answer_window.counted),
        survey=_survey(pack),
        redo_rounds=settings.redo.rounds,
        redo_to=settings.redo.to,
        redo_after_silence=settings.redo.after_silence,
        order_after_redo=_order_after_redo(pack),
        calendar=calendar_of_ticket(calendar, at),
        city_desk=pack.city_desk.named,
        sign_lapse=settings.branches.sign_lapse.then if settings.branches else SignLapse.ESCALATE,
        tier_by_hand=tier is not None,
        head_reads=settings.branches.head_reads.before_feedback if settings.branches else False,
    )


def branch_terms(pack: RulePack, current: RulePack) -> BranchTerms:
    """Return what the edition says of the branches of a ticket's life; where silent, what `current` says.

    An edition that was kept before a branch was known says nothing of it. Raises `UnknownCode` where neither
    does.
    """
    limits: dict[ClockName, Norm] = {}
    numbers: dict[str, int] = {}
    for one in (current, pack):
        if (branches := one.settings.branches) is not None:
            for clock, rule in branches.limits.items():
                limits[clock] = Norm(limit=one.settings.paced(rule.counted), source=rule.ground)
            numbers |= {name: rule.number for name, rule in branches.numbers.items()}
    if missing := [clock for clock in ClockName if clock not in MAIN_LINE and clock not in limits]:
        raise UnknownCode(
            Phrase(
                "Edition {identity} lacks limits of branches: {missing}.",
                identity=pack.identity,
                missing=Listed(clock.value for clock in missing),
            ),
        )
    return BranchTerms(edition=pack.identity, limits=limits, numbers=numbers)


def calendar_of_ticket(calendar: Calendar, at: datetime) -> Calendar:
    """Return the part of `calendar` that travels with a ticket filed at the aware instant `at`."""
    day = local_day(at, calendar.time_zone)
    return calendar.slice(day - BEFORE, day + AFTER)


def tier_of(pack: RulePack, category: str | None, place: Place, at: datetime) -> Tier:
    """Return the tier of a matter: the directory row's, else the category's or the nearest one's above."""
    if row_tier := deciding_row(pack, category, place, at).tier:
        return row_tier
    tiers = (node.tier for node in pack.path(category or ""))
    return next((tier for tier in tiers if tier), pack.settings.unclassified.tier)


def norms(
    pack: RulePack, category: str | None, place: Place, tier: Tier, *, by_hand: bool = False
) -> dict[ClockName, Norm]:
    """Return each clock's limit with its source: the tier's, or the norm nearest to the matter and the place.

    Where a person has set the tier (`by_hand`), a norm never makes the requester wait longer than that tier.
    """
    settings = pack.settings
    by_tier = {
        ClockName.SIGN_BY: settings.sign[tier],
        ClockName.CONTACT_BY: settings.contact[tier],
        ClockName.FEEDBACK_BY: settings.tiers[tier],
    }
    out = {
        clock: Norm(limit=settings.paced(rule.counted), source=rule.ground) for clock, rule in by_tier.items()
    }
    for clock in (*by_tier, ClockName.DOOR_BY):
        row = _nearest(pack, category, place, clock)
        own = row.counted if row else None
        if row is None or own is None:
            continue
        rule = by_tier.get(clock)
        if by_hand and rule and _is_shorter(rule.counted, own):
            continue
        out[clock] = Norm(limit=settings.paced(own), source=row.source)
    return out


def _nearest(pack: RulePack, category: str | None, place: Place, clock: ClockName) -> NormRow | None:
    """Return the norm of the deepest category that has one, and there of the smallest place."""
    town, district = spot_codes(pack, place)
    for node in pack.path(category or ""):
        by_place = {row.place: row for row in pack.norms if row.category == node.code and row.clock == clock}
        for where in (town, district, ANY):
            if where is not None and (row := by_place.get(where)):
                return row
    return None


def _is_shorter(limit: Limit, other: Limit) -> bool:
    return limit.basis is other.basis and limit.amount < other.amount


def _proof(pack: RulePack, category: str | None) -> str | None:
    proofs = (node.proof for node in pack.path(category or ""))
    proof = next((proof for proof in proofs if proof), "none")
    return None if proof == "none" else proof


def _ladders(pack: RulePack, tier: Tier) -> dict[ClockName, tuple[Rung, ...]]:
    return {
        clock: tuple(
            Rung(level=rung.level, answer_within=pack.settings.paced(rung.answer_within[tier]))
            for rung in ladder.rungs
        )
        for clock, ladder in pack.settings.ladders.items()
    }


def _order_after_redo(pack: RulePack) -> Limit | None:
    settings = pack.settings
    if settings.redo.then != "order" or settings.branches is None:
        return None
    return settings.paced(settings.branches.limits[ClockName.ORDER_BY].counted)


def _survey(pack: RulePack) -> SurveyPlan:
    rules = pack.settings.survey
    opens, closes = rules.opens_and_closes
    return SurveyPlan(
        at_feedback=rules.start == "at_feedback",
        window_opens=opens,
        window_closes=closes,
        tries=rules.tries,
        spacing=None if rules.spacing == "next_day" else pack.settings.paced(rules.spacing),
        failing=rules.failing,
    )
