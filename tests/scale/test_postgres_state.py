"""The state on a PostgreSQL server: one transaction after another, and nothing lost or done twice.

That the state's own code does the same on both databases is shown by the tests of tests/bot.
"""

import asyncio
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import BotError, DamagedError, StartError, StateError
from bot.state import cards, inbox, people, turns, usage, watches
from bot.state.choice import open_state
from bot.state.connection import Connection, Rows
from bot.state.database import count_note, read_note, write_note
from bot.state.migrations import MIGRATIONS, migrate
from bot.state.usage import Limit, Limits
from bot.state.watches import Watch
from index import errors as index_errors
from tests.scale.postgres_relay import Relay
from tests.scale.postgres_server import PASSWORD, USER, PostgresServer

if TYPE_CHECKING:
    from bot.state.postgres import Postgres

NOW = 1_700_000_000.0
ADA = 42


@pytest.fixture
def address(postgres: PostgresServer) -> str:
    return postgres.new_state()


@pytest.fixture
def state(address: str) -> "Iterator[Postgres]":
    with closing(opened(address)) as one:
        yield one


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that may be stopped and misconfigured."""
    with PostgresServer("fsync=off") as server:
        yield server


def opened(address: str, *, alone: bool = True) -> "Postgres":
    from bot.state.postgres import Postgres

    return Postgres(address, alone=alone)


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.01)


def terminate(postgres: PostgresServer, pid: int) -> None:
    postgres.execute(f"SELECT pg_terminate_backend({pid})")


def own_pid(db: Connection) -> int:
    return int(db.execute("SELECT pg_backend_pid()").fetchone()[0])


def executed(db: Connection, sql: str, values: Sequence[object]) -> None:
    db.execute(sql, values)


def test_a_new_state_has_the_form_that_sqlites_has(postgres: PostgresServer, address: str, tmp_path: Path) -> None:
    opened(address).close()
    schema = address.rpartition("%3D")[2]
    types = {"bigint": "INTEGER", "double precision": "REAL", "text": "TEXT", "bytea": "BLOB"}
    there = {
        (table, column, types[kind], nullable == "YES")
        for table, column, kind, nullable in postgres.execute(
            f"""SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
                WHERE table_schema = '{schema}' AND table_name NOT IN ('state_form', 'state_commits')"""
        )
    }
    with closing(sqlite3.connect(tmp_path / "state.sqlite", isolation_level=None)) as db:
        migrate(db)
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        here = {
            (table, column, kind, not (needed or key))
            for table in tables
            if not table.startswith("sqlite_")
            for _, column, kind, needed, _, key in db.execute(f"PRAGMA table_info({table})")
        }
    assert there == here


def test_a_transaction_that_fails_leaves_nothing_behind(state: "Postgres") -> None:
    def half(db: Connection) -> None:
        write_note(db, "first", "done")
        raise LookupError("in the middle")

    async def fails() -> tuple[str, str]:
        with pytest.raises(LookupError, match="in the middle"):
            await state.run(half)
        await state.run_unsynced(write_note, "second", "done")
        return await state.run(read_note, "first"), await state.run(read_note, "second")

    assert asyncio.run(fails()) == ("", "done")


class Meeting:
    """A connection that waits, before it first stores something, until all others have come as far."""

    def __init__(self, db: Connection, barrier: threading.Barrier) -> None:
        self._db = db
        self._barrier = barrier

    def execute(self, sql: str, parameters: Any = (), /) -> Rows:
        if sql.startswith("INSERT INTO asked"):
            self._barrier.wait(30)
        return self._db.execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> object:
        return self._db.executemany(sql, parameters)


@pytest.mark.parametrize(("isolation", "admitted"), [("SERIALIZABLE", 5), ("READ COMMITTED", 12)])
def test_of_twelve_questions_at_once_as_many_as_the_limit_allows_get_through(
    address: str, monkeypatch: pytest.MonkeyPatch, isolation: str, admitted: int
) -> None:
    """What is not SERIALIZABLE lets all of them through: each counts before any of the others is stored."""
    monkeypatch.setattr("bot.state.postgres._BEGIN", f"BEGIN ISOLATION LEVEL {isolation}")
    limits, barrier, met = Limits(person=(Limit(5, 60),), chat=()), threading.Barrier(12), set[int]()

    def ask(db: Connection, number: int) -> bool:
        if number not in met:
            met.add(number)
            db = Meeting(db, barrier)
        return usage.ask(db, number, ADA, -number, int(NOW), limits) is None

    bots = [opened(address, alone=False) for _ in range(12)]

    async def all_ask() -> list[bool]:
        return await asyncio.gather(*(bot.run(ask, number) for number, bot in enumerate(bots, start=1)))

    try:
        assert sum(asyncio.run(all_ask())) == admitted
    finally:
        for bot in bots:
            bot.close()


def test_several_bots_count_what_they_do_together(address: str) -> None:
    bots = [opened(address, alone=False) for _ in range(4)]

    async def count() -> str:
        await asyncio.gather(*(bot.run(count_note, "counted") for bot in bots for _ in range(100)))
        return await bots[0].run(read_note, "counted")

    try:
        assert asyncio.run(count()) == "400"
    finally:
        for bot in bots:
            bot.close()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGQUIT], ids=["in order", "as a crash"])
def test_a_server_restarted_under_load_is_waited_for_and_nothing_is_lost_or_done_twice(
    own_server: PostgresServer, sign: signal.Signals
) -> None:
    told: list[str] = []
    state = opened(own_server.new_state())
    state.on_trouble(told.append)

    async def load() -> tuple[str, int]:
        counting = [asyncio.create_task(state.run(count_note, "counted")) for _ in range(500)]
        await until(lambda: sum(task.done() for task in counting) > 50)
        await asyncio.to_thread(own_server.stop, sign)
        # Whatever is reported as done stands in the database.
        done = sum(task.done() for task in counting)
        await until(lambda: bool(told))
        assert sum(task.done() for task in counting) < 500
        size = await state.size()
        await asyncio.to_thread(own_server.start)
        assert int(await state.run(read_note, "counted")) >= done
        await asyncio.gather(*counting)
        return await state.run(read_note, "counted"), size

    with closing(state):
        assert asyncio.run(load())[0] == "500"
    name = f"the state database postgresql://127.0.0.1:{own_server.port}/postgres cannot be written ("
    assert told[0].startswith(name)
    assert told[0].endswith("): see to the server")
    assert (len(told), told[1]) == (2, "")
    assert "\n" not in told[0]


def test_a_connection_that_is_closed_in_the_middle_of_a_transaction_has_it_repeated_whole(
    postgres: PostgresServer, state: "Postgres"
) -> None:
    tries: list[int] = []

    def work(db: Connection) -> int:
        count_note(db, "counted")
        tries.append(own_pid(db))
        if len(tries) == 1:
            terminate(postgres, tries[0])
            time.sleep(0.2)
        count_note(db, "counted")
        return len(tries)

    async def run() -> tuple[int, str]:
        return await state.run(work), await state.run(read_note, "counted")

    assert asyncio.run(run()) == (2, "2")
    assert tries[0] != tries[1]


@pytest.mark.parametrize("arrives", [True, False], ids=["the COMMIT arrived", "the COMMIT was lost"])
def test_a_connection_that_breaks_off_at_the_commit_has_the_work_done_once(
    postgres: PostgresServer, address: str, arrives: bool
) -> None:
    with Relay(postgres.port) as relay, closing(opened(relay.through(address))) as state:
        tries: list[int] = []

        def work(db: Connection) -> int:
            count_note(db, "counted")
            tries.append(own_pid(db))
            return len(tries)

        async def run() -> tuple[int, str]:
            relay.break_off_at(b"COMMIT", arrives=arrives)
            return await state.run(work), await state.run(read_note, "counted")

        # Where it had arrived, the work is not even tried again.
        assert asyncio.run(run()) == ((1, "1") if arrives else (2, "1"))
        assert relay.broken == 1


def test_a_full_disk_of_the_server_is_waited_for_and_told_once(postgres: PostgresServer, address: str) -> None:
    told: list[str] = []
    state = opened(address)
    state.on_trouble(told.append)
    schema = address.rpartition("%3D")[2]
    # As the server itself says it, for as long as the trigger is there.
    postgres.execute(
        f"""CREATE FUNCTION {schema}.full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION 'could not extend file "base/5/16384": No space left on device'
                    USING ERRCODE = 'disk_full', HINT = 'Check free disk space.';
            END $$;
            CREATE TRIGGER full_disk BEFORE INSERT ON {schema}.notes EXECUTE FUNCTION {schema}.full_disk()"""
    )

    async def full() -> str:
        writing = asyncio.create_task(state.run(write_note, "a", "kept"))
        await until(lambda: bool(told))
        assert await state.run(read_note, "a") == ""
        assert not writing.done()
        postgres.execute(f"DROP TRIGGER full_disk ON {schema}.notes")
        await writing
        return await state.run(read_note, "a")

    with closing(state):
        assert asyncio.run(full()) == "kept"
    assert [bool(line) for line in told] == [True, False]
    assert 'cannot be written (could not extend file "base/5/16384": No space left on device): see' in told[0]


def test_a_session_in_which_nothing_can_be_written_any_more_is_left_for_a_new_one(state: "Postgres") -> None:
    """As where the server has become a standby, and the address leads to another that has taken over."""
    told: list[str] = []
    state.on_trouble(told.append)

    async def run() -> str:
        await state.run(executed, "SET default_transaction_read_only = on", [])
        await state.run(write_note, "a", "kept")
        return await state.run(read_note, "a")

    assert asyncio.run(run()) == "kept"
    assert [bool(line) for line in told] == [True, False]
    assert "in a read-only transaction" in told[0]


def refused(address: str) -> BotError:
    with pytest.raises(BotError) as error:
        opened(address).close()
    said = str(error.value)
    assert "\n" not in said
    assert PASSWORD not in said
    assert "geheim" not in said
    return error.value


def test_each_way_in_which_it_cannot_start_is_one_line_without_the_password(
    postgres: PostgresServer, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"the state database postgresql://127.0.0.1:{postgres.port}/"
    wrong = str(refused(postgres.address("postgres", password="geheim")))
    assert wrong.startswith(f"{name}postgres cannot be used (")
    assert f'password authentication failed for user "{USER}"' in wrong
    assert 'database "none" does not exist' in str(refused(postgres.address("none")))
    assert "Connection refused" in str(refused(f"postgresql://{USER}:geheim@127.0.0.1:1/state"))
    for given in ("postgresql://bot:ge heim@db/x", "postgresql://bot:x@db/x?geheim=1", "postgresql://db:geheim/x"):
        assert "VERBATIM_STATE is no address of a PostgreSQL database: " in str(refused(given))
    no_schema = refused(f"{postgres.address('postgres')}?options=-csearch_path%3Dnowhere")
    assert isinstance(no_schema, StartError)
    assert "has no schema to write into" in str(no_schema)
    monkeypatch.setattr("bot.state.postgres_server.OLDEST", 99)
    old = refused(address)
    assert isinstance(old, StartError)
    assert "and Verbatim needs 99 or newer: upgrade the server" in str(old)


def test_a_database_that_is_not_unicode_is_refused(postgres: PostgresServer) -> None:
    postgres.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    assert "keeps text as LATIN1: create one with ENCODING 'UTF8'" in str(refused(postgres.address("latin")))


def test_without_the_client_the_command_that_installs_it_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(index_errors, "find_spec", lambda name: None if name == "psycopg" else object())
    with pytest.raises(StartError, match=r"needs psycopg\[binary\], which a light installation leaves out: `.*install"):
        open_state(tmp_path, "postgresql://db/state")


def test_nothing_of_it_is_loaded_where_the_state_is_in_a_file() -> None:
    program = "import bot.app, bot.__main__, sys; sys.exit('psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0


def test_a_state_of_a_newer_program_is_refused_and_left_as_it_is(postgres: PostgresServer, address: str) -> None:
    opened(address).close()
    schema = address.rpartition("%3D")[2]
    newer = len(MIGRATIONS) + 1
    postgres.execute(f"UPDATE {schema}.state_form SET form = {newer}")
    assert f"is of form {newer}, and this program knows {newer - 1}: " in str(refused(address))
    assert postgres.execute(f"SELECT form FROM {schema}.state_form") == [(newer,)]


def test_of_two_bots_with_one_state_the_second_is_refused_and_may_start_when_the_first_is_gone(
    address: str, state: "Postgres"
) -> None:
    assert "another bot works with the state database postgresql://127.0.0.1:" in str(refused(address))
    state.close()
    state._thread = type(state._thread)(1)  # the fixture closes it again
    with closing(opened(address)) as second:
        asyncio.run(second.run(write_note, "a", "kept"))


def test_a_nul_in_what_somebody_writes_is_left_out_wherever_it_would_be_text(state: "Postgres") -> None:
    watch = Watch(0, ADA, ADA, None, None, "Who\0 won?", "2026-01-01", "en")

    async def run() -> None:
        await state.run(turns.note_exchange, ADA, None, ADA, 1, "card", "Who\0 won?", "\0", NOW)
        (one,) = await state.run(turns.history, ADA, None, ADA, NOW)
        assert (one.question, one.reply) == ("Who won?", "")
        await state.run(watches.add, watch, (), ["a\0b"], NOW)
        assert (await state.run(watches.find, ADA, "Who\0 won?")) is not None
        await state.run(inbox.store, [{"update_id": 1, "message": {"text": "a\0b"}}], NOW)
        assert await state.run(inbox.unfinished) == [{"update_id": 1, "message": {"text": "a\0b"}}]

    asyncio.run(run())


def test_what_is_wrong_with_a_statement_is_raised_at_once_without_a_stored_word(state: "Postgres") -> None:
    async def run() -> list[str]:
        await state.run(write_note, "name", "Quittenmus")
        said = []
        for sql, values in (
            ("INSERT INTO notes VALUES ('name', ?)", ["Quittenmus"]),
            ("INSERT INTO notes VALUES (?, NULL)", ["Quittenmus"]),
            ("UPDATE people SET since = ?", ["Quittenmus"]),
            ("SELECT * FROM nowhere", []),
        ):
            with pytest.raises(StateError) as error:
                await state.run(executed, sql, values)
            assert error.value.__cause__ is None
            said.append(str(error.value))
        return said

    said = asyncio.run(run())
    assert all("refuses a statement (" in one and "Quitten" not in one and "\n" not in one for one in said)
    assert 'relation "nowhere" does not exist' in said[-1]


def test_damage_ends_everything_at_once(state: "Postgres") -> None:
    stops: list[str] = []
    state.on_damage(lambda: stops.append("stop"))

    def damaged(db: Connection) -> None:
        db.execute("DO $$ BEGIN RAISE EXCEPTION 'invalid page: Quittenmus' USING ERRCODE = 'XX001'; END $$")

    async def run() -> None:
        for work in (damaged, own_pid):
            with pytest.raises(DamagedError, match=r"is damaged \(DataCorrupted\): restore the last backup"):
                await state.run(work)

    asyncio.run(run())
    assert stops == ["stop"]


def test_words_of_who_forgets_leave_the_tables_files_when_they_are_written_anew(
    postgres: PostgresServer, state: "Postgres"
) -> None:
    def stands() -> bool:
        postgres.execute("CHECKPOINT")
        return any(
            b"Hagebuttentee" in file.read_bytes() for file in (postgres.data / "base").rglob("*") if file.is_file()
        )

    async def run() -> list[bool]:
        await state.run(people.note_visit, ADA, NOW, private=True)
        await state.run(turns.note_exchange, ADA, None, ADA, 1, cards.new_id(), "Hagebuttentee?", "Hagebuttentee", NOW)
        before = stands()
        await state.run(people.erase, ADA)
        assert await state.rewrite()
        # A moment later there is none: repeated requests stop nobody.
        assert not await state.rewrite()
        return [before, stands()]

    assert asyncio.run(run()) == [True, False]


def test_its_size_is_that_of_its_tables(state: "Postgres") -> None:
    async def sizes() -> tuple[int, int]:
        before = await state.size()
        await state.run(
            lambda db: db.execute(
                "INSERT INTO notes SELECT 'n' || g, repeat(md5(g::text), 100) FROM generate_series(1, 1000) AS g"
            )
        )
        return before, await state.size()

    before, after = asyncio.run(sizes())
    assert before > 0
    assert after - before > 100_000
