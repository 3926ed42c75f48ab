"""Plain questions over the sample articles are answered no worse than they were."""

import json
import statistics
from collections.abc import Iterator
from typing import Final, get_args

import pytest

from retrieval import Retriever
from retrieval.answer import Tier
from tests.conftest import BuildData
from tests.retrieval.sample_questions import QUESTIONS, SAMPLES, SampleFigures, asked, report, sample_figures

# Measured on 30 November 2026: 33, 23, 39 and 5; before there was a reader 21, 32, 31 and 9. A better program raises
# the first and the third, and lowers the others. Another processor rounds otherwise, which a question or two may feel.
BOUNDS: Final = SampleFigures(answered_right=31, refused_wrongly=25, marked_right=37, answered_wrongly=6)


@pytest.fixture(scope="module")
def samples(build_data: BuildData) -> Iterator[Retriever]:
    """A retriever of all sample articles."""
    files = {str(path.relative_to(SAMPLES)): path.read_bytes() for path in SAMPLES.rglob("*") if path.is_file()}
    with Retriever.open(build_data(files)) as retriever:
        yield retriever


def test_sixty_questions_have_gold_that_stands_letter_for_letter_in_its_article_and_fifteen_have_none(
    samples: Retriever,
) -> None:
    questions = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    gold = [question.get("gold", []) for question in questions]
    assert [question["answerable"] for question in questions] == [bool(entries) for entries in gold]
    assert (sum(map(bool, gold)), len(gold)) == (60, 75)
    for entry in (entry for entries in gold for entry in entries):
        text = samples.article(entry["doc"]).text
        assert text[entry["start"] : entry["end"]] == entry["text"]
        begins = entry["start"] - entry["sentence"].index(entry["text"])
        assert text.startswith(entry["sentence"], begins)


def test_plain_questions_are_answered_refused_and_marked_no_worse_than_before(samples: Retriever) -> None:
    found = asked(samples)
    figures = sample_figures(found)
    assert figures.answered_right >= BOUNDS.answered_right, report(found)
    assert figures.refused_wrongly <= BOUNDS.refused_wrongly, report(found)
    assert figures.marked_right >= BOUNDS.marked_right, report(found)
    assert figures.answered_wrongly <= BOUNDS.answered_wrongly, report(found)
    # Each tier deserves its name: what is shown as the answer is right three times in four, and what is called not sure
    # is right less often than that, but more often than what is not shown.
    shares = [statistics.fmean(outcome.right for outcome in found if outcome.tier == tier) for tier in get_args(Tier)]
    assert shares[0] >= 0.75, report(found)
    assert shares == sorted(shares, reverse=True), report(found)
