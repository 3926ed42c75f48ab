"""`build --progress` tells a program how it goes: one JSON object a line on standard error, and not too many."""

import io
import json
from collections.abc import Callable
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, TextIO

import pytest

from index.progress import JsonLines, LogLines, _state, json_lines
from tests.conftest import write_seeds
from tests.index.commands import Commands
from tests.index.same_index import served
from tests.index.stories import BEFORE

NewData = Callable[[], Path]
Lines = list[dict[str, Any]]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def states(text: str) -> Lines:
    lines = [json.loads(line) for line in text.splitlines()]
    assert all(list(line) == ["step", "done", "total", "rate", "remaining_s"] for line in lines)
    return [{name: line[name] for name in ("step", "done", "total")} for line in lines]


def test_every_step_of_a_build_is_state_from_its_first_state_to_its_last(
    new_data: NewData, tmp_path: Path, commands: Commands
) -> None:
    seeds, data = write_seeds(tmp_path / "seeds", BEFORE), new_data()
    done = commands("build", "--seeds", seeds, "--data", data, "--progress")
    assert done.code == 0
    assert f"built {served(data).name}: 4 articles" in done.out
    steps = [(step, list(lines)) for step, lines in groupby(states(done.err), lambda line: line["step"])]
    assert [(step, lines[0]["done"], lines[-1]["done"], lines[-1]["total"]) for step, lines in steps] == [
        ("looking at the seeds", 0, 3, None),
        ("reading and encoding", 0, 3, 3),
        ("writing the index", 0, 0, None),
    ]


def test_with_json_the_report_is_on_standard_output_as_without(
    new_data: NewData, tmp_path: Path, commands: Commands
) -> None:
    seeds, data = write_seeds(tmp_path / "seeds", BEFORE), new_data()
    done = commands("build", "--seeds", seeds, "--data", data, "--json", "--progress")
    assert json.loads(done.out)["generation"] == served(data).name
    assert states(done.err)[0] == {"step": "looking at the seeds", "done": 0, "total": None}
    done = commands("build", "--seeds", seeds, "--data", data, "--json", "--progress")
    assert json.loads(done.out)["published"] is False
    assert states(done.err)[-1] == {"step": "looking at the seeds", "done": 3, "total": None}


def test_a_build_that_fails_says_why_on_the_last_line(new_data: NewData, tmp_path: Path, commands: Commands) -> None:
    seeds = write_seeds(tmp_path / "seeds", {"a.txt": ""})
    done = commands("build", "--seeds", seeds, "--data", new_data(), "--progress")
    assert (done.code, done.out) == (2, "")
    *lines, last = done.err.splitlines()
    assert states("\n".join(lines))[-1] == {"step": "reading and encoding", "done": 1, "total": 1}
    assert last.startswith(f"no article could be read in {seeds}")


def test_a_step_is_state_at_most_five_times_a_second_and_its_last_state_always() -> None:
    stream, clock = io.StringIO(), Clock()
    lines = JsonLines(stream, clock)
    lines.begin("looking at the seeds", 1000)
    for _ in range(1000):  # for 2 seconds
        clock.now += 0.002
        lines.advance()
    lines.begin("reading and encoding", 7)
    lines.advance(0)
    lines.close()
    told = states(stream.getvalue())
    reading = [line["done"] for line in told if line["step"] == "looking at the seeds"]
    assert (reading[0], reading[-1]) == (0, 1000)
    # The first, one every 0.2 s, and the last.
    assert 10 <= len(reading) <= 12
    assert all(later - sooner >= 100 for sooner, later in pairwise(reading))
    assert told[-1] == {"step": "reading and encoding", "done": 0, "total": 7}
    assert len(told) == len(reading) + 1


def test_parts_that_are_done_at_once_are_counted() -> None:
    stream, clock = io.StringIO(), Clock()
    lines = JsonLines(stream, clock)
    lines.begin("reading and encoding", 5000)
    lines.advance(1024)
    lines.advance(1000)
    clock.now += 0.2
    lines.advance(76)
    lines.close()
    assert [line["done"] for line in states(stream.getvalue())] == [0, 2100]


def test_the_rate_is_that_of_the_last_half_minute_and_tells_how_long_the_rest_takes() -> None:
    stream, clock = io.StringIO(), Clock()
    lines = JsonLines(stream, clock)
    lines.begin("reading and encoding", 1000)
    lines.advance(100)  # which were there already
    for _ in range(60):
        clock.now += 1
        lines.advance(5)
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert (told[0]["rate"], told[0]["remaining_s"]) == (None, None)
    assert (told[1]["rate"], told[1]["remaining_s"]) == (105.0, 8.5)
    assert (told[-1]["done"], told[-1]["rate"], told[-1]["remaining_s"]) == (400, 5.0, 120.0)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ((0, None, None, None), "0"),
        ((1204, 25_000, 76.2, 312.9), "1,204/25,000 · 76 a second · 5:12 left"),
        ((3, 9, 0.25, 24.0), "3/9 · 0.2 a second · 0:24 left"),
        ((10, 99_000, 12.0, 8249.0), "10/99,000 · 12 a second · 2:17:29 left"),
    ],
)
def test_a_person_is_state_the_rate_and_the_time_left(
    state: tuple[int, float | None, float | None, float | None], words: str
) -> None:
    assert _state(*state) == words


def test_files_that_are_read_and_not_encoded_yet_are_told_beside_those_that_are_done() -> None:
    assert _state(0, 17, None, None, 17) == "0/17 · 17 read"
    assert _state(12, 17, None, None, 17) == "12/17 · 17 read"
    assert _state(17, 17, None, None, 17) == "17/17"


def test_a_log_has_a_line_every_ten_seconds() -> None:
    stream, clock = io.StringIO(), Clock()
    lines = LogLines(stream, clock)
    lines.begin("reading and encoding", 100)
    for _ in range(30):
        clock.now += 0.5
        lines.read()
    for _ in range(15):
        clock.now += 1
        lines.advance(2)
    # After 10 s 20 files are read; after 20 s all 30 are, and of 5 more seconds ten are encoded; then 30 in 30 s.
    assert stream.getvalue().splitlines() == [
        "reading and encoding: 0/100 · 20 read",
        "reading and encoding: 10/100 · 30 read · 0.5 a second · 3:00 left",
        "reading and encoding: 30/100 · 1.0 a second · 1:10 left",
    ]


def broken_off(stream: TextIO) -> None:
    with json_lines(stream) as progress:
        progress.begin("looking at the seeds", 9)
        progress.advance(4)
        raise KeyboardInterrupt


def test_the_last_state_is_state_when_a_build_is_broken_off() -> None:
    stream = io.StringIO()
    with pytest.raises(KeyboardInterrupt):
        broken_off(stream)
    assert [line["done"] for line in states(stream.getvalue())] == [0, 4]
