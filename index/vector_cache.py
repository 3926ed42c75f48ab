"""Vectors already made, so that a build encodes only what is new: (model, text) -> vector, in SQLite."""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

# SQLite takes at least this many values in one query.
_AT_ONCE: Final = 500


def key_of(text: str) -> bytes:
    """The key of a text as the encoder is given it."""
    return hashlib.sha256(text.encode()).digest()


class VectorCache:
    """The vectors of one model. Losing this file costs time and nothing else, so a damaged one is started anew.

    Raises:
        OSError: if the file cannot be made; sqlite3.OperationalError where the disk does not take a write.
    """

    def __init__(self, folder: Path, model_sha256: str, dimension: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._dimension = dimension
        path = folder / f"{model_sha256[:12]}.sqlite"
        try:
            self._db = _opened(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            for damaged in folder.glob(f"{path.name}*"):
                damaged.unlink()
            self._db = _opened(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def fetch(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        """The vectors there are for these keys, each float32 of shape (dimension,)."""
        found: dict[bytes, NDArray[np.float32]] = {}
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            query = f"SELECT key, vector FROM vectors WHERE key IN ({', '.join('?' * len(some))})"
            for key, blob in self._db.execute(query, some):
                if len(blob) == 4 * self._dimension:
                    found[key] = np.frombuffer(blob, "<f4")
        return found

    def store(self, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Keep these vectors, float32 of shape (keys, dimension); they are safe when this returns."""
        with self._db:
            rows = ((key, vector.astype("<f4").tobytes()) for key, vector in zip(keys, vectors, strict=True))
            self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    def keep_only(self, keys: Iterable[bytes]) -> None:
        """Forget every other vector, once those make up more than half: articles come back, but not for ever."""
        live = set(keys)
        (total,) = self._db.execute("SELECT count(*) FROM vectors").fetchone()
        if total <= 2 * len(live):
            return
        stale = [(key,) for (key,) in self._db.execute("SELECT key FROM vectors") if key not in live]
        with self._db:
            self._db.executemany("DELETE FROM vectors WHERE key = ?", stale)
        self._db.execute("VACUUM")


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID")
    except sqlite3.Error:
        db.close()
        raise
    return db
