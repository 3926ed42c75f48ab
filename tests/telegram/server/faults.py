"""Trouble on the line, as a script or by chance from a seed."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, get_args

Kind = Literal["status", "drop_before", "drop_after", "latency", "retry_after"]


@dataclass(slots=True)
class Fault:
    """One kind of trouble for one method, or for all of them (`*`)."""

    method: str
    kind: Kind
    left: int | None
    probability: float
    status: int
    seconds: float


@dataclass(slots=True)
class Faults:
    """Which calls go wrong.

    `injected` counts what was done, by kind: the kinds of `add`, and `down` for what was dropped while the line was
    down.
    """

    seed: int = 0
    injected: Counter[str] = field(default_factory=Counter)
    on_down: Callable[[], None] = lambda: None
    _faults: list[Fault] = field(default_factory=list)
    _down: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def add(
        self,
        *,
        method: str = "*",
        kind: Kind,
        times: int | None = None,
        probability: float = 1.0,
        status: int = 502,
        seconds: float = 1.0,
    ) -> None:
        """Let calls go wrong.

        Args:
            method: a method's name, or `*` for all.
            kind: `status` answers with an HTTP status instead; `drop_before` closes the connection and does nothing,
                `drop_after` does what was asked and then closes it; `latency` waits first; `retry_after` answers 429.
            times: how often, None for always.
            probability: how likely it is for each call.
            status: the HTTP status, for `status`.
            seconds: how long to wait, for `latency` and `retry_after`.
        """
        if kind not in get_args(Kind):
            raise ValueError(f"{kind!r} is none of {get_args(Kind)}")
        with self._lock:
            self._faults.append(Fault(method, kind, times, probability, status, seconds))

    def clear(self) -> None:
        """Let everything go right again."""
        with self._lock:
            self._faults.clear()
            self._down = False

    def down(self) -> None:
        """Drop every connection, now and from now on."""
        self._down = True
        self.on_down()

    def up(self) -> None:
        """Let connections through again."""
        self._down = False

    @property
    def is_down(self) -> bool:
        """Whether every connection is dropped."""
        return self._down

    def drawn(self, method: str) -> list[Fault]:
        """What goes wrong with this call: any latency, and at most one other trouble."""
        chosen: list[Fault] = []
        with self._lock:
            for fault in self._faults:
                if fault.left == 0 or fault.method not in ("*", method):
                    continue
                if fault.kind != "latency" and any(other.kind != "latency" for other in chosen):
                    continue
                if fault.probability < 1.0 and self._random.random() >= fault.probability:
                    continue
                if fault.left is not None:
                    fault.left -= 1
                self.injected[fault.kind] += 1
                chosen.append(fault)
        return chosen
