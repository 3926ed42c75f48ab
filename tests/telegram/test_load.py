"""The load benchmark, as small as it can be and still be killed twice."""

import json
from pathlib import Path

import pytest

from tests.telegram.load import Load, corpus, main


@pytest.mark.slow
def test_a_small_load_with_two_kills_loses_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load = Load(articles=60, work=tmp_path)
    seeds, data = corpus(load)
    assert len(list(seeds.iterdir())) == 60
    built = (data / "index" / "CURRENT").read_bytes()

    wanted = ["--questions", "30", "--chats", "6", "--groups", "2", "--kills", "2", "--rate", "5"]
    assert main([*wanted, "--articles", "60", "--work", str(tmp_path)]) == 0
    shown, _, last = capsys.readouterr().out.rstrip().rpartition("\n")
    report = json.loads(last)
    assert (report["questions"], report["answered"], report["lost"], report["out_of_order"]) == (30, 30, 0, 0)
    assert report["kills"] == 2
    # Each kill may double the one answer that is in flight in each chat.
    assert report["doubled"] <= 2 * 6
    assert 0 < report["p50"] <= report["p95"] <= report["longest"]
    assert "lost                            0" in shown

    # The index is made once for all runs.
    assert corpus(load) == (seeds, data)
    assert (data / "index" / "CURRENT").read_bytes() == built


@pytest.mark.parametrize("wrong", [["--groups", "100"], ["--questions", "5"], ["--rate", "0"]])
def test_a_load_that_makes_no_sense_is_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(wrong)
    assert ended.value.code == 2
