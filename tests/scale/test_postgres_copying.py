"""A state moved into a PostgreSQL database and back is what it was, row for row, and its numbers go on."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.errors import BotError
from bot.state import people, watches
from bot.state.connection import Connection
from bot.state.database import FILE, Database
from bot.state.watches import Watch
from index.generation.durable import locked
from tests.bot.databases import columns
from tests.bot.test_database import filled
from tests.scale.postgres_server import PASSWORD, PostgresServer

ADA = 42


@pytest.fixture
def address(postgres: PostgresServer) -> str:
    return postgres.new_state()


def copied(folder: Path, address: str, *, into_file: bool) -> int:
    from bot.state.copying import copy_state

    return copy_state(folder, address, into_file=into_file)


def lived(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """A state with a row in every table and many in one; the rows of every table."""
    folder.mkdir()
    Database(folder / FILE).close()
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as db:
        filled(db)
        db.execute("DELETE FROM sqlite_sequence WHERE name = 'words'")
        db.execute("UPDATE watch_marks SET marks = x'00ff7f'")
        db.executemany("INSERT INTO days VALUES (?, 'asked', ?)", [(f"day {n}", n) for n in range(1200)])
        add(db, "Who won?")
        # Its number is not used again.
        watches.stop(db, ADA, [add(db, "Who lost?")])
    return rows(folder)


def add(db: Connection, question: str) -> int:
    added = watches.add(db, Watch(0, ADA, ADA, None, None, question, "2026-01-01", "en"), (), (), 1.0)
    assert added.watch is not None
    return added.watch.id


def rows(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(folder / FILE)) as db:
        tables = dict.fromkeys(table for table, _ in columns(db))
        return {table: sorted(db.execute(f"SELECT * FROM {table}"), key=repr) for table in tables}


def test_a_state_moved_there_and_back_is_what_it_was(tmp_path: Path, address: str) -> None:
    from bot.state.postgres import Postgres

    before = lived(tmp_path / "old")
    told = sum(len(found) for table, found in before.items() if table != "sqlite_sequence")
    assert copied(tmp_path / "old", address, into_file=False) == told
    assert copied(tmp_path / "new", address, into_file=True) == told
    assert rows(tmp_path / "old") == before
    assert rows(tmp_path / "new") == before
    (last,) = [number for name, number in before["sqlite_sequence"] if name == "watches"]
    with closing(Postgres(address)) as there:
        assert asyncio.run(there.run(add, "What came?")) == last + 1
    with closing(Database(tmp_path / "new" / FILE)) as back:
        assert asyncio.run(back.run(add, "What came?")) == last + 1
        assert asyncio.run(back.run(people.how_many)).people == 1


def test_nothing_is_written_over_and_nothing_is_copied_beside_a_running_bot(tmp_path: Path, address: str) -> None:
    from bot.state.postgres import Postgres

    before = lived(tmp_path / "old")
    copied(tmp_path / "old", address, into_file=False)
    for into_file, name in ((False, "postgresql://127.0.0.1"), (True, str(tmp_path / "old" / FILE))):
        with pytest.raises(BotError, match="holds a state already: copy into an empty place") as refused:
            copied(tmp_path / "old", address, into_file=into_file)
        assert str(refused.value).startswith(name)
        assert PASSWORD not in str(refused.value)
    with pytest.raises(BotError, match="has the bot run with this folder"):
        copied(tmp_path / "none", address, into_file=False)
    with closing(Postgres(address)), pytest.raises(BotError, match="another bot works with the state database"):
        copied(tmp_path / "new", address, into_file=True)
    with locked(tmp_path / "old" / "bot.lock", wait=False), pytest.raises(BotError, match="a bot works with the state"):
        copied(tmp_path / "old", address, into_file=True)
    assert rows(tmp_path / "old") == before
