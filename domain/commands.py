"""Every command beside the main line, from the branches' own files."""

from domain.accept import disposing, emergency
from domain.accept import emergency as alerting
from domain.accept import requester as citizen
from domain.command.spec import Branch
from domain.dispatch import consulting, industry, objecting, redispatching
from domain.evaluate import reopening
from domain.handle import (
    assisting,
    deliberating,
    extending,
    hanging,
    head_reading,
    pre_surveying,
    subassigning,
    whistling,
)
from domain.incident import membership as incidents
from domain.supervise import escalating, supervision_orders

BRANCHES: dict[str, Branch] = {
    **assisting.COMMANDS,
    **disposing.COMMANDS,
    **emergency.COMMANDS,
    **alerting.COMMANDS,
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
