"""Everything that can be wrong with a request. Anything else is a bug and fails loudly.

    Refused
    ├── UnknownTicket      no such number
    ├── UnknownCode        a unit, category or place the edition does not have
    ├── BadTrackingCode    number and code do not belong together
    ├── Malformed          a field is missing, too long, or not what it must be
    ├── KeyReused          the idempotency key was used for something else
    ├── WrongActor         an actor who may not do this
    ├── WrongStage         not at this point of the process
    ├── StaleVersion       the ticket has changed since it was read
    ├── Incomplete         something the rule asks for is missing
    └── Unavailable        a part of the system is away; nothing counted, try again

`api.http.errors` maps each to a status, `workflows.errors` to an application error; a test proves both total.
"""

from phrases import Phrased, Said


class Refused(Phrased):
    """A request that cannot count, with a sentence for the person who made it, in both languages."""

    @property
    def code(self) -> str:
        """Return the name of the refusal as it stands on the wire, for example `WrongStage`."""
        return type(self).__name__


class UnknownTicket(Refused):
    """No ticket has this number."""


class UnknownCode(Refused):
    """There is no such unit, category or place in the edition, or no such part of the ticket."""


class BadTrackingCode(Refused):
    """The tracking code does not open this ticket."""


class Malformed(Refused):
    """A field is missing, too long, or not what it must be."""


class KeyReused(Refused):
    """The idempotency key came before with another body."""


class WrongActor(Refused):
    """This actor may not do this to this ticket."""


class WrongStage(Refused):
    """The ticket is not at a point where this counts."""


class StaleVersion(Refused):
    """The ticket has changed since the caller read it."""


class Incomplete(Refused):
    """The rule asks for something that the command lacks."""


class Unavailable(Refused):
    """A part of the system is away; nothing counted, and the caller may try again."""


class Fault(Phrased):
    """A rule of ours failed at a command: nothing of it has happened, and the ticket goes on.

    No refusal: not what was asked for is wrong, but we are. It says so in both languages all the same.
    """


REFUSALS: dict[str, type[Refused]] = {
    refusal.__name__: refusal
    for refusal in (
        UnknownTicket,
        UnknownCode,
        BadTrackingCode,
        Malformed,
        KeyReused,
        WrongActor,
        WrongStage,
        StaleVersion,
        Incomplete,
        Unavailable,
    )
}
"""Every refusal by its name on the wire."""


def refusal(code: str, zh: str, en: str) -> Refused:
    """Return the refusal that came over a wire as `code` with its two sentences."""
    return REFUSALS[code](Said(zh, en))
