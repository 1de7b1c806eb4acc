"""From the names people write to codes; an unknown name is refused with what it may have meant."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from difflib import get_close_matches
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from api.http.errors import AboutFields, BadBody, FieldProblem
from domain.errors import UnknownCode
from domain.masking import is_personal
from domain.messages import Code
from domain.terms import Place
from domain.vocabulary import UnitKind
from phrases import Listed, Phrase
from rules.pack import Elsewhere, RulePack
from rules.tables import Category, Unit

_SHOWN = 3
_CUTOFF = 0.4

_CODE: TypeAdapter[str] = TypeAdapter(Code)

Found = TypeVar("Found")


class UnknownName(AboutFields, UnknownCode):
    """A field holds a name or code that the edition does not have."""

    def __init__(self, field: str, refused: UnknownCode, near: Sequence[str]) -> None:
        """Keep the sentences of `refused`, naming the `field` and the names that come `near`."""
        what = (
            Phrase("{refused} Did you mean: {near}?", refused=refused, near=Listed(near)) if near else refused
        )
        problem = FieldProblem.of(field, what)
        super().__init__(Phrase("Field '{field}': {problem}", field=field, problem=problem))
        self.errors = (problem,)

    @property
    def code(self) -> str:
        """Return the name on the wire: to a client every such refusal is `UnknownCode`."""
        return UnknownCode.__name__


def category_named(rules: RulePack, text: str) -> Category:
    """Return the category called `text`. Raises `UnknownName`."""
    return _find("category", text, rules.category, lambda: (node.zh for node in rules.categories.values()))


def unit_named(rules: RulePack, text: str, field: str) -> Unit:
    """Return the unit called `text` in `field`. Raises `UnknownName`."""
    return _find(field, text, rules.find_unit, lambda: (unit.zh for unit in rules.units.values()))


def unit_code(rules: RulePack, text: str, field: str) -> str:
    """Return the code of the unit called `text`; one of its own, `昌平区/north`, stands under one we know.

    Raises `UnknownName`, and `BadBody` for a code that no unit's own unit can have.
    """
    known, slash, own = text.partition("/")
    code = f"{unit_named(rules, known, field).code}{slash}{own}"
    with suppress(ValidationError):
        if not slash or not is_personal(code):
            return _CODE.validate_python(code)
    problem = FieldProblem.of(
        field=field,
        what=Phrase(
            "The code of a unit's own unit holds letters, digits and . _ - / alone, and nothing personal."
        ),
    )
    raise BadBody(problem, status=422, errors=[problem])


def place_named(rules: RulePack, district: str | None, town: str | None) -> Place:
    """Return the place of these names or codes; either may be missing. Raises `UnknownName`."""
    code: str | None = None
    if district:
        districts = (unit.zh for unit in rules.of_kind(UnitKind.DISTRICT))
        code = _find("location.district", district, rules.district, lambda: districts).code
    if not town:
        return Place(district=code)
    return _find("location.town", town, lambda name: rules.place(code, name), lambda: _towns(rules, code))


def place_name(rules: RulePack, place: Place) -> str:
    """Return the Chinese names of district and town, separated by a space; empty for an unknown place."""
    codes = (code for code in (place.district, place.town) if code)
    return " ".join(rules.unit(code).zh for code in codes)


def _towns(rules: RulePack, district: str | None) -> Iterable[str]:
    for town in rules.of_kind(UnitKind.TOWN):
        if district is None or district in (town.territory_parent, town.responsible_parent):
            yield town.zh


def _find(field: str, text: str, find: Callable[[str], Found], names: Callable[[], Iterable[str]]) -> Found:
    try:
        return find(text)
    except UnknownCode as unknown:
        near = () if isinstance(unknown, Elsewhere) else _near(text.strip(), names())
        raise UnknownName(field, unknown, near) from None


def _near(text: str, names: Iterable[str]) -> list[str]:
    """Return the few of `names` that `text` may have meant: those it is part of first."""
    known = list(dict.fromkeys(names))
    parts = [name for name in known if text in name or name in text]
    return list(dict.fromkeys([*parts, *get_close_matches(text, known, _SHOWN, _CUTOFF)]))[:_SHOWN]
