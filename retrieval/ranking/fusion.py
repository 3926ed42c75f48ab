"""Candidates of both engines, and the fusion of their scores into one: a convex combination.

Mixing scores, each brought to one scale, does better than mixing ranks (Bruch, Gai & Ingber 2023, "An Analysis of
Fusion Functions for Hybrid Retrieval"). The scale here is the standard deviation among the candidates. It did better on
every question set than scaling between the lowest and the highest score, which stretches a poor list as far as a good
one. Both scores of every candidate are computed, also where only one of the engines found it.

Sources that a question names in passing, as in "according to Reuters", give the passages of their articles a bonus on
top of their scores. Only sources of articles that were found count. Times that a question names are in recency.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.encoder.encoder import Encoder, ReadQuestion
from index.engines.among import Among
from index.engines.protocol import WordQuery, WordSearch
from index.generation.catalog import ArticleHead
from index.generation.generation import Generation
from retrieval.answer import Lap, unmeasured
from retrieval.question.conversation import Context, missing_words
from retrieval.question.filters import words_of

# Hits of each engine that become candidates.
DEPTH: Final = 100
# The bonus of an article's first passage over a late one, in deviations: articles begin with what matters most.
# Measured: a gain on scifact, no change on squadshifts_newwiki, harm from .3 on.
_LEAD: Final = 0.2
# The least deviation assumed of the words' scores, relative to the best: see `Mixing.deviation`.
_WORDS_DEVIATION: Final = 0.15

# Weights of the question before and of its reply; that of the question itself is 1. Chosen on mtrag_un, where twice and
# half as much do about as well, with histories of other conversations as the counterweight.
EARLIER: Final = 0.25
REPLY: Final = 0.125

# The bonus of an article of the named source, in deviations of the scores.
BONUS: Final = 0.35
# Phrases in front of the name of a source, and words on either side of it: Norwegians ask "hva skriver NRK".
_ACCORDING: Final = tuple(
    tuple(phrase.split())
    for phrase in (
        "according to", "reported by", "reported in", "told by", "published by", "published in", "written by",
        "article by", "article in", "article from", "ifølge", "i følge", "meldt av", "skrevet av", "publisert av",
    )
)  # fmt: skip
_REPORTED: Final = (
    "report reports reported say says said write writes wrote written tell tells told published "
    "melder meldte skriver skrev rapporterer rapporterte fortalte"
)
_CUES: Final = tuple(f" {' '.join(words)} " for words in (*_ACCORDING, *((word,) for word in _REPORTED.split())))
# Words that may stand between the name and such a phrase, and words that a name may lack: "the BBC" is BBC News.
_BETWEEN: Final = "the has have had har hadde"
_DISPENSABLE: Final = "the www com org net co uk no news online"


@dataclass(frozen=True, slots=True)
class Mixing:
    """Weights for mixing the scores of words and of a model's vectors.

    Attributes:
        words: the weight of the words where the model knows the language, within 0 and 1.
        deviation: the least deviation assumed among cosines, two thirds of the usual one, so that the tiny differences
            among a handful of like candidates are not blown up.
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

    def only(self, chosen: NDArray[np.bool_]) -> "Candidates":
        """Return some of the candidates.

        Parameters:
            chosen: bool of shape (candidates,).
        """
        return Candidates(self.numbers[chosen], self.cosines[chosen], self.words[chosen])


def gather(
    generation: Generation,
    vector: NDArray[np.float32],
    query: WordQuery,
    depth: int = DEPTH,
    among: Among | None = None,
    lap: Lap = unmeasured,
) -> Candidates:
    """Return the `depth` nearest by vector and the `depth` best by words, with both scores of each.

    Parameters:
        vector: the question's, float32 of shape (dimension,), unit length.
        among: the passages that may become candidates; None for all.
        lap: is called with each stage when it ends.
    """
    near, _ = generation.vectors.search(vector, depth, among)
    lap("vectors")
    worded, their_scores = generation.bm25.search(query, depth, among)
    numbers = np.union1d(near, worded)
    # The scores of what the words found are known.
    words = np.zeros(len(numbers), np.float32)
    words[np.searchsorted(numbers, worded)] = their_scores
    others = np.setdiff1d(near, worded)
    words[np.searchsorted(numbers, others)] = generation.bm25.scores(query, others)
    lap("words")
    cosines = generation.vectors.cosines(vector, numbers)
    lap("vectors")
    return Candidates(numbers, cosines, words)


def read_in_context(encoder: Encoder, question: str, context: Context) -> ReadQuestion:
    """Encode a question after what came before it: its vector leans that way."""
    alone = encoder.read(question)
    vector = alone.vector + EARLIER * encoder.question(context.earlier)
    if context.reply:
        vector = vector + REPLY * encoder.question(context.reply)
    return replace(alone, vector=(vector / np.linalg.norm(vector)).astype(np.float32))


def lacking_words(query: WordQuery, context: Context, languages: tuple[str | None, ...]) -> tuple[WordQuery, WordQuery]:
    """Return the words of the question before that a question lacks, and those of its reply that neither holds."""
    earlier = missing_words(context.earlier, languages, set(query))
    return earlier, missing_words(context.reply, languages, {*query, *earlier})


def with_context_words(candidates: Candidates, earlier: WordQuery, reply: WordQuery, lexicon: WordSearch) -> Candidates:
    """Return the candidates with the scores of the words of `lacking_words` added."""
    more = EARLIER * lexicon.scores(earlier, candidates.numbers) + REPLY * lexicon.scores(reply, candidates.numbers)
    return replace(candidates, words=candidates.words + more.astype(np.float32))


def fuse(
    candidates: Candidates, mixing: Mixing, known: NDArray[np.bool_], ordinals: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the fused score of each candidate, float64 of shape (candidates,): deviations above the average.

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
    """Return how many standard deviations each score lies above the mean; all 0 where the scores are equal."""
    if not len(scores):
        return np.empty(0)
    exact = scores.astype(np.float64)
    deviation = max(float(exact.std()), smallest)
    return (exact - exact.mean()) / deviation if deviation else np.zeros(len(exact))


def may_name_a_source(question: str) -> bool:
    """Return whether any article may be preferred: most questions name no source."""
    asked = f" {' '.join(words_of(question))} "
    return any(cue in asked for cue in _CUES)


def bonuses(question: str, heads: Sequence[ArticleHead]) -> NDArray[np.float64]:
    """Return the bonus of each article's passages, float64 of shape (heads,); 0 for none."""
    words = words_of(question)
    means = {source: attributes(words, source) for source in {head.source or "" for head in heads}}
    return BONUS * np.array([means[head.source or ""] for head in heads], np.float64)


def attributes(question: Sequence[str], source: str) -> bool:
    """Return whether a question names a source behind "according to" or beside "reported".

    Parameters:
        question: its words, as `words_of` gives them.
    """
    dispensable, between = _DISPENSABLE.split(), _BETWEEN.split()
    name = [word for word in words_of(source) if word not in dispensable]
    if not name:
        return False
    for start in range(len(question) - len(name) + 1):
        end = start + len(name)
        if list(question[start:end]) != name:
            continue
        while start > 0 and question[start - 1] in between:
            start -= 1
        while end < len(question) and question[end] in (*between, *dispensable):
            end += 1
        before = tuple(question[max(0, start - 2) : start])
        if any(before[-len(phrase) :] == phrase for phrase in _ACCORDING):
            return True
        if {*before[-1:], *question[end : end + 1]} & set(_REPORTED.split()):
            return True
    return False
