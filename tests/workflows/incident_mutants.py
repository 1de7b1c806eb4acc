"""Incidents that were changed in a way no running one survives; replaying an old history must find out."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.incident.incident import CarriedIncident, IncidentReceipt
from workflows.incident import Incident


@workflow.defn(name="Incident")
class PausesFirst(Incident):
    """Waits a moment before anything else."""

    @workflow.init
    def __init__(self, beginning: CarriedIncident) -> None:
        """Set up as ever."""
        super().__init__(beginning)

    @workflow.run
    async def run(self, beginning: CarriedIncident) -> IncidentReceipt:
        """Set a timer, then go on as ever."""
        await workflow.sleep(1)
        return await super().run(beginning)


@workflow.defn(name="Incident")
class TellsNobody(Incident):
    """Keeps its results to itself."""

    @workflow.init
    def __init__(self, beginning: CarriedIncident) -> None:
        """Set up as ever."""
        super().__init__(beginning)

    @workflow.run
    async def run(self, beginning: CarriedIncident) -> IncidentReceipt:
        """Go on as ever."""
        return await super().run(beginning)

    @property
    def _has_news(self) -> bool:
        return False
