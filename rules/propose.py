"""Proposes a category for a description by the words of the category table; abstains when unsure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from domain.model import Value
from domain.terms import Named
from rules.pack import RulePack

_NUMBER = re.compile(r"[a-z]*[0-9]+")
ENOUGH = 3.0
"""The least score that may be proposed: about one word of two characters."""
CLEAR = 0.15
"""The least lead over the next category, as a share of the best score."""
LEAST_LEVEL = 2
"""No category above this level is proposed: the directory has hardly a row for it."""
SHOWN = 5


class Candidate(Value):
    """A category with its score and the words that speak for it."""

    category: Named
    score: float
    words: tuple[str, ...]


class Proposal(Value):
    """What the words of a description suggest; `category` is null when nothing is clear enough."""

    category: Named | None
    score: float
    margin: float
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class _Lexicon:
    words: Mapping[str, tuple[str, ...]]
    """The categories of every word."""
    by_first: Mapping[str, tuple[str, ...]]
    """The words by their first character, longest first."""


def propose(pack: RulePack, description: str) -> Proposal:
    """Return the category whose words stand in `description`, with the runners-up.

    Longer words weigh more, a word inside a longer one does not count, and one said again counts a little;
    a word of the category above counts half, of the theme a quarter. Where two leaves of one category are
    equally likely, that category is proposed; where nothing is clear, none is.
    """
    scores, evidence = _scores(pack, description)
    ranked = sorted(scores, key=lambda code: (-scores[code], code))
    best = ranked[0] if ranked else None
    margin = _margin(scores, best, ranked[1:]) if best else 0.0
    if best and margin < CLEAR and (parent := pack.categories[best].parent):
        others = [code for code in ranked if code != parent and not code.startswith(f"{parent}.")]
        if pack.categories[best].level > LEAST_LEVEL:
            scores |= {parent: max(scores[best], scores.get(parent, 0.0))}
            best, margin = parent, _margin(scores, parent, others)
    clear = best is not None and scores[best] >= ENOUGH and margin >= CLEAR
    return Proposal(
        category=pack.categories[best].named if best and clear else None,
        score=scores[best] if best else 0.0,
        margin=margin,
        candidates=tuple(
            Candidate(category=pack.categories[code].named, score=scores[code], words=tuple(evidence[code]))
            for code in ranked[:SHOWN]
        ),
    )


def _margin(scores: Mapping[str, float], best: str, others: list[str]) -> float:
    """Return the lead of `best` over the first of `others` that is neither above nor below it, as a share."""
    rivals = [
        code for code in others if not f"{best}.".startswith(f"{code}.") and not code.startswith(f"{best}.")
    ]
    return round((scores[best] - scores[rivals[0]]) / scores[best], 3) if rivals else 1.0


def _scores(pack: RulePack, description: str) -> tuple[dict[str, float], dict[str, list[str]]]:
    """Return the score of every category that a word speaks for, and those words."""
    lexicon = _lexicon(pack)
    own: dict[str, float] = {}
    evidence: dict[str, list[str]] = {}
    for word, times in _words(lexicon, description.casefold()).items():
        codes = lexicon.words[word]
        weight = len(word) ** 1.6 * (1 + 0.2 * min(times - 1, 3)) / len(codes) ** 0.5
        for code in codes:
            own[code] = own.get(code, 0.0) + weight
            evidence.setdefault(code, []).append(word)
    scores: dict[str, float] = {
        code: round(sum(own.get(node.code, 0.0) * 0.5**step for step, node in enumerate(pack.path(code))), 3)
        for code in own
        if pack.categories[code].level >= LEAST_LEVEL
    }
    return scores, evidence


@lru_cache(maxsize=8)
def _lexicon(pack: RulePack) -> _Lexicon:
    words: dict[str, list[str]] = {}
    for node in pack.categories.values():
        for word in dict.fromkeys(word.casefold() for word in (node.zh, *node.keywords)):
            words.setdefault(word, []).append(node.code)
    by_first: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda word: (-len(word), word)):
        by_first.setdefault(word[0], []).append(word)
    return _Lexicon(
        {word: tuple(codes) for word, codes in words.items()},
        {first: tuple(some) for first, some in by_first.items()},
    )


def _words(lexicon: _Lexicon, text: str) -> dict[str, int]:
    """Return how often each word stands in `text`, reading from the left and taking the longest.

    `#` in a word stands for any number: `#路` is any bus route.
    """
    plain = _read(lexicon, text)
    numbered = _read(lexicon, _NUMBER.sub("#", text))
    return plain | {word: times for word, times in numbered.items() if "#" in word}


def _read(lexicon: _Lexicon, text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    position = 0
    while position < len(text):
        for word in lexicon.by_first.get(text[position], ()):
            if text.startswith(word, position):
                found[word] = found.get(word, 0) + 1
                position += len(word)
                break
        else:
            position += 1
    return found
