"""Several rounds of a comparison are reported by their median and range."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks import measures


def compared(wall: float) -> dict[str, Any]:
    ours = {"wall_s": wall, "cpu_s": 2 * wall, "peak_mb": 100 * wall}
    plain = {"wall_s": 60.0, "cpu_s": 120.0}
    return {"passages": 120, "ours": ours, "plain": plain, "times_wall_s": 60 / wall, "times_cpu_s": 60 / wall}


def test_a_build_is_compared_as_often_as_asked_and_the_middle_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = iter([compared(wall) for wall in (10.0, 30.0, 20.0, 5.0)])
    monkeypatch.setattr(measures, "compare", lambda *_: next(rounds))
    whole, loop, times, *_ = measures.build_rate(Path("models"), 40, 3)
    assert (whole.value, whole.unit) == (6.0, "passages/s")
    assert whole.how == "120 passages of 40 articles, median of 3 rounds in turn; 4.00 to 12.00"
    assert (loop.value, times.value) == (2.0, 3.0)
    once = measures.build_rate(Path("models"), 40, 1)[0]
    assert (once.value, once.how) == (24.0, "120 passages of 40 articles, one after the other")
    assert next(rounds, None) is None
