"""The state in one SQLite file: a connection that waits where the disk refuses, and finds damage at the start."""

import logging
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from bot.errors import BotError, DamagedError, StartError
from bot.state.connection import Connection
from bot.state.migrations import migrate
from bot.state.state import UNREADABLE, State

FILE: Final = "state.sqlite"
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
_ERRORS: Final = (sqlite3.DatabaseError, *UNREADABLE)
_SLOW_CHECK: Final = 2.0

T = TypeVar("T")

log = logging.getLogger("verbatim.bot")


class Database(State):
    """The state of one folder, in a file. Open it once; `close` it at the end.

    Parameters:
        path: the SQLite file; it is made where there is none.
        troubled: is called with one line when the disk begins to refuse, and with '' when it succeeds again.

    Raises:
        DamagedError: if the file is damaged.
        BotError: if it cannot be opened, or is of a newer program.
        StartError: if this user may not read and write it.
    """

    def __init__(self, path: Path, troubled: Callable[[str], None] = lambda _: None) -> None:
        super().__init__(troubled)
        self._path = path
        try:
            self._db = self._thread.submit(_open, path).result()
        except BaseException:
            self._thread.shutdown()
            raise

    def _attempt(self, work: Callable[[Connection], T], *, synced: bool) -> Callable[[], T]:
        transaction = _transaction if synced else _unsynced
        return lambda: transaction(self._db, work)

    def _refusal(self, error: Exception) -> str:
        if isinstance(error, sqlite3.OperationalError) and getattr(error, "sqlite_errorcode", 0) & 0xFF in _DISK:
            return f"the state database {self._path} cannot be written ({error}): make room on the disk"
        return ""

    def _damaged(self, error: Exception) -> str:
        reason = _damage(error) if isinstance(error, _ERRORS) else ""
        return _damage_message(self._path, reason) if reason else ""

    async def empty_log(self) -> None:
        """Write what stands in the write-ahead log into the file, and empty it: erased words stand there too."""
        await self._on_thread(lambda: self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())

    async def _rewrite(self) -> bool:
        """Write the file anew and empty the log; False where there is no room for it.

        `secure_delete` overwrites what is deleted, but not the copies of rows that SQLite leaves in a page when it
        moves them to another: VACUUM alone does away with those. It needs as much room again (22 MB took 1 s, 1.1 GB
        50 s on a busy machine).
        """
        try:
            await self._on_thread(lambda: self._db.execute("VACUUM").fetchall())
            await self.empty_log()
        except sqlite3.OperationalError as error:
            log.warning("the state database could not be rewritten", extra={"reason": str(error)})
            return False
        return True

    async def size(self) -> int:
        """Return its size on the disk, with its write-ahead log, bytes."""
        return sum(file.stat().st_size for file in (self._path, Path(f"{self._path}-wal")) if file.exists())

    def _disconnect(self) -> None:
        self._db.close()


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


def read_note(db: Connection, name: str) -> str:
    """Return the value of that name, a single value that outlives a restart; '' if there is none."""
    row = db.execute("SELECT value FROM notes WHERE name = ?", [name]).fetchone()
    return row[0] if row else ""


def write_note(db: Connection, name: str, value: str) -> None:
    """Note a value; '' forgets it."""
    if value:
        db.execute(
            "INSERT INTO notes VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", [name, value]
        )
    else:
        db.execute("DELETE FROM notes WHERE name = ?", [name])


def count_note(db: Connection, name: str) -> None:
    """Count something that has happened, as the value of that name."""
    db.execute(
        """INSERT INTO notes VALUES (?, '1')
           ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(notes.value AS INTEGER) + 1 AS TEXT)""",
        [name],
    )


def forget_note(db: Connection, name: str, value: str) -> None:
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
    if isinstance(error, UNREADABLE):
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


def _transaction(db: sqlite3.Connection, work: Callable[[Connection], T]) -> T:
    db.execute("BEGIN IMMEDIATE")
    try:
        done = work(db)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return done


def _unsynced(db: sqlite3.Connection, work: Callable[[Connection], T]) -> T:
    # With a write-ahead log, NORMAL leaves out the fsync of every commit: https://sqlite.org/pragma.html
    db.execute("PRAGMA synchronous = NORMAL")
    try:
        return _transaction(db, work)
    finally:
        db.execute("PRAGMA synchronous = FULL")
