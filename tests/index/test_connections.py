"""Every thread at work has a connection of its own, and closing lets go of every one."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.generation.connections import Connections


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A table of the numbers up to 500 with their squares."""
    path = tmp_path / "numbers.sqlite"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY, square INTEGER)")
    db.executemany("INSERT INTO numbers VALUES (?, ?)", ((n, n * n) for n in range(500)))
    db.commit()
    db.close()
    return path


def open_files(path: Path) -> int:
    """How many handles of this process lead to a file."""
    found = 0
    for handle in Path("/proc/self/fd").iterdir():
        try:
            found += handle.readlink() == path
        except FileNotFoundError:  # closed meanwhile
            continue
    return found


def test_two_who_ask_at_once_have_two_and_who_comes_later_has_one_of_theirs(path: Path) -> None:
    connections = Connections(path)
    with connections.one() as first, connections.one() as second:
        assert first is not second
        assert open_files(path) == 2
    with connections.one() as third:
        assert third in (first, second)
    with connections.one() as kept:
        assert kept.execute("SELECT square FROM numbers WHERE number = 7").fetchone() == (49,)
    connections.close()
    assert open_files(path) == 0


def test_one_that_is_in_use_is_closed_when_it_is_given_back(path: Path) -> None:
    connections = Connections(path)
    with connections.one() as held:
        connections.close()
        assert held.execute("SELECT count(*) FROM numbers").fetchone() == (500,)
        with pytest.raises(sqlite3.ProgrammingError), connections.one():
            pass
    assert open_files(path) == 0


def test_the_same_statement_on_many_threads_never_takes_the_values_of_another(path: Path) -> None:
    connections = Connections(path)

    def square(number: int) -> int:
        with connections.one() as db:
            return int(db.execute("SELECT square FROM numbers WHERE number = ?", [number]).fetchone()[0])

    with ThreadPoolExecutor(16) as pool:
        asked = [n % 500 for n in range(4_000)]
        assert list(pool.map(square, asked)) == [n * n for n in asked]
    connections.close()


def test_when_the_file_is_gone_those_that_are_open_serve_everybody_in_turn(path: Path) -> None:
    connections = Connections(path)
    path.unlink()

    def square(number: int) -> int:
        with connections.one() as db:
            return int(db.execute("SELECT square FROM numbers WHERE number = ?", [number]).fetchone()[0])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(square, range(500))) == [n * n for n in range(500)]
    connections.close()


def test_when_the_file_is_gone_and_nobody_gives_one_back_the_reason_is_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.generation.connections._PATIENCE", 0.05)
    connections = Connections(path)
    path.unlink()
    with connections.one(), pytest.raises(sqlite3.OperationalError, match="unable to open"), connections.one():
        pass
    connections.close()
