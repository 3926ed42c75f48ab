"""Background work: tasks that are stopped together, and the hourly housekeeping of the state.

Housekeeping goes by this machine's clock. A clock that is wrong by months, after a power cut or a bad time server,
would have it delete all there is: so nothing is deleted before the clock has run without a jump for a day.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Coroutine
from datetime import date
from typing import Any, Final

from bot.errors import StateError
from bot.services import Services
from bot.state import broadcasts, cards, feedback, inbox, people, turns, usage, watches
from bot.state.connection import Connection
from bot.state.database import forget_note, read_note, write_note
from bot.state.people import FORGOTTEN
from bot.state.state import State

_EVERY: Final = 3600.0
_DAY: Final = 24 * 3600.0
# The note of the clock: since when it has not jumped, and when it was looked at last; seconds since 1970.
_NOTE: Final = "steady"
_REWRITTEN: Final = "rewritten"
# Columns with the time by which rows grow old.
_AGES: Final = (
    ("cards", "created"),
    ("turns", "created"),
    ("feedback", "since"),
    ("people", "seen"),
    ("broadcasts", "created"),
    ("watches", "since"),
)
# Seconds that a watch waits without news: people are told, and it ends.
_WATCHED: Final = 365 * _DAY

log = logging.getLogger("verbatim.bot")


class BackgroundTasks:
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


async def keep_house(services: Services, monotonic: Callable[[], float] = time.monotonic) -> None:
    """Tidy up now and every hour, until cancelled.

    Parameters:
        monotonic: gives seconds that no setting of the clock changes.
    """
    looked: float | None = None
    while True:
        ticks = monotonic()
        passed = None if looked is None else ticks - looked
        looked = ticks
        keep = services.options.keep_days * _DAY
        try:
            await services.state.run(tidy, services.now(), services.today(), keep, passed)
            await _rewrite(services.state, services.now())
        except (sqlite3.Error, StateError):
            log.exception("the state could not be tidied up; trying again in an hour")
        await asyncio.sleep(_EVERY)


async def _rewrite(state: State, now: float) -> None:
    """Write the state's file anew once a day, and after somebody has forgotten; else empty its log at least.

    Until then copies of deleted rows and of finished messages may stand in both.
    """
    forgotten = await state.run(read_note, FORGOTTEN)
    last = await state.run(read_note, _REWRITTEN)
    if (forgotten or not last or abs(now - float(last)) >= _DAY) and await state.rewrite():
        await state.run(forget_note, FORGOTTEN, forgotten)
        await state.run(write_note, _REWRITTEN, repr(now))
    else:
        await state.empty_log()


def tidy(db: Connection, now: float, today: date, keep: float, passed: float | None) -> bool:
    """Delete what is older than people were told; return False if the clock cannot be believed yet.

    Parameters:
        now, today: by this machine's clock.
        keep: seconds that words are kept.
        passed: seconds since this was done last, by no clock that can be set; None at the first time of a run.
    """
    if not _is_steady(db, now, passed):
        return False
    for table, column in _AGES:
        # A time in the future was noted while the clock was ahead.
        db.execute(f"UPDATE {table} SET {column} = ? WHERE {column} IS NULL OR {column} > ?", [now, now + _DAY])
    before = now - keep
    cards.forget_old(db, before)
    turns.forget_old(db, before)
    feedback.forget_old(db, before)
    people.forget_old(db, before)
    broadcasts.forget_old(db, before)
    watches.end_old(db, now - _WATCHED)
    cards.forget_words(db)
    inbox.forget_old(db, now)
    usage.forget_old(db, now, today)
    return True


def _is_steady(db: Connection, now: float, passed: float | None) -> bool:
    """Return whether the clock has run for a day without a jump of more than a day.

    Between two runs nobody knows how much time has passed: off for more than a day is as good as a jump.
    """
    noted = read_note(db, _NOTE)
    since, last = map(float, noted.split()) if noted else (now, now)
    if abs(now - last - (passed or 0.0)) > _DAY:
        log.warning("the clock jumped, or the bot was off: nothing is deleted for a day")
        since = now
    write_note(db, _NOTE, f"{since!r} {now!r}")
    return now - since >= _DAY
