"""Confidence is a logistic curve over cosine and coverage."""

import math
from itertools import pairwise

import pytest

from retrieval.confidence import Evidence, confidence


@pytest.mark.parametrize(
    ("cosine", "coverage", "logit"),
    [
        # -6.19 + 5.97 cosine + 4.51 coverage
        (0.7, 1.0, 2.499),
        (0.0, 0.0, -6.19),
        (0.5, 0.5, -0.95),
        (-1.0, 1.0, -7.65),
        # Without a cosine: -4.77 + 7.34 coverage
        (None, 0.0, -4.77),
        (None, 1.0, 2.57),
        (None, 0.5, -1.10),
    ],
)
def test_confidence_at_points_worked_out_by_hand(cosine: float | None, coverage: float, logit: float) -> None:
    found = confidence(Evidence(cosine, coverage))
    assert math.log(found / (1 - found)) == pytest.approx(logit, abs=1e-9)


def test_where_nothing_was_found_there_is_no_confidence() -> None:
    assert confidence(None) == 0


@pytest.mark.parametrize("coverage", [0.0, 0.3, 1.0])
def test_a_nearer_passage_gives_more_confidence(coverage: float) -> None:
    found = [confidence(Evidence(cosine / 10, coverage)) for cosine in range(-10, 11)]
    assert all(less < more for less, more in pairwise(found))
    assert 0 < found[0] < found[-1] < 1


@pytest.mark.parametrize("cosine", [None, -0.2, 0.5, 1.0])
def test_a_passage_that_covers_more_of_the_question_gives_more_confidence(cosine: float | None) -> None:
    found = [confidence(Evidence(cosine, share / 10)) for share in range(11)]
    assert all(less < more for less, more in pairwise(found))
    assert 0 < found[0] < found[-1] < 1


def test_a_passage_that_was_read_again_is_judged_by_its_nearness_too() -> None:
    # By hand: -9.34 + 1.63 * 0.5 + 0.69 * 0.5 + 14.93 * 0.5 = -0.715, and 1 / (1 + e^0.715) = 0.3285.
    assert confidence(Evidence(cosine=0.5, coverage=0.5, interaction=0.5)) == pytest.approx(0.3285, abs=1e-4)
    assert confidence(Evidence(cosine=0.5, coverage=0.5, interaction=0.7)) > 0.9
