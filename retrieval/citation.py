"""Citations, made and proved.

A quote is shown only if it stands, letter for letter, at its place in the article's text, and that text is the one
that was read when the index was built.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

import regex

from index.article import Span, page_at
from index.generation.catalog import ArticleHead
from index.parsers.registry import parser_of
from index.passage_prefix import prefixed
from retrieval.answer import Citation, Hit
from retrieval.errors import RetrievalError
from retrieval.snippet.text_fragment import link_to

# Archives of the web hold each file with the address it was fetched from.
_IN_WEB_ARCHIVE: Final = regex.compile(r"\.(?:warc|warc\.gz|wacz)/", regex.IGNORECASE)


class CitationError(RetrievalError):
    """Raised for a quote that does not stand where it should: the index is damaged. The quote is not shown."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Text of an article that is known to be the one that was indexed. Made by `check_text` alone."""

    text: str


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
