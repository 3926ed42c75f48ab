"""Connections to one finished SQLite file: each thread at work has one of its own.

A connection may be handed from thread to thread, but two threads must not use one at the same time: Python keeps the
statements of a connection, and would give both the same one, with the values of the other.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Final

# Seconds that a thread waits for a free connection where no more can be opened, and between two tries.
_PATIENCE: Final = 10.0
_LOOK: Final = 0.1


class Connections:
    """A pool of as many connections as threads have been at work at once.

    The first is opened at once, to see that it can be. Where builds have removed the file since, connections that are
    open read on, and threads beyond them wait for their turn.

    Raises:
        sqlite3.Error: if the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        # Immutable: a published generation never changes, so SQLite needs no locks and writes no side files.
        self._address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._closed = False
        # Free connections, the one used last first: its cache is warm.
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()
        self._idle.put(self._connected())

    def _connected(self) -> sqlite3.Connection:
        return sqlite3.connect(self._address, uri=True, check_same_thread=False, cached_statements=64)

    @contextmanager
    def one(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that no other thread has meanwhile.

        Raises:
            sqlite3.ProgrammingError: if they are closed.
            sqlite3.OperationalError: if no more can be opened, and none becomes free.
        """
        connection = self._taken()
        try:
            yield connection
        finally:
            self._idle.put(connection)
            if self._closed:
                self._close_idle()

    def _taken(self) -> sqlite3.Connection:
        begun = time.monotonic()
        while True:
            if self._closed:
                # The message of a closed connection.
                raise sqlite3.ProgrammingError("Cannot operate on a closed database.")
            with suppress(Empty):
                return self._idle.get_nowait()
            try:
                return self._connected()
            except sqlite3.OperationalError:
                if time.monotonic() - begun > _PATIENCE:
                    raise
            with suppress(Empty):
                return self._idle.get(timeout=_LOOK)

    def close(self) -> None:
        """Close all connections; one that is in use is closed when it comes back."""
        self._closed = True
        self._close_idle()

    def _close_idle(self) -> None:
        with suppress(Empty):
            while True:
                self._idle.get_nowait().close()
