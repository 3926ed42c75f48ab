"""Dates as people and machines write them, in ISO 8601. A date has a year, or it is none."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from typing import Final

from index.article import Span
from index.parsers.parsed import word_lists

FIRST_YEAR: Final = 1800
LAST_YEAR: Final = 2100
# No spelling of a date and a time is longer.
LONGEST_VALUE: Final = 100

# Languages whose names of months are used, from Unicode's CLDR, but for names that mean different months in two of them
# ('lipca' and 'lipnja' shortened to 'lip').
LANGUAGES: Final = (
    "en de fr es pt it nl sv nb nn da fi is pl cs sk sl hr ru uk bg el tr ro hu ca eu et lv lt id".split()
)

ISO_FORM: Final = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})"
    r"(?:[Tt ](\d{2}):?(\d{2})(?::?(\d{2})(?:[.,]\d{1,9})?)?\s?(Z|z|[+-]\d{2}:?\d{2})?)?"
)
MAIL_FORM: Final = re.compile(
    r"(?:[A-Za-z]{3},\s)?\d{1,2}\s[A-Za-z]{3}\s\d{4}\s\d{2}:\d{2}(?::\d{2})?\s[A-Za-z0-9+-]{1,5}"
)

_NAME: Final = r"([^\W\d_]{3,12})\.?"
SPELLED: Final = re.compile(
    r"(?<![\w./-])(?:"
    # 21 January 2022, 21. januar 2022, 1er mars 2021, 21 de enero de 2022, 21st of January, 2022
    rf"(?P<d1>\d{{1,2}})(?:st|nd|rd|th|er|[.ºª])?\s{{1,2}}(?:de\s|of\s)?{_NAME.replace('(', '(?P<m1>', 1)}"
    r",?\s{1,2}(?:de\s|del\s)?(?P<y1>\d{4})"
    # January 21, 2022, Jan. 21 2022
    rf"|{_NAME.replace('(', '(?P<m2>', 1)}\s{{1,2}}(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?:,\s?|\s)\s?(?P<y2>\d{{4}})"
    # 2022. január 21., 2022 January 21
    rf"|(?P<y3>\d{{4}})\.?\s{{1,2}}{_NAME.replace('(', '(?P<m3>', 1)}\s{{1,2}}(?P<d3>\d{{1,2}})"
    # 2022-01-21, 2022/01/21, 2022.01.21
    r"|(?P<y4>\d{4})(?P<s4>[-/.])(?P<m4>\d{1,2})(?P=s4)(?P<d4>\d{1,2})"
    # 21.01.2022, 21/01/2022, 1/21/2022
    r"|(?P<a5>\d{1,2})(?P<s5>[-/.])(?P<b5>\d{1,2})(?P=s5)(?P<y5>\d{4})"
    r")(?!\d|[-/.]\d)"
)
# 2022年1月21日, 2022년 1월 21일
EAST_ASIAN: Final = re.compile(r"(?<!\d)(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")

# Every form of a date has a year; most paragraphs have none, and are done with one search.
YEAR: Final = re.compile(r"\d{4}")
WORD: Final = re.compile(r"[^\W\d_]{1,40}")
_WORDS: Final = word_lists("dates")
# Names of months that are names of people too.
PEOPLE: Final = frozenset(_WORDS["people"])
CLOCK_WORDS: Final = frozenset(_WORDS["clock_words"])


def iso_date(value: str) -> str | None:
    """Return the date that `value` spells, such as a field that declares one; None if it is no date or ambiguous.

    Returns:
        `YYYY-MM-DD`, with `THH:MM:SS+HH:MM` behind it only where `value` gives both a time and its offset.
    """
    value = value.strip()
    if len(value) > LONGEST_VALUE:
        return None
    machine = ISO_FORM.fullmatch(value)
    if machine:
        return _from_iso_form(machine)
    if MAIL_FORM.fullmatch(value):
        return _from_mail_form(value)
    return next((day for day, _ in dates_in(value)), None)


def dates_in(text: str) -> Iterator[tuple[str, Span]]:
    """Yield each date with a year in `text`, as `YYYY-MM-DD`, and its place."""
    if not YEAR.search(text):
        return
    found = []
    for match in SPELLED.finditer(text):
        day = _spelled(match)
        if day:
            found.append((day, Span(*match.span())))
    for match in EAST_ASIAN.finditer(text):
        day = _day(*(int(number) for number in match.groups()))
        if day:
            found.append((day, Span(*match.span())))
    yield from sorted(found, key=lambda each: each[1])


def only_date(line: str) -> str | None:
    """Return the date in a line of one date and at most a weekday and a time; None for any other line."""
    if len(line) > LONGEST_VALUE:
        return None
    found = list(dates_in(line))
    if len(found) != 1:
        return None
    day, span = found[0]
    rest = WORD.findall((line[: span.start] + " " + line[span.end :]).lower())
    return day if all(map(is_of_a_date, rest)) else None


def is_of_a_date(word: str) -> bool:
    """Return whether a word in lower case belongs to a date or time: a day of the week, 'at', 'GMT'."""
    return word in CLOCK_WORDS or word in _weekdays()


@lru_cache(maxsize=64)
def weekday_names(day: str) -> frozenset[str]:
    """Return the full names that the languages give the weekday of a date, `YYYY-MM-DD`, in lower case."""
    from babel import Locale

    number = date.fromisoformat(day[:10]).weekday()
    return frozenset(Locale(language).days["format"]["wide"][number].lower() for language in LANGUAGES)


def is_day_or_month(word: str) -> bool:
    """Return whether a word in lower case names a day of the week, or a month by a name that no person has."""
    return len(word) > 3 and (word in _weekdays() or (word in _months() and word not in PEOPLE))


def _spelled(match: re.Match[str]) -> str | None:
    part = match.groupdict()
    for form in "123":
        if part[f"y{form}"]:
            month = _months().get(part[f"m{form}"].lower())
            return None if month is None else _day(int(part[f"y{form}"]), month, int(part[f"d{form}"]))
    if part["y4"]:
        return _day(int(part["y4"]), int(part["m4"]), int(part["d4"]))
    first, second, year = int(part["a5"]), int(part["b5"]), int(part["y5"])
    # Only a number above 12 tells day from month: 03/04/2021 is two days, depending on the country.
    if first != second and max(first, second) <= 12:
        return None
    return _day(year, min(first, second), max(first, second))


def _from_iso_form(match: re.Match[str]) -> str | None:
    year, month, day, hour, minute, second, offset = match.groups()
    written = _day(int(year), int(month), int(day))
    if written is None or offset is None:
        return written
    try:
        # Checks the ranges of the clock and of the offset.
        moment = datetime.fromisoformat(f"{written}T{hour}:{minute}:{second or '00'}{offset.upper()}")
    except ValueError:
        return written
    return moment.isoformat()


def _from_mail_form(value: str) -> str | None:
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    written = _day(moment.year, moment.month, moment.day)
    return written if written is None or moment.tzinfo is None else moment.isoformat()


def _day(year: int, month: int, day: int) -> str | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


@cache
def _weekdays() -> frozenset[str]:
    from babel import Locale

    return frozenset(
        part
        for language in LANGUAGES
        for width in ("wide", "abbreviated")
        for name in Locale(language).days["format"][width].values()
        for part in WORD.findall(name.lower())
    )


@cache
def _months() -> dict[str, int]:
    from babel import Locale

    months: dict[str, set[int]] = {"sept": {9}}
    for language in LANGUAGES:
        for context in Locale(language).months.values():
            for width in ("wide", "abbreviated"):
                for number, name in context[width].items():
                    months.setdefault(name.lower().rstrip("."), set()).add(number)
    return {name: numbers.pop() for name, numbers in months.items() if len(numbers) == 1}
