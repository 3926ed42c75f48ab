"""What a question's words alone say for a passage, where the model does not know the language of one of them.

Shares of the weight of the question's words, which do not depend on how many articles there are. How far the passage
stands out from those of other articles would tell more in a large folder; in a small one a bare name stands out too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.engines.bm25 import WordQuery, stems, tokens


@dataclass(frozen=True, slots=True)
class WordsEvidence:
    """What the words of a question say for the best passage.

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


def words_evidence(
    query: WordQuery,
    weights: Mapping[tuple[str, ...], float],
    found: str,
    sentences: Sequence[str],
    language: str | None,
    *,
    foreign: bool = False,
) -> WordsEvidence:
    """What the question's words, all of which tell something, say for a passage.

    Parameters:
        weights: how much each word of `query` tells.
        found: the passage as the lexicon knows it, with what stands in front.
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
