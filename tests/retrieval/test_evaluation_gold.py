"""The places of gold in hand-written sets."""

import json
from pathlib import Path

import pytest

from index.article import Span
from retrieval import Retriever
from retrieval.errors import EvaluationError
from retrieval.evaluation.questions import Gold, load_questions, located
from tests.retrieval.articles import ASKED, HARBOUR


def gold_of(retriever: Retriever, folder: Path, *gold: dict[str, object]) -> tuple[Gold, ...]:
    """The gold of a question that stands on the second line of a set."""
    path = folder / "set.jsonl"
    path.write_text("\n" + json.dumps({"question": "What?", "gold": gold}))
    (question,) = located(retriever, load_questions(path), path)
    return question.gold


def test_words_alone_are_gold_where_they_stand(small: Retriever, tmp_path: Path) -> None:
    (gold,) = gold_of(small, tmp_path, {"doc": "harbour.txt", "text": ASKED})
    start = HARBOUR.index(ASKED)
    assert gold == Gold("harbour.txt", Span(start, start + len(ASKED)), ASKED)


def test_words_that_stand_several_times_are_gold_at_each_place(small: Retriever, tmp_path: Path) -> None:
    places = gold_of(small, tmp_path, {"doc": "harbour.txt", "text": "tidal barrier"})
    # 'Harbour of Lindvik gets a ' has 26 characters; the text begins at 41, and 65 of it stand before the barrier.
    assert [gold.span and gold.span.start for gold in places] == [26, 106]


def test_lines_may_be_broken_otherwise_than_in_the_article(small: Retriever, tmp_path: Path) -> None:
    (gold,) = gold_of(small, tmp_path, {"doc": "harbour.txt", "text": " in the\nautumn. The   barrier "})
    assert gold.text == "in the autumn.\n\nThe barrier"


def test_a_place_without_words_gets_those_of_the_article(small: Retriever, tmp_path: Path) -> None:
    (gold,) = gold_of(small, tmp_path, {"doc": "harbour.txt", "start": 0, "end": 7})
    assert gold == Gold("harbour.txt", Span(0, 7), "Harbour")


@pytest.mark.parametrize(
    "gold",
    [{"doc": "gone.txt"}, {"doc": "gone.txt", "start": 0, "end": 3}, {"doc": "harbour.txt", "start": 9, "end": 9999}],
)
def test_gold_of_an_article_that_is_gone_or_shorter_is_left_to_be_counted(
    small: Retriever, tmp_path: Path, gold: dict[str, object]
) -> None:
    (kept,) = gold_of(small, tmp_path, gold)
    assert (kept.article_id, kept.text) == (gold["doc"], None)


@pytest.mark.parametrize(
    ("gold", "complaint"),
    [
        (
            {"doc": "harbor.txt", "text": "barrier"},
            "there is no article 'harbor.txt': give the article's id as `ask --json` prints it",
        ),
        (
            {"doc": "harbour.txt", "text": "the barrier will cost"},
            "'the barrier will cost' does not stand in the article 'harbour.txt': copy it from there word for word",
        ),
        (
            {"doc": "harbour.txt", "text": " \n"},
            "the 'text' of the gold in 'harbour.txt' is empty: leave it out or fill it in",
        ),
    ],
)
def test_words_that_cannot_be_found_are_named_with_their_line(
    small: Retriever, tmp_path: Path, gold: dict[str, object], complaint: str
) -> None:
    with pytest.raises(EvaluationError) as caught:
        gold_of(small, tmp_path, gold)
    assert str(caught.value) == f"{tmp_path / 'set.jsonl'}, line 2: {complaint}"
