"""The state that the tests of the bot's parts work on: real databases with nobody in them, SQLite's and PostgreSQL's.

A test that takes `db` or `state` runs on both. Where PostgreSQL or its client is not installed, it runs on SQLite
alone: the tests of tests/scale are skipped there, and say why.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.state.connection import Connection, Statements
from bot.state.database import FILE, Database
from bot.state.migrations import migrate
from bot.state.state import State
from tests.scale.postgres_server import missing

DATABASES = ["sqlite"] if missing() else ["sqlite", "postgres"]


@pytest.fixture
def db_in_file(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A state database of the newest form in a file, spoken to directly."""
    with closing(sqlite3.connect(tmp_path / "alone.sqlite", isolation_level=None)) as opened:
        opened.execute("PRAGMA synchronous = OFF")
        migrate(opened)
        yield opened


@pytest.fixture
def state_in_file(tmp_path: Path) -> Iterator[Database]:
    """A state database in a file, as the bot has it."""
    opened = Database(tmp_path / FILE)
    yield opened
    opened.close()


@pytest.fixture(params=DATABASES)
def db(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A state database of the newest form, spoken to directly."""
    if request.param == "sqlite":
        yield request.getfixturevalue("db_in_file")
        return
    address = request.getfixturevalue("postgres").new_state()
    from bot.state.postgres_schema import migrate as migrate_there
    from bot.state.postgres_server import connect

    with closing(connect(address)) as server:
        migrate_there(server)
        yield Statements(server)


@pytest.fixture(params=DATABASES)
def state(request: pytest.FixtureRequest) -> Iterator[State]:
    """A state database as the bot has it."""
    if request.param == "sqlite":
        yield request.getfixturevalue("state_in_file")
        return
    address = request.getfixturevalue("postgres").new_state()
    from bot.state.postgres import Postgres

    with closing(Postgres(address)) as opened:
        yield opened
