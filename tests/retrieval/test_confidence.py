"""Confidence is a logistic curve over cosine and coverage."""

import math
from itertools import pairwise

import pytest

from retrieval.confidence import Evidence, confidence
from retrieval.words_evidence import WordsEvidence


@pytest.mark.parametrize(
    ("cosine", "coverage", "logit"),
    [
        # -6.19 + 5.97 cosine + 4.51 coverage
        (0.7, 1.0, 2.499),
        (0.0, 0.0, -6.19),
        (0.5, 0.5, -0.95),
        (-1.0, 1.0, -7.65),
    ],
)
def test_confidence_at_points_worked_out_by_hand(cosine: float, coverage: float, logit: float) -> None:
    found = confidence(Evidence(cosine, coverage))
    assert math.log(found / (1 - found)) == pytest.approx(logit, abs=1e-9)


def test_where_nothing_was_found_there_is_no_confidence() -> None:
    assert confidence(None) == 0


@pytest.mark.parametrize("coverage", [0.0, 0.3, 1.0])
def test_a_nearer_passage_gives_more_confidence(coverage: float) -> None:
    found = [confidence(Evidence(cosine / 10, coverage)) for cosine in range(-10, 11)]
    assert all(less < more for less, more in pairwise(found))
    assert 0 < found[0] < found[-1] < 1


@pytest.mark.parametrize("cosine", [-0.2, 0.5, 1.0])
def test_a_passage_that_covers_more_of_the_question_gives_more_confidence(cosine: float) -> None:
    found = [confidence(Evidence(cosine, share / 10)) for share in range(11)]
    assert all(less < more for less, more in pairwise(found))
    assert 0 < found[0] < found[-1] < 1


def test_a_passage_that_was_read_again_is_judged_by_its_nearness_too() -> None:
    # By hand: -9.34 + 1.63 * 0.5 + 0.69 * 0.5 + 14.93 * 0.5 = -0.715, and 1 / (1 + e^0.715) = 0.3285.
    assert confidence(Evidence(cosine=0.5, coverage=0.5, interaction=0.5)) == pytest.approx(0.3285, abs=1e-4)
    assert confidence(Evidence(cosine=0.5, coverage=0.5, interaction=0.7)) > 0.9


@pytest.mark.parametrize(
    ("evidence", "logit"),
    [
        # -5.58 + 2.97 coverage + (1.34 + 4.83 lead) together + ln(telling words)
        (WordsEvidence(coverage=0.0, together=0.0, lead=0.0, telling=1), -5.58),
        (WordsEvidence(coverage=1.0, together=1.0, lead=0.5, telling=4), 1.145 + 1.386294),
        (WordsEvidence(coverage=0.5, together=0.5, lead=1.0, telling=2), -1.010 + 0.693147),
        (WordsEvidence(coverage=1.0, together=0.5, lead=-0.2, telling=1), -2.423),
    ],
)
def test_confidence_in_words_alone_at_points_worked_out_by_hand(evidence: WordsEvidence, logit: float) -> None:
    found = confidence(evidence)
    assert math.log(found / (1 - found)) == pytest.approx(logit, abs=1e-6)


def test_a_question_of_nothing_but_grammar_gives_no_confidence_in_words_alone() -> None:
    assert confidence(WordsEvidence(coverage=1.0, together=1.0, lead=1.0, telling=0)) == 0


def test_a_question_of_which_a_passage_holds_only_a_name_is_not_answered_by_words_alone() -> None:
    # Of four words that weigh the same one is held, in no other article.
    assert confidence(WordsEvidence(coverage=0.25, together=0.25, lead=1.0, telling=4)) < 0.25


def test_one_word_says_less_than_four_that_are_held_as_well() -> None:
    one, four = (confidence(WordsEvidence(1.0, 1.0, 0.3, telling)) for telling in (1, 4))
    assert one < 0.6 < 0.8 < four
