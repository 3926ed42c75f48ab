"""Statistics against brute force, scikit-learn and figures worked out by hand."""

import itertools
import math

import numpy as np
import pytest

from retrieval.evaluation.metrics import (
    Estimate,
    Flags,
    Floats,
    RiskPoint,
    Statistic,
    area_under_risk,
    auroc,
    calibration_error,
    coverage,
    difference,
    estimates,
    quantile,
    ratio,
    reliability,
    risk_coverage,
)


def value(statistic: Statistic, questions: int) -> float:
    return float(statistic(np.ones((1, questions)))[0])


def interval(outcomes: list[float], seed: int = 0) -> Estimate:
    values = np.array(outcomes)
    (estimate,) = estimates([ratio(values, np.ones(len(values)))], [0] * len(values), seed=seed)
    return estimate


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 0.95, 1.0])
def test_a_quantile_is_numpys_whatever_is_drawn(share: float) -> None:
    generator = np.random.default_rng(5)
    values = generator.lognormal(size=41).round(1)
    drawn = generator.integers(41, size=41)
    weights = np.stack([np.ones(41), np.bincount(drawn, minlength=41).astype(float)])
    expected = [np.quantile(values, share), np.quantile(values[drawn], share)]
    assert quantile(values, share)(weights) == pytest.approx(expected)


def test_a_difference_is_paired_what_both_share_cancels() -> None:
    before = np.array([0.0, 1.0, 0.0, 1.0, 1.0])
    statistic = difference(ratio(before, np.ones(5)), ratio(before + 2, np.ones(5)))
    # Whichever questions are drawn, each is better by two.
    (estimate,) = estimates([statistic], [0] * 5, seed=0)
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((2, 2, 2))


def test_bins_of_a_reliability_diagram() -> None:
    confidence = np.array([0.0, 0.05, 0.1, 0.95, 1.0])
    right = np.array([False, True, True, True, False])
    found = reliability(confidence, right)
    assert [(each.low, each.high, each.n, each.right) for each in found] == [
        (0.0, 0.1, 2, 0.5),
        (0.1, 0.2, 1, 1.0),
        (0.9, 1.0, 2, 0.5),
    ]
    assert [each.confidence for each in found] == pytest.approx([0.025, 0.1, 0.975])


def crowded(seed: int, questions: int = 60) -> tuple[Floats, Flags]:
    """Confidences with many ties, and which questions are answerable."""
    generator = np.random.default_rng(seed)
    answerable = generator.random(questions) < 0.6
    confidence: Floats = np.clip(generator.normal(0.4 + 0.2 * answerable, 0.2), 0, 1).astype(np.float64).round(1)
    return confidence, answerable


@pytest.mark.parametrize("seed", range(20))
def test_auroc_is_the_share_of_pairs_in_the_right_order(seed: int) -> None:
    confidence, answerable = crowded(seed)
    pairs = list(itertools.product(confidence[answerable], confidence[~answerable]))
    counted = sum(1.0 if held > lacking else 0.5 if held == lacking else 0.0 for held, lacking in pairs) / len(pairs)
    found = value(auroc(confidence, answerable), len(confidence))
    assert found == pytest.approx(counted)


def test_weights_count_like_repeated_questions() -> None:
    confidence, answerable = crowded(3)
    right = answerable & (np.arange(len(confidence)) % 3 > 0)
    counted = np.arange(len(confidence)) % 7 > 0
    drawn = np.random.default_rng(1).integers(len(confidence), size=len(confidence))
    weights = np.bincount(drawn, minlength=len(confidence)).astype(float)[None, :]
    repeated, kind, correct, known = confidence[drawn], answerable[drawn], right[drawn], counted[drawn]
    pairs = [
        (auroc(confidence, answerable), auroc(repeated, kind)),
        (coverage(confidence, answerable, 0.1), coverage(repeated, kind, 0.1)),
        (calibration_error(confidence, right, counted), calibration_error(repeated, correct, known)),
        (area_under_risk(confidence, right, counted), area_under_risk(repeated, correct, known)),
        (ratio(right.astype(float), counted.astype(float)), ratio(correct.astype(float), known.astype(float))),
    ]
    for weighed, plain in pairs:
        assert float(weighed(weights)[0]) == pytest.approx(value(plain, len(drawn)))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("allowed", [0.0, 0.05, 0.3, 1.0])
def test_coverage_is_the_best_of_all_thresholds_that_keep_to_the_false_answers(seed: int, allowed: float) -> None:
    confidence, answerable = crowded(seed)
    best = 0.0
    for threshold in np.arange(-1, 12) / 10 - 0.05:
        false = sum(c >= threshold for c in confidence[~answerable]) / sum(~answerable)
        if false <= allowed:
            best = max(best, sum(c >= threshold for c in confidence[answerable]) / sum(answerable))
    assert value(coverage(confidence, answerable, allowed), len(confidence)) == pytest.approx(best)


def test_one_false_answer_of_twenty_is_five_percent() -> None:
    answerable = np.array([True] * 4 + [False] * 20)
    confidence = np.array([0.9, 0.7, 0.5, 0.3] + [0.6, 0.4] + [0.1] * 18)
    # From 0.5 on one of the twenty is answered, from 0.3 on two are.
    assert value(coverage(confidence, answerable, 0.05), 24) == 0.75


def test_calibration_error_by_hand() -> None:
    # Bin .8 to .9: mean confidence .85 over three, one right: |1/3 - .85|. Bin .2 to .3: .25 over one, right: .75.
    # 1 belongs to the last bin, and is wrong there: 1. The last question does not count.
    confidence = np.array([0.8, 0.85, 0.9 - 1e-9, 0.25, 1.0, 0.5])
    right = np.array([True, False, False, True, False, False])
    counted = np.array([True, True, True, True, True, False])
    expected = 3 / 5 * abs(1 / 3 - 0.85) + 1 / 5 * 0.75 + 1 / 5 * 1
    assert value(calibration_error(confidence, right, counted), 6) == pytest.approx(expected)


def test_a_confidence_that_says_the_share_of_right_answers_has_no_calibration_error() -> None:
    right = np.array([True, True, True, False])
    assert value(calibration_error(np.full(4, 0.75), right, np.full(4, True)), 4) == pytest.approx(0)


def test_risk_against_coverage_by_hand() -> None:
    confidence = np.array([0.2, 0.9, 0.7, 0.7])
    right = np.array([False, True, False, True])
    assert risk_coverage(confidence, right, 100) == (
        RiskPoint(0.9, 0.25, 0.0),
        RiskPoint(0.7, 0.75, 1 / 3),
        RiskPoint(0.2, 1.0, 0.5),
    )
    # The first quarter at risk 0, the two that tie at 1/3, the last quarter at 1/2.
    area = value(area_under_risk(confidence, right, np.full(4, True)), 4)
    assert area == pytest.approx(0 / 4 + 2 / 4 / 3 + 1 / 4 / 2)


def test_the_area_without_ties_is_the_mean_risk_of_the_best_one_two_three_questions() -> None:
    generator = np.random.default_rng(5)
    confidence, right = generator.permutation(40) / 40, generator.random(40) < 0.7
    counted = generator.random(40) < 0.8
    ranked = [bool(right[i]) for i in np.argsort(-confidence) if counted[i]]
    mean = sum(ranked[:n].count(False) / n for n in range(1, len(ranked) + 1)) / len(ranked)
    assert value(area_under_risk(confidence, right, counted), 40) == pytest.approx(mean)


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    generator = np.random.default_rng(2)
    confidence, right = generator.permutation(5_000) / 5_000, generator.random(5_000) < 0.5
    points = risk_coverage(confidence, right, 100)
    assert len(points) == 100
    assert points[0].coverage == 1 / 5_000
    assert points[-1].coverage == 1.0
    assert points[-1].risk == pytest.approx(1 - right.mean())
    gaps = np.diff([point.coverage for point in points])
    assert gaps.max() < 2 * gaps.min()


@pytest.mark.parametrize(("share", "questions"), [(0.5, 400), (0.9, 1_000), (0.2, 20_000)])
def test_the_interval_of_a_share_is_that_of_the_normal_approximation(share: float, questions: int) -> None:
    ones = round(share * questions)
    estimate = interval([1.0] * ones + [0.0] * (questions - ones))
    half = 1.96 * math.sqrt(share * (1 - share) / questions)
    assert estimate.value == pytest.approx(share)
    assert estimate.low == pytest.approx(share - half, abs=0.15 * half)
    assert estimate.high == pytest.approx(share + half, abs=0.15 * half)


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    values = [float(v) for v in np.random.default_rng(0).random(50)]
    assert interval(values, seed=4) == interval(values, seed=4)
    assert interval(values, seed=4) != interval(values, seed=5)


def test_resampling_keeps_how_many_questions_each_group_has() -> None:
    groups = [0] * 3 + [1] * 7
    share = ratio(np.array(groups, dtype=float), np.ones(10))
    assert estimates([share], groups, seed=0) == (Estimate(0.7, 0.7, 0.7),)


def test_resamples_with_nothing_to_count_are_left_out_of_an_interval() -> None:
    one_counts = np.array([1.0] + [0.0] * 9)
    assert estimates([ratio(0.5 * one_counts, one_counts)], [0] * 10, seed=0) == (Estimate(0.5, 0.5, 0.5),)


def test_what_counts_nothing_has_no_value_and_no_interval() -> None:
    confidence, nobody, everybody = np.array([0.5, 0.6]), np.full(2, False), np.full(2, True)
    statistics = [
        ratio(np.zeros(2), np.zeros(2)),
        auroc(confidence, everybody),
        auroc(confidence, nobody),
        coverage(confidence, everybody, 0.05),
        coverage(confidence, nobody, 0.05),
        calibration_error(confidence, everybody, nobody),
        area_under_risk(confidence, everybody, nobody),
    ]
    assert set(estimates(statistics, [0, 0], seed=0)) == {Estimate(None, None, None)}
