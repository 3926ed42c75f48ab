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
        # -6.93 + 3.94 coverage + 3.59 together + 1.35 ln(telling words)
        (WordsEvidence(coverage=0.0, together=0.0, telling=1), -6.93),
        (WordsEvidence(coverage=1.0, together=1.0, telling=1), 0.60),
        (WordsEvidence(coverage=0.5, together=0.5, telling=2), -3.165 + 1.35 * 0.693147),
        (WordsEvidence(coverage=1.0, together=0.5, telling=4), -1.195 + 1.35 * 1.386294),
    ],
)
def test_confidence_in_words_alone_at_points_worked_out_by_hand(evidence: WordsEvidence, logit: float) -> None:
    found = confidence(evidence)
    assert math.log(found / (1 - found)) == pytest.approx(logit, abs=1e-6)


def test_a_question_of_nothing_but_grammar_gives_no_confidence_in_words_alone() -> None:
    assert confidence(WordsEvidence(coverage=1.0, together=1.0, telling=0)) == 0


def test_a_question_of_which_a_passage_holds_only_a_name_is_not_answered_by_words_alone() -> None:
    # Of four words that weigh the same two are held: a first name and a family name.
    assert confidence(WordsEvidence(coverage=0.5, together=0.5, telling=4)) < 0.25


def test_one_word_says_less_than_four_that_are_held_as_well() -> None:
    one, four = (confidence(WordsEvidence(1.0, 1.0, telling)) for telling in (1, 4))
    assert one < 0.7 < 0.9 < four


def test_a_passage_in_another_language_than_the_question_is_never_taken_as_an_answer() -> None:
    at_home, abroad = (confidence(WordsEvidence(1.0, 1.0, 50, foreign)) for foreign in (False, True))
    assert at_home > 0.99
    assert abroad == pytest.approx(at_home / 2)
