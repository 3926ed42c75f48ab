"""The part of a database connection that the state's code uses: of SQLite's own, and of the one to PostgreSQL.

There is one set of SQL for both. Parameters are written `?` or `:name`; an integer is no condition (`blocked <> 0`); a
column that `ON CONFLICT … DO UPDATE` reads is named with its table; the number of a new row comes by `RETURNING`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    import psycopg

_PLACEHOLDER: Final = re.compile(r"\?|(?<!:):(\w+)|%")


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


class Statements:
    """A connection to PostgreSQL as the state's code uses it, see `Connection`; SQLite's own needs nothing."""

    def __init__(self, server: "psycopg.Connection[tuple[Any, ...]]") -> None:
        self._server = server

    def execute(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = (), /) -> Rows:
        """Execute one statement."""
        rows: Rows = self._server.execute(_translated(sql), _storable(parameters))
        return rows

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> None:
        """Execute one statement once for each of many sequences of parameters."""
        with self._server.cursor() as cursor:
            cursor.executemany(_translated(sql), [_storable(row) for row in parameters])


@lru_cache(maxsize=512)
def _translated(sql: str) -> str:
    """Return a statement with its parameters written as psycopg has them."""

    def written(found: "re.Match[str]") -> str:
        if found[0] == "%":
            return "%%"
        return f"%({found[1]})s" if found[1] else "%s"

    return _PLACEHOLDER.sub(written, sql)


def _storable(parameters: Sequence[Any] | Mapping[str, Any]) -> Any:
    # PostgreSQL's text has no NUL, and nothing that people write means anything by it.
    if isinstance(parameters, Mapping):
        return {name: _without_nul(value) for name, value in parameters.items()}
    return [_without_nul(value) for value in parameters]


def _without_nul(value: object) -> object:
    return value.replace("\0", "") if isinstance(value, str) else value
