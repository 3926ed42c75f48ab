"""The day of a question and the time it asks about, as evidence for the articles of that time.

A question that names no time is about now: articles of the last weeks get more than older ones, and articles published
after the day of the question get less. A question that names a time ("in May 2023", "last month", "a year ago") is
about that time instead. The evidence fades by degrees, and no article is left out. An article without a day stands in
between, and where all are old nothing changes.
"""

import calendar
import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Final

import numpy as np
import regex
from numpy.typing import NDArray

from retrieval.errors import QuestionError

# In deviations of the scores. On dated_news (174 articles, 290 questions with an answer) the first article is right for
# .86 of the questions; with 1.9 for .84, with 2.9 for .89, but then for .78 instead of .81 of the 41 that ask for old
# news.
_RECENT: Final = 2.4
_NAMED: Final = 2.4
_LATER: Final = 3.0
# Evidence of an article without a day, as a share of the most that any candidate has.
_UNDATED: Final = 0.4
# Days in which evidence falls to about a third: since an article, and from an article to the time that is named.
# Articles tell of a time after it more often than before.
_SINCE: Final = 45
# A fifth of the evidence fades nine times as slowly: of two old editions the newer is the likelier.
_SLOW, _SLOWLY = 0.2, 9
_AFTER: Final = 45
_BEFORE: Final = 15

# Articles still tell of a day on the day after.
_AFTERWARDS: Final = 1  # days

_MONTHS: Final = (
    "january jan januar", "february feb februar", "march mar mars", "april apr", "may mai", "june jun juni",
    "july jul juli", "august aug", "september sep sept", "october oct oktober okt", "november nov",
    "december dec desember des",
)  # fmt: skip
_MONTH_OF: Final = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_MONTH: Final = rf"(?P<month>{'|'.join(sorted(_MONTH_OF, key=len, reverse=True))})\.?"
_FULL_YEAR: Final = r"(?P<year>1[5-9][0-9]{2}|20[0-9]{2})(?![\p{L}\p{N}]|[.,:-]\p{N})"
_DAY: Final = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|\.)?"
# The most exact form first, since the year of a date does not mean the whole year.
_TIME: Final = regex.compile(
    rf"""(?<![\p{{L}}\p{{N}}]|\p{{N}}[.,:-])(?:
        {_DAY}\ (?:of\ )?{_MONTH},?\ {_FULL_YEAR}
      | {_MONTH}\ {_DAY},?\ {_FULL_YEAR}
      | {_MONTH},?\ (?:of\ )?{_FULL_YEAR}
      | (?P<year>[0-9]{{4}})-(?P<month>0[1-9]|1[0-2])-(?P<day>[0-9]{{2}})(?![\p{{L}}\p{{N}}-])
      | (?:in|of|during|i|fra|under)\ {_FULL_YEAR}
    )""",
    regex.VERBOSE,
)
_YEAR: Final = regex.compile(r"(?<![\p{L}\p{N}.,:-])(?P<year>19[5-9][0-9]|20[0-9]{2})(?![\p{L}\p{N}]|[.,:-]\p{N})")
_UNITS: Final = {
    **dict.fromkeys(("day", "days", "dag", "dager"), 1),
    **dict.fromkeys(("week", "weeks", "uke", "uker"), 7),
    **dict.fromkeys(("month", "months", "måned", "måneder"), 30),
    **dict.fromkeys(("year", "years", "år"), 365),
}
_NUMBERS: Final = {
    **dict.fromkeys(("a", "an", "one", "et", "ett", "en", "ei"), 1),
    **dict.fromkeys(("two", "to"), 2),
    **dict.fromkeys(("three", "tre"), 3),
    **dict.fromkeys(("four", "fire"), 4),
    **dict.fromkeys(("five", "fem"), 5),
    **dict.fromkeys(("six", "seks"), 6),
}
_UNIT: Final = "|".join(sorted(_UNITS, key=len, reverse=True))
_NUMBER: Final = rf"(?P<number>[0-9]{{1,3}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_AGO: Final = regex.compile(
    rf"\b(?:{_NUMBER} (?P<unit>{_UNIT}) (?:ago|earlier)|for {_NUMBER} (?P<unit>{_UNIT}) siden)\b"
)
_YESTERDAY: Final = regex.compile(r"\b(?:yesterday|i går)\b")
_TODAY: Final = regex.compile(r"\b(?:today|tonight|i dag|i kveld)\b")
_LAST_WEEK: Final = regex.compile(r"\b(?:last week|forrige uke)\b")
_LAST_MONTH: Final = regex.compile(r"\b(?:last month|forrige måned)\b")
_LAST_YEAR: Final = regex.compile(r"\b(?:last year(?:'s|’s)?|forrige år|i fjor|fjorårets)(?!\w)")
# Times that are not over, or just are: articles tell nothing of a spring that is to come.
_THIS: Final = regex.compile(
    r"\b(?:this (?P<unit>week|month|year|spring|summer|autumn|fall|winter|season)|"
    r"(?P<unit>denne uken|denne måneden|i år|årets|i sommer|i høst|i vinter|denne sesongen))(?!\w)"
)
_SEASONS: Final = {
    **dict.fromkeys(("spring",), 3),
    **dict.fromkeys(("summer", "i sommer"), 6),
    **dict.fromkeys(("autumn", "fall", "i høst"), 9),
    **dict.fromkeys(("winter", "i vinter"), 12),
}
# A season of a sport or a theatre.
_SEASON: Final = 270  # days
# The latest such time that has begun: "in May", "on 9 December".
_MONTH_ALONE: Final = regex.compile(
    r"\b(?:in|on|since|until|last|the|i|siden|den) (?:(?P<day>[0-9]{1,2})(?:st|nd|rd|th|\.)? (?:of )?)?"
    rf"{_MONTH}(?!\w)"
    r"(?: (?P<day>[0-9]{1,2})(?:st|nd|rd|th)?(?!\w))?"
)

Period = tuple[date, date]


def day_of(asked: date | str | None) -> date:
    """Return the day that a question is asked on: today where none is given.

    Raises:
        QuestionError: if it is no day.
    """
    if asked is None:
        return date.today()
    if isinstance(asked, datetime):
        return asked.date()
    if isinstance(asked, date):
        return asked
    try:
        return date.fromisoformat(asked)
    except ValueError:
        raise QuestionError(f"the day of the question is {asked[:20]!r}: give it as in 2024-05-31") from None


def written_day(published: str | None) -> str:
    """Return a day as articles write it, such as '4 March 2024'; '' where `published`, ISO 8601, names none."""
    day = _day(published)
    return f"{day.day} {calendar.month_name[day.month]} {day.year}" if day else ""


def timeliness(question: str, asked: date, published: Sequence[str | None]) -> NDArray[np.float64]:
    """Return the evidence of each article's day, float64 of shape (published,), in deviations of scores.

    Parameters:
        published: ISO 8601, None where it is not known.
    """
    days = [_day(one) for one in published]
    times = times_asked_for(question, asked)
    found = np.array([0.0 if day is None else _evidence(day, asked, times) for day in days])
    known = np.array([day is not None for day in days], np.bool_)
    # A day that is not known speaks neither for nor against.
    found[~known] = _UNDATED * max(0.0, found.max(initial=0.0))
    return found


def untimely(question: str, asked: date, published: str | None) -> float:
    """Return how far an article's day speaks against it as the one that answers, within 0 and 1.

    1 where it was published after the question was asked; where the question names a time, the more the farther from
    it; 0 where the day is not known. That an article is old says nothing against it.
    """
    day = _day(published)
    if day is None:
        return 0.0
    if day > asked:
        return 1.0
    times = times_asked_for(question, asked)
    return 1 - max(_nearness(day, *time) for time in times) if times else 0.0


def times_asked_for(question: str, asked: date) -> list[Period]:
    """Return the first and the last day of each time that a question names, reckoned from the day it is asked on."""
    words = " ".join(question.casefold().split())
    times = list(periods(question)) or [
        (date(year, 1, 1), date(year, 12, 31)) for year in map(int, _YEAR.findall(words))
    ]
    # "In May" of a question that names a year elsewhere is not one of the last twelve months.
    return times or list(_relative(words, asked))


def periods(question: str) -> Iterator[tuple[date, date]]:
    """Yield the first and the last day of each time that a question names with its year."""
    for match in _TIME.finditer(question.casefold()):
        year, said = int(match["year"]), match["month"]
        if year == 0:
            continue
        if said is None:
            yield date(year, 1, 1), date(year, 12, 31)
            continue
        month = int(said) if said.isdecimal() else _MONTH_OF[said]
        length = calendar.monthrange(year, month)[1]
        if match["day"] is None:
            yield date(year, month, 1), date(year, month, length)
        elif 1 <= int(match["day"]) <= length:
            day = date(year, month, int(match["day"]))
            yield day, _moved(day, _AFTERWARDS)


def _this(unit: str, asked: date) -> Period:
    """Return a time that is not over yet, up to the day asked; for a season still to come, the last one."""
    if unit in ("week", "denne uken"):
        return _moved(asked, -asked.weekday()), asked
    if unit in ("month", "denne måneden"):
        return asked.replace(day=1), asked
    if unit in ("year", "i år", "årets"):
        return asked.replace(month=1, day=1), asked
    if unit not in _SEASONS:
        return _moved(asked, -_SEASON), asked
    first = asked.replace(month=_SEASONS[unit], day=1)
    # Winter goes on in the next year.
    if first > asked and unit in ("winter", "i vinter"):
        first = _moved(first, -365)
    return first, max(first, min(asked, _moved(first, 120)))


def _relative(words: str, asked: date) -> Iterator[Period]:
    for match in _THIS.finditer(words):
        yield _this(match["unit"], asked)
    if _YESTERDAY.search(words):
        yield _moved(asked, -1), _moved(asked, -1)
    if _TODAY.search(words):
        yield asked, asked
    if _LAST_WEEK.search(words):
        monday = _moved(asked, -asked.weekday() - 7)
        yield monday, _moved(monday, 6)
    if _LAST_MONTH.search(words):
        last = _moved(asked.replace(day=1), -1)
        yield last.replace(day=1), last
    if _LAST_YEAR.search(words):
        last = _moved(asked.replace(month=1, day=1), -1)
        yield last.replace(month=1, day=1), last
    for match in _AGO.finditer(words):
        said, unit = match["number"], _UNITS[match["unit"]]
        then = _moved(asked, -unit * (int(said) if said.isdecimal() else _NUMBERS[said]))
        # A month or a year ago means no exact day.
        yield _moved(then, -(unit // 8)), _moved(then, unit // 8)
    for match in _MONTH_ALONE.finditer(words):
        yield from _latest(_MONTH_OF[match["month"]], match["day"], asked)


def _latest(month: int, day: str | None, asked: date) -> Iterator[Period]:
    """Yield the latest month, or day of it, that had begun on the day asked."""
    # 29 February may be eight years back.
    for year in range(asked.year, max(0, asked.year - 9), -1):
        length = calendar.monthrange(year, month)[1]
        if day is not None and not 1 <= int(day) <= length:
            continue
        first = date(year, month, 1 if day is None else int(day))
        if first <= asked:
            yield first, (date(year, month, length) if day is None else _moved(first, _AFTERWARDS))
            return


def _moved(day: date, days: int) -> date:
    """Return the day so many days later, or the last or the first day that there is."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


def _evidence(day: date, asked: date, times: Sequence[Period]) -> float:
    later = _LATER if day > asked else 0.0
    if times:
        return _NAMED * max(_nearness(day, *time) for time in times) - later
    return -later if later else _RECENT * _faded((asked - day).days, _SINCE)


def _nearness(day: date, first: date, last: date) -> float:
    """Return 1 within a time, less the farther from it, at least 0."""
    if day < first:
        return _faded((first - day).days, _BEFORE)
    return _faded(max(0, (day - last).days), _AFTER)


def _faded(days: int, scale: int) -> float:
    """Return the evidence that is left after so many days, within 0 and 1."""
    return (1 - _SLOW) * math.exp(-days / scale) + _SLOW * math.exp(-days / (_SLOWLY * scale))


def _day(published: str | None) -> date | None:
    try:
        return date.fromisoformat((published or "")[:10])
    except ValueError:
        return None
