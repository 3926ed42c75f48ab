"""One chat's updates in order, different chats side by side; each marked as finished when it has been dealt with."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, Final

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.updates.inbox import MOST_IN_HAND, Inbox
from bot.updates.origin import Lanes, lane_of

log = logging.getLogger("verbatim.bot")

# The library wants a bound; the inbox holds fetching back long before, and a fetch brings at most 100.
_BOUND: Final = 2 * MOST_IN_HAND + 1_000
# Seconds that one suspect is alone, and that everybody else waits for all of them.
_ALONE: Final = 3.0
_ALONE_ALL: Final = 15.0

# The number of the update that is being handled.
HANDLED: Final[ContextVar[int | None]] = ContextVar("handled", default=None)


class Quarantine:
    """Order after a crash: updates in hand then are handled alone, one after another, and all others after them.

    So a crash that comes again finds only the update that causes it begun, and innocent ones have no further try.
    """

    def __init__(self) -> None:
        self._suspects: set[int] = set()
        self._alone = asyncio.Lock()
        self._over = asyncio.Event()
        self._over.set()

    def begin(self, suspects: Iterable[int]) -> None:
        """Let these be first."""
        self._suspects = set(suspects)
        if self._suspects:
            self._over.clear()
            asyncio.get_running_loop().call_later(_ALONE_ALL, self.end)

    def end(self) -> None:
        """Let everything go its way."""
        self._over.set()

    @asynccontextmanager
    async def turn(self, update_id: int) -> AsyncIterator[None]:
        """Wait until an update may be handled."""
        if update_id not in self._suspects:
            await self._over.wait()
            yield
            return
        await self._alone.acquire()
        timer = asyncio.get_running_loop().call_later(_ALONE, self._acquit, update_id)
        try:
            yield
        finally:
            timer.cancel()
            self._acquit(update_id)

    def _acquit(self, update_id: int) -> None:
        """Let others no longer wait for this suspect: it is done with, or takes its time."""
        if update_id in self._suspects:
            self._suspects.discard(update_id)
            self._alone.release()
            if not self._suspects:
                self.end()


class ChatProcessor(BaseUpdateProcessor):
    """The processor of updates; `drain` ends it.

    `concurrent_updates` of the library would keep no order within a chat.
    """

    def __init__(self, inbox: Inbox) -> None:
        super().__init__(max_concurrent_updates=_BOUND)
        self._inbox = inbox
        self._lanes = Lanes()
        self._begun: dict[asyncio.Task[Any], int] = {}
        self._stopping = False
        self.quarantine = Quarantine()

    async def initialize(self) -> None:
        """Do nothing: there is nothing to prepare."""

    async def shutdown(self) -> None:
        """Do nothing: there is nothing to free."""

    async def do_process_update(self, update: object, coroutine: "Awaitable[Any]") -> None:
        """Handle one update when its chat's turn has come. What is cancelled is left unfinished in the inbox."""
        task = asyncio.current_task()
        assert task
        assert isinstance(update, Update)
        try:
            async with self._lanes(lane_of(update)), self.quarantine.turn(update.update_id):
                if self._stopping:
                    return
                self._begun[task] = update.update_id
                await self._inbox.begin(update.update_id)
                HANDLED.set(update.update_id)
                await coroutine
                await self._inbox.finish(update.update_id)
        finally:
            self._begun.pop(task, None)
            # Python warns of a coroutine that was never awaited.
            if asyncio.iscoroutine(coroutine):
                coroutine.close()

    async def drain(self, seconds: float) -> int:
        """Begin nothing any more, and finish what is in hand; return how many were left unfinished after so long."""
        self._stopping = True
        self.quarantine.end()
        if self._begun:
            await asyncio.wait(set(self._begun), timeout=seconds)
        left = dict(self._begun)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=5)
            # They are stopped on purpose, and that is no try.
            await self._inbox.pardon(left.values())
        return len(left)
