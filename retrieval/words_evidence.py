"""What a question's words alone say for a passage, where the model does not know the language of one of them.

None of it depends on how many articles there are, nor much on the question's length: shares of the weight of the
question's words, and how far the passage stands out from those of other articles, which also weighs by such a share:
in a folder of a few articles some passage always stands out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.lexicon import WordQuery, stems, tokens


@dataclass(frozen=True, slots=True)
class WordsEvidence:
    """What the words of a question say for the best passage.

    Attributes:
        coverage: share of the weight of the question's words that the passage and what stands in front of it hold,
            within 0 and 1.
        together: the largest share that one sentence of it or two in a row hold, within 0 and 1.
        lead: by how much its BM25 score is above that of the best passage of another article, as a share of its own,
            within -1 and 1; 1 where no other article holds one of the words.
        telling: how many words of the question tell what it is about; one or two say little, however well they fit.
    """

    coverage: float
    together: float
    lead: float
    telling: int


def words_evidence(
    query: WordQuery,
    weights: Mapping[tuple[str, ...], float],
    found: str,
    sentences: Sequence[str],
    language: str | None,
    scores: tuple[float, float],
) -> WordsEvidence:
    """What the question's words, all of which tell something, say for a passage.

    Parameters:
        weights: how much each word of `query` tells.
        found: the passage as the lexicon knows it, with what stands in front.
        sentences: those of the passage, in order.
        language: of the passage.
        scores: the BM25 scores of the passage and of the best one of another article.
    """
    mass = sum(weights.values())
    best, other = scores
    if mass == 0 or best <= 0:
        return WordsEvidence(0.0, 0.0, 0.0, len(query))
    held = [set(stems(tokens(sentence), language)) for sentence in sentences]
    windows = [*held, *(one | next_one for one, next_one in pairwise(held))]

    def share(words: set[str]) -> float:
        return sum(weights[forms] for forms in query if not words.isdisjoint(forms)) / mass

    return WordsEvidence(
        coverage=share(set(stems(tokens(found), language))),
        together=max(map(share, windows), default=0.0),
        lead=max(-1.0, 1 - other / best),
        telling=len(query),
    )
