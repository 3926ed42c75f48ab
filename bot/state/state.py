"""The state as the bot's parts use it, whichever database keeps it: transactions that wait where the database refuses.

Every call is one transaction, on a thread of its own, so that a slow database never stops the conversation. If the
database refuses it for now, the call waits and tries again until it succeeds: what was not stored is not confirmed to
Telegram either, so that nothing is lost meanwhile. Once damage shows, every call raises, so that no update counts as
finished any more.
"""

import asyncio
import json
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, Final, ParamSpec, TypeVar

from bot.errors import DamagedError
from bot.state.connection import Connection

_WAITS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
# After a rewriting there is none for so many times its own duration: repeated requests stop nobody.
_REST: Final = 60
# What a text that is not what was stored raises when it is read: no error of the database.
UNREADABLE: Final = (UnicodeDecodeError, json.JSONDecodeError)

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger("verbatim.bot")


class State(ABC):
    """The bot's state. `close` it at the end.

    Parameters:
        troubled: is called with one line when the database begins to refuse, and with '' when it succeeds again.
    """

    def __init__(self, troubled: Callable[[str], None]) -> None:
        self._troubled = troubled
        self._stop: Callable[[], None] = lambda: None
        self._damage: str | None = None
        self._trouble = ""
        self._waiting = 0
        self._rests_until = 0.0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="state")

    def on_trouble(self, troubled: Callable[[str], None]) -> None:
        """Set the function that is told of trouble from now on."""
        self._troubled = troubled

    def on_damage(self, stop: Callable[[], None]) -> None:
        """Call `stop` once when the database turns out to be damaged."""
        self._stop = stop

    @property
    def damage(self) -> DamagedError | None:
        """Return what is wrong with the database, None while nothing is known to be."""
        return DamagedError(self._damage) if self._damage else None

    async def run(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work(connection, ...)` as one transaction; it must be safe to run again after a rollback.

        Raises:
            DamagedError: if the database is damaged, from then on always.
        """
        return await self._retry(self._attempt(lambda db: work(db, *args, **kwargs), synced=True))

    async def run_unsynced(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run as `run` does, without waiting for the disk: what is written outlives the process, not a power cut."""
        return await self._retry(self._attempt(lambda db: work(db, *args, **kwargs), synced=False))

    async def rewrite(self) -> bool:
        """Do away with the copies of deleted rows; False where that was done a moment ago, or cannot be done now.

        Nothing else is done meanwhile.
        """
        begun = time.monotonic()
        if begun < self._rests_until:
            return False
        try:
            return await self._rewrite()
        finally:
            ended = time.monotonic()
            self._rests_until = ended + _REST * (ended - begun)

    @abstractmethod
    async def _rewrite(self) -> bool:
        """Do away with the copies of deleted rows that the database leaves; False where that cannot be done now."""

    @abstractmethod
    async def empty_log(self) -> None:
        """Do away with the deleted rows that stand in a log, where this is the database's own affair."""

    @abstractmethod
    async def size(self) -> int:
        """Return its size on the disk, bytes."""

    @abstractmethod
    def _attempt(self, work: Callable[[Connection], T], *, synced: bool) -> Callable[[], T]:
        """Return a function that tries, each time it is called on the thread, to run some work as one transaction."""

    @abstractmethod
    def _refusal(self, error: Exception) -> str:
        """Return the line about an error that passes, '' for any other error."""

    @abstractmethod
    def _damaged(self, error: Exception) -> str:
        """Return the line about an error that comes of damage, '' for any other error."""

    @abstractmethod
    def _disconnect(self) -> None:
        """Close the connection, on the thread."""

    async def _retry(self, attempt: Callable[[], T]) -> T:
        tries = 0
        try:
            while True:
                try:
                    done = await self._on_thread(attempt)
                    break
                except DamagedError:
                    raise
                except Exception as error:
                    refusal = self._refusal(error)
                    if not refusal:
                        raise
                    self._waiting += not tries
                    tries += 1
                    self._tell(refusal)
                    await asyncio.sleep(_WAITS[min(tries, len(_WAITS)) - 1])
        finally:
            self._waiting -= bool(tries)
        # A transaction that only reads succeeds on a full disk too, and proves nothing.
        if not self._waiting:
            self._tell("")
        return done

    async def _on_thread(self, work: Callable[[], T]) -> T:
        if self._damage:
            raise DamagedError(self._damage)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except Exception as error:
            damage = self._damaged(error)
            if not damage:
                raise
            if not self._damage:
                self._damage = damage
                log.error("the state database is damaged", extra={"reason": damage})
                self._stop()
            # Not chained: the error may hold the text itself, and the log is to hold no words.
            raise DamagedError(self._damage) from None

    def _tell(self, trouble: str) -> None:
        # Once for each time, though the reason may change until it is over.
        if bool(trouble) != bool(self._trouble):
            self._trouble = trouble
            if trouble:
                log.error("the state database refuses; waiting", extra={"reason": trouble})
            else:
                log.info("the state database is written again")
            self._troubled(trouble)

    def close(self) -> None:
        """Finish what is in hand and close the database."""
        self._thread.submit(self._disconnect).result()
        self._thread.shutdown()
