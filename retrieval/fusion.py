"""One ranking from two: a convex combination of words and vectors.

Bruch, Gai & Ingber (2023), "An Analysis of Fusion Functions for Hybrid Retrieval": scores scaled to [0, 1] and mixed
with one weight do better than reciprocal ranks. Both scores of every candidate are computed, also where only one
of the two lists found it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.generation import Generation
from index.lexicon import WordQuery

# How many of each list become candidates.
DEPTH: Final = 100
# The weight of the words where the model knows the language, see docs and benchmarks for what it was measured on.
WORDS_WEIGHT: Final = 0.5


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


def gather(generation: Generation, vector: NDArray[np.float32], query: WordQuery, depth: int = DEPTH) -> Candidates:
    """The `depth` nearest by vector and the `depth` best by words, with both scores of each.

    Parameters:
        vector: the question's, float32 of shape (dimension,), unit length.
    """
    near, _ = generation.vectors.search(vector, depth)
    worded, _ = generation.lexicon.search(query, depth)
    numbers = np.union1d(near, worded)
    return Candidates(numbers, generation.vectors.cosines(vector, numbers), generation.lexicon.scores(query, numbers))


def fuse(
    candidates: Candidates, weight: float, known: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The fused score of each candidate, float64 of shape (candidates,), within 0 and 1.

    Parameters:
        weight: of the words, within 0 and 1.
        known: bool of shape (candidates,): whether the model knows the passage's language. Where it does not, the
            cosine says nothing and the words count alone.
    """
    words, cosines = _scaled(candidates.words), _scaled(candidates.cosines)
    return np.where(known, weight * words + (1 - weight) * cosines, words)


def _scaled(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Scores scaled so that 0 stays and the best becomes 1; what is below 0 says nothing and becomes 0.

    0 is what an unrelated passage scores in either list, whatever else was found, so that one good list is not
    stretched to its worst candidate. Measured against scaling from the lowest candidate: better on every set.
    """
    positive = np.maximum(scores.astype(np.float64), 0.0)
    return positive / positive.max(initial=np.finfo(np.float64).tiny)
