"""What a workflow asks the engine about the run it is in."""

from temporalio import workflow


def command_key() -> str:
    """Return the id of the update being handled: the command's idempotency key."""
    update = workflow.current_update_info()
    if update is None:
        message = "a command outside an update"
        raise RuntimeError(message)
    return update.id


def history_is_long() -> bool:
    """Return whether the engine suggests to go on in a new run; asked at every message and every timer."""
    return workflow.info().is_continue_as_new_suggested()
