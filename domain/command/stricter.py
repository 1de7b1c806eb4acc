"""Rules that have become stricter, and the commands that counted before they did.

A workflow is replayed from its history, by today's rules. A command that counted when it was given has to
count again, for its facts and everything after it stand in the history; a rule that turned it away today
would leave the ticket standing still. So a rule that becomes stricter says since which release
(`stricter_since`, `changed_since`), and accepts what is only replayed: the ticket it is given says so
(`Ticket.is_replayed`). A new command meets the rule as it stands.

A mark may go when no run that the release before it began is open any more: docs/operations/upgrade.md. The
release is for readers, and for the test that says which mark has served its time.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from domain.ticket.ticket import Ticket

_Rest = ParamSpec("_Rest")
_Result = TypeVar("_Result")


def stricter_since(
    _release: str,
) -> Callable[[Callable[Concatenate[Ticket, _Rest], None]], Callable[Concatenate[Ticket, _Rest], None]]:
    """Return a decorator for a check that came with `_release`: it refuses nothing that is replayed."""

    def nothing(_ticket: Ticket, *_args: _Rest.args, **_kwargs: _Rest.kwargs) -> None:
        """Turn nothing away."""

    return changed_since(_release, nothing)


def changed_since(
    _release: str, before: Callable[Concatenate[Ticket, _Rest], _Result]
) -> Callable[[Callable[Concatenate[Ticket, _Rest], _Result]], Callable[Concatenate[Ticket, _Rest], _Result]]:
    """Return a decorator for a rule that replaced another with `_release`: a replay meets `before`.

    A replayed command was decided by either release, so `before` has to accept what either accepts.
    """

    def mark(
        rule: Callable[Concatenate[Ticket, _Rest], _Result],
    ) -> Callable[Concatenate[Ticket, _Rest], _Result]:
        @wraps(rule)
        def marked(ticket: Ticket, *args: _Rest.args, **kwargs: _Rest.kwargs) -> _Result:
            return (before if ticket.is_replayed else rule)(ticket, *args, **kwargs)

        return marked

    return mark
