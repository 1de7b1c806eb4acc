"""Every command beside the main line, from the branches' own files."""

from domain import (
    alerting,
    assisting,
    citizen,
    consulting,
    deliberating,
    disposing,
    emergency,
    escalating,
    extending,
    hanging,
    head_reading,
    incidents,
    industry,
    objecting,
    pre_surveying,
    redispatching,
    reopening,
    subassigning,
    supervision_orders,
    whistling,
)
from domain.branch import Branch

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
