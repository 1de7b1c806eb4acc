"""Has the faults of a plan strike, each at its time, whatever the others do."""

import asyncio
from collections.abc import Callable

from chaos.installation import Installation
from chaos.plan import Fault

_DELAY = 0.4


async def strike_all(
    installation: Installation, faults: tuple[Fault, ...], say: Callable[[str], None]
) -> None:
    """Strike every fault at its time; return when the last is over."""
    began = asyncio.get_running_loop().time()

    async def at_its_time(fault: Fault) -> None:
        await asyncio.sleep(began + fault.at - asyncio.get_running_loop().time())
        say(str(fault))
        await strike(installation, fault)

    await asyncio.gather(*(at_its_time(fault) for fault in faults))


async def strike(installation: Installation, fault: Fault) -> None:
    """Have one fault strike; return when it is over."""
    match fault.kind:
        case "fill":
            await asyncio.to_thread(installation.volume.fill)
            await asyncio.sleep(fault.seconds)
            installation.volume.free()
        case "cut" | "swallow" | "delay":
            await _disturb(installation, fault)
        case "freeze":
            part = installation.parts[fault.victim]
            part.freeze()
            await asyncio.sleep(fault.seconds)
            part.thaw()
        case "kill":
            for name in fault.victim.split("+"):
                installation.parts[name].kill()
        case "restart":
            installation.parts[fault.victim].ask_to_restart()
        case _:
            raise ValueError(fault.kind)


async def _disturb(installation: Installation, fault: Fault) -> None:
    proxy = installation.proxies[fault.victim]
    match fault.kind:
        case "cut":
            proxy.cut()
        case "swallow":
            proxy.swallow()
        case _:
            proxy.delay(_DELAY)
    await asyncio.sleep(fault.seconds)
    proxy.heal()
