"""Locks that one of several workers holds at a time, and words that all of them hear: by PostgreSQL's own means.

An advisory lock belongs to the connection that took it: PostgreSQL frees it when the worker that held it is gone,
however it ended. Where the connection alone is lost, as when PostgreSQL is started anew, every worker first takes back
the locks of what it has in hand, and nobody takes a new one for a while: so no other worker begins any of that.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final, LiteralString

from psycopg import AsyncConnection, Error, OperationalError

# Seconds without new locks after PostgreSQL was started, or the connection was lost.
_TAKEN_BACK_WITHIN: Final = 3.0
_LOOKED_AT_EVERY: Final = 0.5
_CONNECTS_WITHIN: Final = 5
# A worker whose machine is gone says no farewell: its connection counts as closed after 5 + 3 * 2 seconds of silence.
_OF_THE_SERVER: Final = (
    "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3; "
    "SET synchronous_commit = off"
)
# Errors of connections, and of an operator's intervention.
_GOING: Final = ("08", "57P")
_CHANNEL: Final = "verbatim"
_STARTED: Final = "SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float8"
# Two bots with a schema each may share a database.
_TAKE: Final = (
    "SELECT name FROM unnest(%s::text[]) AS name "
    "WHERE pg_try_advisory_lock(hashtextextended(current_schema() || ' ' || name, 0)) LIMIT %s"
)
_FREE: Final = "SELECT pg_advisory_unlock(hashtextextended(current_schema() || ' ' || %s::text, 0))"

log = logging.getLogger("verbatim.bot")


class Coordination:
    """A worker's connection for what the workers agree on.

    Parameters:
        address: of PostgreSQL, as libpq takes it.
        lost: is called with the name of a lock that another worker has got meanwhile.
    """

    def __init__(self, address: str, lost: Callable[[str], None] = lambda name: None) -> None:
        self._address = address
        self._lost = lost
        self._connection: AsyncConnection[tuple[Any, ...]] | None = None
        self._held: set[str] = set()
        # PostgreSQL lets one connection take a lock twice: what is held is looked at and changed by one at a time.
        self._one = asyncio.Lock()
        self._settled_at = 0.0

    def on_loss(self, lost: Callable[[str], None]) -> None:
        """Set the function that is told of lost locks from now on."""
        self._lost = lost

    async def open(self) -> None:
        """Connect.

        Raises:
            psycopg.OperationalError: if PostgreSQL cannot be reached.
        """
        self._connection = await _connect(self._address)
        await self._settle(0.0)

    async def close(self) -> None:
        """Free every lock."""
        if self._connection is not None:
            await self._connection.close()

    async def run(self) -> None:
        """Keep the connection, or take it up again, until cancelled."""
        while True:
            await asyncio.sleep(_LOOKED_AT_EVERY)
            if self._connection is not None and await self._tried("SELECT 1") is None:
                self._connection = None
                log.warning("the connection to PostgreSQL is lost; connecting again")
            if self._connection is None:
                with suppress(OperationalError, TimeoutError):
                    await self._reconnect()

    async def take(self, name: str) -> bool:
        """Take a lock; return whether it was free. One that this worker holds is not."""
        return bool(await self.take_of([name], 1))

    async def take_of(self, names: Sequence[str], most: int) -> list[str]:
        """Take those locks that are free, at most so many; return their names."""
        async with self._one:
            wanted = [name for name in names if name not in self._held]
            if not wanted or asyncio.get_running_loop().time() < self._settled_at:
                return []
            taken = [name for (name,) in await self._tried(_TAKE, [wanted, most]) or []]
            self._held.update(taken)
            return taken

    async def free(self, name: str) -> None:
        """Give a lock back."""
        async with self._one:
            if name in self._held:
                self._held.discard(name)
                await self._tried(_FREE, [name])

    async def ring(self, word: str) -> None:
        """Have every worker hear a word, this one too."""
        await self._tried("SELECT pg_notify(%s, %s)", [_CHANNEL, word])

    async def ask(self, sql: LiteralString, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Execute one statement by itself, and return its rows; it waits while PostgreSQL is away."""
        while (rows := await self._tried(sql, values)) is None:
            await asyncio.sleep(_LOOKED_AT_EVERY)
        return rows

    async def _tried(self, sql: LiteralString, values: Sequence[object] = ()) -> list[tuple[Any, ...]] | None:
        """Execute one statement; return its rows, or None where the connection is lost."""
        connection = self._connection
        if connection is None:
            return None
        try:
            cursor = await connection.execute(sql, values)
            return await cursor.fetchall() if cursor.description else []
        except OperationalError as error:
            # A server that is about to go says so before it closes the connection.
            if not connection.closed and not (error.sqlstate or "").startswith(_GOING):
                raise
            await connection.close()
            log.debug("PostgreSQL does not answer", extra={"reason": str(error)})
            return None

    async def _reconnect(self) -> None:
        connection = await _connect(self._address)
        async with self._one:
            await self._settle(_TAKEN_BACK_WITHIN)
            held = sorted(self._held)
            back = {name for (name,) in await (await connection.execute(_TAKE, [held, len(held)])).fetchall()}
            self._connection, self._held = connection, back
        log.info("connected to PostgreSQL again", extra={"locks": len(back)})
        for name in held:
            if name not in back:
                self._lost(name)

    async def _settle(self, seconds: float) -> None:
        """Take no new lock for so long, or until PostgreSQL has been up for a while."""
        ((up,),) = await self._tried(_STARTED) or [(0.0,)]
        wait = max(seconds, _TAKEN_BACK_WITHIN - up)
        self._settled_at = asyncio.get_running_loop().time() + wait


class Bell:
    """A worker's connection for words that are rung.

    Parameters:
        heard: is called with each word; with '' where some may have been missed.
    """

    def __init__(self, address: str, heard: Callable[[str], None]) -> None:
        self._address = address
        self._heard = heard

    async def run(self) -> None:
        """Listen until cancelled."""
        connected = False
        while True:
            with suppress(Error, TimeoutError):
                connection = await _connect(self._address)
                async with connection:
                    await connection.execute("LISTEN verbatim")
                    if connected:
                        self._heard("")
                    connected = True
                    async for notice in connection.notifies():
                        self._heard(notice.payload)
            await asyncio.sleep(_LOOKED_AT_EVERY)


async def _connect(address: str) -> AsyncConnection[tuple[Any, ...]]:
    connection = await AsyncConnection.connect(
        address,
        autocommit=True,
        connect_timeout=_CONNECTS_WITHIN,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
    )
    await connection.execute(_OF_THE_SERVER)
    return connection
