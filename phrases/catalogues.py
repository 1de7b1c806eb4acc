"""The compiled catalogues, read once when this module is imported: before any workflow or thread runs."""

from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Final

DOMAIN: Final = "jiesu"
HERE: Final = Path(__file__).parent


def _compiled(source: Path) -> GNUTranslations:
    try:
        with source.with_suffix(".mo").open("rb") as catalogue:
            return GNUTranslations(catalogue)
    except FileNotFoundError:
        raise RuntimeError(
            f"目录未编译,请运行 make setup。 {source} is not compiled: run `make setup`, "
            f"or `pybabel compile --domain {DOMAIN} --directory {HERE}`."
        ) from None


def catalogues_in(folder: Path) -> dict[str, NullTranslations]:
    """Return the catalogue of every language in `folder`; English needs none, but a city may write one.

    Raises `RuntimeError` where one was not compiled.
    """
    sources = folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")
    return {"en": NullTranslations()} | {source.parts[-3]: _compiled(source) for source in sources}


_CATALOGUES: Final = catalogues_in(HERE)
LANGUAGES: Final = frozenset(_CATALOGUES)
"""Every language a phrase can be read in, by its code."""


def worded(language: str, message: str, context: str | None = None) -> str:
    """Return the wording of `message` in `language`; one without translation stays English.

    Raises `KeyError` for a language that is not among `LANGUAGES`.
    """
    catalogue = _CATALOGUES[language]
    return catalogue.gettext(message) if context is None else catalogue.pgettext(context, message)
