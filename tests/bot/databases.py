"""What the two databases of the state call differently, for tests that look into them."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from bot.state.connection import Connection
from bot.state.database import Database
from bot.state.state import State


def columns(db: Connection) -> list[tuple[str, str]]:
    """Return every column of every table of the state."""
    if isinstance(db, sqlite3.Connection):
        tables = [table for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()]
        return [
            (table, column)
            for table in tables
            for _, column, *_ in db.execute(f"PRAGMA table_info({table})").fetchall()
        ]
    return db.execute(
        """SELECT table_name, column_name FROM information_schema.columns
           WHERE table_schema = current_schema() AND table_name NOT IN ('state_form', 'state_commits')"""
    ).fetchall()


def seen_elsewhere(state: State, query: str) -> Sequence[tuple[Any, ...]]:
    """Return what another process, or the next start after a kill, finds in a state at this moment."""
    if isinstance(state, Database):
        with closing(sqlite3.connect(state._path)) as other:
            return other.execute(query).fetchall()
    from bot.state.postgres import Postgres
    from bot.state.postgres_server import connect

    assert isinstance(state, Postgres)
    with closing(connect(state._address)) as server:
        rows: list[tuple[Any, ...]] = server.execute(query).fetchall()
        return rows
