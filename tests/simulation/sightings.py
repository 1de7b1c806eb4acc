"""Tickets as the people of a simulated day see them, for the tests beside this file."""

from datetime import UTC, datetime

from simulation.line import Seen

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def a_sighting(number: str = "20261122-000001-4", /, **changes: object) -> Seen:
    """Return a ticket that waits for a town to sign it, with `changes`."""
    plain: dict[str, object] = {
        "number": number,
        "version": 3,
        "stage": "handle",
        "status": "awaiting_sign",
        "type": "complaint",
        "category": {"code": "cityscape.dogs.noise", "zh": "犬吠扰民", "en": "Barking dogs"},
        "tier": "tier_3",
        "place": {"district": "110114", "town": "110114005"},
        "unit": {"code": "110114005", "zh": "回龙观街道", "en": "Huilongguan Subdistrict"},
        "district": {"code": "110114", "zh": "昌平区", "en": "Changping District"},
        "level": "unit",
        "overdue": False,
        "promised_at": None,
        "next_clock": "sign_by",
        "next_due_at": NOON,
        "turn": 1,
        "round": 1,
        "outcome": None,
        "survey_tries": 0,
        "urged": 0,
        "ending": None,
        "sentence_zh": "办理·待签收,在回龙观街道。",
        "description": "小区里犬吠扰民。",
    }
    return Seen.model_validate(plain | changes)


def a_closed_one(number: str, ending: str = "resolved", **changes: object) -> Seen:
    """Return a ticket that has ended."""
    ended: dict[str, object] = {
        "stage": "closed",
        "status": "closed",
        "ending": ending,
        "next_clock": None,
        "next_due_at": None,
    }
    return a_sighting(number, **(ended | changes))
