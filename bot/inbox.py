"""The durable inbox: an update is stored before it is confirmed to Telegram, and marked when it is finished.

What a kill left unfinished is taken up again at the next start; what Telegram delivers twice is taken once.
"""

import asyncio
import json
import logging
import re
import sqlite3
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.state.database import Database

# Telegram keeps what was not confirmed for 24 hours; numbers of finished updates are remembered longer than that.
_REMEMBERED: Final = 3 * 24 * 3600.0
# Updates in hand from which fetching waits: memory stays bounded however much has piled up.
MOST_IN_HAND: Final = 2_000

_HALF: Final = re.compile("[\ud800-\udfff]")

log = logging.getLogger("verbatim.bot")

Body = Mapping[str, Any]


class Inbox:
    """Updates on their way from Telegram to the handlers.

    Parameters:
        queue: where the handlers take them from, in order.
        read: makes the object that handlers expect of an update's JSON; None where nothing can be made of it.
    """

    def __init__(self, state: Database, queue: "asyncio.Queue[object]", read: Callable[[Body], object | None]) -> None:
        self._state = state
        self._queue = queue
        self._read = read
        self._in_hand: dict[int, float] = {}
        self._room = asyncio.Condition()

    @property
    def pending(self) -> int:
        """How many updates are stored and not finished."""
        return len(self._in_hand)

    def waited(self, update_id: int) -> float:
        """Seconds since an update that is in hand was taken in; 0 for any other."""
        now = time.monotonic()
        return now - self._in_hand.get(update_id, now)

    async def take_up_unfinished(self) -> int:
        """Queue what an earlier run left unfinished, oldest first; return how many. Call it before fetching."""
        bodies = await self._state.run(unfinished)
        for body in bodies:
            await self._hand_over(body)
        if bodies:
            log.info("took up unfinished updates", extra={"updates": len(bodies)})
        return len(bodies)

    async def accept(self, updates: list[Body]) -> None:
        """Store updates, then queue those that are new. Returns once they are safe, and there is room for more."""
        new = await self._state.run(store, updates, time.time())
        for body in new:
            await self._hand_over(body)
        async with self._room:
            await self._room.wait_for(lambda: len(self._in_hand) < MOST_IN_HAND)

    async def finish(self, update_id: int) -> None:
        """An update has been dealt with: it is never taken up again."""
        await self._state.run(mark_finished, update_id)
        self._in_hand.pop(update_id, None)
        async with self._room:
            self._room.notify_all()

    async def _hand_over(self, body: Body) -> None:
        update_id = int(body["update_id"])
        self._in_hand[update_id] = time.monotonic()
        update = self._read(body)
        if update is None:
            # Nothing would ever become of it: Telegram may send what this version has never heard of.
            log.warning("an update cannot be read", extra={"update_id": update_id})
            await self.finish(update_id)
        else:
            self._queue.put_nowait(update)


def sound(body: Body) -> dict[str, Any]:
    """An update whose texts can be written in UTF-8: half a surrogate pair, which JSON may hold, becomes U+FFFD.

    Both count as one UTF-16 unit, so that the places of entities stay right.
    """
    read: dict[str, Any] = json.loads(_HALF.sub("\ufffd", json.dumps(body, ensure_ascii=False)))
    return read


def store(db: sqlite3.Connection, updates: list[Body], now: float) -> list[Body]:
    """Write updates down; return those that were not there yet."""
    new = []
    for body in updates:
        # In ASCII: half a surrogate pair is JSON, and no text that SQLite takes.
        row = (body["update_id"], now, json.dumps(body))
        if db.execute("INSERT OR IGNORE INTO inbox VALUES (?, ?, ?)", row).rowcount:
            new.append(body)
    return new


def unfinished(db: sqlite3.Connection) -> list[Body]:
    """What was stored and not finished, oldest first."""
    rows = db.execute("SELECT body FROM inbox WHERE body IS NOT NULL ORDER BY update_id")
    return [json.loads(body) for (body,) in rows]


def mark_finished(db: sqlite3.Connection, update_id: int) -> None:
    """Forget what an update said; keep its number."""
    db.execute("UPDATE inbox SET body = NULL WHERE update_id = ?", [update_id])


def forget_old(db: sqlite3.Connection, now: float) -> None:
    """Drop the numbers of updates that Telegram cannot deliver again."""
    db.execute("DELETE FROM inbox WHERE body IS NULL AND received < ?", [now - _REMEMBERED])
