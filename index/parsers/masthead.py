"""The masthead of a page: what it shows around its headline of the article's authors and date.

A page holds the dates of much else: of comments, of other stories, of events, of pictures, of its last change. So a
date or a name counts only directly at the headline, or if the markup says what it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from index.article import UNKNOWN, Found
from index.metadata import first_known, found
from index.parsers.dates import dates_in, iso_date
from index.parsers.labels import COPYRIGHT, DIGIT, EVENT, Labels, is_otherwise, is_published, labels_of
from index.parsers.names import BY, byline_authors
from index.parsers.outline import Block, Mark, Outline, names_of
from index.sentence_ends import SENTENCE_END

# Blocks above and below a headline that may hold its by-line and its date.
ABOVE: Final = 3
BELOW: Final = 12
LONGEST_LINE: Final = 200
LONGEST_BYLINE: Final = 120
# Blocks below the text that may hold a by-line.
BEHIND: Final = 3
MOST_AUTHORS: Final = 10

PUBLICATION: Final = re.compile(
    r"(?:^|[\s_-])(?:published|publish(?:ed)?-?(?:date|time)|pub-?date|entry-?date|post(?:ed)?-?(?:date|on)|date-?published|dt-published|publicado|publisert)(?:$|[\s_-])",
    re.IGNORECASE,
)
OTHER_DATE: Final = re.compile(
    r"(?:^|[\s_-])(?:updated|modified|event|dt-?start|start-?date|end-?date|expires?|deadline)(?:$|[\s_-])",
    re.IGNORECASE,
)
OTHER_PROPERTIES: Final = frozenset(
    "datemodified startdate enddate uploaddate datecreated validthrough expires doortime".split()
)
META_NAMES: Final = re.compile(
    r"(?:^|[\s_-])(?:by-?lines?|meta(?:data)?|date(?:line)?|time(?:stamp)?|posted|published|authors?|info)(?:$|[\s_-])",
    re.IGNORECASE,
)
CLOCK: Final = re.compile(r"[\s,T–-]{0,4}(?:kl\.?|um|at|à)?\s?\d{1,2}[:.h]\d{2}", re.IGNORECASE)
# Words in front of the day of an event or the end of a period.
OF_ANOTHER_DAY: Final = re.compile(
    r"(?:\b(?:on|am|den|der|le|el|il|bis|vom|ab|until|till|from|to|since|before|after|by|through|born|til|fra|au|du|al|hasta|desde|jusqu'au)|\d\s?[–—-])\s{0,2}\Z",
    re.IGNORECASE,
)
DATED_PATH: Final = re.compile(r"/(\d{4})([/-]?)(\d{2}|(?<=[/-])\d)\2(\d{2}|(?<=[/-])\d)(?=[/._-]|\Z)")
EVENT_PATH: Final = re.compile(
    r"/(?:events?|calendar|agenda|kalender|whats-on|arrangement(?:er)?|termine|veranstaltung(?:en)?)/", re.IGNORECASE
)
# A page may be dated by the visitor's time zone, its address by the publisher's.
DAYS_APART: Final = 2


@dataclass(frozen=True, slots=True)
class Masthead:
    """The part of a page around its headline.

    Attributes:
        outline: the page.
        headline: the number of its block, None if there is none.
        first, last: the numbers of the blocks that the running text begins and ends with, None if there is none.
        holder: the smallest element around all of the text.
    """

    outline: Outline
    headline: int | None
    first: int | None
    last: int | None
    holder: Any

    def published(self) -> Found:
        """Return the date of publication by the page's `<time>` elements and what is marked up like them."""
        near, elsewhere = UNKNOWN, UNKNOWN
        for mark in self.outline.times:
            day, is_so_called = _stamped(mark), _is_publication(mark)
            if day is None or is_so_called is False:
                continue
            if mark.apart and not (is_so_called and _is_in_articles_footer(mark.element)):
                continue
            if self._is_here(mark.place, mark.element):
                if is_so_called:
                    return Found(day, "time element")
                near = first_known(near, Found(day, "time element"))
            elif is_so_called and (self.last is None or mark.place <= self.last + BEHIND):
                elsewhere = first_known(elsewhere, Found(day, "time element"))
        return first_known(near, elsewhere)

    def lines(self) -> Labels:
        """Return the metadata in those lines at the headline that hold nothing else."""
        return labels_of([block.words for block in self._lines()])

    def date_beside(self) -> Found:
        """Return the one date in a line at the headline that holds other words too, such as a name or a section.

        That it dates the article shows in a time of day beside it, in a name in front of it, or in what the markup
        calls it.
        """
        lines = self._lines()
        if any(EVENT.match(block.words) for block in lines):
            return UNKNOWN
        for block in lines:
            days = list(dates_in(block.words))
            if len(days) != 1 or COPYRIGHT.search(block.words) or SENTENCE_END.search(block.words):
                continue
            day, span = days[0]
            before, after = block.words[: span.start], block.words[span.end :]
            updated = is_otherwise(after) and not DIGIT.search(after)
            if updated or _last_said(before) is False or OF_ANOTHER_DAY.search(before):
                continue
            if OTHER_DATE.search(names_of(block.element)):
                continue
            around = [each for each in (block.element, block.element.getparent()) if each is not None]
            if CLOCK.match(after) or BY.match(before) or any(META_NAMES.search(names_of(each)) for each in around):
                return Found(day, "line at the headline")
        return UNKNOWN

    def authors(self) -> Found:
        """Return the names of the people whom the markup calls authors, at the headline or below the text."""
        for is_here in (self._is_here, self._is_below):
            names: list[str] = []
            for mark in self.outline.bylines:
                authors = None if mark.apart or not is_here(mark.place, mark.element) else self._named(mark)
                names += [name for name in (authors or "").split(", ") if name and name not in names]
            if names:
                return found(", ".join(names[:MOST_AUTHORS]), "byline")
        return UNKNOWN

    def _lines(self) -> list[Block]:
        """Return the short blocks at the headline, but not the headline."""
        return [
            block
            for place, block in enumerate(self.outline.blocks)
            if place != self.headline
            and not block.apart
            and len(block.words) <= LONGEST_LINE
            and self._is_here(place, block.element)
        ]

    def _is_here(self, place: int, element: Any) -> bool:
        """Return whether a place is between headline and text, or above the headline in the same part of the page."""
        first, headline = self.first, self.headline
        if headline is None:
            return first is not None and first - ABOVE <= place < first
        if headline <= place < headline + BELOW and (first is None or first <= headline or place < first):
            return True
        if first is not None and max(headline, first - ABOVE) <= place < first:
            return True
        return headline - ABOVE <= place < headline and _is_beside(element, self.outline.blocks[headline].element)

    def _is_below(self, place: int, element: Any) -> bool:
        """Return whether a place is behind the text and within the element around it, unless that is the whole page."""
        if self.last is None or self.holder is None or not self.last < place <= self.last + BEHIND:
            return False
        around = [each for each in (self.holder, self.holder.getparent()) if each is not None]
        return any(each in element.iterancestors() for each in around if each.tag not in ("body", "html"))

    def _named(self, mark: Mark) -> str | None:
        """Return the people in a by-line, or in its first line if a job title follows on a line of its own."""
        words = " ".join(_words(mark.element).split())
        if len(words) <= LONGEST_BYLINE and (authors := byline_authors(words)):
            return authors
        block = self.outline.blocks[mark.place] if mark.place < len(self.outline.blocks) else None
        if block is None or block.element is not mark.element or len(block.rows) < 2:
            return None
        return byline_authors(block.rows[0][:LONGEST_BYLINE])


def date_in_url(url: Found) -> Found:
    """Return the day in an address, as '/2022/01/21/' or '/2022-01-21-', unless it is that of an event."""
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
    """Return whether the markup calls a time that of publication; None if it calls it nothing."""
    element = mark.element
    names = names_of(element)
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
    if parent is not None and OTHER_DATE.search(names_of(parent)):
        return False
    return None


def _last_said(words: str) -> bool | None:
    """Return whether words in front of a date call it that of publication; None if they say nothing of it."""
    for word in reversed(words.split()):
        if is_published(word):
            return True
        if is_otherwise(word):
            return False
    return None


def _is_in_articles_footer(element: Any) -> bool:
    around = [each.tag for each in element.iterancestors()]
    if not {"nav", "aside", "form"}.isdisjoint(around) or "footer" not in around:
        return False
    return "article" in around[around.index("footer") :]


def _is_beside(element: Any, headline: Any) -> bool:
    """Return whether two elements are in the same part of a page."""
    around = [each for each in _around(element) if each.tag not in ("body", "html")]
    return any(each in around for each in _around(headline))


def _around(element: Any) -> list[Any]:
    return list(element.iterancestors())[:3]


def _words(element: Any) -> str:
    return " ".join(_texts(element))


def _texts(element: Any) -> Iterator[str]:
    for number, words in enumerate(element.itertext()):
        if number > 50:
            return
        yield words
