"""What a question asks for in passing: times, "in January 2022", and sources, "according to Reuters".

Articles of a source that is named are preferred and nothing is left out: their passages get a little on top of their
scores. Only a source that one of the articles found really has counts. What times count is in recency.py.
"""

import calendar
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np
import regex
from numpy.typing import NDArray

from index.catalog import ArticleHead
from retrieval.filters import words_of

# What an article of the source that is named has over others, in deviations of the scores.
BONUS: Final = 0.35
# On the days after one that is named, articles still tell of it.
_AFTERWARDS: Final = timedelta(days=1)

_MONTHS: Final = (
    "january jan januar", "february feb februar", "march mar mars", "april apr", "may mai", "june jun juni",
    "july jul juli", "august aug", "september sep sept", "october oct oktober okt", "november nov",
    "december dec desember des",
)  # fmt: skip
MONTH_OF: Final = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
MONTH: Final = rf"(?P<month>{'|'.join(sorted(MONTH_OF, key=len, reverse=True))})\.?"
_YEAR: Final = r"(?P<year>1[5-9][0-9]{2}|20[0-9]{2})(?![\p{L}\p{N}]|[.,:-]\p{N})"
_DAY: Final = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|\.)?"
# The most exact form first: the year of a date is not meant as a whole year.
_TIME: Final = regex.compile(
    rf"""(?<![\p{{L}}\p{{N}}]|\p{{N}}[.,:-])(?:
        {_DAY}\ (?:of\ )?{MONTH},?\ {_YEAR}
      | {MONTH}\ {_DAY},?\ {_YEAR}
      | {MONTH},?\ (?:of\ )?{_YEAR}
      | (?P<year>[0-9]{{4}})-(?P<month>0[1-9]|1[0-2])-(?P<day>[0-9]{{2}})(?![\p{{L}}\p{{N}}-])
      | (?:in|of|during|i|fra|under)\ {_YEAR}
    )""",
    regex.VERBOSE,
)

# In front of the name of a source, and on either side of it: Norwegians ask "hva skriver NRK".
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
# Between the name and what tells that it is one; and what a name may go without: "the BBC" is BBC News.
_BETWEEN: Final = "the has have had har hadde"
_DISPENSABLE: Final = "the www com org net co uk no news online"


def may_name_a_source(question: str) -> bool:
    """Whether any article may be preferred: most questions name nobody who told of something."""
    told = f" {' '.join(words_of(question))} "
    return any(cue in told for cue in _CUES)


def bonuses(question: str, heads: Sequence[ArticleHead]) -> NDArray[np.float64]:
    """What each article gets on top of the scores of its passages, float64 of shape (heads,); 0 where nothing."""
    words = words_of(question)
    means = {source: attributes(words, source) for source in {head.source or "" for head in heads}}
    return BONUS * np.array([means[head.source or ""] for head in heads], np.float64)


def periods(question: str) -> Iterator[tuple[date, date]]:
    """The first and the last day of each time that a question names with its year."""
    for match in _TIME.finditer(question.casefold()):
        year, said = int(match["year"]), match["month"]
        if year == 0:
            continue
        if said is None:
            yield date(year, 1, 1), date(year, 12, 31)
            continue
        month = int(said) if said.isdecimal() else MONTH_OF[said]
        length = calendar.monthrange(year, month)[1]
        if match["day"] is None:
            yield date(year, month, 1), date(year, month, length)
        elif 1 <= int(match["day"]) <= length:
            day = date(year, month, int(match["day"]))
            yield day, min(day, date.max - _AFTERWARDS) + _AFTERWARDS


def attributes(question: Sequence[str], source: str) -> bool:
    """Whether a question asks for what a source says: names it behind "according to" or beside "reported".

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
