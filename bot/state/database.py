"""The state database: one connection on a thread of its own, so that a slow disk never stops the conversation.

Every call is one transaction. If the disk refuses it, the call waits and tries again until it succeeds: what was
not stored is not confirmed to Telegram either, so that nothing is lost meanwhile. Damage is checked for at the
start; once damage shows, every call raises, so that no update counts as finished any more.
"""

import asyncio
import json
import logging
import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar

from bot.errors import BotError, DamagedError, StartError
from bot.state.migrations import migrate

FILE: Final = "state.sqlite"
_WAITS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
# SQLite's primary result codes for a full or failing disk: FULL, IOERR, CANTOPEN, READONLY, BUSY, NOMEM.
_DISK: Final = frozenset({13, 10, 14, 8, 5, 7})
# Result codes for a damaged file: CORRUPT and NOTADB, and those IOERR that no second reading mends.
_CORRUPT: Final = frozenset({11, 26})
_UNREADABLE: Final = frozenset(
    {sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS, sqlite3.SQLITE_IOERR_DATA}
)
# Python's own words for a text that is no UTF-8; only valid UTF-8 is ever stored.
_NO_TEXT: Final = "Could not decode"
# Errors of a damaged file: SQLite's own message may hold bytes that are no UTF-8, which raises no sqlite3.Error.
_ERRORS: Final = (sqlite3.DatabaseError, UnicodeDecodeError, json.JSONDecodeError)
_SLOW_CHECK: Final = 2.0
# After a rewriting there is none for so many times its own duration: repeated requests stop nobody.
_REST: Final = 60

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger("verbatim.bot")


class Database:
    """The state of one data folder. Open it once; `close` it at the end.

    Parameters:
        path: the SQLite file; it is made where there is none.
        troubled: is called with one line when the disk begins to refuse, and with '' when it succeeds again.

    Raises:
        DamagedError: if the file is damaged.
        BotError: if it cannot be opened, or is of a newer program.
        StartError: if this user may not read and write it.
    """

    def __init__(self, path: Path, troubled: Callable[[str], None] = lambda _: None) -> None:
        self._path = path
        self._troubled = troubled
        self._stop: Callable[[], None] = lambda: None
        self._damage: str | None = None
        self._trouble = ""
        self._waiting = 0
        self._rests_until = 0.0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="state")
        try:
            self._db = self._thread.submit(_open, path).result()
        except BaseException:
            self._thread.shutdown()
            raise

    def on_trouble(self, troubled: Callable[[str], None]) -> None:
        """Set the function that is told of trouble from now on."""
        self._troubled = troubled

    def on_damage(self, stop: Callable[[], None]) -> None:
        """Call `stop` once when the file turns out to be damaged."""
        self._stop = stop

    @property
    def damage(self) -> DamagedError | None:
        """Return what is wrong with the file, None while nothing is known to be."""
        return DamagedError(self._damage) if self._damage else None

    async def run(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work(connection, ...)` as one transaction; it must be safe to run again after a rollback.

        Raises:
            DamagedError: if the file is damaged, from then on always.
        """
        return await self._retry(_transaction, work, *args, **kwargs)

    async def run_unsynced(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run as `run` does, without waiting for the disk: what is written outlives the process, not a power cut."""
        return await self._retry(_unsynced, work, *args, **kwargs)

    async def _retry(
        self,
        transaction: Callable[..., T],
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        tries = 0
        try:
            while True:
                try:
                    done = await self._on_thread(lambda: transaction(self._db, work, *args, **kwargs))
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
        # A transaction that only reads succeeds on a full disk too, and proves nothing.
        if not self._waiting:
            self._tell("")
        return done

    async def empty_log(self) -> None:
        """Write what stands in the write-ahead log into the file, and empty it: erased words stand there too."""
        await self._on_thread(lambda: self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())

    async def rewrite(self) -> bool:
        """Write the file anew and empty the log; False where that was done a moment ago, or there is no room for it.

        `secure_delete` overwrites what is deleted, but not the copies of rows that SQLite leaves in a page when it
        moves them to another: VACUUM alone does away with those. Nothing else is done meanwhile (22 MB took 1 s, 1.1 GB
        50 s on a busy machine), and it needs as much room again.
        """
        begun = time.monotonic()
        if begun < self._rests_until:
            return False
        try:
            await self._on_thread(lambda: self._db.execute("VACUUM").fetchall())
            await self.empty_log()
        except sqlite3.OperationalError as error:
            log.warning("the state database could not be rewritten", extra={"reason": str(error)})
            return False
        finally:
            ended = time.monotonic()
            self._rests_until = ended + _REST * (ended - begun)
        return True

    async def _on_thread(self, work: Callable[[], T]) -> T:
        if self._damage:
            raise DamagedError(self._damage)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except _ERRORS as error:
            reason = _damage(error)
            if not reason:
                raise
            if not self._damage:
                self._damage = _damage_message(self._path, reason)
                log.error("the state database is damaged", extra={"reason": reason})
                self._stop()
            # Not chained: the error may hold the text itself, and the log is to hold no words.
            raise DamagedError(self._damage) from None

    @property
    def size(self) -> int:
        """Return its size on the disk, with its write-ahead log, bytes."""
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


def check(db: sqlite3.Connection) -> str:
    """Return what is wrong with a file's pages, '' where nothing is.

    It reads the whole file: 1.2 GB took 2 s from the system's cache, and 10 s from the disk.
    """
    try:
        (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
    except _ERRORS as error:
        reason = _damage(error)
        if not reason:
            raise
        return reason
    return "" if found == "ok" else " ".join(found.split())


def read_note(db: sqlite3.Connection, name: str) -> str:
    """Return the value of that name, a single value that outlives a restart; '' if there is none."""
    row = db.execute("SELECT value FROM notes WHERE name = ?", [name]).fetchone()
    return row[0] if row else ""


def write_note(db: sqlite3.Connection, name: str, value: str) -> None:
    """Note a value; '' forgets it."""
    if value:
        db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", [name, value])
    else:
        db.execute("DELETE FROM notes WHERE name = ?", [name])


def count_note(db: sqlite3.Connection, name: str) -> None:
    """Count something that has happened, as the value of that name."""
    db.execute("INSERT INTO notes VALUES (?, '1') ON CONFLICT DO UPDATE SET value = value + 1", [name])


def forget_note(db: sqlite3.Connection, name: str, value: str) -> None:
    """Forget a value, unless it has become another meanwhile."""
    db.execute("DELETE FROM notes WHERE name = ? AND value = ?", [name, value])


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        db = sqlite3.connect(path, isolation_level=None)
        try:
            before, now = _prepare(db, path)
        except BaseException:
            db.close()
            raise
    except (*_ERRORS, PermissionError) as error:
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            raise StartError(
                f"{path} belongs to another user: give it to the one who runs the bot (chown -R), or run the bot as "
                "the user who ran it before"
            ) from error
        if reason := _damage(error):
            raise DamagedError(_damage_message(path, reason)) from None
        raise BotError(
            f"{path} cannot be opened as the bot's state ({error}): no other program may hold it, and the user who "
            "runs the bot must be able to write its folder"
        ) from error
    if 0 < before < now:
        log.info("the state of an earlier version was taken over", extra={"form": before, "now": now})
    return db


def _prepare(db: sqlite3.Connection, path: Path) -> tuple[int, int]:
    # It holds what people asked: nobody else on the machine is to read it.
    path.chmod(0o600)
    # FULL: a confirmed update must outlive a power cut.
    db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
    db.executescript("PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 4000000;")
    # VACUUM writes its copy there: /tmp may be small, or memory, and is no place for what people asked.
    os.environ["SQLITE_TMPDIR"] = str(path.parent.resolve())
    begun = time.monotonic()
    found = check(db)
    if (seconds := time.monotonic() - begun) > _SLOW_CHECK:
        log.info("checked the state database", extra={"seconds": round(seconds, 1)})
    if found:
        raise DamagedError(_damage_message(path, found))
    return migrate(db)


def _damage(error: Exception) -> str:
    """Return what an error says of damage to the file, '' if it speaks of something else."""
    if isinstance(error, UnicodeDecodeError | json.JSONDecodeError):
        return "a text in it is not what was stored"
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return "a text in it is not UTF-8" if str(error).startswith(_NO_TEXT) else ""
    return str(error) if code & 0xFF in _CORRUPT or code in _UNREADABLE else ""


def _damage_message(path: Path, reason: str) -> str:
    return (
        f"{path} is damaged ({reason}): put the last backup in its place and remove {path.name}-wal and "
        f"{path.name}-shm, or move all three away to begin with none; then start the bot again"
    )


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


def _unsynced(
    db: sqlite3.Connection, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
) -> T:
    # With a write-ahead log, NORMAL leaves out the fsync of every commit: https://sqlite.org/pragma.html
    db.execute("PRAGMA synchronous = NORMAL")
    try:
        return _transaction(db, work, *args, **kwargs)
    finally:
        db.execute("PRAGMA synchronous = FULL")
