"""The process of the bare workflow: a worker with the product's settings and nothing else to do."""

import asyncio
import signal

from temporalio.worker import Worker

from bench.bare import Bare
from engine.connection import connect_engine
from settings import from_process
from worker import worker_options

QUEUE = "bench-bare"


async def main() -> None:
    """Run bare workflows until SIGTERM."""
    settings = from_process()
    client = await connect_engine(settings)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with Worker(client, task_queue=QUEUE, workflows=[Bare], **worker_options(settings)):
        print("ready", flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
