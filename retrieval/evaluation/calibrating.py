"""A calibration made from a question set that was asked, and the cost of each share of wrong answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from retrieval.calibration import Calibration
from retrieval.conformal import fewest, threshold
from retrieval.errors import CalibrationError
from retrieval.evaluation.evaluate import judgeable
from retrieval.evaluation.outcome import Outcome
from retrieval.evaluation.saved import About

LEVELS: Final = (0.01, 0.05, 0.1)


@dataclass(frozen=True, slots=True)
class Level:
    """The cost of answering at most a share of the wrong questions.

    Attributes:
        wrong_at_most: the share.
        threshold: the confidence to answer from; infinite where there are too few wrong questions.
        answerable: how many questions are.
        answered: how many of them it would still answer.
    """

    wrong_at_most: float
    threshold: float
    answerable: int
    answered: int


def calibrated(outcomes: Sequence[Outcome], about: About, judge: str) -> Calibration:
    """Return the content of `calibration.json`.

    Parameters:
        outcomes: at least one.
        judge: what the confidences come from: see `calibration.judge`.

    Raises:
        CalibrationError: if there are too few wrong questions for the loosest of the levels.
    """
    judged = [outcome for outcome, known in zip(outcomes, judgeable(outcomes), strict=True) if known]
    wrong = tuple(sorted(outcome.confidence for outcome in judged if not outcome.right))
    if len(wrong) < fewest(LEVELS[-1]):
        needed = ", ".join(f"{fewest(level)} for at most {level:.0%}" for level in reversed(LEVELS))
        raise CalibrationError(
            f"{len(wrong)} of {len(judged)} questions were not answered rightly, which is too few to calibrate by "
            f"({needed}): add questions that the articles do not answer"
        )
    return Calibration(about.questions, about.date, about.generation, judge, len(judged), wrong)


def levels(outcomes: Sequence[Outcome], calibration: Calibration) -> list[Level]:
    """Return the cost of each level on the questions that were asked."""
    answerable = [outcome.confidence for outcome in outcomes if outcome.question.answerable]
    bounds = [threshold(calibration.wrong, level) for level in LEVELS]
    return [
        Level(level, bound, len(answerable), sum(confidence >= bound for confidence in answerable))
        for level, bound in zip(LEVELS, bounds, strict=True)
    ]
