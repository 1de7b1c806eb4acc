"""Every scenario there is: a file of scenarios takes them up when it is imported."""

from tests.workflows import (
    scenarios_of_incidents,
    scenarios_of_joint_work,
    scenarios_of_persons,
    scenarios_of_units,
)
from tests.workflows.scenarios import SCENARIOS

__all__ = [
    "SCENARIOS",
    "scenarios_of_incidents",
    "scenarios_of_joint_work",
    "scenarios_of_persons",
    "scenarios_of_units",
]
