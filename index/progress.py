"""Who is told how a build goes on: nobody, a person at a terminal, a program."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol, TextIO

# A reader of lines needs no more to keep a person informed, and a build of 100,000 articles would write as many lines.
_PAUSE: Final = 0.2


class Progress(Protocol):
    """Is told how a build goes on."""

    def begin(self, step: str, total: int | None) -> None:
        """A step begins that has that many parts; None where nobody knows."""

    def advance(self, parts: int = 1) -> None:
        """So many more parts of it are done."""


class Silent:
    """A progress nobody watches."""

    def begin(self, step: str, total: int | None) -> None:
        """Nothing is shown."""

    def advance(self, parts: int = 1) -> None:
        """Nothing is shown."""


class JsonLines:
    """Writes `{"step": "encoding", "done": 12, "total": 100}`, one object a line; `total` is null where nobody knows.

    The first and the last state of each step are written, and between them at most five a second.

    Parameters:
        stream: where to.
        clock: seconds from any beginning.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._step = ""
        self._total: int | None = None
        self._done = 0
        self._written: int | None = None
        self._at = 0.0

    def begin(self, step: str, total: int | None) -> None:
        """The step before is over, and this one begins."""
        self.close()
        self._step, self._total, self._done = step, total, 0
        self._write()

    def advance(self, parts: int = 1) -> None:
        """So many more parts are done."""
        self._done += parts
        if self._clock() - self._at >= _PAUSE:
            self._write()

    def close(self) -> None:
        """The last step is over: its last state is written, unless it was."""
        if self._written not in (None, self._done):
            self._write()
        self._written = None

    def _write(self) -> None:
        state = {"step": self._step, "done": self._done, "total": self._total}
        self._stream.write(json.dumps(state) + "\n")
        self._stream.flush()
        self._written, self._at = self._done, self._clock()


@contextmanager
def silent() -> Iterator[Progress]:
    """Nothing is shown."""
    yield Silent()


@contextmanager
def json_lines(stream: TextIO) -> Iterator[Progress]:
    """Lines for a program, on `stream`."""
    lines = JsonLines(stream)
    try:
        yield lines
    finally:
        lines.close()


@contextmanager
def bars() -> Iterator[Progress]:
    """Progress bars on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    words = TextColumn("{task.description}")
    columns = (SpinnerColumn(), words, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as shown:

        class Shown:
            def __init__(self) -> None:
                self._task: Any = None

            def begin(self, step: str, total: int | None) -> None:
                if self._task is not None:
                    shown.remove_task(self._task)
                self._task = shown.add_task(step, total=total)

            def advance(self, parts: int = 1) -> None:
                shown.advance(self._task, parts)

        yield Shown()
