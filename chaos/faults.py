"""Has the faults of a plan strike, each at its time, whatever the others do."""

import asyncio
from collections.abc import Callable

from chaos.plan import Fault
from chaos.site import Site

_DELAY = 0.4


async def strike_all(site: Site, faults: tuple[Fault, ...], say: Callable[[str], None]) -> None:
    """Strike every fault at its time; return when the last is over."""
    began = asyncio.get_running_loop().time()

    async def at_its_time(fault: Fault) -> None:
        await asyncio.sleep(began + fault.at - asyncio.get_running_loop().time())
        say(str(fault))
        await strike(site, fault)

    await asyncio.gather(*(at_its_time(fault) for fault in faults))


async def strike(site: Site, fault: Fault) -> None:
    """Have one fault strike; return when it is over."""
    match fault.kind:
        case "fill":
            await _fill(site, fault)
        case "cut" | "swallow" | "delay":
            await _disturb(site, fault)
        case "freeze":
            part = site.parts[fault.victim]
            part.freeze()
            await asyncio.sleep(fault.seconds)
            part.thaw()
        case "kill":
            for name in fault.victim.split("+"):
                site.parts[name].kill()
        case "restart":
            site.parts[fault.victim].ask_to_restart()
        case _:
            raise ValueError(fault.kind)


async def _fill(site: Site, fault: Fault) -> None:
    if site.volume is not None:
        await asyncio.to_thread(site.volume.fill)
        await asyncio.sleep(fault.seconds)
        site.volume.free()


async def _disturb(site: Site, fault: Fault) -> None:
    proxy = site.proxies[fault.victim]
    match fault.kind:
        case "cut":
            proxy.cut()
        case "swallow":
            proxy.swallow()
        case _:
            proxy.delay(_DELAY)
    await asyncio.sleep(fault.seconds)
    proxy.heal()
