"""Who is told how a build goes on: nobody, a person at a terminal, a program."""

import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal, Protocol, TextIO, get_args

# What a build does, in this order; whoever shows a build has words for each.
Step = Literal["looking at the seeds", "converting the model (once)", "reading and encoding", "writing the index"]
STEPS: Final[tuple[Step, ...]] = get_args(Step)

# A reader of lines needs no more to keep a person informed, and a build of 100,000 articles would write as many lines.
_PAUSE: Final = 0.2
# How far back the rate is taken, seconds: files differ, and the first may have been there already.
_LOOK_BACK: Final = 30.0


class Progress(Protocol):
    """Is told how a build goes on."""

    def begin(self, step: Step, total: int | None) -> None:
        """A step begins that has that many parts; None where nobody knows."""

    def advance(self, parts: int = 1) -> None:
        """So many more parts of it are done."""


class Silent:
    """A progress nobody watches."""

    def begin(self, step: Step, total: int | None) -> None:
        """Nothing is shown."""

    def advance(self, parts: int = 1) -> None:
        """Nothing is shown."""


class Pace:
    """How fast a step goes, by what was done in its last half minute."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, now: float, done: int) -> None:
        """So many parts were done by then."""
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[1][0] >= _LOOK_BACK:
            self._seen.popleft()

    def rate(self) -> float | None:
        """Parts a second; None while nobody can tell."""
        if not self._seen:
            return None
        (start, before), (end, after) = self._seen[0], self._seen[-1]
        return (after - before) / (end - start) if end > start and after > before else None


class JsonLines:
    """Writes one object a line: `{"step": "writing the index", "done": 12, "total": 100, "rate": 4.0,
    "remaining_s": 22.0}`.

    `total` is null where nobody knows, and so are `rate`, in parts a second, and `remaining_s`. The first and the last
    state of each step are written, and between them at most five a second.

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
        self._pace = Pace()

    def begin(self, step: Step, total: int | None) -> None:
        """The step before is over, and this one begins."""
        self.close()
        self._step, self._total, self._done, self._pace = step, total, 0, Pace()
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
        self._written, self._at = self._done, self._clock()
        self._pace.note(self._at, self._done)
        rate = self._pace.rate()
        left = None if rate is None or self._total is None else round((self._total - self._done) / rate, 1)
        state = {
            "step": self._step,
            "done": self._done,
            "total": self._total,
            "rate": None if rate is None else round(rate, 1),
            "remaining_s": left,
        }
        self._stream.write(json.dumps(state) + "\n")
        self._stream.flush()


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
    """Progress bars on standard error: `encoding 1,204/25,000 · 76 a second · 5:12 left`."""
    from rich.console import Console
    from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, Task, TextColumn
    from rich.progress import Progress as Bars
    from rich.text import Text

    class Told(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(_told(int(task.completed), task.total, task.speed, task.time_remaining))

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), Told())
    with Bars(*columns, console=Console(stderr=True), transient=True, speed_estimate_period=_LOOK_BACK) as shown:

        class Shown:
            def __init__(self) -> None:
                self._task: Any = None

            def begin(self, step: Step, total: int | None) -> None:
                if self._task is not None:
                    shown.remove_task(self._task)
                self._task = shown.add_task(step, total=total)

            def advance(self, parts: int = 1) -> None:
                shown.advance(self._task, parts)

        yield Shown()


def _told(done: int, total: float | None, rate: float | None, remaining: float | None) -> str:
    """How far a step is, how fast it goes, and how long it still takes."""
    parts = [f"{done:,}" if total is None else f"{done:,}/{int(total):,}"]
    if rate:
        parts.append(f"{rate:,.1f} a second" if rate < 10 else f"{rate:,.0f} a second")
    if remaining:
        minutes, seconds = divmod(int(remaining), 60)
        hours, minutes = divmod(minutes, 60)
        parts.append(f"{hours}:{minutes:02}:{seconds:02} left" if hours else f"{minutes}:{seconds:02} left")
    return " · ".join(parts)
