"""Split-conformal prediction: the threshold that keeps wrong answers rare, whatever the confidences look like.

Take n calibration questions and a new one, all exchangeable: none is drawn in another way than the rest. Then each of
the n + 1 is as likely as any other to have the k-th lowest confidence of them. The new one therefore lies above the
k-th lowest of the n, k = ceil((n + 1)(1 - level)), with a probability of at most `level`, and, where no two are equal,
of more than level - 1 / (n + 1). The probability is over the draw of the calibration questions as well as of the new
one; nothing is assumed of how confidences are distributed or of how well they are calibrated.

Vovk, Gammerman and Shafer, "Algorithmic Learning in a Random World", Springer 2005; Angelopoulos and Bates, "Conformal
Prediction: A Gentle Introduction", Foundations and Trends in Machine Learning 16, 2023.
"""

import math
from collections.abc import Sequence
from fractions import Fraction


def threshold(wrong: Sequence[float], level: float, questions: int | None = None) -> float:
    """Return the smallest confidence to answer from with which a wrong question is answered with at most that chance.

    A question is answered where its confidence is at least this, so that it lies above the one at the rank, and all
    that equal that one are refused. Infinite where there are too few questions for the level: see `fewest`.

    Parameters:
        wrong: confidences of calibration questions whose first passage does not answer, in any order.
        level: the chance, between 0 and 1.
        questions: how many there were, where `wrong` is `condensed`; the threshold is then the next one kept or less.

    Raises:
        ValueError: if the level is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"a level of {level}: it must lie between 0 and 1")
    n = len(wrong) if questions is None else questions
    # In fractions, as it is written: 100 * (1 - 0.07) is not 93 in floats.
    answered = math.floor((n + 1) * Fraction(str(level)))
    if not answered:
        return math.inf
    rank = n + 1 - answered
    place = (rank - 1) * len(wrong) // n
    return math.nextafter(sorted(wrong)[place], math.inf)


def fewest(level: float) -> int:
    """Return the number of wrong questions that a level needs: with fewer, nothing may be answered."""
    return math.ceil(1 / Fraction(str(level))) - 1


def condensed(wrong: Sequence[float], most: int) -> list[float]:
    """Return at most `most` of the confidences, lowest first, evenly by rank and with the highest.

    A threshold from them is never lower than one from all.
    """
    ranked = sorted(wrong)
    kept = min(most, len(ranked))
    return [ranked[math.ceil(Fraction(place * len(ranked), kept)) - 1] for place in range(1, kept + 1)]
