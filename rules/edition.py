"""What `edition.yaml` says: tiers, limits, ladders, survey, each number with where it comes from."""

import re
from datetime import date, time, timedelta
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, field_validator, model_validator

from domain.model import Value
from domain.terms import Named
from domain.time.calendar import zone_named
from domain.time.limits import Basis, Limit, parse_limit
from domain.vocabulary import ClockName, Level, RedoTo, Satisfaction, SignLapse, Tier
from phrases import Listed, Phrase

_WINDOW = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)")
MIDNIGHT = time(0)


def _limit(text: object) -> object:
    return parse_limit(text) if isinstance(text, str) else text


ShortLimit = Annotated[Limit, BeforeValidator(_limit), PlainSerializer(Limit.text)]
"""A limit in natural time, written as `2h`."""


class Grounded(Value):
    """Something with numbers in it: either a public `source`, or a `default` with its reason."""

    source: str | None = Field(default=None, min_length=4)
    default: str | None = Field(default=None, min_length=4)

    @model_validator(mode="after")
    def _says_where_from(self) -> Self:
        if (self.source is None) == (self.default is None):
            raise ValueError(
                Phrase("say where the number comes from: either source, or default with the reason")
            )
        return self

    @property
    def ground(self) -> str:
        """Return the source, or `default:` and the reason."""
        return self.source or f"default: {self.default}"


class SourcedLimit(Grounded):
    """A limit with its basis and ground."""

    limit: ShortLimit
    basis: Basis = Basis.NATURAL

    @property
    def counted(self) -> Limit:
        """Return the limit in its own basis."""
        return self.limit.model_copy(update={"basis": self.basis})


PerTier = dict[Tier, SourcedLimit]


class Title(Value):
    """A name in two languages."""

    zh: str
    en: str


class Unclassified(Grounded):
    """What holds for a matter whose category is not known."""

    tier: Tier
    zh: str
    en: str

    @property
    def named(self) -> Named:
        """Return the name under which such a matter travels."""
        return Named(code="unclassified", zh=self.zh, en=self.en)


class Attempts(Grounded):
    """How many logged attempts count as contact."""

    number: int = Field(ge=1)


class DispatchRules(Grounded):
    """How soon a dispatcher must act."""

    within: ShortLimit
    same_day: bool


class ReminderRules(Grounded):
    """When a running clock warns."""

    fractions: tuple[Annotated[float, Field(gt=0, lt=1)], ...]
    before: dict[Tier, ShortLimit]


class RungRule(Value):
    """A rung of a ladder: the level that is notified, and its time to answer by tier."""

    level: Literal[Level.DISTRICT, Level.CITY]
    answer_within: dict[Tier, ShortLimit]


class Ladder(Grounded):
    """The rungs above an obligation that was missed, lowest first."""

    rungs: tuple[RungRule, ...] = Field(min_length=1)

    @field_validator("rungs")
    @classmethod
    def _climbs(cls, rungs: tuple[RungRule, ...]) -> tuple[RungRule, ...]:
        levels = [list(Level).index(rung.level) for rung in rungs]
        if levels != sorted(set(levels)):
            raise ValueError(Phrase("each rung must be higher than the one before"))
        return rungs


class Question(Value):
    """A question of the callback survey."""

    code: str
    zh: str
    en: str


class SurveyRules(Grounded):
    """How the callback survey is made."""

    start: Literal["at_limit", "at_feedback"]
    window: str = Field(description="HH:MM-HH:MM, or always")
    tries: int = Field(ge=1, le=9)
    spacing: Literal["next_day"] | ShortLimit
    questions: tuple[Question, ...] = Field(min_length=1)
    failing: tuple[Satisfaction, ...]

    @field_validator("window")
    @classmethod
    def _is_a_window(cls, text: str) -> str:
        cls._times(text)
        return text

    @property
    def opens_and_closes(self) -> tuple[time, time]:
        """Return when calls may begin and must end; the same time twice means always."""
        return self._times(self.window)

    @staticmethod
    def _times(text: str) -> tuple[time, time]:
        if text == "always":
            return MIDNIGHT, MIDNIGHT
        found = _WINDOW.fullmatch(text)
        if found is None:
            raise ValueError(Phrase("cannot read the window {text!r}: 09:00-20:00, or always", text=text))
        opens, closes = time.fromisoformat(found[1]), time.fromisoformat(found[2])
        if opens >= closes:
            raise ValueError(Phrase("the window must open before it closes"))
        return opens, closes


class RedoRules(Grounded):
    """How often an unsatisfied requester's matter is done again."""

    rounds: int = Field(ge=0, le=9)
    to: RedoTo = Field(default=RedoTo.SAME_UNIT, description="who does it again")
    after_silence: bool = Field(
        default=False, description="also where the unit never gave feedback; else that closes as unanswered"
    )
    then: Literal["close", "order"] = Field(
        default="close", description="after the last round: close, or a supervision order first"
    )


class Number(Grounded):
    """How often something may happen."""

    number: int = Field(ge=0)


class SignLapseRule(Grounded):
    """What follows when nobody signs in time."""

    then: SignLapse


class HeadReadsRule(Grounded):
    """Whether the unit's head has to have read an urgent and sensitive matter before feedback."""

    before_feedback: bool


class BranchRules(Value):
    """The branches beside the main line: limits by clock, and numbers by name."""

    limits: dict[ClockName, SourcedLimit]
    numbers: dict[str, Number]
    sign_lapse: SignLapseRule = SignLapseRule(then=SignLapse.ESCALATE, default="逾期未签收即提级")
    head_reads: HeadReadsRule = HeadReadsRule(before_feedback=False, default="签阅不作为反馈的前提")


class QuietHours(Grounded):
    """Whether a reminder waits until the unit that gets it is open."""

    policy: Literal["wait", "ignore"]


class Desks(Value):
    """The receiving desks that do not follow from the units' table."""

    city: str


class Dimension(Value):
    """One of the seven haves and five qualities (七有五性)."""

    code: str
    zh: str
    en: str
    kind: Literal["have", "quality"]


class Edition(Value):
    """The settings of an edition, with those of the editions it extends."""

    name: str
    extends: str | None
    title: Title
    effective_from: date
    time_zone: str
    hour_lasts: ShortLimit = Field(description="how long an hour of the rules takes; 1h but for rehearsals")
    minimum_limit: ShortLimit | None = Field(description="no limit becomes shorter than this")
    quiet_hours: QuietHours
    tiers: PerTier
    unclassified: Unclassified
    sign: PerTier
    contact: PerTier
    contact_attempts: Attempts
    dispatch: DispatchRules
    answer_window: SourcedLimit
    reminders: ReminderRules
    ladders: dict[ClockName, Ladder]
    survey: SurveyRules
    redo: RedoRules
    branches: BranchRules | None = Field(default=None, description="null: an edition older than the branches")
    desks: Desks
    dimensions: tuple[Dimension, ...]

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        zone_named(name)
        return name

    @field_validator("tiers", "sign", "contact")
    @classmethod
    def _has_every_tier(cls, limits: PerTier) -> PerTier:
        _require_tiers(limits)
        return limits

    @model_validator(mode="after")
    def _has_every_tier_inside(self) -> Self:
        _require_tiers(self.reminders.before)
        for ladder in self.ladders.values():
            for rung in ladder.rungs:
                _require_tiers(rung.answer_within)
        return self

    def scaled(self, limit: Limit) -> Limit:
        """Return `limit` in the edition's own pace: one hour of the rules takes `hour_lasts`."""
        pace = self.hour_lasts.amount / timedelta(hours=1)
        if pace == 1:
            return limit
        return Limit(amount=limit.amount * pace)

    def paced(self, limit: Limit) -> Limit:
        """Return `limit` in the edition's own pace, and never shorter than the shortest limit."""
        scaled = self.scaled(limit)
        if self.minimum_limit is not None and scaled.amount < self.minimum_limit.amount:
            return Limit(amount=self.minimum_limit.amount)
        return scaled


def _require_tiers(by_tier: dict[Tier, SourcedLimit] | dict[Tier, Limit]) -> None:
    missing = [tier.value for tier in Tier if tier not in by_tier]
    if missing:
        raise ValueError(Phrase("every tier needs a value; missing: {missing}", missing=Listed(missing)))
