"""Which sentence of a passage answers the question.

Every sentence is scored by the share of the question's words that it holds, each word weighed by its inverse document
frequency, and by whether it holds something of the kind that the question asks for (Li & Roth 2002, "Learning
Question Classifiers", whose coarse classes a few question words tell apart): a number for "how many", a time for
"when", a name for "who" and "where".
"""

from collections.abc import Mapping
from typing import Final

import regex

from index.article import Span
from index.lexicon import WordQuery, stems, tokens
from index.sentences import sentences

# How much something of the kind asked for counts, against all words of the question. Measured on squadshifts_newwiki.
_KIND_WEIGHT: Final = 0.2

_MONTHS: Final = "January|February|March|April|May|June|July|August|September|October|November|December"
_NUMBER_WORDS: Final = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|eighty|"
    "ninety|hundred|thousand|million|billion|half|twice|dozen"
)
# What a question begins with (or holds), and what its answer then holds.
_KINDS: Final = (
    (
        regex.compile(r"\b(?:when|what (?:year|date|day|month|time)|which (?:year|date|day|month))\b", regex.I),
        regex.compile(rf"\b(?:\d{{4}}|\d{{1,2}}:\d{{2}}|{_MONTHS}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b"),
    ),
    (
        regex.compile(
            r"\b(?:how (?:many|much|long|old|far|high|deep|tall|big|large|fast|often)|what percentage)\b", regex.I
        ),
        regex.compile(rf"\p{{N}}|\b(?:{_NUMBER_WORDS})\b", regex.I),
    ),
    (
        regex.compile(r"\b(?:who|whom|whose|where|which (?:city|country|town|state))\b", regex.I),
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
) -> Span:
    """The sentence of `text[passage]` that answers best; the earlier one where two do equally well.

    Parameters:
        query: the question's words, as the lexicon knows them.
        weights: how much each word of `query` tells; words that are missing tell nothing.
    """
    mass = sum(weights.get(forms, 0.0) for forms in query) or 1.0
    wanted = next((answer for asks, answer in _KINDS if asks.search(question)), None)

    def score(sentence: Span) -> float:
        words = sentence.of(text)
        held = set(stems(tokens(words), language))
        shared = sum(weights.get(forms, 0.0) for forms in query if not held.isdisjoint(forms))
        fits = wanted is not None and wanted.search(words) is not None
        return shared / mass + _KIND_WEIGHT * fits

    # max() keeps the first of equals.
    return max(sentences(text, passage, language), key=score)
