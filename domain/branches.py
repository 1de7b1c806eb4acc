"""Every command beside the main line, from the branches' own files."""

from domain import assisting, deliberating, escalating, subassigning, whistling
from domain.branch import Branch

BRANCHES: dict[str, Branch] = {
    **assisting.COMMANDS,
    **subassigning.COMMANDS,
    **whistling.COMMANDS,
    **escalating.COMMANDS,
    **deliberating.COMMANDS,
}
"""Command → what it is; the name is that of the update, of the route and of the word on the command line."""
