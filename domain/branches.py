"""Every command beside the main line, from the branches' own files."""

from domain import alerting, assisting, extending, hanging, supervision_orders
from domain.branch import Branch

BRANCHES: dict[str, Branch] = {
    **assisting.COMMANDS,
    **extending.COMMANDS,
    **alerting.COMMANDS,
    **supervision_orders.COMMANDS,
    **hanging.COMMANDS,
}
"""Command → what it is; the name is that of the update, of the route and of the word on the command line."""
