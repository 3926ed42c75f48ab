"""The file of a watch is whole, private and bounded, and whatever stands in it does no harm."""

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval import Retriever
from retrieval.errors import WatchError
from retrieval.watching import Watched
from retrieval.watching.diary import Diary
from retrieval.watching.store import TOLD, Kept, load, only_watcher, save
from tests.retrieval.watching.conftest import COST, QUESTION, UPDATE, Paper

DAY = "2024-06-12"
WATCHED = Watched("1", QUESTION, "2024-05-03", frozenset({"a", "b"}))


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    kept = Kept({"1": WATCHED, "2": Watched("2", "æ\ud800?", DAY)}, frozenset({b"12345678", b"\x00" * 8}))
    save(tmp_path / "w.json", kept)
    assert load(tmp_path / "w.json") == kept
    assert stat.S_IMODE((tmp_path / "w.json").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["w.json"]


def test_without_a_file_nothing_waits_and_nothing_is_known(tmp_path: Path) -> None:
    assert load(tmp_path / "w.json") == Kept({}, None)


ONE = {"key": "1", "question": "Who?", "asked": DAY, "told": []}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"[" * 100_000,
        b'{"version": 2, "questions": [], "known": null}',
        b'{"version": 1, "questions": 5, "known": null}',
        b'{"version": 1, "questions": [7], "known": null}',
        b'{"version": 1, "questions": [], "known": "*"}',
        b'{"version": 1, "questions": [], "known": "AAAA"}',
        *(
            json.dumps({"version": 1, "questions": [{**ONE, **change}], "known": None}).encode()
            for change in ({"key": 1}, {"question": None}, {"question": "x" * 9_999}, {"asked": "soon"}, {"told": [1]})
        ),
    ],
)
def test_a_damaged_file_is_named_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "w.json"
    path.write_bytes(content)
    with pytest.raises(WatchError, match=r"w\.json cannot be read \(.*\): move it away"):
        load(path)
    assert path.read_bytes() == content


def test_a_named_pipe_in_its_place_blocks_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "w.json")
    with pytest.raises(WatchError, match="it is no file"):
        load(tmp_path / "w.json")


def test_a_disk_that_refuses_leaves_the_file_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "w.json"
    save(path, Kept({"1": WATCHED}))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WatchError, match="No space left on device"):
        save(path, Kept())
    assert load(path).watched == {"1": WATCHED}


def test_only_one_program_at_a_time_uses_a_file(tmp_path: Path) -> None:
    def enter(path: Path) -> None:
        with only_watcher(path):
            pass

    with only_watcher(tmp_path / "w.json"), pytest.raises(WatchError, match="another program uses"):
        enter(tmp_path / "w.json")
    enter(tmp_path / "w.json")
    with pytest.raises(WatchError, match="cannot be"):
        enter(tmp_path / "missing" / "w.json")


def test_a_question_that_comes_again_keeps_what_it_was_told_and_another_of_its_name_does_not() -> None:
    kept = Kept({"1": WATCHED})
    assert kept.with_questions([replace(WATCHED, told=frozenset())]).watched["1"].told == {"a", "b"}
    assert kept.with_questions([Watched("1", "Who won?", DAY)]).watched["1"].told == frozenset()
    assert kept.with_questions([]).watched == {}


def test_articles_that_are_gone_stay_known_so_that_a_folder_that_comes_back_is_no_news(
    paper: Paper, retriever: Retriever, tmp_path: Path
) -> None:
    diary = Diary(retriever, tmp_path / "w.json", tmp_path / "vectors")
    paper.prints(cost=COST)
    assert list(diary.news([Watched("1", QUESTION, DAY)])) == []
    paper.withdraws("cost")
    assert list(diary.news()) == []
    paper.prints(cost=COST)
    assert list(diary.news()) == []


def test_news_are_stored_when_the_next_is_taken_so_that_a_kill_repeats_one_at_most(
    paper: Paper, retriever: Retriever, tmp_path: Path
) -> None:
    path = tmp_path / "w.json"
    watched = [Watched(key, QUESTION, DAY) for key in ("1", "2", "3")]
    list(Diary(retriever, path, tmp_path / "vectors").news(watched))
    paper.prints(cost=COST)
    killed = Diary(retriever, path, tmp_path / "vectors").news(watched, today=DAY)
    assert [next(killed).key, next(killed).key] == ["1", "2"]
    del killed  # while the second is in hand
    again = Diary(retriever, path, tmp_path / "vectors")
    assert [news.key for news in again.news(watched, today=DAY)] == ["2", "3"]
    assert list(again.news(watched, today=DAY)) == []
    paper.prints(update=UPDATE)
    assert [news.key for news in again.news(watched, today=DAY)] == ["1", "2", "3"]


def test_what_was_told_is_bounded(tmp_path: Path) -> None:
    many = replace(WATCHED, told=frozenset(map(str, range(TOLD + 5))))
    save(tmp_path / "w.json", Kept({"1": many}))
    assert len(load(tmp_path / "w.json").watched["1"].told) == TOLD
