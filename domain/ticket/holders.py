"""Who has had a ticket: what a move inside a district must not bring back.

Source: Ordinance art. 12 ¶3, 14: a verdict and a redo stand, and a unit that receives a matter does not pass
it round.
"""

from pydantic import Field

from domain.model import Value
from domain.terms import Named


class Holders(Value):
    """The units that have had a ticket, by code, and the one that must do it again in this round."""

    had: tuple[str, ...] = Field(default=(), description="who had it in this round before its unit")
    redoing: str | None = Field(default=None, description="who was ordered to do it again in this round")
    failed: tuple[str, ...] = Field(default=(), description="whom a redo took it from, in any round")

    def without(self, left: Named | None) -> "Holders":
        """Return these after `left` gave the ticket up to another unit."""
        return self if left is None else self.model_copy(update={"had": (*self.had, left.code)})

    def again(self, unit: Named | None, left: Named | None) -> "Holders":
        """Return these at the beginning of a redo by `unit`, which took the ticket from `left`."""
        failed = self.failed if left is None else (*self.failed, left.code)
        return Holders(redoing=unit.code if unit else None, failed=failed)

    def sent(self) -> "Holders":
        """Return these when the ticket leaves the centre, for the first time or after a reopening."""
        return Holders(failed=self.failed)
