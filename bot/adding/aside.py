"""Coroutines that may keep an event loop busy, run where that disturbs nobody."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


async def aside(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine in a thread, on an event loop of its own; cancelled, it is cancelled there.

    Parameters:
        work: makes the coroutine.
    """
    begun: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = []

    async def watched() -> T:
        task = asyncio.current_task()
        assert task
        begun.append((asyncio.get_running_loop(), task))
        return await work()

    try:
        return await asyncio.to_thread(lambda: asyncio.run(watched()))
    except asyncio.CancelledError:
        for loop, task in begun:
            # Its loop is closed where it ended meanwhile.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(task.cancel)
        raise
