"""Every command that a ticket takes, from the files of its steps and branches."""

from domain.accept import accepting, disposing, emergency
from domain.accept import requester as citizen
from domain.command.spec import CommandSpec
from domain.dispatch import consulting, dispatching, industry, objecting, redispatching
from domain.evaluate import evaluating, reopening
from domain.handle import (
    assisting,
    deliberating,
    extending,
    handling,
    hanging,
    head_reading,
    pre_surveying,
    subassigning,
    whistling,
)
from domain.incident import membership as incidents
from domain.supervise import escalating, supervising, supervision_orders

COMMANDS: dict[str, CommandSpec] = {
    **accepting.COMMANDS,
    **dispatching.COMMANDS,
    **handling.COMMANDS,
    **evaluating.COMMANDS,
    **supervising.COMMANDS,
    **assisting.COMMANDS,
    **disposing.COMMANDS,
    **emergency.COMMANDS,
    **citizen.COMMANDS,
    **reopening.COMMANDS,
    **extending.COMMANDS,
    **supervision_orders.COMMANDS,
    **hanging.COMMANDS,
    **incidents.COMMANDS,
    **objecting.COMMANDS,
    **redispatching.COMMANDS,
    **consulting.COMMANDS,
    **industry.COMMANDS,
    **subassigning.COMMANDS,
    **whistling.COMMANDS,
    **escalating.COMMANDS,
    **deliberating.COMMANDS,
    **head_reading.COMMANDS,
    **pre_surveying.COMMANDS,
}
"""Command → what it is; the name is that of the update, of the route and of the word on the command line."""
