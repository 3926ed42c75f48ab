"""The state that the tests of the bot's parts work on: a real file, with nobody in it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.state.database import FILE, Database
from bot.state.migrations import migrate


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A state database of the newest form, spoken to directly."""
    with closing(sqlite3.connect(tmp_path / "alone.sqlite", isolation_level=None)) as opened:
        opened.execute("PRAGMA synchronous = OFF")
        migrate(opened)
        yield opened


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Database]:
    """A state database as the bot has it."""
    opened = Database(tmp_path / FILE)
    yield opened
    opened.close()
