"""Metadata lines at the top of a scraped page: who wrote it, where and when."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from index.article import UNKNOWN, Found, Span
from index.metadata import found, one_line, web_address
from index.parsers.dates import dates_in, is_of_a_date, iso_date, only_date
from index.parsers.lines import TOP, lines, meets_any
from index.parsers.names import BY, byline_authors, declared_author
from index.parsers.parsed import word_lists
from index.sentence_ends import SENTENCE_END
from index.sentences import trimmed

# Metadata lines stand above the text, not in it.
TOP_LINES: Final = 12
# 'Author: …' may be a speaker in an interview, whose words are longer and end as a sentence.
LONGEST_LABEL_LINE: Final = 200
LONGEST_NAME: Final = 100

_WORDS: Final = word_lists("labels")
FIELD_OF: Final = {
    word: name for name in ("title", "author", "source", "url", "published", "updated") for word in _WORDS[name]
}
LABEL: Final = re.compile(
    r"[*_>\s]{0,4}(?:(?:first|last|date|source|original|publication)\s)?([^\W\d_]{2,15})(?:\s(?:url|date|on|le|el|am))?"
    r"[*_]{0,2}\s{0,2}[:：][*_]{0,2}\s{0,3}(\S.*)",
    re.IGNORECASE,
)
# Words beside a date: of publication, and of anything else.
PUBLISHED: Final = frozenset(_WORDS["of_publication"])
OTHERWISE: Final = frozenset(_WORDS["of_another_day"])
DATED: Final = re.compile(r"(?:(?:first|last|sist|zuletzt)\s)?([^\W\d_]+)\b", re.IGNORECASE)
# A date beside such lines is that of an announced event.
EVENT: Final = re.compile(
    r"[*_>\s]{0,4}(?:time|when|venue|where|place|location|tickets?|doors|admission|entry|tid|når|sted|hvor|billetter|"
    r"uhrzeit|wann|ort|eintritt|lieu|quand|heure|lugar|cuándo|hora|luogo|ora|local)\b[*_]{0,2}\s{0,2}[:：]",
    re.IGNORECASE,
)
COPYRIGHT: Final = re.compile(r"©|\(c\)|copyright", re.IGNORECASE)
WORDS: Final = re.compile(r"[^\W\d_]+")
DIGIT: Final = re.compile(r"\d")
BYLINE: Final = re.compile(r"(by|von|par|por|av|af|di|door)\s+(\S.*)", re.IGNORECASE)
NAME_WORD: Final = re.compile(r"[^\W\d_][\w.'’-]*,?")
PARTICLES: Final = frozenset(_WORDS["particles"])
SEPARATOR: Final = re.compile(r"\s[|•·–—/]\s|\s{3,}|\t")


@dataclass(slots=True)
class Labels:
    """The metadata in lines, and the spans of those lines."""

    title: Found = UNKNOWN
    author: Found = UNKNOWN
    source: Found = UNKNOWN
    url: Found = UNKNOWN
    published: Found = UNKNOWN
    spans: list[Span] = field(default_factory=list)


def labels(text: str, top: Sequence[Span], *, is_top: bool = True) -> Labels:
    """Parse the metadata in the lines at the top of `text`, such as 'By Jane Doe' and 'Published: 3 March 2021'.

    Parameters:
        top: the first lines of the text that are not blank, in order.
        is_top: whether they begin the text, where scrapers like to put the address.
    """
    known = Labels()
    for number, line in enumerate(top[:TOP_LINES]):
        written = line.of(text)
        if number == 0 and is_top and (address := web_address(written.strip(" \t<>"))):
            known.url = Found(address, "line at the top")
            known.spans.append(line)
        elif len(written) <= LONGEST_LABEL_LINE and _take(known, written, is_first=number == 0):
            known.spans.append(line)
    if any(EVENT.match(line.of(text)) for line in top[:TOP_LINES]):
        known.published = UNKNOWN
    return known


def top_lines(text: str, apart: Sequence[Span]) -> list[Span]:
    """Return the first lines of `text` with words that meet none of `apart`, as many as `labels` looks at.

    Parameters:
        apart: what is no label, such as headings; disjoint and in order.
    """
    begin = apart[0].end if apart and apart[0].start == 0 else 0
    rows = (trimmed(text, row.start, row.end) for row in lines(text[: begin + TOP]) if row.of(text).strip())
    return list(islice((row for row in rows if not meets_any(row, apart)), TOP_LINES + 1))


def labels_of(rows: Sequence[str]) -> Labels:
    """Parse the metadata in the lines around the headline of a page."""
    spans, position = [], 0
    for line in rows:
        spans.append(Span(position, position + len(line)))
        position += len(line) + 1
    return labels("\n".join(rows), spans, is_top=False)


def _take(known: Labels, line: str, *, is_first: bool) -> bool:
    """Note the metadata in `line` that are not known yet; return whether it is a metadata line."""
    return _take_labelled(known, line) or _take_dated(known, line) or _take_byline(known, line, is_first=is_first)


def _take_labelled(known: Labels, line: str) -> bool:
    match = LABEL.fullmatch(line.strip())
    name = match and FIELD_OF.get(match[1].lower())
    if match is None or name is None:
        return False
    value = match[2].strip(" *_")
    if not value:
        return False
    address = web_address(value)
    if address and name in ("url", "source"):
        _note(known, "url", address, "line at the top")
        return True
    if name == "url":
        return False
    if name in ("published", "updated"):
        day = iso_date(value)
        if name == "published":
            _note(known, name, day, "line at the top")
        return day is not None or len(value) <= 30
    if name != "title" and (len(value) > LONGEST_NAME or _ends_like_a_sentence(value)):
        return False
    _note(known, name, declared_author(value) if name == "author" else one_line(value), "line at the top")
    return True


def _take_dated(known: Labels, line: str) -> bool:
    dates = list(dates_in(line))
    if not dates or COPYRIGHT.search(line):
        return False
    parts = [part for part in SEPARATOR.split(line) if part.strip()]
    # Short parts beside the date are a section, a reading time, a name.
    beside = any(only_date(part) for part in parts) and all(len(part.split()) <= 3 or only_date(part) for part in parts)
    opening = DATED.match(line.strip())
    is_labelled = opening is not None and opening[1].lower() in PUBLISHED | OTHERWISE
    # 'By Jane Doe, 4 May 2021' and 'Posted on 4 May 2021 by Jane Doe'.
    signed = next((part for part in (line, line[dates[-1][1].end :].lstrip(" ,|·–—-")) if BY.match(part)), "")
    authors = byline_authors(signed) if signed else None
    is_line = len(line) <= LONGEST_NAME and not _ends_like_a_sentence(line)
    if not (beside or (is_line and (is_labelled or (authors and signed == line))) or _says_only_when(line, dates)):
        return False
    _note(known, "published", _day_of_publication(line, dates), "line at the top")
    _note(known, "author", authors, "byline")
    return True


def _says_only_when(line: str, dates: Sequence[tuple[str, Span]]) -> bool:
    """Return whether a line holds only dates and what happened on them: 'Received: 3 May 2022. Accepted: …'"""
    rest, position = [], 0
    for _, span in dates:
        rest.append(line[position : span.start])
        position = span.end
    words = WORDS.findall(" ".join([*rest, line[position:]]).lower())
    return all(is_of_a_date(word) or word in PUBLISHED or word in OTHERWISE for word in words)


def _day_of_publication(line: str, dates: Sequence[tuple[str, Span]]) -> str | None:
    """Return the date of publication in a line: one that is called so, else one that is called nothing."""
    plain, position = None, 0
    for number, (day, span) in enumerate(dates):
        end = dates[number + 1][1].start if number + 1 < len(dates) else len(line)
        before, after = line[position : span.start], line[span.end : end]
        position = span.end
        if is_published(before):
            return day
        # 'updated' behind a date belongs to that date, unless a time follows it.
        is_other = is_otherwise(before) or (is_otherwise(after) and end == len(line) and not DIGIT.search(after))
        plain = plain or (None if is_other else day)
    return plain


def is_published(words: str) -> bool:
    """Return whether `words` beside a date call it the day of publication."""
    return not PUBLISHED.isdisjoint(WORDS.findall(words.lower()))


def is_otherwise(words: str) -> bool:
    """Return whether `words` beside a date call it the day of something other than publication."""
    return not OTHERWISE.isdisjoint(WORDS.findall(words.lower()))


def _take_byline(known: Labels, line: str, *, is_first: bool) -> bool:
    match = BYLINE.fullmatch(line.strip())
    # A headline may begin with 'Di' or 'Von'; a line below it hardly does unless it is a byline.
    if match is None or (is_first and match[1].lower() != "by"):
        return False
    author, *others = SEPARATOR.split(match[2])
    words = author.split()
    names = [word for word in words if word[0].isupper()]
    if not len(names) >= 2 or len(words) > 12 or not all(_is_of_a_name(word) for word in words):
        return False
    if declared_author(author) is None:
        return False
    _note(known, "author", one_line(author), "byline")
    for other in others:
        _note(known, "published", iso_date(other), "byline")
    return True


def _is_of_a_name(word: str) -> bool:
    return word.lower() in PARTICLES or (word[0].isupper() and NAME_WORD.fullmatch(word) is not None)


def _ends_like_a_sentence(value: str) -> bool:
    last = value.split()[-1]
    # 'Jr.' and initials end in a full stop too.
    return SENTENCE_END.search(value) is not None and len(last) > 4


def _note(known: Labels, name: str, value: str | None, where: str) -> None:
    if getattr(known, name).value is None:
        setattr(known, name, found(value, where))
