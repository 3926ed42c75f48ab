"""The best passages read again together with the question: late interaction over the encoder's token vectors.

For each token of the question the nearest token of the passage is found, and the cosines are averaged (Khattab &
Zaharia 2020, "ColBERT"; here without training, from the last hidden layer of the encoder that is there anyway). A
token counts by its inverse document frequency, so that names and numbers weigh more than what any question holds;
words of grammar count less still, since in a folder of a few articles they are rare.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.encoder import ReadQuestion
from index.tokens import TokenIndex
from retrieval.words import is_grammar

# Passages read again: the right one is among them for 99 of 100 questions of squadshifts_newwiki.
DEPTH: Final = 30
# Where the model knows no language of them, passages are read again for the words they hold, and what holding all of
# them counts, in deviations. Measured on norquad_wiki: passage Hit@1 .771 to .785, paired 95 % +.008 to +.020.
WORDS_DEPTH: Final = 15
COVERED: Final = 4.0
# What reading again counts against the fused score, both in deviations. Measured there and on scifact.
_WEIGHT: Final = 0.7
_GRAMMAR: Final = 0.3
_GRAMMAR_ALONE: Final = 0.1
# Tokens of a stretch, some two sentences, and how far apart stretches begin. Of 20, 40, 80 and all, measured for
# telling answered questions from others on squadshifts_newwiki and clapnq_dev, 40 did best on the two together.
STRETCH: Final = 40
_STEP: Final = 10


def interact(
    question: str,
    read: ReadQuestion,
    tokens: TokenIndex,
    numbers: NDArray[np.int64],
    languages: tuple[str, ...],
    cosines: Sequence[NDArray[np.float32]] | None = None,
) -> NDArray[np.float64]:
    """How near a question and passages come token by token, float64 of shape (passages,), within -1 and 1.

    Parameters:
        question: as it was encoded.
        languages: whose words of grammar are known.
        numbers: of the passages, int64.
        cosines: what `TokenIndex.each` gives for them, where it is known.
    """
    weights = tokens.idf(read.ids) * _told(question, read, languages, _GRAMMAR)
    cosines = tokens.each(read.tokens, numbers) if cosines is None else cosines
    return _averaged(np.stack([one.max(axis=0) for one in cosines]), weights)


def nearest_stretch(
    question: str,
    read: ReadQuestion,
    tokens: TokenIndex,
    number: int,
    front: int,
    languages: tuple[str, ...],
    cosines: NDArray[np.float32] | None = None,
) -> float:
    """How near a question comes to that stretch of one passage to which it comes nearest, within -1 and 1.

    An answer stands with what it answers: words that lie scattered over a passage, or in its title alone, say less.
    Nothing here depends on what other passages there are; so every token counts the same but those of grammar.

    Parameters:
        front: how many of the passage's first tokens are its title and heading, which are not its own words.
        cosines: what `TokenIndex.cosines` gives for it, where it is known.
    """
    weights = _told(question, read, languages, _GRAMMAR_ALONE)
    own = (tokens.cosines(read.tokens, number) if cosines is None else cosines)[front:]
    last = max(0, len(own) - STRETCH)
    starts = [*range(0, last, _STEP), last]
    near = np.stack([own[start : start + STRETCH].max(axis=0, initial=-1.0) for start in starts])
    return float(_averaged(near, weights).max())


def sentence_nearness(
    cosines: NDArray[np.float32], ranges: Sequence[tuple[int, int]], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How near a question and each sentence of one passage come, float64 of shape (sentences,), within -1 and 1.

    Parameters:
        cosines: of the passage's tokens and the question's, float32 of shape (tokens of the passage, tokens).
        ranges: which of the passage's tokens are each sentence's; one without a token is as far away as can be.
        weights: of the question's tokens, see `word_weights`.
    """
    best = np.full((len(ranges), cosines.shape[1]), -1.0, np.float32)
    for row, (first, end) in enumerate(ranges):
        if first < end:
            best[row] = cosines[first:end].max(axis=0)
    return _averaged(best, weights)


def mixed(fused: NDArray[np.float64], read_again: NDArray[np.float64]) -> NDArray[np.float64]:
    """The scores of passages in the light of both, float64 of the same shape; larger is better.

    Parameters:
        read_again: as `interact` gives them; not a number for a passage that was not read, which is taken as average.
    """
    again = np.zeros(len(fused))
    there = ~np.isnan(read_again)
    again[there] = _deviations(read_again[there])
    return _WEIGHT * again + (1 - _WEIGHT) * _deviations(fused)


def word_weights(question: str, read: ReadQuestion, languages: tuple[str, ...]) -> NDArray[np.float64]:
    """What each token of a question counts within one passage, float64 of shape (tokens,).

    There every token counts the same but those of grammar: measured, better than by frequencies.
    """
    return _told(question, read, languages, _GRAMMAR)


def _told(question: str, read: ReadQuestion, languages: tuple[str, ...], grammar: float) -> NDArray[np.float64]:
    """1 for each token, `grammar` for those of words of grammar, 0 for what is no word, such as marks of any kind."""
    known = languages or ("en",)

    def told(word: str) -> float:
        if not any(map(str.isalnum, word)):
            return 0.0
        return grammar if is_grammar(word, known) else 1.0

    return np.array([told(question[start:end].casefold()) for start, end in read.spans])


def _averaged(near: NDArray[np.float32], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    if not weights.sum():
        weights = np.ones(len(weights))
    scores: NDArray[np.float64] = near.astype(np.float64) @ weights / weights.sum()
    return scores


def _deviations(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    deviation = float(scores.std()) if len(scores) else 0.0
    return (scores - scores.mean()) / deviation if deviation else np.zeros(len(scores))
