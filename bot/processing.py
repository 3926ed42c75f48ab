"""One chat's updates in order, different chats side by side; each marked as finished when it has been dealt with."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Hashable
from contextlib import asynccontextmanager
from typing import Any, Final

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.inbox import MOST_IN_HAND, Inbox

log = logging.getLogger("verbatim.bot")

# The library's own bound; the inbox holds fetching back long before, and a fetch brings at most 100.
_BOUND: Final = 2 * MOST_IN_HAND + 1_000


class Lanes:
    """Locks by key, each there only as long as somebody wants it; whoever came first goes first."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def __call__(self, key: Hashable) -> AsyncIterator[None]:
        """Wait for the turn of `key`."""
        lock, users = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks[key]
            if users == 1:
                del self._locks[key]
            else:
                self._locks[key] = (lock, users - 1)

    def __len__(self) -> int:
        return len(self._locks)


class ByChat(BaseUpdateProcessor):
    """Handles updates; `drain` ends it.

    `concurrent_updates` of the library would keep no order within a chat.
    """

    def __init__(self, inbox: Inbox) -> None:
        super().__init__(max_concurrent_updates=_BOUND)
        self._inbox = inbox
        self._lanes = Lanes()
        self._begun: set[asyncio.Task[Any]] = set()
        self._stopping = False

    async def initialize(self) -> None:
        """Nothing is to be prepared."""

    async def shutdown(self) -> None:
        """Nothing is to be freed."""

    async def do_process_update(self, update: object, coroutine: "Awaitable[Any]") -> None:
        """Handle one update when its chat's turn has come. What is cancelled is left unfinished in the inbox."""
        task = asyncio.current_task()
        assert task
        assert isinstance(update, Update)
        try:
            async with self._lanes(lane_of(update)):
                if self._stopping:
                    return
                self._begun.add(task)
                await coroutine
                await self._inbox.finish(update.update_id)
        finally:
            self._begun.discard(task)
            # One that never began says so otherwise.
            if asyncio.iscoroutine(coroutine):
                coroutine.close()

    async def drain(self, seconds: float) -> int:
        """Begin nothing any more, and finish what is in hand; return how many were left unfinished after so long."""
        self._stopping = True
        begun = set(self._begun)
        if begun:
            _, begun = await asyncio.wait(begun, timeout=seconds)
        for task in begun:
            task.cancel()
        if begun:
            await asyncio.wait(begun, timeout=5)
        return len(begun)


def lane_of(update: Update) -> Hashable:
    """What an update must be handled in the order of: its chat, or else the person it comes from.

    An inline query waits for nobody: it is out of date as soon as the person has typed another letter.
    """
    if update.inline_query is not None:
        return ("update", update.update_id)
    if update.effective_chat is not None:
        return ("chat", update.effective_chat.id)
    if update.effective_user is not None:
        return ("person", update.effective_user.id)
    return ("update", update.update_id)
