"""What a page shows around its headline: who wrote the article, and when it came out.

A page holds the dates of much else: of comments, of other stories, of events, of pictures, of its last change. A date
or a name counts where a reader looks for it, directly at the headline, or where the markup calls it what it is.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from index.article import UNKNOWN, Found
from index.metadata import found
from index.readers.dates import iso_date
from index.readers.labels import COPYRIGHT, is_otherwise, is_published, labels_of
from index.readers.names import byline_authors
from index.readers.outline import Block, Mark, Outline

# How many blocks above and below a headline its by-line and its date may stand.
ABOVE: Final = 3
BELOW: Final = 12
LONGEST_LINE: Final = 200
LONGEST_BYLINE: Final = 120
# A by-line may stand below the text.
BEHIND: Final = 3

PUBLICATION: Final = re.compile(
    r"(?:^|[\s_-])(?:published|publish(?:ed)?-?(?:date|time)|pub-?date|entry-?date|post(?:ed)?-?(?:date|on)|date-?published|dt-published|publicado|publisert)(?:$|[\s_-])",
    re.IGNORECASE,
)
OTHER_DATE: Final = re.compile(r"(?:^|[\s_-])(?:updated|modified|event|dt-?start|start-?date|end-?date|expires?|deadline)(?:$|[\s_-])", re.I)
OTHER_PROPERTIES: Final = frozenset({"datemodified", "startdate", "enddate", "uploaddate", "datecreated", "validthrough", "expires"})
DATED_PATH: Final = re.compile(r"/(\d{4})([/-]?)(\d{2}|(?<=[/-])\d)\2(\d{2}|(?<=[/-])\d)(?=[/._-]|\Z)")
EVENT_PATH: Final = re.compile(r"/(?:events?|calendar|agenda|kalender|whats-on|arrangement(?:er)?|termine|veranstaltung(?:en)?)/", re.I)
# A page is dated by its readers' clock, its address by the publisher's.
DAYS_APART: Final = 2


def published_of(outline: Outline, headline: int | None, text: Sequence[int]) -> Found:
    """When the article came out, as the page shows it.

    Parameters:
        headline: the number of its block, None where there is none.
        text: the numbers of the blocks of the text, in order.
    """
    strong, near = UNKNOWN, UNKNOWN
    for mark in outline.times:
        day = _stamped(mark)
        if day is None:
            continue
        named = _is_publication(mark)
        if named is False or (mark.apart and not (named and _in_articles_footer(mark.element))):
            continue
        if _is_at_headline(outline.blocks, mark.place, mark.element, headline, text):
            near = near if near.value and not named else Found(day, "time element")
            if named:
                return near
        elif named and (not text or mark.place <= text[-1] + BEHIND):
            strong = strong if strong.value else Found(day, "time element")
    return near if near.value else strong


def lines_at(outline: Outline, headline: int | None, text: Sequence[int]) -> tuple[str, ...]:
    """The short lines around the headline, between the lines of the site above it and the text below."""
    return tuple(
        block.words
        for place, block in enumerate(outline.blocks)
        if place != headline
        and not block.apart
        and len(block.words) <= LONGEST_LINE
        and _is_at_headline(outline.blocks, place, block.element, headline, text)
    )


def said_by(lines: Sequence[str]) -> tuple[Found, Found]:
    """The author and the date that the lines at a headline name."""
    known = labels_of(lines)
    return known.author, known.published


def author_of(outline: Outline, headline: int | None, text: Sequence[int]) -> Found:
    """The people whom the markup calls the authors, at the headline or below the text; names only."""
    for at_headline in (True, False):
        names: list[str] = []
        for mark in outline.bylines:
            if mark.apart or not _may_sign(outline.blocks, mark, headline, text, at_headline=at_headline):
                continue
            words = " ".join(_words(mark.element).split())
            authors = byline_authors(words) if len(words) <= LONGEST_BYLINE else None
            names += [name for name in (authors or "").split(", ") if name and name not in names]
        if names:
            return found(", ".join(names[:10]), "byline")
    return UNKNOWN


def date_in_url(url: Found) -> Found:
    """The day that an address holds, as '/2022/01/21/' and '/2022-01-21-'; that of an announced event is none."""
    if url.value is None or EVENT_PATH.search(url.value):
        return UNKNOWN
    for match in DATED_PATH.finditer(url.value):
        day = iso_date(f"{match[1]}-{match[3]:0>2}-{match[4]:0>2}")
        if day and "1990" <= day < "2100":
            return Found(day, "url")
    return UNKNOWN


def agreeing(shown: Found, in_url: Found) -> Found:
    """Return the date that a page shows, or that of its address where the two are of different days."""
    if shown.value is None or in_url.value is None:
        return shown if shown.value else in_url
    apart = abs((date.fromisoformat(shown.value[:10]) - date.fromisoformat(in_url.value)).days)
    return shown if apart <= DAYS_APART else in_url


def _stamped(mark: Mark) -> str | None:
    element = mark.element
    values = (element.get("datetime"), element.get("content"), element.get("title"), " ".join(_words(element).split()))
    return next((day for value in values if value and (day := iso_date(value[:100]))), None)


def _is_publication(mark: Mark) -> bool | None:
    """Whether a time is so called that it is the day of publication; None where it is called nothing."""
    element = mark.element
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    itemprop = (element.get("itemprop") or "").lower()
    words = f"{mark.before} {_words(element)}"
    if itemprop == "datepublished" or element.get("pubdate") is not None or PUBLICATION.search(names):
        return True
    if itemprop in OTHER_PROPERTIES or OTHER_DATE.search(names) or COPYRIGHT.search(mark.before):
        return False
    latest = _last_said(words)
    if latest is not None:
        return latest
    parent = element.getparent()
    if parent is not None and OTHER_DATE.search(f"{parent.get('class') or ''} {parent.get('id') or ''}"):
        return False
    return None


def _last_said(words: str) -> bool | None:
    """What is said last in front of a date: that it was published, or that something else happened."""
    for word in reversed(words.split()):
        if is_published(word):
            return True
        if is_otherwise(word):
            return False
    return None


def _in_articles_footer(element: Any) -> bool:
    names = [around.tag for around in element.iterancestors()]
    return "footer" in names and "article" in names[names.index("footer") :] and not {"nav", "aside", "form"} & set(names)


def _is_at_headline(
    blocks: Sequence[Block], place: int, element: Any, headline: int | None, text: Sequence[int]
) -> bool:
    """Whether something stands between headline and text, or above the headline in the same part of the page."""
    first = next((number for number in text if not blocks[number].is_heading and number != headline), None)
    if headline is None:
        return first is not None and first - ABOVE <= place < first
    end = headline + BELOW if first is None or first <= headline else min(first, headline + BELOW)
    if headline <= place < end:
        return True
    if not headline - ABOVE <= place < headline:
        return False
    around = [each for each in _around(element) if each.tag not in ("body", "html")]
    return any(each in around for each in _around(blocks[headline].element))


def _around(element: Any) -> list[Any]:
    return list(element.iterancestors())[:3]


def _may_sign(
    blocks: Sequence[Block], mark: Mark, headline: int | None, text: Sequence[int], *, at_headline: bool
) -> bool:
    if at_headline:
        return _is_at_headline(blocks, mark.place, mark.element, headline, text)
    return bool(text) and text[-1] < mark.place <= text[-1] + BEHIND


def _words(element: Any) -> str:
    return " ".join(_texts(element))


def _texts(element: Any) -> Iterator[str]:
    for number, words in enumerate(element.itertext()):
        if number > 50:
            return
        yield words
