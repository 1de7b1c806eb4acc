"""A hotline that exists in memory only: it writes down what it is told, for the tests beside this file."""

from dataclasses import dataclass, field

from domain.messages import Receipt
from domain.terms import Named
from domain.views import ClockView
from domain.vocabulary import ClockName
from simulation.line import Escalation, Line, RefusedError, Seen
from tests.simulation.sightings import NOON


@dataclass
class CityHall(Line):
    """Answers from `listed` and `climbs`; keeps every command; refuses those named in `refuses`."""

    address: str = "http://127.0.0.1:9"
    listed: list[Seen] = field(default_factory=list[Seen])
    climbs: list[Escalation] = field(default_factory=list[Escalation])
    refuses: frozenset[str] = frozenset()
    promises_visit: bool = False
    commands: list[tuple[str, str, str, dict[str, object]]] = field(default_factory=list)
    bodies: list[dict[str, object]] = field(default_factory=list)

    @property
    def acts(self) -> list[str]:
        """Return the names of the commands in the order in which they came."""
        return [name for _, name, _, _ in self.commands]

    async def file(self, body: dict[str, object]) -> str:
        """Give out the next number."""
        self.bodies.append(body)
        return f"20261122-{len(self.bodies):06d}-0"

    async def command(self, number: str, name: str, actor: dict[str, str], **fields: object) -> Receipt:
        """Write the command down, or refuse it."""
        if name in self.refuses:
            raise RefusedError(409, "WrongStage", "")
        self.commands.append((number, name, actor.get("unit", ""), fields))
        return Receipt.model_validate(
            {"number": number, "version": 1, "stage": "handle", "status": "handling", "unit": None}
            | {"promised_at": None}
        )

    async def tickets(self, **filters: str) -> list[Seen]:
        """Return what is listed, of one unit if `filters` name it."""
        unit = filters.get("unit")
        return [seen for seen in self.listed if unit is None or (seen.unit and seen.unit.code == unit)]

    async def worklist(self, unit: str) -> list[Seen]:
        """Return what is listed for `unit`; what has no unit waits for the city's desk."""
        return [seen for seen in self.listed if (seen.unit.code if seen.unit else "BJ-DESK") == unit]

    async def escalations(self, desk: str, known: set[str]) -> list[Escalation]:
        """Return what has climbed to `desk` and is not yet known."""
        found = [climb for climb in self.climbs if climb.to == desk and climb.key not in known]
        known.update(climb.key for climb in found)
        return found

    async def clocks(self, number: str) -> tuple[ClockView, ...]:
        """Return the clock of the door where a visit is promised."""
        door = ClockView(
            clock=f"door_by.{number}",
            name=ClockName.DOOR_BY,
            holder=Named(code="110114005", zh="回龙观街道", en="Huilongguan Subdistrict"),
            due_at=NOON,
            provisional=False,
            standing="running",
            warned=(),
            climbed=(),
            missed_at=None,
            done_at=None,
        )
        return (door,) if self.promises_visit else ()
