"""One ranking from two: a convex combination of words and vectors.

Bruch, Gai & Ingber (2023), "An Analysis of Fusion Functions for Hybrid Retrieval": mixing the scores themselves, each
brought to one scale, does better than mixing ranks. The scale here is the standard deviation among the candidates: it
did better on every question set than scaling between the lowest and the highest, which stretches a poor list as far as
a good one. Both scores of every candidate are computed, also where only one of the two lists found it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.engines.bm25 import WordQuery
from index.generation.generation import Generation
from retrieval.timing import Stopwatch

# How many of each list become candidates.
DEPTH: Final = 100
# What the first passage of an article has over a late one, in deviations: articles begin with what matters most.
# Measured: a gain on scifact, no change on squadshifts_newwiki, harm from .3 on.
_LEAD: Final = 0.2
# The smallest deviation of the words' scores that counts as such, relative to the best, see `Mixing.deviation`.
_WORDS_DEVIATION: Final = 0.15


@dataclass(frozen=True, slots=True)
class Mixing:
    """How the scores of words and of a model's vectors are mixed.

    Attributes:
        words: the weight of the words where the model knows the language, within 0 and 1.
        deviation: the smallest deviation among cosines that counts as such, the usual ones being half as large again:
            among a handful of candidates that differ by nothing, nothing is blown up to a difference.
    """

    words: float
    deviation: float


# By `ModelCard.family`.
MIXING: Final = {
    # Of .40, .45 and .50, the first does best on scifact, the last on squadshifts_newwiki.
    "": Mixing(words=0.45, deviation=0.08),
    "e5": Mixing(words=0.35, deviation=0.03),
}


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages found for one question and their two scores, each array of shape (candidates,).

    Attributes:
        numbers: passage numbers, int64, each once, in ascending order.
        cosines: float32, within -1 and 1.
        words: BM25 scores, float32, 0 where a passage shares no word with the question.
    """

    numbers: NDArray[np.int64]
    cosines: NDArray[np.float32]
    words: NDArray[np.float32]


def gather(
    generation: Generation,
    vector: NDArray[np.float32],
    query: WordQuery,
    depth: int = DEPTH,
    among: NDArray[np.int64] | None = None,
    watch: Stopwatch | None = None,
) -> Candidates:
    """The `depth` nearest by vector and the `depth` best by words, with both scores of each.

    Parameters:
        vector: the question's, float32 of shape (dimension,), unit length.
        among: numbers of the passages that may become candidates, int64; None for all.
        watch: is told what took how long.
    """
    watch = watch or Stopwatch()
    near, _ = generation.vectors.search(vector, depth, among)
    watch.lap("vectors")
    worded, their_scores = generation.bm25.search(query, depth, among)
    numbers = np.union1d(near, worded)
    # Of what the words found the scores are known.
    words = np.zeros(len(numbers), np.float32)
    words[np.searchsorted(numbers, worded)] = their_scores
    others = np.setdiff1d(near, worded)
    words[np.searchsorted(numbers, others)] = generation.bm25.scores(query, others)
    watch.lap("words")
    cosines = generation.vectors.cosines(vector, numbers)
    watch.lap("vectors")
    return Candidates(numbers, cosines, words)


def fuse(
    candidates: Candidates, mixing: Mixing, known: NDArray[np.bool_], ordinals: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The fused score of each candidate, float64 of shape (candidates,): deviations above the average candidate.

    Parameters:
        known: bool of shape (candidates,): whether the model knows the passage's language. Where it does not, the
            cosine says nothing and the words count alone.
        ordinals: int64 of shape (candidates,): each passage's place in its article, from 0.
    """
    best = float(candidates.words.max(initial=0.0))
    words = _deviations(candidates.words, best * _WORDS_DEVIATION)
    cosines = _deviations(candidates.cosines, mixing.deviation)
    return np.where(known, mixing.words * words + (1 - mixing.words) * cosines, words) + _LEAD / (1 + ordinals)


def _deviations(scores: NDArray[np.float32], smallest: float) -> NDArray[np.float64]:
    """How many standard deviations each score lies above the mean; all 0 where the scores do not differ."""
    if not len(scores):
        return np.empty(0)
    exact = scores.astype(np.float64)
    deviation = max(float(exact.std()), smallest)
    return (exact - exact.mean()) / deviation if deviation else np.zeros(len(exact))
