"""The state in a PostgreSQL database: transactions as in SQLite's file, and patience with a server that is away.

Transactions are SERIALIZABLE: however many bots work with one state, its rows are as if one transaction had come after
another, as SQLite has it; one that collides is repeated at once. Where the connection breaks off at a COMMIT, the
server is asked for a mark that the transaction would have left, so that nothing is lost and nothing done twice. (Its
`pg_xact_status` does not say it: a server that has crashed gives the numbers of lost transactions to others.)
"""

import logging
import random
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import psycopg
from psycopg import errors

from bot.errors import BotError, DamagedError, StartError, StateError
from bot.state.connection import Connection, Statements
from bot.state.postgres_schema import migrate, tables
from bot.state.postgres_server import Server, WaitError, connect, reason, shown, take_lock
from bot.state.state import UNREADABLE, State

# Errors that pass: of the connection, of resources (a full disk), of locks, of an operator, of the system.
_PASSING: Final = ("08", "53", "55", "57", "58")
# Nothing can be written there: the server is a standby, or about to become one.
_STANDBY: Final = "25006"
_DAMAGED: Final = ("XX001", "XX002")
_BEGIN: Final = "BEGIN ISOLATION LEVEL SERIALIZABLE"
# A mark of a transaction that has written something; one that only read is simply repeated.
_MARK: Final = """INSERT INTO state_commits (session, number)
                  SELECT %s, %s WHERE pg_current_xact_id_if_assigned() IS NOT NULL"""
# More than one connection can leave in the longest pause of a call that has still to ask for its own.
_MARKS_KEPT: Final = 20_000
_SWEPT_EVERY: Final = 1_000
# Seconds at most before a transaction that collided is tried again.
_LONGEST_PAUSE: Final = 0.1

T = TypeVar("T")

log = logging.getLogger("verbatim.bot")


@dataclass(frozen=True, slots=True)
class _Unsure(Generic[T]):
    """A transaction whose COMMIT had no answer.

    Attributes:
        number: of the mark that it leaves.
        backend: the server's process that had it: its number, and when that started.
        done: what its work returned.
    """

    number: int
    backend: Any
    done: T


class Postgres(State):
    """The state in the database at an address. `close` it at the end.

    Parameters:
        address: `postgresql://user:password@host/database`; its schema is the first of the search path.
        troubled: is called with one line when the server begins to refuse, and with '' when it succeeds again.
        alone: whether no other bot may work with this state meanwhile; workers divide the updates among them.

    Raises:
        BotError: if the server cannot be used, if another bot works with this state, or a newer program made it.
        StartError: if the address is none, or the server is too old.
    """

    def __init__(self, address: str, troubled: Callable[[str], None] = lambda _: None, *, alone: bool = True) -> None:
        super().__init__(troubled)
        self._address = address
        self._alone = alone
        self._name = f"the state database {shown(address)}"
        self._server: Server | None = None
        self._size = 0
        # Of the marks that its transactions leave.
        self._session = secrets.randbits(62)
        self._number = 0
        self._backend: Any = None
        try:
            self._thread.submit(self._open).result()
        except BaseException:
            self.close()
            raise

    async def empty_log(self) -> None:
        """Leave the write-ahead log alone, which is the server's."""

    async def size(self) -> int:
        """Return the size of its tables, bytes; as it was last where the server is away."""
        with suppress(psycopg.Error, WaitError, DamagedError):
            self._size = await self._on_thread(self._measured)
        return self._size

    def _open(self) -> None:
        try:
            server = self._connected()
            before, now = migrate(server)
            # Of bots that ended long ago.
            server.execute("DELETE FROM state_commits WHERE at < now() - interval '7 days'")
        except WaitError:
            raise BotError(
                f"another bot works with {self._name}: stop it, name another database with VERBATIM_STATE, or give "
                "each a webhook (VERBATIM_TELEGRAM_WEBHOOK_URL), since several take updates by webhook alone"
            ) from None
        except psycopg.Error as error:
            raise _unusable(self._name, error) from None
        if 0 < before < now:
            log.info("the state of an earlier version was taken over", extra={"form": before, "now": now})

    def _connected(self) -> Server:
        """Return a connection that is open, and holds the lock of a bot that is alone."""
        if self._server is None or self._server.closed:
            self._server = None
            server = connect(self._address)
            try:
                take_lock(server, shared=not self._alone)
                started = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
                self._backend = server.execute(started).fetchone()
            except BaseException:
                server.close()
                raise
            self._server = server
        return self._server

    def _attempt(self, work: Callable[[Connection], T], *, synced: bool) -> Callable[[], T]:
        unsure: list[_Unsure[T]] = []

        def attempt() -> T:
            pause = 0.001
            while True:
                if unsure and self._is_committed(unsure[0]):
                    return unsure[0].done
                unsure.clear()
                try:
                    return self._transaction(work, synced, unsure)
                except (errors.SerializationFailure, errors.DeadlockDetected):
                    time.sleep(random.uniform(0, pause))
                    pause = min(_LONGEST_PAUSE, pause * 2)

        return lambda: self._without_values(attempt)

    def _transaction(self, work: Callable[[Connection], T], synced: bool, unsure: "list[_Unsure[T]]") -> T:
        server = self._connected()
        self._number += 1
        if self._number % _SWEPT_EVERY == 0:
            old = "DELETE FROM state_commits WHERE session = %s AND number < %s"
            server.execute(old, [self._session, self._number - _MARKS_KEPT])
        try:
            server.execute(_BEGIN)
            if not synced:
                server.execute("SET LOCAL synchronous_commit = off")
            done = work(Statements(server))
            marked = server.execute(_MARK, [self._session, self._number]).rowcount
        except BaseException:
            with suppress(psycopg.Error):
                server.execute("ROLLBACK")
            raise
        try:
            server.execute("COMMIT")
        except psycopg.Error:
            if server.closed and marked:
                unsure.append(_Unsure(self._number, self._backend, done))
            raise
        return done

    def _is_committed(self, one: "_Unsure[T]") -> bool:
        server = self._connected()
        # The server may be about to do it, for as long as it has not noticed that the connection is gone.
        alive = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND backend_start = %s"
        if server.execute(alive, one.backend).fetchone() is not None:
            raise WaitError("the end of a transaction is not known yet")
        mark = "SELECT 1 FROM state_commits WHERE session = %s AND number = %s"
        return server.execute(mark, [self._session, one.number]).fetchone() is not None

    def _without_values(self, attempt: Callable[[], T]) -> T:
        """Call a function, and raise what is wrong with its statements without the values in them."""
        try:
            return attempt()
        except psycopg.Error as error:
            if error.sqlstate == _STANDBY:
                # Another connection may lead to the server that has taken over.
                self._disconnect()
            if self._refusal(error) or self._damaged(error):
                raise
            raise StateError(f"{self._name} refuses a statement ({reason(error)})") from None

    def _refusal(self, error: Exception) -> str:
        if isinstance(error, psycopg.Error) and error.sqlstate is not None:
            passes = error.sqlstate.startswith(_PASSING) or error.sqlstate == _STANDBY
        else:
            # Errors of the connection itself have no code.
            passes = isinstance(error, WaitError | psycopg.OperationalError | psycopg.InterfaceError)
        return f"{self._name} cannot be written ({reason(error)}): see to the server" if passes else ""

    def _damaged(self, error: Exception) -> str:
        if isinstance(error, UNREADABLE):
            found = "a text in it is not what was stored"
        elif isinstance(error, psycopg.Error) and error.sqlstate in _DAMAGED:
            found = type(error).__name__
        else:
            return ""
        return f"{self._name} is damaged ({found}): restore the last backup, then start the bot again"

    async def _rewrite(self) -> bool:
        """Write the tables anew: in the old files, deleted rows stay until others take their place."""
        try:
            await self._on_thread(self._vacuum)
        except (psycopg.Error, WaitError) as error:
            log.warning("the state database could not be rewritten", extra={"reason": reason(error)})
            return False
        return True

    def _vacuum(self) -> None:
        for table in (*tables(), "state_commits"):
            self._connected().execute(f"VACUUM (FULL) {table}")

    def _measured(self) -> int:
        query = """SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
                   WHERE relnamespace = current_schema()::regnamespace AND relname = ANY (%s)"""
        row = self._connected().execute(query, [tables()]).fetchone()
        return int(row[0]) if row else 0

    def _disconnect(self) -> None:
        if self._server is not None:
            self._server.close()


@contextmanager
def reading(address: str) -> Iterator[Connection]:
    """Open the state at an address to be read, beside a bot that works with it.

    Raises:
        BotError: if the server cannot be used, or no bot has worked with this database.
    """
    try:
        with closing(connect(address)) as server:
            server.execute("SET default_transaction_read_only = on")
            yield Statements(server)
    except errors.UndefinedTable:
        raise StartError(f"there is no bot's state in {shown(address)}: has the bot run with this database?") from None
    except psycopg.Error as error:
        raise _unusable(f"the state database {shown(address)}", error) from None


def _unusable(name: str, error: psycopg.Error) -> BotError:
    return BotError(
        f"{name} cannot be used ({reason(error)}): see to the server, and to the user, the password and the database's "
        "name in VERBATIM_STATE"
    )
