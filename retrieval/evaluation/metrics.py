"""Statistics of an evaluation: means, AUROC, coverage, calibration, risk against coverage, bootstrap intervals.

A statistic is a function from weights, `float64 [resamples, questions]`, which say how often each question was drawn,
to its values, `float64 [resamples]`, NaN where nothing it counts was drawn. With a weight of one for every question it
is the figure itself, so that a figure and its interval measure the same.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Statistic = Callable[[Floats], Floats]

RESAMPLES: Final = 1_000
BINS: Final = 10

# Weights held at one time, so that a set of any size needs some 32 MB.
_WEIGHTS_AT_ONCE: Final = 1 << 22


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval, `low` to `high`; all None where nothing could be counted."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """The risk of answering from `threshold` on.

    Attributes:
        coverage: share of all questions that are answered then.
        risk: share of those that are answered wrongly.
    """

    threshold: float
    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions of about the same confidence, from `low` to below `high`.

    Attributes:
        n: how many.
        confidence: their mean.
        right: share of them whose first citation answers.
    """

    low: float
    high: float
    n: int
    confidence: float
    right: float


def ratio(parts: Floats, wholes: Floats) -> Statistic:
    """Return the sum of `parts` over that of `wholes`, each `[questions]`: a mean where `wholes` is 1 or 0."""
    both = np.stack([parts, wholes], axis=1)

    def statistic(weights: Floats) -> Floats:
        sums = weights @ both
        return _quotient(sums[:, 0], sums[:, 1])

    return statistic


def auroc(confidence: Floats, answerable: Flags) -> Statistic:
    """Return the probability that an answerable question has the higher confidence; a tie counts half.

    The Mann-Whitney statistic, which is the area under the ROC curve (Hanley and McNeil, Radiology 143, 1982).
    """
    levels = _Levels(confidence)

    def statistic(weights: Floats) -> Floats:
        held, lacking = levels.sums(weights * answerable), levels.sums(weights * ~answerable)
        above = np.cumsum(held, axis=1) - held / 2
        return _quotient((above * lacking).sum(axis=1), held.sum(axis=1) * lacking.sum(axis=1))

    return statistic


def coverage(confidence: Floats, answerable: Flags, false_answers: float) -> Statistic:
    """Return the largest share of answerable questions that a threshold answers within a share of false answers.

    A question is answered where its confidence reaches the threshold. 0 where no threshold keeps to it.

    Parameters:
        false_answers: largest share of the unanswerable questions that may be answered, within 0 and 1.
    """
    levels = _Levels(confidence)

    def statistic(weights: Floats) -> Floats:
        held, lacking = levels.sums(weights * answerable), levels.sums(weights * ~answerable)
        unanswerable = lacking.sum(axis=1)
        # Sums of whole numbers are exact; the product with a share is not, and must not refuse 1 of 20 at 0.05.
        kept = np.cumsum(lacking, axis=1) <= false_answers * unanswerable[:, None] + 1e-9
        best = np.where(kept, np.cumsum(held, axis=1), 0.0).max(axis=1)
        return np.where(unanswerable > 0, _quotient(best, held.sum(axis=1)), np.nan)

    return statistic


def calibration_error(confidence: Floats, right: Flags, counted: Flags) -> Statistic:
    """Return the expected calibration error over ten bins of equal width, `[0, .1)` to `[.9, 1]`.

    The mean distance of confidence and share of right answers in a bin, weighed by its questions (Guo et al., "On
    Calibration of Modern Neural Networks", ICML 2017).
    """
    bins = np.minimum((confidence * BINS).astype(np.intp), BINS - 1)
    excess = ((right - confidence) * counted)[:, None] * (bins[:, None] == np.arange(BINS))

    def statistic(weights: Floats) -> Floats:
        return _quotient(np.abs(weights @ excess).sum(axis=1), weights @ counted.astype(np.float64))

    return statistic


def area_under_risk(confidence: Floats, right: Flags, counted: Flags) -> Statistic:
    """Return the area under the risk-coverage curve (AURC): the mean, over coverage, of the share of wrong answers.

    Geifman, Uziel and El-Yaniv, "Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers", ICLR 2019. Questions
    of the same confidence are answered together or not at all, so the area does not hang on their order.
    """
    levels = _Levels(confidence)

    def statistic(weights: Floats) -> Floats:
        asked, wrong = levels.sums(weights * counted), levels.sums(weights * (counted & ~right))
        risk = _quotient(np.cumsum(wrong, axis=1), np.cumsum(asked, axis=1))
        return _quotient(np.where(asked > 0, risk * asked, 0.0).sum(axis=1), asked.sum(axis=1))

    return statistic


def risk_coverage(confidence: Floats, right: Flags, points: int) -> tuple[RiskPoint, ...]:
    """Return the risk-coverage curve, highest threshold first, thinned evenly to at most `points`.

    Its ends are always kept. All arrays are `[questions]`.
    """
    levels = _Levels(confidence)
    one = np.ones((1, len(confidence)))
    answered = np.cumsum(levels.sums(one)[0])
    wrong = np.cumsum(levels.sums(one * ~right)[0])
    kept = np.unique(np.linspace(0, len(answered) - 1, min(points, len(answered))).round().astype(np.intp))
    return tuple(
        RiskPoint(float(levels.values[i]), float(answered[i] / len(confidence)), float(wrong[i] / answered[i]))
        for i in kept
    )


def quantile(values: Floats, share: float) -> Statistic:
    """Return the value below which that share of the questions lies, linear between two of them.

    Definition 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50, 1996.
    """
    order = np.argsort(values, kind="stable")
    ranked = values[order]

    def statistic(weights: Floats) -> Floats:
        drawn = np.cumsum(weights[:, order], axis=1)
        last = drawn[:, -1] - 1
        place = share * last
        below = np.floor(place)
        low, high = (
            ranked[np.minimum((drawn <= at[:, None]).sum(axis=1), len(ranked) - 1)]
            for at in (below, np.minimum(below + 1, last))
        )
        between: Floats = low + (place - below) * (high - low)
        return between

    return statistic


def difference(first: Statistic, second: Statistic) -> Statistic:
    """Return the second less the first of two statistics, both over the same resamples: paired."""
    return lambda weights: second(weights) - first(weights)


def reliability(confidence: Floats, right: Flags) -> tuple[Bin, ...]:
    """Return the bins of `calibration_error` that hold a question, the least sure first; arrays are `[questions]`."""
    bins = np.minimum((confidence * BINS).astype(np.intp), BINS - 1)
    return tuple(
        Bin(
            low=place / BINS,
            high=(place + 1) / BINS,
            n=int((bins == place).sum()),
            confidence=float(confidence[bins == place].mean()),
            right=float(right[bins == place].mean()),
        )
        for place in np.unique(bins).tolist()
    )


def estimates(
    statistics: Sequence[Statistic], groups: Sequence[int], *, seed: int, resamples: int = RESAMPLES
) -> tuple[Estimate, ...]:
    """Return each statistic with its percentile bootstrap interval (Efron and Tibshirani 1993) over the questions.

    Questions are drawn with replacement within their group, because the sizes of the groups are a choice of the set's
    maker and no outcome. All statistics see the same resamples. Resamples in which a statistic has nothing to count
    are left out of its interval.

    Parameters:
        groups: `[questions]`: the group of each question.
    """
    everything = np.ones((1, len(groups)))
    values = [float(statistic(everything)[0]) for statistic in statistics]
    drawn: list[list[Floats]] = [[] for _ in statistics]
    for weights in _resamples(np.asarray(groups), np.random.default_rng(seed), resamples):
        for statistic, outcomes in zip(statistics, drawn, strict=True):
            outcomes.append(statistic(weights))
    return tuple(_estimate(value, np.concatenate(outcomes)) for value, outcomes in zip(values, drawn, strict=True))


def _estimate(value: float, outcomes: Floats) -> Estimate:
    outcomes = outcomes[~np.isnan(outcomes)]
    if np.isnan(value) or not len(outcomes):
        return Estimate(None, None, None)
    low, high = np.percentile(outcomes, [2.5, 97.5])
    return Estimate(value, float(low), float(high))


def _resamples(groups: NDArray[np.int_], generator: np.random.Generator, resamples: int) -> Iterator[Floats]:
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    at_once = max(1, _WEIGHTS_AT_ONCE // len(groups))
    for first in range(0, resamples, at_once):
        rows = min(at_once, resamples - first)
        weights = np.zeros((rows, len(groups)))
        for places in members:
            size = len(places)
            draws = generator.integers(size, size=(rows, size)) + size * np.arange(rows)[:, None]
            weights[:, places] = np.bincount(draws.ravel(), minlength=rows * size).reshape(rows, size)
        yield weights


def _quotient(parts: Floats, wholes: Floats) -> Floats:
    quotients = np.full(parts.shape, np.nan)
    np.divide(parts, wholes, out=quotients, where=wholes > 0)
    return quotients


class _Levels:
    """Questions gathered by confidence, the highest first.

    Attributes:
        values: `[levels]`: the distinct confidences.
    """

    def __init__(self, confidence: Floats) -> None:
        self._order = np.argsort(-confidence)
        ranked = confidence[self._order]
        self._starts = np.flatnonzero(np.diff(ranked, prepend=np.inf))
        self.values = ranked[self._starts]

    def sums(self, weights: Floats) -> Floats:
        """Sum `[resamples, questions]` to `[resamples, levels]`."""
        summed: Floats = np.add.reduceat(weights[:, self._order], self._starts, axis=1)
        return summed
