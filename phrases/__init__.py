"""What people read, in their language: a phrase is kept as its English wording and its values.

`Phrase("Task '{task}' lies with {unit}.", task=key, unit=holder)` costs nothing until somebody reads it. The
other wordings stand in `<language>/LC_MESSAGES/jiesu.po`; `make setup` compiles them (ADR 0018).
"""

from phrases.catalogues import LANGUAGES
from phrases.errors import Phrased
from phrases.phrase import Bilingual, Listed, Phrase, Said, capital

__all__ = ["LANGUAGES", "Bilingual", "Listed", "Phrase", "Phrased", "Said", "capital"]
