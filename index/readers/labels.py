"""The lines at the top of a scraped page that say who wrote it, where and when."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from index.article import UNKNOWN, Found, Span
from index.metadata import found, one_line, web_address
from index.readers.dates import dates_in, iso_date, only_date
from index.readers.vocabulary import listed

# Such lines stand above the text, not in it.
TOP_LINES: Final = 12
# 'Author: …' can also be a speaker in an interview, whose words are longer and end like a sentence.
LONGEST_LABEL_LINE: Final = 200
LONGEST_NAME: Final = 100

LABELS: Final = {
    "title": "title headline titel titre título titolo tittel",
    "author": "author authors by byline words writer reporter autor autoren auteur autore forfatter skribent",
    "source": "source publisher publication site website newspaper outlet quelle fuente fonte kilde",
    "url": "url link permalink canonical original",
    "published": "date published posted publisert dato veröffentlicht datum publié fecha publicado data",
    "updated": "updated modified oppdatert aktualisiert actualizado",
}
FIELD_OF: Final = {word: name for name, words in LABELS.items() for word in words.split()}
LABEL: Final = re.compile(
    r"[*_>\s]{0,4}(?:(?:first|last|date|source|original|publication)\s)?([^\W\d_]{2,15})(?:\s(?:url|date|on|le|el|am))?"
    r"[*_]{0,2}\s{0,2}[:：][*_]{0,2}\s{0,3}(\S.*)",
    re.IGNORECASE,
)
DATED: Final = re.compile(
    r"(?:(?:first|last)\s)?(published|posted|updated|modified|publisert|oppdatert|veröffentlicht|publié|publicado)\b(.*)",
    re.IGNORECASE,
)
BYLINE: Final = re.compile(r"(by|von|par|por|av|af|di|door)\s+(\S.*)", re.IGNORECASE)
NAME_WORD: Final = re.compile(r"[^\W\d_][\w.'’-]*,?")
PARTICLES: Final = frozenset(
    listed(
        "and und et y og och e en de van der den von da di du del la le al bin ibn of ter ten & staff "
        "correspondent correspondents reporter reporters editor editors agencies"
    )
)
SEPARATOR: Final = re.compile(r"\s[|•·–—/]\s|\s{3,}|\t")
SENTENCE_END: Final = (".", "!", "?", "…", "。", "！", "？")


@dataclass(slots=True)
class Labels:
    """What the metadata lines say, and the spans of those lines."""

    title: Found = UNKNOWN
    author: Found = UNKNOWN
    source: Found = UNKNOWN
    url: Found = UNKNOWN
    published: Found = UNKNOWN
    spans: list[Span] = field(default_factory=list)


def labels(text: str, lines: Sequence[Span]) -> Labels:
    """The metadata in the lines at the top of `text`, such as 'By Jane Doe' and 'Published: 3 March 2021'.

    Args:
        lines: the first lines of the text that are not blank, in order.
    """
    known = Labels()
    for number, line in enumerate(lines[:TOP_LINES]):
        written = line.of(text)
        if len(written) <= LONGEST_LABEL_LINE and _take(known, written, is_first=number == 0):
            known.spans.append(line)
    return known


def _take(known: Labels, line: str, *, is_first: bool) -> bool:
    """Whether `line` is a metadata line; what it says and was not known yet is noted."""
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
    _note(known, name, one_line(value), "line at the top")
    return True


def _take_dated(known: Labels, line: str) -> bool:
    parts = [part for part in SEPARATOR.split(line) if part.strip()]
    day = next((day for part in parts if (day := only_date(part))), None)
    # What stands beside the date is a section, a reading time, a name.
    if day and all(len(part.split()) <= 3 or only_date(part) for part in parts):
        _note(known, "published", day, "line at the top")
        return True
    match = DATED.fullmatch(line.strip())
    if match is None or len(line) > LONGEST_NAME or _ends_like_a_sentence(line):
        return False
    day = next((day for day, _ in dates_in(match[2])), None)
    if day and FIELD_OF[match[1].lower()] == "published":
        _note(known, "published", day, "line at the top")
    return day is not None


def _take_byline(known: Labels, line: str, *, is_first: bool) -> bool:
    match = BYLINE.fullmatch(line.strip())
    # A headline may well begin with 'Di' or 'Von'; what stands below it hardly does.
    if match is None or (is_first and match[1].lower() != "by"):
        return False
    author, *others = SEPARATOR.split(match[2])
    words = author.split()
    names = [word for word in words if word[0].isupper()]
    if not len(names) >= 2 or len(words) > 12 or not all(_is_of_a_name(word) for word in words):
        return False
    _note(known, "author", one_line(author), "byline")
    for other in others:
        _note(known, "published", iso_date(other), "byline")
    return True


def _is_of_a_name(word: str) -> bool:
    return word.lower() in PARTICLES or (word[0].isupper() and NAME_WORD.fullmatch(word) is not None)


def _ends_like_a_sentence(value: str) -> bool:
    last = value.split()[-1]
    # 'Jr.' and an initial end in a full stop as well.
    return value.endswith(SENTENCE_END) and len(last) > 4


def _note(known: Labels, name: str, value: str | None, where: str) -> None:
    if getattr(known, name).value is None:
        setattr(known, name, found(value, where))
