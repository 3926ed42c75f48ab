"""The state database: one connection on a thread of its own, so that no disk ever stops the conversation.

Every call is one transaction. Where the disk does not take it, the call waits and tries again until it does: what was
not stored is not confirmed to Telegram either, so that nothing is lost meanwhile.
"""

import asyncio
import logging
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar

from bot.errors import StartError, StateError
from bot.state.migrations import migrate

FILE: Final = "state.sqlite"
_WAITS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
# What a full or failing disk says, by SQLite's primary result codes: FULL, IOERR, CANTOPEN, READONLY, BUSY, NOMEM.
_DISK: Final = frozenset({13, 10, 14, 8, 5, 7})

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger("verbatim.bot")


class Database:
    """The state of one data folder. Open it once; `close` it at the end.

    Parameters:
        path: the SQLite file; it is made where there is none.
        troubled: is told, in one line, when the disk begins to refuse, and with '' when it takes again.

    Raises:
        StateError: if the file is no state database, or of a newer program.
        StartError: if this user may not read and write it.
    """

    def __init__(self, path: Path, troubled: Callable[[str], None] = lambda _: None) -> None:
        self._path = path
        self._troubled = troubled
        self._trouble = ""
        self._waiting = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="state")
        try:
            self._db = self._thread.submit(_opened, path).result()
        except BaseException:
            self._thread.shutdown()
            raise

    def on_trouble(self, troubled: Callable[[str], None]) -> None:
        """Tell this one of trouble from now on."""
        self._troubled = troubled

    async def run(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work(connection, ...)` as one transaction; it must be safe to run again after a rollback."""
        return await self._taken(_transaction, work, *args, **kwargs)

    async def note(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run as `run` does, without waiting for the disk: what is written outlives the process, not a power cut."""
        return await self._taken(_unforced, work, *args, **kwargs)

    async def _taken(
        self,
        transaction: Callable[..., T],
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        loop = asyncio.get_running_loop()
        tries = 0
        try:
            while True:
                try:
                    done = await loop.run_in_executor(
                        self._thread, lambda: transaction(self._db, work, *args, **kwargs)
                    )
                    break
                except sqlite3.OperationalError as error:
                    if (getattr(error, "sqlite_errorcode", 0) & 0xFF) not in _DISK:
                        raise
                    self._waiting += not tries
                    tries += 1
                    self._tell(f"the state database {self._path} cannot be written ({error}): make room on the disk")
                    await asyncio.sleep(_WAITS[min(tries, len(_WAITS)) - 1])
        finally:
            self._waiting -= bool(tries)
        # What only reads gets through on a full disk too, and says nothing of it.
        if not self._waiting:
            self._tell("")
        return done

    async def forget_log(self) -> None:
        """Write what stands in the write-ahead log into the file, and empty it: erased words stand there too."""
        await asyncio.get_running_loop().run_in_executor(
            self._thread, lambda: self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        )

    @property
    def size(self) -> int:
        """What it takes on the disk, with its write-ahead log, bytes."""
        return sum(file.stat().st_size for file in (self._path, Path(f"{self._path}-wal")) if file.exists())

    def _tell(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            log.error("the state database waits for its disk", extra={"reason": trouble}) if trouble else log.info(
                "the state database is written again"
            )
            self._troubled(trouble)

    def close(self) -> None:
        """Finish what is in hand and close the file."""
        self._thread.submit(self._db.close).result()
        self._thread.shutdown()


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        db = sqlite3.connect(path, isolation_level=None)
        # It holds what people asked: nobody else on the machine is to read it.
        path.chmod(0o600)
        # FULL: a confirmed update must outlive a power cut.
        db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
        db.executescript("PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 4000000;")
        before, now = migrate(db)
    except (sqlite3.DatabaseError, PermissionError) as error:
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            raise StartError(
                f"{path} belongs to another user: give it to the one who runs the bot (chown -R), or run the bot as "
                "the user who ran it before"
            ) from error
        raise StateError(
            f"{path} cannot be opened as the bot's state ({error}): restore it from a backup, or move it away to begin "
            "with none"
        ) from error
    if 0 < before < now:
        log.info("the state of an earlier version was taken over", extra={"form": before, "now": now})
    return db


def _transaction(
    db: sqlite3.Connection, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
) -> T:
    db.execute("BEGIN IMMEDIATE")
    try:
        done = work(db, *args, **kwargs)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return done


def _unforced(
    db: sqlite3.Connection, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
) -> T:
    # With a write-ahead log, NORMAL leaves out the fsync of every commit: https://sqlite.org/pragma.html
    db.execute("PRAGMA synchronous = NORMAL")
    try:
        return _transaction(db, work, *args, **kwargs)
    finally:
        db.execute("PRAGMA synchronous = FULL")
