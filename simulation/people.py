"""How people behave: pure draws of temperaments, plans and answers, the same for the same seed."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from random import Random
from typing import TypeVar

from domain.vocabulary import ContactResult, Outcome, Satisfaction


class Temperament(StrEnum):
    """What may be expected of a unit."""

    PROMPT = "prompt"
    SLOW = "slow"
    LATE = "late"
    SILENT = "silent"


_TEMPERAMENTS = {Temperament.PROMPT: 50, Temperament.SLOW: 26, Temperament.LATE: 14, Temperament.SILENT: 10}
_TRUE_TO_ITSELF = 0.75
"""How often a unit acts as its temperament says; otherwise as a prompt one would."""

_REPLIES: dict[Outcome, str] = {
    Outcome.RESOLVED: "已到现场处理完毕,并将结果当面告知诉求人。",
    Outcome.PARTLY: "已处理一部分,其余列入本月计划,届时再告知。",
    Outcome.EXPLAINED: "已向诉求人说明政策依据和办理途径。",
    Outcome.CANNOT_NOW: "受条件所限暂时无法解决,已说明原因并登记备查。",
    Outcome.NOT_FOUND: "经现场查看未发现所述情况,已请诉求人补充线索。",
}
_OUTCOMES = {
    Outcome.RESOLVED: 70,
    Outcome.PARTLY: 10,
    Outcome.EXPLAINED: 12,
    Outcome.CANNOT_NOW: 5,
    Outcome.NOT_FOUND: 3,
}
_PLEASED = {Satisfaction.VERY_SATISFIED: 35, Satisfaction.SATISFIED: 45, Satisfaction.BASICALLY_SATISFIED: 20}
_DISPLEASED = {Satisfaction.DISSATISFIED: 60, Satisfaction.VERY_DISSATISFIED: 40}


@dataclass(frozen=True)
class Conduct:
    """How one ticket is handled in one turn; times in seconds, `None` stands for never.

    `feedback_share` is the part of the limit after which feedback comes, `feedback_late` the part of the
    desk's time to answer by which it comes too late. `wakes_when_urged`: a silent unit that an urge stirs.
    `forgets_contact`: tries to give feedback before anybody called the requester, and is refused.
    """

    sign_after: float | None
    contacts: tuple[ContactResult, ...]
    feedback_share: float
    feedback_late: float
    outcome: Outcome
    reply: str
    wakes_when_urged: bool
    forgets_contact: bool


@dataclass(frozen=True)
class Opinion:
    """What comes of one callback try: no answer, or the requester's three answers."""

    is_answered: bool
    contacted: bool = True
    resolved: bool = True
    satisfied: Satisfaction = Satisfaction.SATISFIED


Thing = TypeVar("Thing")


def rng_for(seed: int, *parts: object) -> Random:
    """Return the source of chance for one decision: the same for the same seed and parts."""
    return Random("/".join(map(str, (seed, *parts))))  # noqa: S311 - a simulation draws, it hides nothing


def temperament_of(seed: int, unit: str) -> Temperament:
    """Return the temperament that the unit with this code has in this run."""
    return drawn(rng_for(seed, "temperament", unit), _TEMPERAMENTS)


def conduct_of(seed: int, unit: str, ticket: str, turn: int) -> Conduct:
    """Return how `unit` handles `ticket` (any name that stays the same from run to run) in its `turn`."""
    rng = rng_for(seed, "conduct", unit, ticket, turn)
    manner = temperament_of(seed, unit)
    if rng.random() > _TRUE_TO_ITSELF:
        manner = Temperament.PROMPT
    outcome = drawn(rng, _OUTCOMES)
    sign_after = {
        Temperament.PROMPT: rng.uniform(0.1, 0.8),
        Temperament.SLOW: rng.uniform(0.6, 1.6),
        Temperament.LATE: rng.uniform(3.5, 9.0),
        Temperament.SILENT: None,
    }[manner]
    shares = (0.75, 0.93) if manner is Temperament.SLOW else (0.15, 0.65)
    return Conduct(
        sign_after=sign_after,
        contacts=(*(ContactResult.NO_ANSWER for _ in range(_failed_calls(rng))), ContactResult.REACHED),
        feedback_share=1.0 if manner is Temperament.LATE else rng.uniform(*shares),
        feedback_late=rng.uniform(0.2, 1.5) if manner is Temperament.LATE else 0.0,
        outcome=outcome,
        reply=_REPLIES[outcome],
        wakes_when_urged=rng.random() < 0.4,  # noqa: PLR2004 - two of five silent units can be stirred
        forgets_contact=rng.random() < 0.06,  # noqa: PLR2004 - a rare mistake, so that a refusal is seen
    )


def feedback_after(conduct: Conduct, limit: timedelta, answer_within: timedelta) -> timedelta:
    """Return how long after the start of `limit` feedback comes; the desk above answers `answer_within`."""
    return conduct.feedback_share * limit + conduct.feedback_late * answer_within


def opinion_of(seed: int, ticket: str, round_: int, attempt: int, outcome: Outcome | None) -> Opinion:
    """Return what the requester says at callback try `attempt` of `round_`, after a unit reported `outcome`.

    Some are never reached; the content depends on the outcome, and a second round pleases most.
    """
    person = rng_for(seed, "requester", ticket)
    is_out = person.random() < 0.07  # noqa: PLR2004 - who never picks up makes the ending `unreachable`
    rng = rng_for(seed, "opinion", ticket, round_, attempt)
    if is_out or rng.random() < 0.08:  # noqa: PLR2004 - a missed call
        return Opinion(is_answered=False)
    odds = {Outcome.RESOLVED: 0.9, Outcome.EXPLAINED: 0.85, Outcome.PARTLY: 0.7, None: 0.1}.get(outcome, 0.5)
    is_resolved = rng.random() < odds
    pleased = is_resolved and rng.random() < 0.95  # noqa: PLR2004 - solved, and displeased all the same
    return Opinion(
        is_answered=True,
        contacted=outcome is not None,
        resolved=is_resolved,
        satisfied=drawn(rng, _PLEASED if pleased else _DISPLEASED),
    )


class DeskAct(StrEnum):
    """What a desk does with an escalation; `LEAVE` means it does not answer in time."""

    URGE = "urge"
    NOTE = "note"
    REASSIGN = "reassign"
    LEAVE = "leave"


_DESK_ACTS = {DeskAct.URGE: 50, DeskAct.NOTE: 18, DeskAct.REASSIGN: 10, DeskAct.LEAVE: 22}


def desk_act_of(seed: int, desk: str, key: str) -> tuple[DeskAct, float]:
    """Return what `desk` does with the escalation called `key`, and after how many seconds."""
    rng = rng_for(seed, "desk", desk, key)
    return drawn(rng, _DESK_ACTS), rng.uniform(0.3, 2.2)


def _failed_calls(rng: Random) -> int:
    return rng.choices((0, 1, 3), (78, 17, 5))[0]


def drawn(rng: Random, parts: dict[Thing, int]) -> Thing:
    """Return one of the keys of `parts`, each as often as its number says."""
    return rng.choices(list(parts), list(parts.values()))[0]
