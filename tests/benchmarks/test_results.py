"""Measurements are stored by commit, and the page shows the newest of each part."""

from dataclasses import replace
from pathlib import Path

from benchmarks import page
from benchmarks.results import Figure, Part, store, stored

BY_HAND = Figure("question, p50", 14.5, "ms", "by hand")
OLD = Part("answer", "0123456789", "2026-01-02T03:04:05+00:00", "One, 2 cores", (BY_HAND,))
AGAIN = Figure("question, p50", 3.25, "ms", "again")
NEW = Part("answer", "abcdef0123", "2026-03-04T05:06:07+00:00", "One, 2 cores", (AGAIN,))


def _sized(passages: int, ms: float) -> dict[str, object]:
    times = {f"question {name}, ms": ms * more for name, more in (("p50", 1), ("p95", 2), ("p99", 3))}
    return {"passages": passages, **times, "resident memory, MB": 100.5, "index on disk, MB": 10.25, "kind": "exact"}


SCALE = replace(NEW, name="scale", figures=(), sizes=(_sized(1_000, 1.5), _sized(60_000, 4.5)))


def test_what_is_stored_is_read_back_the_newest_first(tmp_path: Path) -> None:
    for part in (OLD, NEW, SCALE):
        store(part, tmp_path)
    assert stored(tmp_path) == [NEW, SCALE, OLD]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["0123456789.json", "abcdef0123.json"]


def test_a_part_that_is_measured_again_takes_the_place_of_the_earlier_and_no_other(tmp_path: Path) -> None:
    store(NEW, tmp_path)
    store(SCALE, tmp_path)
    again = replace(NEW, measured="2026-03-04T09:00:00+00:00")
    store(again, tmp_path)
    assert stored(tmp_path) == [again, SCALE]


def test_the_page_shows_the_newest_of_each_part_and_follows_figures_from_commit_to_commit(tmp_path: Path) -> None:
    for part in (OLD, NEW, SCALE):
        store(part, tmp_path / "results")
    page.write(tmp_path)
    text = (tmp_path / "README.md").read_text()
    assert "| question, p50 | 3.25 | ms | again |" in text
    assert "by hand" not in text
    assert "| passages | 1,000 | 60,000 |" in text
    assert "| question p99, ms | 4.50 | 13.50 |" in text
    assert "| kind | exact | exact |" in text
    assert "| abcdef0123, 2026-03-04 |  |  |  | 3.25 ms |  |" in text
    assert "| 0123456789, 2026-01-02 |  |  |  | 14.50 ms |  |" in text
    for picture in ("latency.png", "memory.png"):
        assert f"]({picture})" in text
        assert (tmp_path / picture).read_bytes().startswith(b"\x89PNG")


def test_a_part_that_nobody_has_measured_is_not_on_the_page(tmp_path: Path) -> None:
    store(NEW, tmp_path / "results")
    page.write(tmp_path)
    text = (tmp_path / "README.md").read_text()
    assert "million" not in text
    assert not (tmp_path / "latency.png").exists()
