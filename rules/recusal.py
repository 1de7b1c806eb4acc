"""Who has to keep out of a complaint about a unit (回避): the unit, and every unit that answers to it."""

from domain.errors import Malformed
from domain.recusal import Accused
from domain.vocabulary import UnitKind
from phrases import Phrase
from rules.pack import RulePack
from rules.tables import Unit


def accused(pack: RulePack, unit: str) -> Accused:
    """Return who keeps out of a complaint about the unit with the code `unit`.

    It follows responsibility, not territory: with a district go its desk and its towns. A district's desk
    acts for its district, so the district goes with it. Raises `UnknownCode`, and `Malformed` for the city
    and its dispatch desk: every unit answers to them, nobody would be left to look into it.
    """
    named = pack.unit(unit)
    root = (pack.district_of(named) or named) if named.kind is UnitKind.DESK else named
    if root.kind is UnitKind.CITY or root.code == pack.city_desk.code:
        raise Malformed(
            Phrase(
                "A complaint about {named} cannot be sent out by this line, as every unit "
                "answers to it: tell the requester the statutory route (discipline inspection, "
                "petition).",
                named=named,
            ),
        )
    return Accused(
        unit=named.named, barred=tuple(one.code for one in pack.units.values() if _under(pack, one, root))
    )


def _under(pack: RulePack, unit: Unit, root: Unit) -> bool:
    """Return whether `unit` is `root` or answers to it, over however many levels."""
    node: Unit | None = unit
    while node is not None and node.code != root.code:
        node = pack.units.get(node.responsible_parent) if node.responsible_parent else None
    return node is not None
