"""Links are measured where there are pages and a browser, and nowhere else."""

from pathlib import Path

import pytest

from benchmarks import text_fragments


def test_without_pages_nothing_is_measured_and_that_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert text_fragments.main(["--shared", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("not measured: ")
