"""The part of a database connection that the state's code uses: of SQLite's own, and of the one to PostgreSQL.

There is one set of SQL for both. Parameters are written `?` or `:name`; an integer is no condition (`blocked <> 0`); a
column that `ON CONFLICT … DO UPDATE` reads is named with its table; the number of a new row comes by `RETURNING`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol


class Rows(Protocol):
    """The outcome of a statement: the rows that it found, in order."""

    @property
    def rowcount(self) -> int:
        """Return how many rows were changed, deleted or stored."""

    def fetchone(self) -> Any:
        """Return the next row, a tuple; None if there are no more."""

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the rows that are left."""


class Connection(Protocol):
    """A connection to the state, within one transaction."""

    def execute(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ..., /) -> Rows:
        """Execute one statement."""

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> object:
        """Execute one statement once for each of many sequences of parameters."""
