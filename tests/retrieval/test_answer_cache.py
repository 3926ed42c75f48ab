"""What is asked again is answered from before, and never from another generation."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from index.build import build
from index.generation.generation import CURRENT
from retrieval import Answer, Retriever
from retrieval.answer import Stages
from retrieval.answer_cache import AnswerCache
from retrieval.citation import cite
from retrieval.question.conversation import Turn
from retrieval.ranking.ranking import Ranking, rank
from tests.conftest import write_seeds
from tests.index.forging import replace_file
from tests.retrieval.articles import HARBOUR, ORCHARD, QUESTION
from tests.retrieval.test_citation import CHECKED, hit

NewData = Callable[[], Path]
APPLES = "Who lit candles between the rows of apple trees?"
DAY = date(2024, 5, 31)


def answer(question: str = "Who?", citations: int = 0) -> Answer:
    return Answer(question, question, True, 0.9, (cite(hit(), CHECKED, []),) * citations, (), 1.0)


def test_the_same_question_is_answered_from_before_and_says_that_it_went_through_no_stage(small: Retriever) -> None:
    first, again = small.ask(QUESTION), small.ask(QUESTION)
    assert again == replace(first, elapsed_ms=again.elapsed_ms, stages=Stages())
    assert again.citations is first.citations
    assert again.elapsed_ms > 0


@pytest.mark.parametrize(
    "other",
    [
        lambda retriever: retriever.ask(QUESTION, 3),
        lambda retriever: retriever.ask(QUESTION.lower()),
        lambda retriever: retriever.ask(QUESTION, history=[Turn("user", "And the orchard?")]),
        lambda retriever: retriever.ask(QUESTION, after="2020"),
        lambda retriever: retriever.ask(QUESTION, before="2030"),
        lambda retriever: retriever.ask(QUESTION, asked=DAY),
    ],
    ids=["more", "other letters", "after a turn", "after a day", "before a day", "on another day"],
)
def test_what_is_asked_otherwise_goes_all_the_way(small: Retriever, other: Callable[[Retriever], Answer]) -> None:
    small.ask(QUESTION)
    assert other(small).stages.encoding > 0


def test_nothing_is_kept_where_that_is_switched_off(small_data: Path) -> None:
    with Retriever.open(small_data, kept=0) as retriever:
        for _ in range(2):
            assert retriever.ask(QUESTION).stages.encoding > 0


def test_a_new_generation_is_asked_anew(new_data: NewData, tmp_path: Path) -> None:
    data, seeds = new_data(), write_seeds(tmp_path / "seeds", {"harbour.txt": HARBOUR})
    build(seeds, data)
    with Retriever.open(data) as retriever:
        assert [retriever.ask(APPLES).citations[0].article_id for _ in range(2)] == ["harbour.txt"] * 2
        before = retriever.generation
        build(write_seeds(seeds, {"orchard.md": ORCHARD}), data)
        after = retriever.ask(APPLES)
        assert after.citations[0].article_id == "orchard.md"
        assert (after.generation != before, after.stages.encoding > 0) == (True, True)
        assert retriever.ask(APPLES).citations is after.citations


def test_an_answer_that_comes_late_is_never_given_of_the_generation_that_came_meanwhile(
    new_data: NewData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, seeds = new_data(), write_seeds(tmp_path / "seeds", {"harbour.txt": HARBOUR})
    build(seeds, data)
    begun, go_on = threading.Event(), threading.Event()

    def slow(*arguments: Any, **named: Any) -> Ranking:
        begun.set()
        assert go_on.wait(30)
        return rank(*arguments, **named)

    with Retriever.open(data) as retriever, ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr("retrieval.answering.rank", slow)
        late = pool.submit(retriever.ask, APPLES)
        assert begun.wait(30)
        build(write_seeds(seeds, {"orchard.md": ORCHARD}), data)
        monkeypatch.undo()
        new = retriever.ask(APPLES)
        go_on.set()
        assert late.result(30).generation != new.generation
        assert late.result(30).citations[0].article_id == "harbour.txt"
        assert retriever.ask(APPLES).citations is new.citations
        assert new.citations[0].article_id == "orchard.md"


def test_answers_are_kept_of_an_older_generation_too_that_is_served_again(new_data: NewData, tmp_path: Path) -> None:
    data, seeds = new_data(), write_seeds(tmp_path / "seeds", {"harbour.txt": HARBOUR})
    build(seeds, data)
    pointer = data / "index" / CURRENT
    older = pointer.read_bytes()
    build(write_seeds(seeds, {"orchard.md": ORCHARD}), data)
    with Retriever.open(data) as retriever:
        assert retriever.ask(APPLES).citations[0].article_id == "orchard.md"
        replace_file(pointer, older)
        back = retriever.ask(APPLES)
        assert back.citations[0].article_id == "harbour.txt"
        assert retriever.ask(APPLES).citations is back.citations


def test_no_more_are_kept_than_should_be_and_those_asked_for_last() -> None:
    kept = AnswerCache(2)
    for question in ("a", "b"):
        kept.keep(question, answer(question))
    assert kept.of("a") == answer("a")
    kept.keep("c", answer("c"))
    assert [kept.of(question) is not None for question in "abc"] == [True, False, True]
    assert len(kept) == 2


def test_what_they_hold_together_is_bounded_and_one_that_is_large_is_not_kept() -> None:
    # A citation here counts for some 1,500 characters: its quote, its fields, one article named.
    kept = AnswerCache(1_000, room=160_000)
    for number in range(100):
        kept.keep(number, answer(citations=5))
    assert 15 <= len(kept) <= 30
    kept.keep("large", answer(citations=10))
    assert kept.of("large") is None
    assert kept.of(99) is not None
