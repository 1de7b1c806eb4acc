"""Finds the edition people mean: by name, by the identity under which it is kept, or by its folder."""

from collections.abc import Callable, Mapping
from pathlib import Path

from domain.errors import UnknownCode
from phrases import Phrase
from rules.keeping import load_kept
from rules.loading import RULES
from rules.pack import RulePack
from rules.reading import editions, load

Fetch = Callable[[str], Mapping[str, str]]
"""Returns the kept files of an edition by its identity; `LookupError` where none is kept."""


def find_edition(text: str, root: Path | None = None, fetch: Fetch | None = None) -> RulePack:
    """Return the edition that `text` means: `name`, `name@hash`, or the path of an edition's folder.

    `name@hash` is the edition on disk where that is still the same, else the one kept, got by `fetch`.
    Raises `UnknownCode` where there is none, `UnsoundEditionError` for files that make no edition.
    """
    if "@" in text:
        return _identified(text, root, fetch)
    folder = Path(text)
    if "/" in text or (text not in editions(root) and (folder / "edition.yaml").is_file()):
        folder = folder.resolve()
        return load(folder.name, folder.parent)
    return load(text, root)


def _identified(identity: str, root: Path | None, fetch: Fetch | None) -> RulePack:
    name = identity.partition("@")[0]
    if name in editions(root or RULES):
        current = load(name, root)
        if current.identity == identity:
            return current
    if fetch is None:
        raise UnknownCode(
            Phrase(
                "Edition {identity} is not among the files; to read it the database has to be there.",
                identity=identity,
            ),
        )
    try:
        return load_kept(identity, fetch(identity))
    except LookupError as missing:
        raise UnknownCode(Phrase("The database keeps no edition {identity}.", identity=identity)) from missing
