"""`python -m retrieval watch`: news for scripts, once each."""

import json
import os
import time
from datetime import date
from pathlib import Path

import pytest

from tests.forked import Forked
from tests.retrieval.conftest import Run, environment
from tests.retrieval.watching.conftest import COPY, COST, QUESTION, UPDATE, Paper

OTHER = '{"id": 7, "question": "What does the tidal barrier at Lindvik cost?", "source": "gazette"}'


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    file = tmp_path / "questions.txt"
    file.write_text(f"{QUESTION}\n\n{OTHER}\nWho won the boat race of Tolvik?\n", encoding="utf-8")
    return file


def test_each_run_tells_what_came_since_the_last_and_says_nothing_twice(
    run: Run, paper: Paper, questions: Path
) -> None:
    def watch() -> list[dict[str, object]]:
        done = run("watch", questions, "--data", paper.data, "--once", "--json")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    assert watch() == []
    paper.prints(cost=COST)
    found = watch()
    assert [news["id"] for news in found] == [QUESTION, "7"]
    assert [(news["tier"], news["story"], news["before"]) for news in found] == [("confident", ["cost.md"], None)] * 2
    assert watch() == []
    paper.prints(copy=COPY)
    assert watch() == []
    paper.prints(update=UPDATE.replace("2024-06-11", date.today().isoformat()))
    (first, *_) = watch()
    assert isinstance(first["before"], dict)
    assert first["before"]["article_id"] in ("cost.md", "copy.md")


def test_the_first_run_says_that_it_begins(run: Run, paper: Paper, questions: Path) -> None:
    first = run("watch", questions, "--data", paper.data, "--once", "--state", questions.parent / "s.json")
    assert first.stdout == b""
    assert first.stderr.startswith(b"this was the first look: what is in the index now counts as known")
    again = run("watch", "-", "--data", paper.data, "--once", "--state", questions.parent / "s.json", stdin=b"Who?\n")
    assert (again.returncode, again.stdout, again.stderr) == (0, b"", b"")


def test_news_are_shown_as_text_too(run: Run, paper: Paper, questions: Path) -> None:
    run("watch", questions, "--data", paper.data, "--once")
    paper.prints(cost=COST)
    shown = run("watch", questions, "--data", paper.data, "--once").stdout.decode()
    assert f"News: {QUESTION}" in shown
    assert "  > The tidal barrier at Lindvik will cost 48 million euros" in shown


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"\xff", "line 1: the line is not UTF-8 at byte 1"),
        (b"{", "line 1: the line is not JSON"),
        (b"{}", "line 1: 'question' is missing"),
        (b"?!", "line 1: the question holds no word"),
        (b"Who?\nWho?", "line 2: this question, or its id, is there twice"),
        (b'{"question": "Who?", "asked": "soon"}', "line 1: the day of the question is 'soon'"),
        (
            b'{"question": "Who?", "history": [{"speaker": "user", "text": "Hi"}]}',
            "line 1: a question with a 'history'",
        ),
        (b'{"question": "Who?", "after": "x"}', "line 1: after:x is no date"),
        (b"\n".join(b"Who is %d?" % number for number in range(10_001)), "holds more than 10,000 questions"),
    ],
)
def test_a_line_that_cannot_wait_is_named(run: Run, paper: Paper, line: bytes, said: str) -> None:
    done = run("watch", "-", "--data", paper.data, "--once", stdin=line)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def test_what_it_cannot_use_is_named_in_one_line(run: Run, paper: Paper, questions: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("[]")
    for arguments, code, said in (
        ((tmp_path / "none", "--data", paper.data), 2, "none cannot be read (No such file or directory): name a file"),
        ((questions, "--data", tmp_path / "empty"), 2, "there is no index in"),
        ((questions, "--data", paper.data, "--state", tmp_path / "bad.json"), 2, "bad.json cannot be read"),
        ((questions, "--data", paper.data, "--state", tmp_path / "no" / "s.json"), 2, "s.json"),
    ):
        done = run("watch", *arguments, "--once")
        assert (done.returncode, done.stdout) == (code, b""), done.stderr
        assert said in done.stderr.decode()
        assert done.stderr.count(b"\n") == 1


def test_a_watch_that_goes_on_tells_as_indexes_are_published(paper: Paper, questions: Path, tmp_path: Path) -> None:
    arguments = ["retrieval", "watch", str(questions), "--data", str(paper.data), "--json"]
    told = tmp_path / "told"

    def wait_for(file: Path) -> str:
        until = time.monotonic() + 60
        while not (file.exists() and file.stat().st_size):
            assert time.monotonic() < until
            time.sleep(0.05)
        return file.read_text(encoding="utf-8")

    with told.open("wb") as out, Path(os.devnull).open("rb+") as null:
        watch = Forked(arguments, cwd=tmp_path, env=environment(), stdin=null, stdout=out, stderr=null)
        try:
            wait_for(paper.data / "watch.json")
            paper.prints(cost=COST)
            assert json.loads(wait_for(told).splitlines()[0])["story"] == ["cost.md"]
        finally:
            watch.kill()
            watch.wait()
