"""The values that the packages pass to each other: spans, articles, passages.

All offsets are counted in code points of an article's `text` and are half open, `[start, end)`.
"""

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open stretch `[start, end)` of code points of one text.

    Raises:
        ValueError: if `start` is negative or `end` lies before `start`.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"span [{self.start}, {self.end}) is not within a text")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """Return the words that stand in `text` at this span."""
        return text[self.start : self.end]

    def holds(self, other: "Span") -> bool:
        """Return whether `other` lies wholly within this span."""
        return self.start <= other.start and other.end <= self.end

    def meets(self, other: "Span") -> bool:
        """Return whether the two spans share at least one code point."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Found:
    """One piece of metadata and the place it was found in.

    `value` is None if it was not found, and `where` is then 'unknown': metadata are never guessed.
    """

    value: str | None
    where: str


UNKNOWN: Final = Found(None, "unknown")


@dataclass(frozen=True, slots=True)
class Metadata:
    """The metadata that something says of an article."""

    title: Found = UNKNOWN
    author: Found = UNKNOWN
    source: Found = UNKNOWN
    url: Found = UNKNOWN
    published: Found = UNKNOWN
    language: Found = UNKNOWN


# Ends a page in the text of a document with pages, as in the output of pdftotext.
PAGE_BREAK: Final = "\f"
_PAGED: Final = ".pdf"


def page_at(path: str, text: str, offset: int) -> int | None:
    """Return the number of the page, from 1, that holds a place in an article's text; None if the article has no pages.

    Parameters:
        path: the article's.
        offset: code points of `text`.
    """
    return 1 + text.count(PAGE_BREAK, 0, offset) if path.lower().endswith(_PAGED) else None


@dataclass(frozen=True, slots=True)
class Clutter:
    """One paragraph of a page that is not the article.

    Attributes:
        span: its place in the text, without surrounding white space.
        kind: 'credit' for who made a picture, 'caption' for what it shows, else 'other'.
    """

    span: Span
    kind: str


@dataclass(frozen=True, slots=True)
class Parts:
    """The paragraphs of a text, and which of them are clutter; both in order.

    Attributes:
        margins: the log-odds of each paragraph beyond the limit for clutter; above 0 for clutter.
    """

    paragraphs: tuple[Span, ...]
    clutter: tuple[Clutter, ...]
    margins: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """One text with its metadata.

    Attributes:
        id: unique within the seeds: a `.jsonl` line's own id, a feed entry's, else the file's path.
        path: the file it came from, relative to the seeds, with '/' between folders.
        text: the canonical text; every offset in the program counts code points of it.
        title, url, source, author: each with the place it was found in.
        published: ISO 8601, `YYYY-MM-DD` or with a time, `YYYY-MM-DDTHH:MM:SS+00:00`.
        language: ISO 639-1 code, such as 'en'.
        headings: spans of the lines that head a section; no passage runs across one.
        outside: spans that its format says are not the article, such as front matter.
        parts: of its text, where a parser has looked for them; they follow from the text.
    """

    id: str
    path: str
    text: str
    title: Found = UNKNOWN
    url: Found = UNKNOWN
    source: Found = UNKNOWN
    author: Found = UNKNOWN
    published: Found = UNKNOWN
    language: Found = UNKNOWN
    headings: tuple[Span, ...] = ()
    outside: tuple[Span, ...] = ()
    parts: Parts | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of retrieval: a span of whole sentences that fits the encoder's window.

    Attributes:
        span: its place in the article's text.
        heading: the section heading above it, '' if there is none.
        paragraph: which paragraph of the article it begins in, the first being 1.
    """

    span: Span
    heading: str = ""
    paragraph: int = 1
