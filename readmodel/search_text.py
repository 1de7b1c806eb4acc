"""How the masked copy is found: by every character and every pair of neighbours (docs/adr/0004).

Both sides are folded the same way: full-width forms to plain ones (NFKC), ASCII to lower case. Nothing else
is folded, because the database must be able to do the same (`FOLDED`).
"""

import unicodedata
from itertools import pairwise

FOLDED = 'lower(normalize(request.masked, NFKC) COLLATE "C")'
"""The SQL of what `folded` does, for the masked copy."""

_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def folded(text: str) -> str:
    """Return `text` as it is compared in searches."""
    return unicodedata.normalize("NFKC", text).translate(_LOWER)


def terms(query: str) -> list[str]:
    """Return the words of a query, each of which a text must contain; empty for a query of spaces."""
    return list(dict.fromkeys(folded(query).split()))


def grams(text: str) -> list[str]:
    """Return each character and each pair of neighbours of `text`, once, in order, without spaces."""
    found: dict[str, None] = {}
    for word in folded(text).split():
        found.update(dict.fromkeys(word))
        found.update(dict.fromkeys(a + b for a, b in pairwise(word)))
    return sorted(found)


def needed_grams(term: str) -> list[str]:
    """Return the grams that a text containing `term` must have: its pairs, or its one character."""
    return sorted({a + b for a, b in pairwise(term)}) or [term]
