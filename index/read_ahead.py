"""Files read ahead of a build, in a process of their own, within limits of time and memory for each file.

The process (`reading_worker`) goes on reading while its builder encodes; what it has read waits in the pipe between
them, which bounds how far ahead it is. Where a file is more than it may take it dies, that file is skipped with its
reason, and another process reads on. It stays for a short while, for another build of the same program.
"""

import atexit
import fcntl
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Final, Protocol, Self, cast

from index.confined import environment, too_long, too_much
from index.errors import IndexingError
from index.file_read import HEADER, OUT_OF_MEMORY, FileRead, Orders, framed, parsed, request
from index.readers import SeedFile, Skipped

# How much is asked for at once, bytes: less than a pipe holds, so that asking never waits.
_ASKED: Final = 32_000
# What Linux lets anybody have in a pipe: some 200 articles that were read and not yet taken.
_PIPE: Final = 1 << 20
_OUT_OF_TIME: Final = frozenset({-signal.SIGPROF, -signal.SIGALRM})


class ReadingError(IndexingError):
    """The process that reads files cannot be started."""


class Child(Protocol):
    """A process that was started, and the pipes to it."""

    @property
    def stdin(self) -> IO[bytes]:
        """What it is asked on."""

    @property
    def stdout(self) -> IO[bytes]:
        """What it answers on."""

    def kill(self) -> None:
        """End it."""

    def wait(self) -> int:
        """Its exit status once it has ended; negative: the signal that ended it."""


@dataclass(slots=True)
class _Worker:
    orders: Orders
    child: Child
    ready: bool = False
    owner: int = field(default_factory=os.getpid)


_idle: list[_Worker] = []


class ReadAhead:
    """Reads files in another process, as a context manager.

    Parameters:
        orders: how.

    Raises:
        ReadingError: from `results`, where the process cannot be started.
    """

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._worker: _Worker | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        if kind is None and worker.ready:
            _idle.append(worker)
        else:
            _ended(worker)

    def results(self, files: Sequence[SeedFile]) -> Iterator[FileRead]:
        """What is in each of these files, in their order and perhaps in parts; they are being read from now on.

        Of a file at which its reader ends, the last part is why.
        """
        if files and self._worker is None:
            self._worker = _idle_for(self._orders) or _Worker(self._orders, _started(self._orders))
        return self._results(files)

    def _results(self, files: Sequence[SeedFile]) -> Iterator[FileRead]:
        waiting = deque(files)
        asked: deque[tuple[SeedFile, int]] = deque()
        while waiting or asked:
            answer = self._answer(waiting, asked)
            if answer is not None:
                done = parsed(answer)
                if not done.more:
                    asked.popleft()
                yield done
                continue
            status = self._replaced()
            if status and asked:  # 0: nothing had been asked of it for a while
                file, _ = asked.popleft()
                # Whoever killed it from outside, as the system does where memory runs out, says nothing of the file.
                reason = self._reason(status)
                yield FileRead(file.path, None, (), (Skipped(file.path, reason),), there=status != -signal.SIGKILL)
            waiting.extendleft(file for file, _ in reversed(asked))
            asked.clear()

    def _answer(self, waiting: deque[SeedFile], asked: deque[tuple[SeedFile, int]]) -> bytes | None:
        """Ask for more files, and take the next answer; None where the process has ended."""
        assert self._worker is not None
        child = self._worker.child
        under_way = sum(size for _, size in asked)
        try:
            while waiting and (not asked or under_way < _ASKED):
                message = framed(request(waiting[0]))
                asked.append((waiting.popleft(), len(message)))
                under_way += len(message)
                child.stdin.write(message)
            child.stdin.flush()
        except BrokenPipeError:
            if self._worker.ready:
                return None
        if not self._worker.ready:
            if _message(child.stdout) is None:
                raise ReadingError(_not_started(_ended(self._worker), self._orders.memory))
            self._worker.ready = True
        return _message(child.stdout)

    def _replaced(self) -> int:
        """Start another process for the one that has ended; return the exit status of that one."""
        assert self._worker is not None
        status = _ended(self._worker)
        self._worker = _Worker(self._orders, _started(self._orders))
        return status

    def _reason(self, status: int) -> str:
        """Return why a file could not be read by a process that ended with this status."""
        if status == OUT_OF_MEMORY:
            return too_much(self._orders.memory)
        if status in _OUT_OF_TIME:
            return too_long(self._orders.seconds)
        if status == -signal.SIGKILL:
            return "the system killed the program that was reading it, as it does where memory runs out"
        return "it ends the program that reads it"


def _not_started(status: int, memory: int) -> str:
    return (
        f"the process that reads files does not start within {memory / 1e6:,.0f} MB of memory (it ended with {status})"
        f": see what `python -m index.reading_worker {memory}` says"
    )


def _idle_for(orders: Orders) -> _Worker | None:
    """A process that an earlier build of this program has left, if it reads in the same way; others are ended."""
    while _idle:
        worker = _idle.pop()
        # A process that was forked from this one has the pipes too, but they are not its own.
        if worker.owner == os.getpid():
            if worker.orders == orders:
                return worker
            _ended(worker)
    return None


def _started(orders: Orders) -> Child:
    child = _spawned(orders.memory)
    with suppress(OSError):
        fcntl.fcntl(child.stdout.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)
    # One that dies at once does not take its orders, which is noticed when it does not acknowledge them.
    with suppress(BrokenPipeError):
        child.stdin.write(framed(orders.written()))
        child.stdin.flush()
    return child


def _spawned(memory: int) -> Child:
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "index.reading_worker", str(memory)],
        # The other processors belong to the encoder.
        env=environment(TOKENIZERS_PARALLELISM="false"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return cast(Child, child)


def _ended(worker: _Worker) -> int:
    """End a process; return its exit status, its own where it had ended by itself."""
    with suppress(BrokenPipeError):
        worker.child.stdin.close()
    worker.child.stdout.close()
    worker.child.kill()
    return worker.child.wait()


def _message(source: IO[bytes]) -> bytes | None:
    header = source.read(HEADER)
    if len(header) < HEADER:
        return None
    length = int.from_bytes(header, "big")
    message = source.read(length)
    return message if len(message) == length else None


@atexit.register
def end_all() -> None:
    """End the processes that builds of this program have left for its next one."""
    while _idle:
        worker = _idle.pop()
        if worker.owner == os.getpid():
            _ended(worker)
