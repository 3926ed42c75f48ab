"""Connections to a PostgreSQL server: addresses, demands on a server, the bot's lock, and reasons of its errors."""

import time
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bot.errors import StartError

# `xid8` and its functions came with it: https://www.postgresql.org/docs/13/functions-info.html
OLDEST: Final = 13
# A server that is gone without a word is noticed within half a minute, and so is a bot.
_DEFAULTS: Final = {
    "application_name": "verbatim",
    "client_encoding": "utf8",
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
_SESSION: Final = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
# A bot alone holds it for itself; several workers hold it together.
_LOCK: Final = "SELECT pg_try_advisory_lock(hashtext('verbatim bot'), hashtext(current_schema()))"
_SHARED_LOCK: Final = "SELECT pg_try_advisory_lock_shared(hashtext('verbatim bot'), hashtext(current_schema()))"
# The server frees the lock of a bot that was killed as soon as it has noticed.
_FREED_WITHIN: Final = 3.0
# Errors whose own text names statements, tables and the like, and never a stored value.
_WORDLESS: Final = ("08", "25", "28", "3D", "3F", "42", "53", "55", "57", "58")

Server: TypeAlias = "psycopg.Connection[tuple[Any, ...]]"


class WaitError(Exception):
    """A reason to wait though the server answers."""


def shown(address: str) -> str:
    """Return an address as it may be shown: without user, password and options."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def connect(address: str) -> Server:
    """Return a new connection to the database at an address.

    Raises:
        StartError: if the address is none, the server is too old, or the database does not keep text as UTF-8.
        psycopg.Error: if the server cannot be reached, or refuses.
    """
    try:
        parameters: dict[str, Any] = {**_DEFAULTS, **conninfo_to_dict(address)}
        # Without its @, an address has the password where the port should be.
        sound = all(not port or port.isdecimal() for port in str(parameters.get("port", "")).split(","))
    except psycopg.Error:
        sound = False
    if not sound:
        # Not the library's own words: they hold parts of the address, which may be the password.
        raise StartError(
            "VERBATIM_STATE is no address of a PostgreSQL database: give postgresql://user:password@host/database, "
            "with %40 for an @ in the password"
        )
    server = psycopg.connect(**parameters, autocommit=True)
    try:
        _check(server, shown(address))
        server.execute(_SESSION)
    except BaseException:
        server.close()
        raise
    return server


def take_lock(server: Server, *, shared: bool = False) -> None:
    """Take the bot's lock on the state, which goes with the connection: two bots would both answer.

    Parameters:
        shared: whether other workers may hold it too, which divide the updates among them.

    Raises:
        WaitError: if another connection holds it.
    """
    until = time.monotonic() + _FREED_WITHIN
    while server.execute(_SHARED_LOCK if shared else _LOCK).fetchone() != (True,):
        if time.monotonic() > until:
            raise WaitError("another connection holds the bot's lock")
        time.sleep(0.1)


def reason(error: Exception) -> str:
    """Return why an error came, in a line without anything that is stored."""
    if not isinstance(error, psycopg.Error):
        return str(error)
    if error.sqlstate is None:
        return " ".join(str(error).split())
    if not error.sqlstate.startswith(_WORDLESS):
        return f"{type(error).__name__}, {error.sqlstate}"
    return " ".join((error.diag.message_primary or type(error).__name__).split())


def _check(server: Server, address: str) -> None:
    found = server.info.server_version // 10_000
    if found < OLDEST:
        raise StartError(f"{address} is PostgreSQL {found}, and Verbatim needs {OLDEST} or newer: upgrade the server")
    encoding = server.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise StartError(f"the database {address} keeps text as {encoding}: create one with ENCODING 'UTF8'")
    if server.execute("SELECT current_schema()").fetchone() == (None,):
        raise StartError(f"{address} has no schema to write into: create it, or mend the search path")
