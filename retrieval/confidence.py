"""How likely it is that the first citation holds the answer.

A logistic regression over two features that do not depend on how many articles there are: how near question and
passage are to the encoder, and how much of what the question's words tell the passage covers. Where the model does not
know the language, the second stands alone.

Fitted on squadshifts_newwiki with half of its articles indexed and on clapnq_dev, both weighing the same; without
vectors on norquad_wiki with half of its articles indexed. The label was whether the first passage held the gold span.
"""

import math
from dataclasses import dataclass
from typing import Final

_INTERCEPT: Final = -6.19
_COSINE: Final = 5.97
_COVERAGE: Final = 4.51

_INTERCEPT_WORDS_ONLY: Final = -4.77
_COVERAGE_WORDS_ONLY: Final = 7.34


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for the best passage.

    Attributes:
        cosine: of question and passage, within -1 and 1; None where the model does not know the language.
        coverage: share of the weight of the question's words that the passage holds, within 0 and 1.
    """

    cosine: float | None
    coverage: float


def confidence(evidence: Evidence | None) -> float:
    """The probability, within 0 and 1, that the best passage holds the answer; 0 where nothing was found."""
    if evidence is None:
        return 0.0
    if evidence.cosine is None:
        return _logistic(_INTERCEPT_WORDS_ONLY + _COVERAGE_WORDS_ONLY * evidence.coverage)
    return _logistic(_INTERCEPT + _COSINE * evidence.cosine + _COVERAGE * evidence.coverage)


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))
