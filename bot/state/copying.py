"""The whole state copied between SQLite's file and a PostgreSQL database, while no bot works with either."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, Final

import psycopg

from bot.errors import BotError, StartError
from bot.state.connection import Connection, Statements
from bot.state.database import FILE, Database
from bot.state.postgres import Postgres
from bot.state.postgres_schema import tables
from bot.state.postgres_server import Server, connect, reason, shown
from index.generation.durable import locked

# Rows in memory at once.
_ROWS: Final = 500
# The table whose numbers are never used again, since buttons name them.
_NUMBERED: Final = "watches"


def copy_state(folder: Path, address: str, *, into_file: bool) -> int:
    """Copy every row into the place that holds none yet; return how many. All are copied, or none.

    Parameters:
        folder: where SQLite's file stands, or is made.
        address: of the PostgreSQL database.
        into_file: whether the file is the copy, rather than the database.

    Raises:
        BotError: if a place cannot be used, a bot works with one, or the copy's holds a state already.
    """
    path, there = folder / FILE, shown(address)
    if not into_file and not path.is_file():
        raise StartError(f"there is no {path}: has the bot run with this folder?")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        # Both brought to the newest form; the second holds the lock of its bot until the end.
        with locked(folder / "bot.lock", wait=False), closing(Postgres(address)):
            Database(path).close()
            with closing(sqlite3.connect(path, isolation_level=None)) as file, closing(connect(address)) as server:
                return _copied_into_file(server, file, path) if into_file else _copied_into_server(file, server, there)
    except BlockingIOError:
        raise BotError(f"a bot works with the state in {folder}: stop it first") from None
    except psycopg.Error as error:
        raise BotError(f"the state could not be copied ({reason(error)}); nothing has been changed") from None


def _copied_into_server(file: sqlite3.Connection, server: Server, name: str) -> int:
    target = Statements(server)
    with server.transaction():
        _refuse_filled(target, name)
        copied = sum(_copied(file.execute(_all_of(table, file)), table, target, file) for table in tables())
        (last,) = file.execute(
            "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?", [_NUMBERED]
        ).fetchone()
        numbered = target.execute(
            """SELECT table_name FROM information_schema.columns
               WHERE table_schema = current_schema() AND is_identity = 'YES'"""
        )
        for (table,) in numbered.fetchall():
            (highest,) = target.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()
            used = max(highest, last if table == _NUMBERED else 0)
            if used:
                target.execute("SELECT setval(pg_get_serial_sequence(?, 'id'), CAST(? AS BIGINT))", [table, used])
    return copied


def _copied_into_file(server: Server, file: sqlite3.Connection, path: Path) -> int:
    file.execute("BEGIN IMMEDIATE")
    try:
        _refuse_filled(file, str(path))
        copied = 0
        with server.transaction():
            server.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            for table in tables():
                # A cursor of the server's: the client would otherwise hold the whole table.
                with server.cursor(name="copied") as rows:
                    rows.itersize = _ROWS
                    copied += _copied(rows.execute(_all_of(table, file)), table, file, file)
            row = server.execute(f"SELECT last_value FROM {_NUMBERED}_id_seq WHERE is_called").fetchone()
        if row is not None:
            file.execute("DELETE FROM sqlite_sequence WHERE name = ?", [_NUMBERED])
            file.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [_NUMBERED, row[0]])
        file.execute("COMMIT")
    except BaseException:
        file.execute("ROLLBACK")
        raise
    return copied


def _refuse_filled(target: Connection, name: str) -> None:
    for table in tables():
        if target.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None:
            raise StartError(f"{name} holds a state already: copy into an empty place, nothing is written over")


def _columns(table: str, file: sqlite3.Connection) -> str:
    return ", ".join(column for _, column, *_ in file.execute(f"PRAGMA table_info({table})"))


def _all_of(table: str, file: sqlite3.Connection) -> str:
    return f"SELECT {_columns(table, file)} FROM {table}"


def _copied(rows: Iterator[tuple[Any, ...]], table: str, target: Connection, file: sqlite3.Connection) -> int:
    """Store rows whose columns are in the file's order; return how many."""
    columns, copied = _columns(table, file), 0
    places = ", ".join("?" * (columns.count(",") + 1))
    rows = iter(rows)
    while some := list(islice(rows, _ROWS)):
        target.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", some)
        copied += len(some)
    return copied
