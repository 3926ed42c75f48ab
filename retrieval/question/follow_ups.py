"""How a question is searched for in the light of a conversation.

Mixing what came before into every question does harm where the question stands alone. So it counts only where the
question leans on it, or where the lists agree: a passage that is among the best for the question's own words is also
a good one for the words of the question before and its reply. Even then the question's own words weigh most: what came
before decides between passages that answer about equally well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from index.encoder.encoder import Encoder, ReadQuestion
from index.engines.bm25 import Bm25Index, WordQuery, word_query
from retrieval.question.conversation import Context, Turn, leans, recalled
from retrieval.question.terms import telling_query, telling_words
from retrieval.ranking.fusion import Candidates

# What the question before and its reply count, the question itself counting 1. Chosen on mtrag_un, where twice and
# half as much do about as well, with histories of other conversations as the counterweight.
EARLIER: Final = 0.25
REPLY: Final = 0.125
# The best passages for the question's own words, and the share of the best score for what came before that one of them
# must reach.
_BEST: Final = 5
_AGREEMENT: Final = 0.2


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it is searched for.

    Attributes:
        question: what is searched for; with the question before in front where it has no telling words of its own.
        context: what came before, where that counts.
        leaning: whether the question cannot be understood without.
    """

    question: str
    context: Context | None = None
    leaning: bool = False

    @property
    def text(self) -> str:
        """The whole as one text, which a person can read."""
        return f"{self.context.earlier} {self.question}" if self.context else self.question


def understand(
    question: str, history: Sequence[Turn | Mapping[str, str]], lexicon: Bm25Index, languages: tuple[str | None, ...]
) -> Understood:
    """What a question asks for after these turns.

    Parameters:
        question: checked.
        history: the turns before it, oldest first.
        languages: that questions are analysed in.
    """
    known = tuple(language for language in languages if language)
    context = recalled(history, known)
    if context is None:
        return Understood(question)
    if not telling_words(question, known):
        return Understood(f"{context.earlier} {question}")
    if leans(question, known):
        return Understood(question, context, leaning=True)
    if _agreement(question, context, lexicon, languages) >= _AGREEMENT:
        return Understood(question, context)
    return Understood(question)


def _agreement(question: str, context: Context, lexicon: Bm25Index, languages: tuple[str | None, ...]) -> float:
    """How good the best passages for a question are for what came before it, within 0 and 1, 1 being its very best."""
    words = _words(f"{context.earlier} {context.reply}", languages, set())
    best, _ = lexicon.search(telling_query(question, languages), _BEST)
    _, most = lexicon.search(words, 1)
    if not len(best) or not len(most):
        return 0.0
    return float(lexicon.scores(words, best).max() / most[0])


def read_in_context(encoder: Encoder, question: str, context: Context) -> ReadQuestion:
    """The question as the encoder reads it after what came before: its vector leans that way."""
    alone = encoder.read(question)
    vector = alone.vector + EARLIER * encoder.question(context.earlier)
    if context.reply:
        vector = vector + REPLY * encoder.question(context.reply)
    return replace(alone, vector=(vector / np.linalg.norm(vector)).astype(np.float32))


def lacking(query: WordQuery, context: Context, languages: tuple[str | None, ...]) -> tuple[WordQuery, WordQuery]:
    """The words of the question before that a question lacks, and those of its reply that neither of them holds."""
    earlier = _words(context.earlier, languages, set(query))
    return earlier, _words(context.reply, languages, {*query, *earlier})


def with_words(candidates: Candidates, earlier: WordQuery, reply: WordQuery, lexicon: Bm25Index) -> Candidates:
    """The candidates with what the words of `lacking` add to their scores."""
    more = EARLIER * lexicon.scores(earlier, candidates.numbers) + REPLY * lexicon.scores(reply, candidates.numbers)
    return replace(candidates, words=candidates.words + more.astype(np.float32))


def _words(text: str, languages: tuple[str | None, ...], known: set[tuple[str, ...]]) -> WordQuery:
    words = telling_words(text, languages)
    return tuple(forms for forms in word_query(words, languages) if forms not in known) if words else ()
