"""What counts as a failure, and which is worse."""

from dataclasses import replace

import pytest

from index.article import Span
from retrieval.evaluation.outcome import Kind, Outcome, expected, failure_of, failures
from retrieval.evaluation.questions import Gold
from tests.retrieval.outcomes import RIGHT, right, unanswerable, wrong


def why(outcome: Outcome) -> str:
    failure = failure_of(outcome, k=5, depth=100)
    return "" if failure is None else failure.why


def with_gold(outcome: Outcome, *gold: Gold) -> Outcome:
    return replace(outcome, question=replace(outcome.question, gold=gold), gold_found=len(gold))


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (right("a"), ""),
        (unanswerable("a", answered=False), ""),
        (with_gold(right("a", right=False), *()), ""),
        (unanswerable("a", answered=True), "answered though unanswerable"),
        (wrong("a"), "wrong passage first: the right one at rank 2"),
        (wrong("a", answered=False), "refused, and wrong passage first: the right one at rank 2"),
        (wrong("a", answered=False, unsure=True), "not sure, and wrong passage first: the right one at rank 2"),
        (
            wrong("a", place=None, passage_rank=17),
            "wrong passage first: the right one at rank 17, behind the 5 shown",
        ),
        (
            wrong("a", place=None, passage_rank=None, article_rank=3),
            "wrong passage first: none of 100 hits holds it whole; its article is the 3rd among those of 100 hits",
        ),
        (
            wrong("a", place=None, passage_rank=None, article_rank=None),
            "wrong passage first: none of 100 hits is of its article",
        ),
        (wrong("a", gold_found=0), "wrong passage first: the gold is not in the index as the set says"),
        (
            with_gold(wrong("a", place=None, passage_rank=None, article_rank=11), Gold("race")),
            "wrong passage first: its article is the 11th among those of 100 hits",
        ),
        (right("a", answered=False), "refused though the right passage stands first"),
        (right("a", answered=False, unsure=True), "not sure though the right passage stands first"),
        (right("a", highlighted=False), "highlight missed: the marked sentence does not hold it"),
        (with_gold(right("a", highlighted=False), Gold("race")), ""),
    ],
)
def test_a_failure_says_why_it_is_one(outcome: Outcome, reason: str) -> None:
    assert why(outcome) == reason


def test_the_worst_come_first_wrong_answers_by_how_sure_and_refusals_by_how_unsure() -> None:
    outcomes = [
        right("fine"),
        right("bold", highlighted=False, confidence=0.99),
        wrong("shy and wrong", answered=False, confidence=0.4),
        right("shy", answered=False, confidence=0.4),
        right("shyer", answered=False, confidence=0.1),
        wrong("sure", confidence=0.7),
        unanswerable("surer", answered=True, confidence=0.9),
    ]
    found = failures(outcomes, k=5, depth=100)
    assert [failure.outcome.question.id for failure in found] == [
        "surer",
        "sure",
        "shyer",
        "shy",
        "shy and wrong",
        "bold",
    ]
    assert found[0].kind is found[1].kind is Kind.ANSWERED_WRONGLY


def test_what_was_expected_is_told_in_the_articles_words_or_by_its_place() -> None:
    gold = (Gold("race", Span(119, 122), "Ada"), Gold("race", Span(1000, 1020)), Gold("results"))
    assert expected(with_gold(RIGHT, *gold)) == ("Ada", "race, characters 1,000 to 1,020", "results")
    assert expected(unanswerable("a", answered=True)) == ()
