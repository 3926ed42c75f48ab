"""Cached vectors, so that a build encodes only what is new: (model, text) -> vector, in SQLite."""

import hashlib
import logging
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

log = logging.getLogger("verbatim.index")

# SQLite takes at least this many values in one query.
_AT_ONCE: Final = 500
_CHECKSUM: Final = 4
# Days for which vectors of articles that are gone are kept, since a folder that was unmounted, moved or deleted by
# mistake comes back; and their most, at some 2 kB each, unless the articles have more.
KEPT_DAYS: Final = 30
MOST_LEFT: Final = 200_000
# Error codes of SQLite for a file that is not, or no longer, the one it wrote; a full disk has others.
_DAMAGED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
# A damaged file raises these: where bytes of its schema stand in the message, no sqlite3.Error.
_ERRORS: Final = (sqlite3.DatabaseError, UnicodeDecodeError)

_Result = TypeVar("_Result")


def key_of(text: str) -> bytes:
    """Return the key of a text as it is encoded."""
    return hashlib.sha256(text.encode()).digest()


class VectorCache:
    """The vectors of one model. Losing this file costs only time, so a damaged one is started anew.

    Raises:
        OSError: from any method, where the disk is full or refuses a write.
    """

    def __init__(self, folder: Path, model_sha256: str, dimension: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._dimension = dimension
        self._path = folder / f"{model_sha256[:12]}.sqlite"
        with _disk_errors_named(self._path):
            try:
                self._db = _opened(self._path)
            except _ERRORS as error:
                if not _damaged(error):
                    raise
                self._db = _opened_anew(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def fetch(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        """Return the vectors there are for these keys, each float32 of shape (dimension,)."""
        return self._mended(lambda: self._fetch(keys))

    def store(self, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Store these vectors, float32 of shape (keys, dimension); a crash does not lose them once this returns."""
        rows = [(key, _sealed(key, vector)) for key, vector in zip(keys, vectors, strict=True)]
        self._mended(lambda: self._change("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows))

    def keep_only(self, keys: Iterable[bytes], today: int | None = None) -> None:
        """Delete the other vectors once no build has needed them for 30 days; of very many, the oldest at once.

        Parameters:
            today: the day, as `date.toordinal` counts; None for that of this machine's clock.
        """
        day = date.today().toordinal() if today is None else today
        self._mended(lambda: self._forget_old(keys, day))

    def _fetch(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        found: dict[bytes, NDArray[np.float32]] = {}
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            query = f"SELECT key, vector FROM vectors WHERE key IN ({', '.join('?' * len(some))})"
            for key, kept in self._db.execute(query, some):
                vector = _unsealed(key, kept)
                if vector is not None and len(vector) == self._dimension:
                    found[key] = vector
        return found

    def _forget_old(self, keys: Iterable[bytes], today: int) -> None:
        # In a table, since a million keys would take 100 MB of memory.
        with self._db:
            for table in ("live", "forgotten"):
                self._db.execute(f"CREATE TEMP TABLE IF NOT EXISTS {table} (key BLOB PRIMARY KEY) WITHOUT ROWID")
                self._db.execute(f"DELETE FROM {table}")
            self._db.executemany("INSERT OR IGNORE INTO live VALUES (?)", ((key,) for key in keys))
            (live,) = self._db.execute("SELECT count(*) FROM live").fetchone()
            self._db.execute("DELETE FROM left_on WHERE key IN (SELECT key FROM live)")
            self._db.execute(
                "INSERT OR IGNORE INTO left_on SELECT key, ? FROM vectors WHERE key NOT IN (SELECT key FROM live)",
                [today],
            )
            self._db.execute(
                """INSERT INTO forgotten SELECT key FROM left_on WHERE day < ?
                   UNION SELECT key FROM (SELECT key FROM left_on ORDER BY day DESC LIMIT -1 OFFSET ?)""",
                [today - KEPT_DAYS, max(live, MOST_LEFT)],
            )
            for table in ("vectors", "left_on"):
                self._db.execute(f"DELETE FROM {table} WHERE key IN (SELECT key FROM forgotten)")
            # 0.1.0 stored a table beside the vectors, seven times as large.
            self._db.execute("DROP TABLE IF EXISTS tokens")
        (free,), (pages,) = (self._db.execute(f"PRAGMA {of}").fetchone() for of in ("freelist_count", "page_count"))
        # Free pages are used again; only where they are most of the file is it worth writing it anew.
        if free > pages / 2:
            self._db.execute("VACUUM")

    def _change(self, statement: str, rows: Sequence[tuple[bytes, ...]]) -> None:
        with self._db:
            self._db.executemany(statement, rows)

    def _mended(self, action: Callable[[], _Result]) -> _Result:
        """Return the result of an action; where the file turns out damaged, repeat the action on a new one."""
        with _disk_errors_named(self._path):
            try:
                return action()
            except _ERRORS as error:
                if not _damaged(error):
                    raise
                # Closed first, since that removes files by their names.
                self._db.close()
                self._db = _opened_anew(self._path)
            return action()


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        # With row numbers: SQLite gives a row of 1.5 kB a page of its own in a table WITHOUT ROWID.
        db.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)")
        # Vectors that the last build did not need, and the day of the first build that did not.
        db.execute("CREATE TABLE IF NOT EXISTS left_on (key BLOB PRIMARY KEY, day INTEGER NOT NULL) WITHOUT ROWID")
    except _ERRORS:
        db.close()
        raise
    return db


def _opened_anew(path: Path) -> sqlite3.Connection:
    """Return a new file in the place of a damaged one."""
    log.info("the vector cache is damaged and started anew", extra={"file": str(path)})
    for damaged in path.parent.glob(f"{path.name}*"):
        damaged.unlink()
    return _opened(path)


def _damaged(error: sqlite3.DatabaseError | UnicodeDecodeError) -> bool:
    if isinstance(error, UnicodeDecodeError):
        return True
    # The low byte is the kind of error, the rest its finer shade; the module's own errors have no code.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


@contextmanager
def _disk_errors_named(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OSError(f"{path} could not be written: {error}") from error


def _sealed(key: bytes, vector: NDArray[np.float32]) -> bytes:
    """Return a vector's bytes, little-endian, and a checksum: SQLite does not notice where a disk alters them."""
    kept = vector.astype("<f4").tobytes()
    return kept + zlib.crc32(key + kept).to_bytes(_CHECKSUM, "little")


def _unsealed(key: bytes, sealed: object) -> NDArray[np.float32] | None:
    """Return the vector that was stored under that key, None where it was altered."""
    if not isinstance(sealed, bytes) or len(sealed) % 4:
        return None
    kept, checksum = sealed[:-_CHECKSUM], sealed[-_CHECKSUM:]
    if zlib.crc32(key + kept).to_bytes(_CHECKSUM, "little") != checksum:
        return None
    return np.frombuffer(kept, "<f4")
