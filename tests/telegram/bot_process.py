"""The bot as a process of its own, spoken to by the strict server."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, ClassVar, Final, Self

import psutil

from tests.forked import Forked, environment
from tests.telegram.server import BotApiServer

_STARTS_WITHIN: Final = 60.0
# What its log says when it begins to fetch.
_ANSWERING: Final = '"event": "answering"'


class BotProcess:
    """`python -m bot`, forked, with its data folder; start it, stop it, kill it, start it again.

    Parameters:
        settings: of the environment, by name without `VERBATIM_`, in lower case.
    """

    def __init__(self, server: BotApiServer, data: Path, log: Path, **settings: object) -> None:
        self._server = server
        self.data = data
        self.log = log
        self._settings = settings
        self.process: Forked | subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def environment(self) -> dict[str, str]:
        """What the process is given; nothing of this machine's settings."""
        given = {"data": self.data, "telegram_token": self._server.token, "telegram_api_url": self._server.url}
        given |= {"seeds": self.data / "no-seeds", "reindex_every": "off", **self._settings}
        ours = {f"VERBATIM_{name.upper()}": str(value) for name, value in given.items() if value is not None}
        return environment(**ours)

    def start(self, *, wait: bool = True) -> None:
        """Start it; by default wait until it answers."""
        begun = self.said.count(_ANSWERING)
        with self.log.open("ab") as log:
            self.process = self._begun(log)
        if wait:
            self._server.wait(lambda: self.said.count(_ANSWERING) > begun, _STARTS_WITHIN)

    def _begun(self, log: BinaryIO) -> "Forked | subprocess.Popen[bytes]":
        with Path(os.devnull).open("rb") as nothing:
            return Forked(["bot"], cwd=self.data, env=self.environment(), stdin=nothing, stdout=log, stderr=log)

    def stop(self, seconds: float = 20.0) -> int:
        """SIGTERM, and its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def wait(self, seconds: float = 30.0) -> int:
        """Its exit code, when it ends by itself."""
        assert self.process is not None
        return self.process.wait(seconds)

    @property
    def said(self) -> str:
        """Its log so far, of all its starts."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def kept(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of its state database that a query finds, as another program sees them."""
        with closing(self._state()) as state:
            return state.execute(query, values).fetchall()

    def change(self, statement: str, *values: object) -> int:
        """Change its state database behind its back; return how many rows that changed."""
        with closing(self._state()) as state, state:
            return state.execute(statement, values).rowcount

    def is_idle(self) -> bool:
        """Whether it has finished every update that it was given."""
        unfinished = self.kept("SELECT 1 FROM inbox WHERE body IS NOT NULL LIMIT 1")
        return not self._server.pending_updates and not unfinished

    def _state(self) -> sqlite3.Connection:
        return sqlite3.connect(self.data / "state.sqlite", timeout=20)

    def resident(self) -> int:
        """Its resident memory, bytes."""
        assert self.process is not None
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def wait_for_log(self, words: str, seconds: float = 20.0) -> None:
        """Wait until its log holds some words.

        Raises:
            AssertionError: where it does not in time.
        """
        self.wait_for_log_times(words, 1, seconds)

    def wait_for_log_times(self, words: str, times: int, seconds: float) -> None:
        """Wait until its log holds some words so many times.

        Raises:
            AssertionError: where it does not in time.
        """
        deadline = time.monotonic() + seconds
        while self.said.count(words) < times:
            assert time.monotonic() < deadline, f"{words!r} is not in the log:\n{self.said[-3000:]}"
            time.sleep(0.05)


class BotAnew(BotProcess):
    """`python -m bot` as people start it: what it imports, and what it takes, is its own.

    Attributes:
        user: the number of another user to run it as, which only root can; None for this one.
    """

    arguments: ClassVar[tuple[str, ...]] = ()
    user: int | None = None

    def _begun(self, log: BinaryIO) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "bot", *self.arguments],
            cwd=self.data,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else (),
        )
