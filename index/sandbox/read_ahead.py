"""Files parsed ahead of a build, in a process of their own, within limits of time and memory for each file.

The process (worker.py) goes on parsing while its builder encodes. Its results wait in the pipe between the two, which
bounds how far ahead it is. A file that takes more than it may ends the process: that file is skipped with its reason,
and another process goes on with the next one.
"""

import fcntl
import signal
import subprocess
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final, Self

from index.errors import IndexingError
from index.parsers import SeedFile, Skipped
from index.sandbox.limits import OUT_OF_MEMORY, started, too_long, too_much
from index.sandbox.messages import HEADER, FileRead, Orders, framed, parsed, request

# Bytes of requests sent ahead: less than a pipe holds, so that sending never waits.
_REQUESTED: Final = 32_000
# The largest pipe that Linux gives to any user: some 200 articles that were parsed and not yet taken.
_PIPE: Final = 1 << 20
_OUT_OF_TIME: Final = frozenset({-signal.SIGPROF, -signal.SIGALRM})


class _Worker:
    """A process that parses files, started and given its orders.

    Attributes:
        ready: whether it has acknowledged its orders.
    """

    def __init__(self, orders: Orders) -> None:
        self.child = _spawned(orders.memory)
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self._requests, self._answers = self.child.stdin, self.child.stdout
        self.ready = False
        with suppress(OSError):
            fcntl.fcntl(self._answers.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)
        # A process that dies at once does not take its orders; it is noticed when it does not acknowledge them.
        with suppress(BrokenPipeError):
            self.send(orders.written())
            self.flush()

    def send(self, message: bytes) -> None:
        self._requests.write(framed(message))

    def flush(self) -> None:
        self._requests.flush()

    def answer(self) -> bytes | None:
        """Return the next message, None where the process has ended."""
        header = self._answers.read(HEADER)
        if len(header) < HEADER:
            return None
        length = int.from_bytes(header, "big")
        message = self._answers.read(length)
        return message if len(message) == length else None

    def end(self) -> int:
        """End the process; return its exit status, its own where it had ended by itself."""
        with suppress(BrokenPipeError):
            self._requests.close()
        self._answers.close()
        self.child.kill()
        return self.child.wait()


class ReadAhead:
    """A parser of files in another process, ahead of the caller, as a context manager.

    Parameters:
        orders: how to parse and cut them.

    Raises:
        IndexingError: from `results`, where the process cannot be started.
    """

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._worker: _Worker | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._worker is not None:
            self._worker.end()
            self._worker = None

    def results(self, files: Sequence[SeedFile]) -> Iterator[FileRead]:
        """Return the content of each of these files, in their order and perhaps in parts; parsing begins now.

        The last part of a file that ended its process gives the reason.
        """
        if files and self._worker is None:
            self._worker = _Worker(self._orders)
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
            if asked:
                file, _ = asked.popleft()
                # SIGKILL comes from outside, as where memory runs out, and says nothing of the file.
                reason = self._reason(status)
                yield FileRead(file.path, None, (), (Skipped(file.path, reason),), there=status != -signal.SIGKILL)
            waiting.extendleft(file for file, _ in reversed(asked))
            asked.clear()

    def _answer(self, waiting: deque[SeedFile], asked: deque[tuple[SeedFile, int]]) -> bytes | None:
        """Request more files and return the next result, None where the process has ended."""
        assert self._worker is not None
        worker = self._worker
        under_way = sum(size for _, size in asked)
        try:
            while waiting and (not asked or under_way < _REQUESTED):
                message = request(waiting[0])
                asked.append((waiting.popleft(), len(message)))
                under_way += len(message)
                worker.send(message)
            worker.flush()
        except BrokenPipeError:
            if worker.ready:
                return None
        if not worker.ready:
            if worker.answer() is None:
                raise IndexingError(_not_started(worker.end(), self._orders.memory))
            worker.ready = True
        return worker.answer()

    def _replaced(self) -> int:
        """Start another process for the one that has ended; return the exit status of that one."""
        assert self._worker is not None
        status = self._worker.end()
        self._worker = _Worker(self._orders)
        return status

    def _reason(self, status: int) -> str:
        """Return why a file could not be parsed by a process that ended with this status."""
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
        f": see what `python -m index.sandbox.worker {memory}` says"
    )


def _spawned(memory: int) -> "subprocess.Popen[bytes]":
    # The other processors belong to the encoder.
    return started("index.sandbox.worker", str(memory), TOKENIZERS_PARALLELISM="false")
