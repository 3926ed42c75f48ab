"""The threshold keeps its promise over splits of any confidences, and is no higher than the promise needs."""

import math
import random
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.calibration import condensed, fewest, threshold
from retrieval.confidence import FITS, shipped

LEVELS = (0.01, 0.05, 0.1, 0.3)
CONFIDENCES = st.lists(st.floats(0, 1), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("n", "level", "refused"),
    # ceil((n + 1)(1 - level)) by hand: 20 * .95 = 19; 40 * .95 = 38; 21 * .95 = 19.95; 100 * .93 = 93; 2 * .5 = 1.
    [(19, 0.05, 19), (39, 0.05, 38), (20, 0.05, 20), (99, 0.07, 93), (1, 0.5, 1)],
)
def test_as_many_lowest_questions_are_refused_as_the_rank_says_and_all_above_it_answered(
    n: int, level: float, refused: int
) -> None:
    wrong = [place / 1000 for place in range(1, n + 1)]
    random.Random(n).shuffle(wrong)
    bound = threshold(wrong, level)
    assert sum(confidence < bound for confidence in wrong) == refused
    # No lower bound refuses as many.
    assert math.nextafter(bound, 0) == refused / 1000


def test_with_too_few_questions_for_the_level_nothing_is_answered() -> None:
    assert [fewest(level) for level in (0.01, 0.05, 0.1, 0.15, 0.5)] == [99, 19, 9, 6, 1]
    for level in LEVELS:
        enough = [0.5] * fewest(level)
        assert threshold(enough, level) < 1
        assert threshold(enough[1:], level) == math.inf
    assert threshold([], 0.99) == math.inf


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, math.nan])
def test_a_level_that_is_no_share_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        threshold([0.5], level)


@given(CONFIDENCES, st.sampled_from([*LEVELS, 0.07, 0.5, 0.9]))
def test_of_any_questions_each_held_against_the_others_at_most_the_share_is_answered(
    values: list[float], level: float
) -> None:
    """What exchangeability leaves of the guarantee: each of n + 1 is as likely as any other to be the new one."""
    others = [values[:place] + values[place + 1 :] for place in range(len(values))]
    answered = sum(value >= threshold(rest, level) for value, rest in zip(values, others, strict=True))
    allowed = math.floor(len(values) * Fraction(str(level)))
    assert answered <= allowed
    # Coverage is wasted on ties alone.
    assert answered == allowed or len(set(values)) < len(values)


def sampled() -> list[float]:
    """Two thousand confidences of wrong questions as a reader may give them: most low, some sure."""
    draw = random.Random(14)
    return [draw.betavariate(1.2, 3) for _ in range(2000)]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("real", [False, True])
def test_over_100_random_splits_the_mean_share_of_wrong_answers_is_the_level(level: float, real: bool) -> None:
    pool, draw, n = list(shipped("read")[0]) if real else sampled(), random.Random(0), 99
    tested, shares = len(pool) - n, []
    for _ in range(100):
        draw.shuffle(pool)
        bound = threshold(pool[:n], level)
        shares.append(sum(confidence >= bound for confidence in pool[n:]) / tested)
    mean = sum(shares) / len(shares)
    # Without ties a new question lies above the rank with this chance, at most the level; a split's share spreads as
    # beta-binomial.
    chance = math.floor((n + 1) * Fraction(str(level))) / (n + 1)
    spread = math.sqrt(chance * (1 - chance) * (1 / tested + 1 / (n + 2)) / 100)
    assert chance <= level
    assert chance - 3 * spread <= mean <= level + 3 * spread


def test_over_100_random_splits_with_many_equal_confidences_the_share_stays_within_the_level() -> None:
    pool, draw = [round(confidence, 1) for confidence in sampled()], random.Random(0)
    shares = []
    for _ in range(100):
        draw.shuffle(pool)
        bound = threshold(pool[:99], 0.1)
        shares.append(sum(confidence >= bound for confidence in pool[99:]) / len(pool[99:]))
    assert 0 < sum(shares) / len(shares) <= 0.1


@given(CONFIDENCES, st.integers(1, 60), st.sampled_from([*LEVELS, 0.5]))
def test_condensed_confidences_give_the_same_threshold_or_the_next_one_kept(
    values: list[float], most: int, level: float
) -> None:
    kept, bound = condensed(values, most), threshold(values, level)
    assert len(kept) == min(most, len(values))
    assert kept == sorted(kept)
    assert kept[-1] == max(values)
    short = threshold(kept, level, len(values))
    assert short >= bound
    # None that was kept lies between the two.
    assert not any(bound <= value < math.nextafter(short, 0) for value in kept)


@pytest.mark.parametrize("fit", FITS)
def test_the_confidences_that_ship_are_in_order_and_enough_for_one_in_a_hundred(fit: str) -> None:
    confidences, questions = shipped(fit)
    assert 99 <= len(confidences) <= min(200, questions)
    assert all(low <= high for low, high in pairwise(confidences))
    assert 0 <= confidences[0] <= confidences[-1] <= 1
    bounds = [threshold(confidences, level, questions) for level in (0.01, 0.05, 0.1)]
    assert bounds == sorted(bounds, reverse=True)
