"""Connections to one finished SQLite file, of which every thread at work has one of its own.

A connection may be handed from thread to thread, but two threads must not use one at the same time: Python keeps the
statements of a connection, and would give both the same one, with the values of the other.
"""

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Connections:
    """As many connections as threads have been at work at once; the first is opened at once, to see that it can be.

    Raises:
        sqlite3.Error: if the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        # Immutable: a published generation never changes, so SQLite needs no locks and writes no side files.
        self._address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._closed = False
        # What is in nobody's hands. Appending and popping at an end are atomic.
        self._idle: deque[sqlite3.Connection] = deque([self._connected()])

    def _connected(self) -> sqlite3.Connection:
        return sqlite3.connect(self._address, uri=True, check_same_thread=False, cached_statements=64)

    @contextmanager
    def one(self) -> Iterator[sqlite3.Connection]:
        """A connection that nobody else has meanwhile.

        Raises:
            sqlite3.ProgrammingError: if they are closed.
        """
        if self._closed:
            # In the words of a closed connection.
            raise sqlite3.ProgrammingError("Cannot operate on a closed database.")
        try:
            # The one that was used last: what it has in memory is what is wanted again.
            connection = self._idle.pop()
        except IndexError:
            connection = self._connected()
        try:
            yield connection
        finally:
            self._idle.append(connection)
            if self._closed:
                self._close_idle()

    def rest(self) -> None:
        """Close all but one of those that nobody uses."""
        with suppress(IndexError):
            kept = self._idle.pop()
            self._close_idle()
            self._idle.append(kept)

    def close(self) -> None:
        """Close them all; one that is in use when it is given back."""
        self._closed = True
        self._close_idle()

    def _close_idle(self) -> None:
        with suppress(IndexError):
            while True:
                self._idle.pop().close()
