"""Sources that a question names in passing: "according to Reuters".

The passages of their articles get a bonus on top of their scores, and no passage is left out. Only sources of articles
that were found count. Times that a question names are in recency.py.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.generation.catalog import ArticleHead
from retrieval.question.filters import words_of

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
