"""How likely it is that the first citation holds the answer.

A logistic regression over features that do not depend on how many articles there are: how near question and passage are
to the encoder as a whole; how near they come token by token, where the passage was read again with the question; and
how much of what the question's words tell the passage covers. Where the model does not know the language, the words
stand alone: see words_evidence.

Fitted on squadshifts_newwiki with half of its articles indexed and on clapnq_dev, both weighing the same. The label was
whether the first passage held the gold span.
"""

import math
from dataclasses import dataclass
from typing import Final

from retrieval.words_evidence import WordsEvidence

_INTERCEPT: Final = -6.19
_COSINE: Final = 5.97
_COVERAGE: Final = 4.51

# Where the passage was read again.
_INTERCEPT_READ: Final = -9.34
_COSINE_READ: Final = 1.63
_COVERAGE_READ: Final = 0.69
_INTERACTION: Final = 14.93

# Without vectors: fitted on norquad_wiki and squadshifts_newwiki, each with half of its articles indexed, and on
# clapnq_dev, the three weighing the same.
_INTERCEPT_WORDS_ONLY: Final = -6.93
_COVERAGE_WORDS_ONLY: Final = 3.94
_TOGETHER_WORDS_ONLY: Final = 3.59
_TELLING_WORDS_ONLY: Final = 1.35  # of the natural logarithm
# Not fitted: a passage that cannot be seen to answer is never taken as an answer by the usual threshold.
_FOREIGN: Final = 0.5


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for the best passage, where the model knows the language of it and of the question.

    Attributes:
        cosine: of question and passage, within -1 and 1.
        interaction: how near the tokens of the question come to those of the passage, on average, within -1 and 1; None
            where the passage was not read again.
        coverage: share of the weight of the question's words that the passage holds, within 0 and 1.
    """

    cosine: float
    coverage: float
    interaction: float | None = None


def confidence(evidence: Evidence | WordsEvidence | None) -> float:
    """The probability, within 0 and 1, that the best passage holds the answer; 0 where nothing was found."""
    if evidence is None:
        return 0.0
    if isinstance(evidence, WordsEvidence):
        return _of_words(evidence)
    if evidence.interaction is not None:
        near = _COSINE_READ * evidence.cosine + _INTERACTION * evidence.interaction
        return _logistic(_INTERCEPT_READ + near + _COVERAGE_READ * evidence.coverage)
    return _logistic(_INTERCEPT + _COSINE * evidence.cosine + _COVERAGE * evidence.coverage)


def _of_words(evidence: WordsEvidence) -> float:
    if not evidence.telling:
        return 0.0
    shares = _COVERAGE_WORDS_ONLY * evidence.coverage + _TOGETHER_WORDS_ONLY * evidence.together
    likely = _logistic(_INTERCEPT_WORDS_ONLY + shares + _TELLING_WORDS_ONLY * math.log(evidence.telling))
    return likely * _FOREIGN if evidence.foreign else likely


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))
