"""The state database: all of a transaction or none, and patience with a disk that refuses."""

import asyncio
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from telegram import Update

from bot.errors import BotError, DamagedError
from bot.state import inbox
from bot.state.connection import Connection
from bot.state.database import FILE, Database, check, read_note, write_note
from bot.state.migrations import MIGRATIONS, migrate
from bot.updates.inbox import Inbox

_NO_LIMIT = 1_073_741_823


@pytest.fixture
def state(state_in_file: Database) -> Database:
    """SQLite's alone: what is tested here is its file, and the disk below it."""
    return state_in_file


async def until(true: Callable[[], bool]) -> None:
    """Wait, without end but the test's own, until something is so."""
    while not true():
        await asyncio.sleep(0.01)


def fill(db: Connection, name: str) -> str:
    db.execute("INSERT INTO notes VALUES (?, ?)", [name, "x" * 200_000])
    return name


def limit_pages(db: Connection, pages: int) -> None:
    """SQLite itself says that the disk is full beyond so many pages."""
    db.execute(f"PRAGMA max_page_count = {pages}")


def trace(db: Connection, told: Callable[[str], None]) -> None:
    """Have SQLite tell of each statement that it executes."""
    assert isinstance(db, sqlite3.Connection)
    db.set_trace_callback(told)


def names(db: Connection) -> list[str]:
    return [name for (name,) in db.execute("SELECT name FROM notes ORDER BY name")]


def test_a_transaction_that_fails_leaves_nothing_behind(state: Database) -> None:
    def half(db: Connection) -> None:
        write_note(db, "first", "done")
        raise LookupError("in the middle")

    async def fails() -> list[str]:
        with pytest.raises(LookupError, match="in the middle"):
            await state.run(half)
        await state.run(write_note, "second", "done")
        return await state.run(names)

    assert asyncio.run(fails()) == ["second"]


def test_what_was_done_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    for value in ("", "kept"):
        database = Database(tmp_path / "deeper" / FILE)
        assert asyncio.run(database.run(read_note, "name")) == value
        asyncio.run(database.run(write_note, "name", "kept"))
        database.close()


def test_a_full_disk_is_waited_for_and_told_once_and_so_is_its_end(state: Database) -> None:
    told: list[str] = []
    state.on_trouble(told.append)

    async def full() -> None:
        await state.run(limit_pages, 1)  # raised to what the file has by now
        writing = [asyncio.create_task(state.run(fill, name)) for name in ("a", "b")]
        await until(lambda: bool(told))
        # What only reads gets through, and is no sign that there is room again.
        for _ in range(20):
            assert await state.run(names) == []
        assert len(told) == 1
        assert not any(task.done() for task in writing)
        await state.run(limit_pages, _NO_LIMIT)
        assert await asyncio.gather(*writing) == ["a", "b"]
        assert await state.run(names) == ["a", "b"]

    asyncio.run(full())
    assert len(told) == 2
    assert "state.sqlite cannot be written (database or disk is full): make room on the disk" in told[0]
    assert "\n" not in told[0]
    assert told[1] == ""


def test_who_gives_up_waiting_leaves_no_trouble_behind(state: Database) -> None:
    told: list[str] = []
    state.on_trouble(told.append)

    async def full() -> None:
        await state.run(limit_pages, 1)
        writing = asyncio.create_task(state.run(fill, "a"))
        await until(lambda: bool(told))
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await state.run(limit_pages, _NO_LIMIT)
        await state.run(fill, "b")

    asyncio.run(full())
    assert [bool(trouble) for trouble in told] == [True, False]


def test_a_file_that_may_not_grow_is_waited_for_by_a_running_program(tmp_path: Path) -> None:
    # The system's own limit, which is a process's: it would hit the tests too.
    program = """
        import asyncio, resource, sys
        from pathlib import Path
        from bot.state.database import Database

        told = []
        state = Database(Path(sys.argv[1]), told.append)

        def fill(db):
            db.execute("INSERT INTO notes VALUES ('large', ?)", ["x" * 2_000_000])

        async def main():
            before = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
            writing = asyncio.create_task(state.run(fill))
            while not told:
                await asyncio.sleep(0.01)
            assert not writing.done()
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            await writing
            print(await state.run(lambda db: db.execute("SELECT length(value) FROM notes").fetchall()), told[-1:])

        asyncio.run(main())
        state.close()
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), tmp_path / FILE], capture_output=True, timeout=60, check=False
    )
    assert (ran.stdout.decode(), ran.returncode) == ("[(2000000,)] ['']\n", 0), ran.stderr.decode()


def test_what_is_wrong_with_a_statement_is_raised_at_once(state: Database) -> None:
    told: list[str] = []
    state.on_trouble(told.append)
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        asyncio.run(state.run(lambda db: db.execute("SELECT * FROM nowhere")))
    with pytest.raises(sqlite3.IntegrityError):
        asyncio.run(state.run(lambda db: db.execute("INSERT INTO notes VALUES ('a', NULL)")))
    assert told == []


def test_a_rewriting_is_not_had_again_and_again(state: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("bot.state.state.time", SimpleNamespace(monotonic=lambda: now[0]))

    def goes_by(statement: str) -> None:
        now[0] += 2.0 * statement.startswith("VACUUM")

    async def asks() -> list[bool]:
        await state.run(trace, goes_by)
        done = []
        for wait in (0, 0, 119, 1, 119, 1):
            now[0] += wait
            done.append(await state.rewrite())
        return done

    # Each takes two seconds, and is followed by two minutes without one.
    assert asyncio.run(asks()) == [True, False, False, True, False, True]


def test_a_file_that_cannot_be_rewritten_now_is_left_as_it_is(state: Database, tmp_path: Path) -> None:
    async def asks() -> bool:
        await state.run(fill, "a")
        await state.run(lambda db: db.execute("PRAGMA busy_timeout = 0"))
        with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            done = await state.rewrite()
        assert await state.run(names) == ["a"]
        return done

    assert not asyncio.run(asks())


def test_a_file_of_a_newer_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    newer = len(MIGRATIONS) + 1
    with closing(sqlite3.connect(tmp_path / FILE)) as db:
        db.execute(f"PRAGMA user_version = {newer}")
    with pytest.raises(BotError) as refused:
        Database(tmp_path / FILE)
    assert str(refused.value).startswith(f"the state database is of form {newer}, and this program knows {newer - 1}: ")
    assert "\n" not in str(refused.value)
    with closing(sqlite3.connect(tmp_path / FILE)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (newer,)
        assert db.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be looked at " * 4, b"SQLite format 3\0"])
def test_what_is_no_database_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / FILE
    file.write_bytes(content)
    with pytest.raises(DamagedError) as refused:
        Database(file)
    assert str(refused.value).startswith(
        f"{file} is damaged (file is not a database): put the last backup in its place"
    )
    assert "\n" not in str(refused.value)
    assert file.read_bytes() == content


def test_its_size_is_what_it_takes_on_the_disk_with_its_log(tmp_path: Path) -> None:
    state = Database(tmp_path / FILE)
    asyncio.run(state.run(write_note, "name", "x" * 100_000))
    sizes = {file.name: file.stat().st_size for file in tmp_path.iterdir()}
    assert sizes[f"{FILE}-wal"] > 100_000
    assert asyncio.run(state.size()) == sizes[FILE] + sizes[f"{FILE}-wal"]
    state.close()


def test_a_file_that_cannot_be_opened_is_not_called_damaged(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(BotError, match="cannot be opened as the bot's state") as refused:
        Database(tmp_path / FILE)
    assert not isinstance(refused.value, DamagedError)


def damaged_text(path: Path, stored: bytes, there: bytes) -> None:
    """Change bytes of a text in a file that nobody holds open."""
    content = path.read_bytes()
    assert stored in content
    path.write_bytes(content.replace(stored, there))


@pytest.mark.parametrize("there", [b"Quittenm\xff", b"Quittenm\x00"], ids=["no UTF-8", "another letter"])
def test_damage_ends_everything_at_once_and_is_said_without_a_word_of_what_was_stored(
    tmp_path: Path, there: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / FILE
    with_words = Database(file)
    body = {"update_id": 7, "message": {"text": "Quittenmu"}}
    asyncio.run(with_words.run(inbox.store, [body], 1000.0))
    with_words.close()
    damaged_text(file, b"Quittenmu", there)
    state, stops = Database(file), []
    state.on_damage(lambda: stops.append("stop"))
    assert state.damage is None
    # Every call from then on, also one that touches other pages: no update is finished any more, none is stored.
    for work in (inbox.unfinished, names, names):
        with pytest.raises(DamagedError, match=r"state\.sqlite is damaged \(a text in it is not ") as refused:
            asyncio.run(state.run(work))
        assert "Quitten" not in str(refused.value)
    with pytest.raises(DamagedError):
        asyncio.run(state.run(inbox.mark_finished, 7))
    with pytest.raises(DamagedError):
        asyncio.run(state.empty_log())
    assert stops == ["stop"]
    assert str(state.damage) == str(refused.value)
    state.close()
    assert [record.levelname for record in caplog.records if "damaged" in record.message] == ["ERROR"]
    assert "Quitten" not in caplog.text


def test_what_cannot_be_stored_for_damage_is_not_taken(state: Database) -> None:
    """Polling then confirms nothing, and a webhook answers 500."""
    queue: asyncio.Queue[object] = asyncio.Queue()

    def broken(db: Connection) -> None:
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "as a damaged page does")

    async def fails() -> None:
        with pytest.raises(DamagedError):
            await state.run(broken)
        with pytest.raises(DamagedError):
            await Inbox(state, queue, lambda body: None).accept([({"update_id": 1}, Update(1))])

    asyncio.run(fails())
    assert queue.empty()


def test_the_check_names_the_first_damaged_page(tmp_path: Path) -> None:
    file = tmp_path / FILE
    state = Database(file)
    asyncio.run(state.run(fill, "large"))
    state.close()
    with closing(sqlite3.connect(file)) as db:
        assert check(db) == ""
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'notes'").fetchone()
    content = bytearray(file.read_bytes())
    content[(page - 1) * 4096] ^= 0xFF
    file.write_bytes(content)
    with closing(sqlite3.connect(file)) as db:
        assert f"page {page}:" in check(db).lower()
    with pytest.raises(DamagedError, match=f"(?i)page {page}:"):
        Database(file)


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    (tmp_path / FILE).touch(mode=0o644)
    state = Database(tmp_path / FILE)
    asyncio.run(state.run(write_note, "name", "value"))
    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    state.close()
    assert modes == dict.fromkeys((FILE, f"{FILE}-wal", f"{FILE}-shm"), 0o600)


def schema(db: sqlite3.Connection) -> set[tuple[str, str, str | None]]:
    return set(db.execute("SELECT type, name, sql FROM sqlite_master"))


def filled(db: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """A row in every table there is; what every table holds."""
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        kinds = [kind for _, _, kind, *_ in db.execute(f"PRAGMA table_info({table})")]
        row = [{"INTEGER": 7, "REAL": 7.5}.get(kind, "words") for kind in kinds]
        db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
    return {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in tables}


@pytest.mark.parametrize("had", range(len(MIGRATIONS) + 1))
def test_every_earlier_form_becomes_the_newest_and_loses_nothing(tmp_path: Path, had: int) -> None:
    with closing(sqlite3.connect(tmp_path / "fresh.sqlite", isolation_level=None)) as fresh:
        migrate(fresh)
        wanted = schema(fresh)
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as old:
        for _, statements in MIGRATIONS[:had]:
            old.executescript(statements)
        old.execute(f"PRAGMA user_version = {had}")
        before = filled(old)
    assert bool(before) == bool(had)
    Database(tmp_path / FILE).close()
    with closing(sqlite3.connect(tmp_path / FILE)) as new:
        assert schema(new) == wanted
        assert new.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        for table, rows in before.items():
            # What a later form adds stands behind.
            now = new.execute(f"SELECT * FROM {table}").fetchall()
            assert [row[: len(rows[0])] for row in now] == rows


def test_what_anonymous_admins_asked_before_is_their_groups_and_what_channels_asked_is_gone(tmp_path: Path) -> None:
    """Of both, all shared one id (Telegram's GroupAnonymousBot and Channel_Bot)."""
    before = next(
        place
        for place, (name, _) in enumerate(MIGRATIONS)
        if name == "answers opened by links, exports, chats as senders"
    )
    anonymous, channels, ada = 1087968824, 136817688, 42
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as old:
        for _, statements in MIGRATIONS[:before]:
            old.executescript(statements)
        old.execute(f"PRAGMA user_version = {before}")
        for chat, person in ((-1, anonymous), (-2, anonymous), (-1, channels), (-1, ada)):
            card = f"{chat} {person}"
            old.execute("INSERT INTO cards VALUES (?, 'answer', ?, NULL, 5, 6, ?, 1.0, '{}')", [card, chat, person])
            turn = (chat, person, card)
            old.execute("INSERT INTO turns VALUES (NULL, ?, 0, ?, 6, ?, 'q', 'r', 1.0)", turn)
            old.execute("INSERT INTO feedback VALUES (?, ?, 'up', 1, '{}', 1.0)", [card, person])
            old.execute("INSERT INTO asked VALUES (NULL, ?, ?, 1)", [person, chat])
            for table in ("people (id, since)", "bans (id, since, banned_by)"):
                rest = "1.0" if table.startswith("people") else "1.0, 2"
                old.execute(f"INSERT OR IGNORE INTO {table} VALUES (?, {rest})", [person])
    Database(tmp_path / FILE).close()
    with closing(sqlite3.connect(tmp_path / FILE)) as new:
        for table, column in (("cards", "owner"), ("turns", "person"), ("feedback", "person"), ("asked", "person")):
            found = [person for (person,) in new.execute(f"SELECT {column} FROM {table} ORDER BY 1")]
            assert found == [-2, -1, ada], table
        for table in ("people", "bans"):
            assert new.execute(f"SELECT id FROM {table}").fetchall() == [(ada,)]


def test_migrations_have_names_of_their_own() -> None:
    named = [name for name, _ in MIGRATIONS]
    assert len(set(named)) == len(named)
