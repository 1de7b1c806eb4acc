"""The search attributes of a ticket: what the engine's own lists can filter by. No personal data, ever."""

from typing import Final

SEARCH_ATTRIBUTES: Final[dict[str, str]] = {
    "Stage": "Keyword",
    "District": "Keyword",
    "Unit": "Keyword",
    "Category": "Keyword",
    "Tier": "Keyword",
    "EscalationLevel": "Keyword",
    "Overdue": "Bool",
    "Due": "Datetime",
}
"""Name of each attribute and its type as the engine spells it.

`EscalationLevel`, because `level` alone is a word of the engine's query language.
"""
