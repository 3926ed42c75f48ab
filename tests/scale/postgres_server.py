"""A PostgreSQL server for tests: on loopback, with a password, as a user without rights; it ends with its context."""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import pytest

from tests.scale.milvus_server import free_port

# An account that every system has: the server refuses to run as root, or as a number without a name.
_NOBODY: Final = 65534
_DEBIANS: Final = "/usr/lib/postgresql"
_STARTS_WITHIN: Final = 60.0
_STOPS_WITHIN: Final = 30.0
USER: Final = "verbatim"
# Every letter that an address has to spell otherwise.
PASSWORD: Final = "pass/w@rd: 7%?"


def programs() -> Path | None:
    """Return the folder of the server's programs; None where there is none."""
    found = shutil.which("postgres")
    if found is not None:
        return Path(found).resolve().parent
    folders = [path.parent for path in Path(_DEBIANS).glob("*/bin/postgres")]
    return max(folders, key=lambda folder: int(folder.parent.name), default=None)


def missing() -> str:
    """Return what is not installed of the server and its client, '' where both are."""
    if importlib.util.find_spec("psycopg") is None:
        return "psycopg is not installed: `make test-scale` installs what tests of servers need"
    return "" if programs() else "PostgreSQL's server is not installed (Debian, Ubuntu: apt install postgresql)"


def needed() -> None:
    """Skip a test where the server or its client is not installed."""
    if reason := missing():
        pytest.skip(reason)


class PostgresServer:
    """A server in processes of its own.

    Parameters:
        options: settings of the server, such as 'fsync=off'.
    """

    def __init__(self, *options: str) -> None:
        self._options = options
        self.port = free_port()
        self._states = 0

    def address(self, database: str, user: str = USER, password: str = PASSWORD) -> str:
        """Return the address of a database as VERBATIM_STATE takes it."""
        return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def new_state(self) -> str:
        """Return the address of a place for a state that nobody has used: a schema of its own."""
        self._states += 1
        name = f"state_{self._states}"
        self.execute(f"CREATE SCHEMA {name}")
        return f"{self.address('postgres')}?options=-csearch_path%3D{name}"

    def __enter__(self) -> Self:
        found = programs()
        assert found is not None
        self._programs = found
        # Not in pytest's own folder, which no other user may enter.
        self._folder = Path(tempfile.mkdtemp(prefix="verbatim-postgres-"))
        password = self._folder / "password"
        password.write_text(PASSWORD)
        if os.getuid() == 0:
            os.chown(self._folder, _NOBODY, _NOBODY)
            os.chown(password, _NOBODY, _NOBODY)
        self.data = self._folder / "data"
        made = subprocess.run(
            [
                *(found / "initdb", "-D", self.data, "-U", USER, "-E", "UTF8", "--locale=C", "--no-sync"),
                *("-A", "scram-sha-256", f"--pwfile={password}"),
            ],
            capture_output=True,
            text=True,
            check=False,
            **self._as_user(),
        )
        if made.returncode:
            shutil.rmtree(self._folder, ignore_errors=True)
            pytest.skip(f"PostgreSQL's server cannot be set up here: {made.stderr.strip().splitlines()[-1]}")
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Start the server, and wait until it takes connections."""
        options = ["listen_addresses=127.0.0.1", "unix_socket_directories=", f"port={self.port}", *self._options]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self.data, *(part for one in options for part in ("-c", one))],
                stdout=log,
                stderr=log,
                **self._as_user(),
            )
        until = time.monotonic() + _STARTS_WITHIN
        while not self._answers():
            assert self._process.poll() is None, (self._folder / "log").read_text()
            assert time.monotonic() < until, "the server does not take connections"
            time.sleep(0.05)

    def stop(self, sign: signal.Signals = signal.SIGINT) -> None:
        """End the server: with SIGINT orderly, with SIGQUIT as a crash does."""
        self._process.send_signal(sign)
        self._process.wait(_STOPS_WITHIN)

    def execute(self, sql: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Execute a statement as the server's administrator, on a connection of its own."""
        import psycopg

        with psycopg.connect(self.address(database), autocommit=True) as server:
            found = server.execute(sql)
            return found.fetchall() if found.description else []

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.address("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _as_user(self) -> dict[str, Any]:
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        if os.getuid():
            return {"env": environment}
        return {"env": environment, "cwd": "/", "user": _NOBODY, "group": _NOBODY, "extra_groups": []}
