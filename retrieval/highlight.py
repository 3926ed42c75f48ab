"""Which sentences of a passage answer the question.

Where the reader has read the passage, those that hold the place where it found the answer. Else every sentence is
scored by the share of the question's words that it holds, each word weighed by its inverse document frequency, and by
whether it holds something of the kind that the question asks for (Li & Roth 2002, "Learning Question Classifiers",
whose coarse classes a few question words tell apart): a number for "how many", a time for "when", a name for "who" and
"where".
"""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final

import numpy as np
import regex
from numpy.typing import NDArray

from index.article import Span
from index.folding import folded
from index.lexicon import WordQuery, stems, tokens
from index.sentences import sentences

# How much something of the kind asked for counts, against all words of the question. Measured on squadshifts_newwiki.
_KIND_WEIGHT: Final = 0.2

_MONTHS: Final = (
    "January|February|March|April|May|June|July|August|September|October|November|December|"
    "januar|februar|mars|april|mai|juni|juli|august|september|oktober|november|desember"
)
_DAYS: Final = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:man|tirs|ons|tors|fre|lør|søn)dag"
_NUMBER_WORDS: Final = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|eighty|"
    "ninety|hundred|thousand|million|billion|half|twice|dozen|"
    "tre|fem|seks|sju|syv|åtte|elleve|tolv|tjue|hundre|tusen|millioner|milliarder|halvparten"
)
# What a question begins with (or holds), and what its answer then holds.
_KINDS: Final = (
    (
        regex.compile(
            r"\b(?:when|(?:what|which|hvilket|hvilken) (?:year|date|day|month|time|år|dato|dag|måned)|når)\b", regex.I
        ),
        regex.compile(rf"\b(?:\d{{4}}|\d{{1,2}}:\d{{2}}|{_MONTHS}|{_DAYS})\b"),
    ),
    (
        regex.compile(
            r"\b(?:how (?:many|much|long|old|far|high|deep|tall|big|large|fast|often)|what percentage|"
            r"hvor (?:mange|mye|lenge|lang|langt|gammel|gamle|høy|høyt|stor|stort|ofte)|hvor stor andel)\b",
            regex.I,
        ),
        regex.compile(rf"\p{{N}}|\b(?:{_NUMBER_WORDS})\b", regex.I),
    ),
    (
        regex.compile(
            r"\b(?:who|whom|whose|where|which (?:city|country|town|state)|hvem|hvor|hvilke[nt] (?:by|land))\b", regex.I
        ),
        # A capitalised word that does not merely begin the sentence.
        regex.compile(r"(?<=[\p{Ll}\p{N},;:]\s)\p{Lu}\p{L}+"),
    ),
)


def answering_sentence(
    question: str,
    query: WordQuery,
    weights: Mapping[tuple[str, ...], float],
    text: str,
    passage: Span,
    language: str | None,
    *,
    found: tuple[Span, ...] | None = None,
) -> Span:
    """The sentence of `text[passage]` that answers best by its words; the earlier one where two do equally well.

    Parameters:
        query: the question's words, as the lexicon knows them.
        weights: how much each word of `query` tells; words that are missing tell nothing.
        found: the sentences of the passage, where they are known.
    """
    found = sentences(text, passage, language) if found is None else found
    scores = _by_words(question, query, weights, text, found, language)
    # argmax() takes the first of equals.
    return found[int(np.argmax(scores))]


def _by_words(
    question: str,
    query: WordQuery,
    weights: Mapping[tuple[str, ...], float],
    text: str,
    found: tuple[Span, ...],
    language: str | None,
) -> NDArray[np.float64]:
    """The share of the question's words that each sentence holds, and something for the kind of thing asked for."""
    mass = sum(weights.get(forms, 0.0) for forms in query) or 1.0
    wanted = next((answer for asks, answer in _KINDS if asks.search(question)), None)

    parts = [sentence.of(text) for sentence in found]
    words = [tokens(part) for part in parts]
    # Stemmed together: to call the stemmer takes longer than to stem.
    stemmed = iter(stems([word for part in words for word in part], language))

    def score(part: str, words: Sequence[str]) -> float:
        held = set(islice(stemmed, len(words)))
        shared = sum(weights.get(forms, 0.0) for forms in query if not held.isdisjoint(forms))
        fits = wanted is not None and wanted.search(folded(part)) is not None
        return shared / mass + _KIND_WEIGHT * fits

    return np.array([score(part, its) for part, its in zip(parts, words, strict=True)])
