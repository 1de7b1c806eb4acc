"""The metrics that workflows record: nothing while they replay, no event in a history."""

from datetime import datetime, timedelta

from temporalio import workflow

LATENESS = "jiesu_timer_lateness"
"""How long after its instant a timer was acted upon."""


def timer_rang(due: datetime) -> None:
    """Note that the timer for the instant `due` has just rung."""
    workflow.metric_meter().create_histogram_timedelta(
        LATENESS, "How long after its instant a ticket's timer was acted upon", "duration"
    ).record(max(workflow.now() - due, timedelta(0)))
