"""The pace of several workers together: each message reserves its time in PostgreSQL, mostly by one statement.

A row holds the time at which the next message may be sent where nobody hurries (the generic cell rate algorithm, ITU-T
I.371). The clock is PostgreSQL's, so that the machines need not agree on the time.
"""

import asyncio
from contextlib import suppress
from typing import Final

from psycopg.errors import DuplicateTable, UniqueViolation

from bot.state.coordination import Coordination

# Seconds between two messages, and how many may come at once: of the whole bot no second holds more than 30, the most
# that Telegram asks for; of a chat one a second; of a group 20 a minute (Bots FAQ, "My bot is hitting limits").
_ALL: Final = ("all", 1 / 28, 2.0)
_CHAT: Final = (1.0, 2.0)
_GROUP: Final = (3.0, 20.0)
_TIDIED_EVERY: Final = 3600.0

_TABLE: Final = """
    CREATE UNLOGGED TABLE IF NOT EXISTS pace (
        what TEXT PRIMARY KEY, step DOUBLE PRECISION NOT NULL, burst DOUBLE PRECISION NOT NULL,
        free_at DOUBLE PRECISION NOT NULL
    )
"""
# The chat's time first, then the bot's: only where the chat need not wait, since that time would have passed else.
_RESERVE: Final = """
    WITH chat AS (
        INSERT INTO pace AS p
        SELECT what, step, burst, extract(epoch FROM clock_timestamp()) + step
        FROM unnest(%s::text[], %s::float8[], %s::float8[]) AS t (what, step, burst)
        ON CONFLICT (what) DO UPDATE SET
            free_at = greatest(p.free_at, extract(epoch FROM clock_timestamp())) + excluded.step
        RETURNING p.free_at - p.step * p.burst - extract(epoch FROM clock_timestamp()) AS wait
    ), late AS (
        SELECT greatest(0, max(wait)) AS seconds FROM chat
    ), bot AS (
        INSERT INTO pace AS p
        SELECT %s, %s, %s, extract(epoch FROM clock_timestamp()) + %s FROM late WHERE seconds = 0
        ON CONFLICT (what) DO UPDATE SET
            free_at = greatest(p.free_at, extract(epoch FROM clock_timestamp())) + excluded.step
        RETURNING p.free_at - p.step * p.burst - extract(epoch FROM clock_timestamp()) AS wait
    )
    SELECT seconds::float8, (SELECT wait::float8 FROM bot) FROM late
"""
_HOLD: Final = """
    INSERT INTO pace AS p VALUES (%s, %s, %s, extract(epoch FROM clock_timestamp()) + %s)
    ON CONFLICT (what) DO UPDATE SET free_at = greatest(p.free_at, excluded.free_at) RETURNING 1
"""
_TIDY: Final = "DELETE FROM pace WHERE free_at < extract(epoch FROM clock_timestamp()) - %s RETURNING 1"


class SharedPace:
    """The times at which workers may send messages."""

    def __init__(self, coordination: Coordination) -> None:
        self._coordination = coordination

    async def open(self) -> None:
        """Make the table where there is none."""
        # Two that make it at once get in each other's way, and it is there then.
        with suppress(UniqueViolation, DuplicateTable):
            await self._coordination.ask(_TABLE)

    async def wait(self, chat: int | str) -> None:
        """Wait until a message may be sent to a chat."""
        rows = [(f"chat {chat}", *_CHAT)]
        if isinstance(chat, str) or chat < 0:
            rows.append((f"group {chat}", *_GROUP))
        late, wait = await self._reserve(rows)
        if wait is None:
            await asyncio.sleep(late)
            _, wait = await self._reserve([])
        await asyncio.sleep(max(0.0, wait or 0.0))

    async def hold(self, chat: int | str, seconds: float) -> None:
        """Let no worker write to a chat for so long, since Telegram wants it."""
        step, burst = _CHAT
        await self._coordination.ask(_HOLD, [f"chat {chat}", step, burst, seconds + step * (burst - 1)])

    async def tidy(self) -> None:
        """Forget the chats that have been quiet, every hour, until cancelled."""
        while True:
            await self._coordination.ask(_TIDY, [_TIDIED_EVERY])
            await asyncio.sleep(_TIDIED_EVERY)

    async def _reserve(self, rows: list[tuple[str, float, float]]) -> tuple[float, float | None]:
        """Reserve times; return the seconds until that of the chat, and until that of the bot, None if not reserved."""
        names, steps, bursts = ([row[place] for row in rows] for place in range(3))
        everywhere, step, burst = _ALL
        ((late, wait),) = await self._coordination.ask(_RESERVE, [names, steps, bursts, everywhere, step, burst, step])
        return late, wait
