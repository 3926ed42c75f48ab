"""Long polling: one at a time; the older of two is told of the conflict. Source: Bot API, "getUpdates"."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from tests.telegram.server.entities import Json
from tests.telegram.server.errors import Conflict
from tests.telegram.server.parameters import Parameters
from tests.telegram.server.updates import BATCH_LIMIT
from tests.telegram.server.world import World

PARAMETERS: Final = frozenset({"offset", "limit", "timeout", "allowed_updates"})
TIMEOUT_LIMIT: Final = 50
"""The longest a poll waits, in seconds."""
_NOTICED: Final = 0.1  # seconds


class Poller:
    """Hands out updates. Everything runs on the server's loop."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: asyncio.Future[bool] | None = None

    def wake(self) -> None:
        """Let a waiting poll look again."""
        self._resolve(True)

    def _resolve(self, still_mine: bool) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(still_mine)

    async def get_updates(self, parameters: Parameters, left: Callable[[], bool]) -> list[Json]:
        """The updates from `offset` on; waits up to `timeout` seconds for one.

        Args:
            left: whether whoever polls has closed the connection; nobody is in the way of the next poll then.

        Raises:
            Conflict: if there is a webhook, or somebody else starts to poll meanwhile.
        """
        updates = self._world.updates
        if updates.webhook:
            raise Conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
        self._resolve(False)
        allowed = parameters.parsed("allowed_updates", list, "allowed updates")
        limit = min(max(parameters.integer("limit") or BATCH_LIMIT, 1), BATCH_LIMIT)
        deadline = time.monotonic() + min(max(parameters.integer("timeout") or 0, 0), TIMEOUT_LIMIT)
        with self._world.lock:
            updates.allow(allowed)
            updates.confirm(parameters.integer("offset") or 0)
            self._world.changed()
        while not updates.pending and not left() and (seconds := deadline - time.monotonic()) > 0:
            try:
                await self._turn(seconds)
            except Conflict:
                # Whoever closed a connection before they polled anew may not have been noticed yet.
                await asyncio.sleep(_NOTICED)
                if not left():
                    raise
            if updates.webhook:
                raise Conflict("terminated by setWebhook request")
        return updates.pending[:limit]

    async def _turn(self, seconds: float) -> None:
        """Wait until something changes or the time is up."""
        mine: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting = mine
        try:
            await asyncio.wait([mine], timeout=seconds)
        finally:
            if self._waiting is mine:
                self._waiting = None
        if mine.done() and not mine.result():
            raise Conflict("terminated by other getUpdates request; make sure that only one bot instance is running")
