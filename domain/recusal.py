"""Recusal (回避): a complaint about a unit is neither decided nor seen by that unit, nor by one under it.

Who is complained of travels with the ticket, with the codes of every unit that answers to it, so that each
rule can ask a code alone. Source: Ordinance art. 35 (不作为、慢作为 is for others to look into); that no
unit decides about itself follows from it.
"""

from pydantic import Field

from domain.model import Value
from domain.terms import Assignment, Named, Routing
from phrases import Bilingual, Phrase, Said


class Accused(Value):
    """The unit a complaint is about (被投诉单位), and every unit that has to keep out of it."""

    unit: Named
    barred: tuple[str, ...] = Field(description="codes: the unit's own, and of all that answer to it")

    def is_barred(self, unit: str | None) -> bool:
        """Return whether `unit` has to keep out; a unit's own unit, `110114015/north`, is the unit itself."""
        return unit is not None and unit.partition("/")[0] in self.barred


def is_barred(accused: Accused | None, unit: str | None) -> bool:
    """Return whether `unit` has to keep out of a complaint about `accused`; null: about no unit."""
    return accused is not None and accused.is_barred(unit)


def spared(accused: Accused | None, assignment: Assignment) -> Assignment:
    """Return `assignment` without those above or beside it who have to keep out.

    A desk that is left out is passed over: what would climb to it climbs to the city's.
    """
    if accused is None:
        return assignment
    district = assignment.district
    return assignment.model_copy(
        update={
            "district": None if district is None or accused.is_barred(district.code) else district,
            "desks": {
                level: desk for level, desk in assignment.desks.items() if not accused.is_barred(desk.code)
            },
            "watchers": tuple(unit for unit in assignment.watchers if not accused.is_barred(unit.code)),
        }
    )


def recused(accused: Accused | None, routing: Routing) -> Routing:
    """Return what the directory says, without those who have to keep out, and with the reason added.

    The row stays as it is: it says whose duty the matter is; that its unit does not get it, the words say.
    """
    if accused is None:
        return routing
    named = routing.assignment.unit
    parallel = routing.parallel
    why: Bilingual = Said(routing.why_zh, routing.why_en)
    if accused.is_barred(named.code):
        why = Phrase(
            "{why} The complaint is about {accused}: {unit} keeps out of it, "
            "and the city's desk sends it to another unit.",
            why=why,
            accused=accused.unit,
            unit=named,
        )
    if parallel is not None and accused.is_barred(parallel.code):
        why = Phrase("{why} {unit} keeps out of it and gets no part.", why=why, unit=parallel)
        parallel = None
    return routing.model_copy(
        update={
            "assignment": spared(accused, routing.assignment),
            "why_zh": why.zh,
            "why_en": why.en,
            "parallel": parallel,
        }
    )
