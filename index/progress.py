"""Reports of how a build goes on: to nobody, to a person at a terminal, to a log, to a program."""

import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal, Protocol, TextIO, get_args

# The steps of a build, in this order.
Step = Literal["looking at the seeds", "converting the model (once)", "reading and encoding", "writing the index"]
STEPS: Final[tuple[Step, ...]] = get_args(Step)

# Seconds between two lines: enough to keep a person informed, where a build of 100,000 articles would write as many.
_PAUSE: Final = 0.2
# The same in a log, which somebody reads afterwards.
_LOG_PAUSE: Final = 10.0
# Seconds over which the rate is taken: files differ, and the first may have been there already.
_LOOK_BACK: Final = 30.0


class Progress(Protocol):
    """A receiver of reports on how a build goes on."""

    def begin(self, step: Step, total: int | None) -> None:
        """Begin a step of that many parts; None where the number is unknown."""

    def advance(self, parts: int = 1) -> None:
        """Report so many more parts as done."""

    def read(self) -> None:
        """Report one more file as read; it is done once its passages are encoded."""


class Silent:
    """A progress that shows nothing."""

    def begin(self, step: Step, total: int | None) -> None:
        """Show nothing."""

    def advance(self, parts: int = 1) -> None:
        """Show nothing."""

    def read(self) -> None:
        """Show nothing."""


class Pace:
    """The rate of a step over its last half minute."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, now: float, done: int) -> None:
        """Note how many parts were done by then."""
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[1][0] >= _LOOK_BACK:
            self._seen.popleft()

    def rate(self) -> float | None:
        """Return parts a second, None where it is not known yet."""
        if not self._seen:
            return None
        (start, before), (end, after) = self._seen[0], self._seen[-1]
        return (after - before) / (end - start) if end > start and after > before else None


class JsonLines:
    """A progress as JSON, one object a line: `{"step": "writing the index", "done": 12, "total": 100, "rate": 4.0,
    "remaining_s": 22.0}`.

    `total` is null where it is unknown, and so are `rate`, in parts a second, and `remaining_s`. The first and the last
    state of each step are written, and between them at most five a second.

    Parameters:
        stream: takes the lines.
        clock: returns seconds since any fixed moment.
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
        """End the step before and begin this one."""
        self.close()
        self._step, self._total, self._done, self._pace = step, total, 0, Pace()
        self._write()

    def advance(self, parts: int = 1) -> None:
        """Report so many more parts as done."""
        self._done += parts
        if self._clock() - self._at >= _PAUSE:
            self._write()

    def read(self) -> None:
        """Write nothing: a file counts when it is done."""

    def close(self) -> None:
        """Write the last state of the last step, unless it was written."""
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
def json_lines(stream: TextIO) -> Iterator[Progress]:
    """Give a progress that writes lines for a program on `stream`."""
    lines = JsonLines(stream)
    try:
        yield lines
    finally:
        lines.close()


class LogLines:
    """A progress as lines for a log, one every ten seconds: a build that takes less says nothing.

    Parameters:
        stream: takes the lines.
        clock: returns seconds since any fixed moment.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._at = clock()
        self.begin("looking at the seeds", None)

    def begin(self, step: Step, total: int | None) -> None:
        """Begin this step."""
        self._step, self._total, self._done, self._read, self._pace = step, total, 0, 0, Pace()
        self._pace.note(self._clock(), 0)

    def advance(self, parts: int = 1) -> None:
        """Report so many more parts as done."""
        self._done += parts
        self._write()

    def read(self) -> None:
        """Report one more file as read."""
        self._read += 1
        self._write()

    def _write(self) -> None:
        now = self._clock()
        if now - self._at < _LOG_PAUSE:
            return
        self._at = now
        self._pace.note(now, self._done)
        rate = self._pace.rate()
        left = None if rate is None or self._total is None else (self._total - self._done) / rate
        self._stream.write(f"{self._step}: {_state(self._done, self._total, rate, left, self._read)}\n")
        self._stream.flush()


@contextmanager
def bars() -> Iterator[Progress]:
    """Give progress bars on standard error: `reading and encoding … 1,204/25,000 · 76 a second · 5:12 left`.

    A file counts half when it is read, and whole when its passages are encoded, so that the bar never stands still for
    long.
    """
    from rich.console import Console
    from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, Task, TextColumn
    from rich.progress import Progress as Bars
    from rich.table import Column
    from rich.text import Text

    class State(ProgressColumn):
        def render(self, task: Task) -> Text:
            done, read = task.fields["done"], task.fields["read"]
            if not done + read:
                return Text("")
            rate = None if task.speed is None else task.speed * task.fields["share"]
            return Text(_state(done, task.fields["whole"], rate, task.time_remaining, read))

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), State(Column(no_wrap=True)))
    with Bars(*columns, console=Console(stderr=True), transient=True, speed_estimate_period=_LOOK_BACK) as shown:

        class Shown:
            def __init__(self) -> None:
                self._task: Any = None

            def begin(self, step: Step, total: int | None) -> None:
                if self._task is not None:
                    shown.remove_task(self._task)
                # The unit of the bar is half a file where files are read and encoded.
                share = 0.5 if step == "reading and encoding" else 1
                self._done, self._read = 0, 0
                self._bar = None if total is None else total / share
                # Without a total the bar moves by itself: until the first file is read, nobody knows how far it is.
                self._task = shown.add_task(step, total=None, done=0, read=0, whole=total, share=share)

            def advance(self, parts: int = 1) -> None:
                if not parts:
                    return
                self._done += parts
                shown.update(self._task, total=self._bar, advance=parts, done=self._done)

            def read(self) -> None:
                self._read += 1
                shown.update(self._task, total=self._bar, advance=1, read=self._read)

        yield Shown()


def _state(done: int, total: float | None, rate: float | None, remaining: float | None, read: int = 0) -> str:
    """Return how far a step is, its rate, and the time that is left."""
    parts = [f"{done:,}" if total is None else f"{done:,}/{int(total):,}"]
    if read > done:
        parts.append(f"{read:,} read")
    if rate:
        parts.append(f"{rate:,.1f} a second" if rate < 10 else f"{rate:,.0f} a second")
    if remaining:
        minutes, seconds = divmod(int(remaining), 60)
        hours, minutes = divmod(minutes, 60)
        parts.append(f"{hours}:{minutes:02}:{seconds:02} left" if hours else f"{minutes}:{seconds:02} left")
    return " · ".join(parts)
