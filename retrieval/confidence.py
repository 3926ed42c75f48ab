"""The probability that the first citation holds the answer, and the tier that it makes of the answer.

It comes from a logistic regression over features that do not depend on how many articles there are: the reader's logit,
where it read the passage; the cosine of question and passage; the share of the question's words that the passage
covers; and the length of the question, since a passage always lacks something of a long one. Where the model does not
know the language, the words stand alone: see `WordsEvidence`.

The coefficients lie in `coefficients.toml`, which also says what they were fitted on and by which command.
"""

import hashlib
import json
import logging
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from index.engines.bm25 import stems, tokens
from index.engines.protocol import WordQuery
from retrieval.answer import Tier
from retrieval.reader.passages import Finding
from retrieval.reader.reading import SHA256

COEFFICIENTS: Final = Path(__file__).with_name("coefficients.toml")
_FITTED: Final = tomllib.loads(COEFFICIENTS.read_text(encoding="utf-8"))
# Features of each fit. E5's cosines are of another scale, and the fit with the reader was made without them.
_WEIGHED: Final = {
    "read": ("cosine", "coverage", "length", "untimely", "logit"),
    "vectors": ("cosine", "coverage", "length", "untimely"),
    "e5_read": ("coverage", "length", "untimely", "logit"),
    "e5": ("cosine", "coverage", "length"),
    "e5_foreign": ("cosine", "length"),
}
# Tables of the file; each may have another below `wrong`.
FITS: Final = (*_WEIGHED, "words")
# Not fitted: keeps a passage in another language, judged by words alone, below the usual threshold.
_FOREIGN: Final = 0.5
# The confidence from which the best passage is 'not sure' instead of none.
UNSURE: Final = 0.25

log = logging.getLogger("verbatim.retrieval")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Evidence for the best passage, where the model knows its language and the question's.

    Attributes:
        cosine: of question and passage, within -1 and 1.
        coverage: share of the weight of the question's words that the passage holds, its title not counted, within 0
            and 1.
        tokens: of the question, at least 0.
        untimely: how far the day of the article speaks against it, within 0 and 1: see recency.py.
        finding: what the reader found in the passage; None where it did not read it.
        family: of the model, see `ModelCard`.
        foreign: whether the passage is in another language than the question, so that it can hold hardly any of its
            words.
    """

    cosine: float
    coverage: float
    tokens: int
    untimely: float = 0.0
    finding: Finding | None = None
    family: str = ""
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class WordsEvidence:
    """Evidence of the question's words for the best passage, where the model does not know a language.

    Attributes:
        coverage: share of the weight of the question's words that the passage and what stands in front of it hold,
            within 0 and 1.
        together: the largest share that one sentence of it or two in a row hold, within 0 and 1.
        telling: how many words of the question tell what it is about; one or two say little, however well they fit.
        foreign: whether the passage is in another language than the question, so that it can hold hardly more than its
            names and numbers, which say what a passage is about and not that it answers.
    """

    coverage: float
    together: float
    telling: int
    foreign: bool = False


def features(evidence: Evidence | WordsEvidence) -> dict[str, float]:
    """Return the features that the fit of this evidence weighs, by their names in `coefficients.toml`."""
    if isinstance(evidence, WordsEvidence):
        telling = math.log(max(1, evidence.telling))
        return {"coverage": evidence.coverage, "together": evidence.together, "telling": telling}
    known = {
        "cosine": evidence.cosine,
        "coverage": evidence.coverage,
        "length": math.log1p(evidence.tokens),
        "untimely": evidence.untimely,
        "logit": evidence.finding.logit if evidence.finding else 0.0,
    }
    return {name: known[name] for name in _WEIGHED[fit_of(evidence)]}


def fit_of(evidence: Evidence | WordsEvidence) -> str:
    """Return the name of the fit that judges this evidence: a table of `coefficients.toml`."""
    if isinstance(evidence, WordsEvidence):
        return "words"
    of_e5 = evidence.family == "e5"
    if evidence.finding is not None:
        return "e5_read" if of_e5 else "read"
    if of_e5:
        return "e5_foreign" if evidence.foreign else "e5"
    return "vectors"


def fits_of(family: str) -> tuple[str, ...]:
    """Return the fits that judge what a model of this family finds, see `ModelCard`."""
    return tuple(fit for fit in FITS if fit == "words" or fit.startswith("e5") == (family == "e5"))


def coefficients(fit: str) -> Mapping[str, float]:
    """Return the weight of each feature of a fit, and its intercept."""
    table: Mapping[str, float] = _FITTED[fit]
    return table


def shipped(fit: str) -> tuple[Sequence[float], int]:
    """Return the confidences that ship for the wrong questions of a fit, from questions it was not fitted on.

    Returns:
        the confidences, `conformal.condensed`, and how many questions they stand for; none and 0 where there are none.
    """
    table = _FITTED["wrong"].get(fit)
    return (table["confidences"], table["questions"]) if table else ((), 0)


def confidence(evidence: Evidence | WordsEvidence | None) -> float:
    """Return the probability, within 0 and 1, that the best passage holds the answer; 0 without evidence."""
    if evidence is None or (isinstance(evidence, WordsEvidence) and not evidence.telling):
        return 0.0
    fit = _FITTED[fit_of(evidence)]
    total = fit["intercept"] + sum(fit[name] * value for name, value in features(evidence).items())
    likely = 1 / (1 + math.exp(-total))
    return likely * _FOREIGN if isinstance(evidence, WordsEvidence) and evidence.foreign else likely


def words_evidence(
    query: WordQuery,
    weights: Mapping[tuple[str, ...], float],
    found: str,
    sentences: Sequence[str],
    language: str | None,
    *,
    foreign: bool = False,
) -> WordsEvidence:
    """Return the evidence of a question's words, each of which must tell something, for a passage.

    Parameters:
        weights: how much each word of `query` tells.
        found: the passage as it was indexed, with its title and heading in front.
        sentences: those of the passage, in order.
        language: of the passage.
        foreign: whether the passage is in another language than the question.
    """
    mass = sum(weights.values())
    if mass == 0:
        return WordsEvidence(0.0, 0.0, len(query), foreign)
    held = [set(stems(tokens(sentence), language)) for sentence in sentences]
    windows = [*held, *(one | next_one for one, next_one in pairwise(held))]

    def share(words: set[str]) -> float:
        return sum(weights[forms] for forms in query if not words.isdisjoint(forms)) / mass

    return WordsEvidence(
        coverage=share(set(stems(tokens(found), language))),
        together=max(map(share, windows), default=0.0),
        telling=len(query),
        foreign=foreign,
    )


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Confidences at which the tiers begin.

    Attributes:
        confident: by the fit that gave the confidence.
        unsure: from which it is 'not sure', as long as it is not confident.
        judge: what the confidences must come from, '' where that does not matter.
    """

    confident: Mapping[str, float]
    unsure: float = UNSURE
    judge: str = ""

    def holds_for(self, judge: str) -> bool:
        """Return whether confidences of this judge can be held against them."""
        return self.judge in ("", judge)

    def tier(self, confidence: float, fit: str, judge: str) -> Tier:
        """Return the tier of a confidence that comes from this fit and judge.

        A confidence of another judge is never 'confident', since nothing is known of how often it is wrong.
        """
        if self.holds_for(judge) and confidence >= self.confident[fit]:
            return "confident"
        return "not sure" if confidence >= self.unsure else "none"


class Tiers:
    """The tiers of a program's answers, over an index that may be built anew with another model meanwhile."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        self._warned_about = ""

    def of(self, confidence: float, fit: str, judge: str) -> Tier:
        """Return the tier of a confidence, see `Thresholds.tier`; log once that the thresholds do not hold any more."""
        if not self._thresholds.holds_for(judge) and self._warned_about != judge:
            self._warned_about = judge
            log.warning(
                "nothing counts as answered: the index is of another model than when this program was started; start "
                "it again, and calibrate again if you did"
            )
        return self._thresholds.tier(confidence, fit, judge)


@lru_cache(4)
def judge(model: str, *, read: bool) -> str:
    """Return a hexadecimal digest of everything that confidences depend on: only equal ones can be compared.

    Parameters:
        model: SHA-256 of the encoder's.
        read: whether the reader reads.
    """
    parts = [model, SHA256 if read else "", *(json.dumps(coefficients(fit), sort_keys=True) for fit in FITS)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
