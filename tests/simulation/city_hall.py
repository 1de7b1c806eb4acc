"""A hotline that exists in memory only: it writes down what it receives, for the tests beside this file."""

from dataclasses import dataclass, field

from domain.messages import Receipt
from domain.show.views import ClockView, TaskView
from domain.terms import Named
from domain.vocabulary import ClockName, TaskKind
from simulation.line import Escalation, Happened, Line, RefusedError, Seen
from tests.simulation.sightings import NOON, a_sighting

_ASKS = {"whistle": TaskKind.WHISTLE, "assist": TaskKind.ASSIST, "propose_hanging": TaskKind.HANGING}


def a_task(kind: TaskKind, unit: str) -> TaskView:
    """Return an open task that `unit` holds."""
    return TaskView(
        task=f"{kind}.{unit}",
        kind=kind,
        holder=Named(code=unit, zh=unit, en=unit),
        due_at=NOON,
        overdue=False,
        mandatory=True,
        about=None,
    )


@dataclass
class CityHall(Line):
    """Answers from `listed` and `climbs`; keeps every command; refuses those named in `refuses`.

    A ticket has an open task for every unit that a command asks; `incident_acts` is what incidents received,
    `past` the timeline of every ticket.
    """

    address: str = "http://127.0.0.1:9"
    listed: list[Seen] = field(default_factory=list[Seen])
    climbs: list[Escalation] = field(default_factory=list[Escalation])
    refuses: frozenset[str] = frozenset()
    promises_visit: bool = False
    commands: list[tuple[str, str, str, dict[str, object]]] = field(default_factory=list)
    bodies: list[dict[str, object]] = field(default_factory=list)
    incident_acts: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    past: list[Happened] = field(default_factory=list[Happened])

    @property
    def acts(self) -> list[str]:
        """Return the names of the commands in the order in which they came."""
        return [name for _, name, _, _ in self.commands]

    async def file(self, body: dict[str, object]) -> str:
        """Give out the next number."""
        self.bodies.append(body)
        number = f"20261122-{len(self.bodies):06d}-0"
        self.codes[number] = f"code of {number}"
        return number

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

    async def ticket(self, number: str) -> Seen:
        """Return the ticket with the tasks that its commands have opened."""
        tasks = [a_task(kind, unit) for name, kind in _ASKS.items() for unit in self._asked(name)]
        return a_sighting(number, tasks=[task.model_dump() for task in tasks])

    async def alike(self, number: str) -> list[Seen]:
        """Return everything else that is listed."""
        return [seen for seen in self.listed if seen.number != number]

    async def timeline(self, number: str) -> list[Happened]:
        """Return the past."""
        return self.past

    async def open_incident(self, body: dict[str, object]) -> str:
        """Give out the number of the only incident."""
        self.incident_acts.append(("open", body))
        return "I20261122-000001"

    async def incident(self, number: str, act: str, body: dict[str, object]) -> None:
        """Write down what the incident receives."""
        self.incident_acts.append((act, body))

    def _asked(self, name: str) -> list[str]:
        """Return the units that were asked by commands called `name`."""
        found: list[str] = []
        for _, command, _, fields in self.commands:
            if command == name:
                called = fields.get("called", fields.get("unit", "110114-DESK"))
                found += called if isinstance(called, list) else [str(called)]
        return found

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
