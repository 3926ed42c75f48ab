"""Timing of the stages that a question goes through."""

import time
from dataclasses import dataclass, fields
from typing import Final


@dataclass(frozen=True, slots=True)
class Stages:
    """Milliseconds of each stage from a question to its answer.

    Attributes:
        waiting: for its turn, while others are answered.
        understanding: reading the question, its filters and what was said before; its languages and words.
        encoding: its vector.
        vectors: the passages nearest to it.
        words: the best passages by their words.
        fusion: one order of both, and the passages and articles that it is of.
        reading: the best read together with the question.
        citations: texts checked, sentences that answer, links.
        confidence: whether the first of them answers.
    """

    waiting: float = 0.0
    understanding: float = 0.0
    encoding: float = 0.0
    vectors: float = 0.0
    words: float = 0.0
    fusion: float = 0.0
    reading: float = 0.0
    citations: float = 0.0
    confidence: float = 0.0

    def by_name(self) -> dict[str, float]:
        """Return each stage with its milliseconds, in their order."""
        return {name: getattr(self, name) for name in STAGES}


STAGES: Final = tuple(field.name for field in fields(Stages))


class Stopwatch:
    """A stopwatch that adds the time since the last lap to a stage; some stages are gone through twice."""

    __slots__ = ("_last", "_spent")

    def __init__(self) -> None:
        self._spent = dict.fromkeys(STAGES, 0.0)
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Add the time since the last lap to this stage, one of `STAGES`."""
        now = time.perf_counter()
        self._spent[stage] += now - self._last
        self._last = now

    def stages(self) -> Stages:
        """Return the times measured until the last lap."""
        return Stages(**{stage: 1000 * spent for stage, spent in self._spent.items()})
