"""What goes on in the background: started here, so that none is lost sight of, and stopped together."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger("verbatim.bot")


class Tasks:
    """The background tasks of a running bot."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Let some work go on; what goes wrong in it is logged."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Cancel what still goes on, and wait until it has cleaned up."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("work in the background failed", extra={"task": task.get_name()}, exc_info=error)
