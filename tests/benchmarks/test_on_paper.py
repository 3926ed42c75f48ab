"""The table of docs/scale.md is what its program prints, and that is arithmetic."""

from pathlib import Path

import pytest

from benchmarks import on_paper
from benchmarks.on_paper import PLANS, table

SCALE = (Path(__file__).resolve().parents[2] / "docs/scale.md").read_text(encoding="utf-8")


def test_the_page_shows_the_table_as_it_is_printed() -> None:
    assert "\n".join(table()) in SCALE


def test_ten_million_passages_worked_out_by_hand() -> None:
    rows = dict(PLANS[0].rows())
    # 1,536 bytes of vector, 264 of links, 640 of words, 48 of the origin.
    assert rows["in memory a passage"] == "2,488 B"
    assert rows["in memory, one copy"] == "25 GB"
    # 68.12 a second and core: 2,294 s on 64.
    assert rows["encoding all, on 64 cores"] == "0.6 h"
    # .8 ms at 60,000, and 16.118 / 11.002 of that at 10,000,000.
    assert rows["a search of vectors"] == "1.2 ms"
    # Two nodes of 16 cores and 64 GB, $.96 an hour each; three workers of a core and a gigabyte; 172 GB of disk.
    assert rows["a month, $"] == "1,500"


def test_prices_are_taken_from_the_top_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_paper, "CORE", 0.0)
    monkeypatch.setattr(on_paper, "MEMORY", 0.0)
    monkeypatch.setattr(on_paper, "DISK", 1.0)
    # Two generations of three copies of 24.9 GB, and two catalogs of 11.22 GB.
    assert dict(PLANS[0].rows())["a month, $"] == "200"
