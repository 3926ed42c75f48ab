"""Citations, made and proved.

A quote is shown only if it stands, letter for letter, at its place in the article's text, and that text is the one
that was read when the index was built.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from sys import getsizeof
from typing import Final
from urllib.parse import urlsplit

import regex

from index.article import Span, page_at
from index.generation.catalog import ArticleHead, Catalog
from index.parsers.registry import parser_of
from index.passage_rules import prefixed
from index.sentences import sentences
from retrieval.answer import Citation, Hit
from retrieval.errors import RetrievalError
from retrieval.snippet.text_fragment import link_to

# Bytes of cached texts: some two thousand articles of 4 KB.
_ROOM: Final = 8_000_000
# Archives of the web hold each file with the address it was fetched from.
_IN_WEB_ARCHIVE: Final = regex.compile(r"\.(?:warc|warc\.gz|wacz)/", regex.IGNORECASE)


class CitationError(RetrievalError):
    """Raised for a quote that does not stand where it should: the index is damaged. The quote is not shown."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Text of an article that is known to be the one that was indexed. Made by `check_text` alone."""

    text: str


class CheckedTexts:
    """Texts of a generation, each compared with its SHA-256 whenever it is read from the catalog.

    A generation never changes, so a text that is asked for again soon is neither read nor compared again.

    Parameters:
        room: bytes of memory for the cached texts.
    """

    def __init__(self, catalog: Catalog, room: int = _ROOM) -> None:
        self._catalog = catalog
        self._room = room
        self._lock = threading.Lock()
        self._cached: OrderedDict[int, Checked] = OrderedDict()
        self._size = 0

    def of(self, article: ArticleHead) -> Checked:
        """Return the text of an article.

        Raises:
            CitationError: if it is not the one that was read.
        """
        with self._lock:
            if (checked := self._cached.get(article.number)) is not None:
                self._cached.move_to_end(article.number)
                return checked
        text, sha256 = self._catalog.text(article.number)
        checked = check_text(article.id, text, sha256)
        with self._lock:
            if article.number not in self._cached:
                self._cached[article.number] = checked
                self._size += getsizeof(text)
            while self._size > self._room:
                _, oldest = self._cached.popitem(last=False)
                self._size -= getsizeof(oldest.text)
        return checked


@dataclass(frozen=True, slots=True)
class Quoted:
    """A hit with the text of its article, and the sentences of its passage in order."""

    hit: Hit
    checked: Checked
    sentences: tuple[Span, ...]

    @property
    def quote(self) -> str:
        """Return the words of the passage."""
        return self.hit.passage.span.of(self.checked.text)

    @property
    def prefixed(self) -> str:
        """Return the passage as it was indexed: with its title and heading in front."""
        return prefixed(self.hit.article.title, self.hit.passage.heading, self.quote)


def quoted(texts: CheckedTexts, hit: Hit) -> Quoted:
    """Return a hit with the text of its article.

    Raises:
        CitationError: if that is not the one that the index was built from.
    """
    checked = texts.of(hit.article)
    return Quoted(hit, checked, sentences(checked.text, hit.passage.span, hit.article.language))


def cite(
    hit: Hit,
    checked: Checked,
    highlights: Sequence[Span],
    brief: Span | None = None,
    answer: Span | None = None,
) -> Citation:
    """Return the citation of a hit.

    Parameters:
        checked: the article's text.
        highlights: the sentences that answer; each must lie within the passage.
        brief: the part to show where there is little room; it must lie within the passage and hold every highlight.
        answer: the shortest answer; it must lie within the highlights.

    Raises:
        CitationError: if a span does not lie within it.
    """
    span, text = hit.passage.span, checked.text
    quote = span.of(text)
    shown = span if brief is None else brief
    whole = span.holds(shown) and all(shown.holds(highlight) for highlight in highlights)
    if answer is not None:
        whole = whole and bool(highlights) and Span(highlights[0].start, highlights[-1].end).holds(answer)
    if len(quote) != len(span) or not shown.of(text).strip() or not whole:
        raise CitationError(
            f"passage {hit.passage.number} of {hit.article.id!r} is not where it should be: "
            "rebuild it with `python -m index build --clean`"
        )
    article = hit.article
    # That of the answer, which may be a page after the one on which the passage begins.
    page = page_at(article.path, text, highlights[0].start if highlights else span.start)
    return Citation(
        rank=hit.rank,
        article_id=article.id,
        title=article.title,
        source=article.source,
        published=article.published,
        url=article.url,
        path=article.path,
        start=span.start,
        end=span.end,
        quote=quote,
        highlights=tuple(highlights),
        paragraph=hit.passage.paragraph,
        score=hit.score,
        link=_link(article, text, span, page) if article.url else "",
        also_in=hit.also_in,
        brief=brief,
        answer=answer,
        page=page,
    )


def _link(article: ArticleHead, text: str, span: Span, page: int | None) -> str:
    """Return an article's address with a fragment that leads to the quote: in a PDF the page (RFC 8118).

    The address of a PDF that a browser printed is that of the page it printed.
    """
    url = article.url or ""
    if page is not None and (_IN_WEB_ARCHIVE.search(article.path) or urlsplit(url).path.lower().endswith(".pdf")):
        return f"{url.partition('#')[0]}#page={page}"
    return link_to(url, text, span, markdown=parser_of(article.path) == "markdown")


def check_text(article_id: str, text: str, text_sha256: str) -> Checked:
    """Check that a text from the catalog is the one that was indexed.

    Raises:
        CitationError: if it is not.
    """
    if sha256(text.encode()).hexdigest() != text_sha256:
        raise CitationError(f"the text of {article_id!r} was altered: rebuild it with `python -m index build --clean`")
    return Checked(text)
