"""Reads `.html`: the main text of a page. The article's text is the extracted text."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from index.article import UNKNOWN, Article, Span
from index.metadata import first_known, found, host_of, language
from index.readers.body import Body
from index.readers.decoding import decode
from index.readers.headline import headline_of, page_title_of
from index.readers.labels import labels
from index.readers.lead import TOP, lead, title_of
from index.readers.lines import joined, lines, trimmed
from index.readers.masthead import agreeing, author_of, date_in_url, lines_at, published_of, said_by
from index.readers.outline import Outline, outline
from index.readers.page import Page, page, saved_from
from index.readers.prose import is_article, letters_of
from index.readers.reading import Reading, UnreadableError, sound
from index.readers.seen import without_unseen
from index.readers.tree import parsed, written

if TYPE_CHECKING:
    from lxml.html import HtmlElement

NO_ARTICLE: Final = "no article found in the page"
# The largest encyclopaedia pages have a tenth of it; trafilatura takes some 20 s for as many.
MOST_ELEMENTS: Final = 250_000
# JSON-LD that has so many times the letters of the page's own text has the article, and the page a part of it.
FULLER: Final = 2

CHARSET: Final = re.compile(
    rb"<meta[^>]{0,300}?charset\s{0,3}=\s{0,3}[\"']?\s{0,3}([\w:.-]{2,40})|<\?xml[^>]{0,100}?encoding=[\"']([\w:.-]{2,40})",
    re.IGNORECASE,
)
# Browsers look for it no further (https://html.spec.whatwg.org/multipage/parsing.html#prescan-a-byte-stream-to-determine-its-encoding
# asks for 1024); some pages put it behind their styles.
HEAD: Final = 8192
TAG: Final = re.compile(r"<(?:p|br|div)\b|</\w+>", re.IGNORECASE)


def read(path: str, raw: bytes) -> Reading:
    """The one article in an HTML page.

    Raises:
        UnreadableError: if it is empty, not text, too large to be looked at, or holds no article.
    """
    # A browser passes over NUL in a page (https://html.spec.whatwg.org/multipage/parsing.html#parsing-main-inbody).
    source = sound(decode(raw, _charset(raw), nul=""))
    tree = parsed(source)
    elements = sum(1 for _ in tree.iter())
    if elements > MOST_ELEMENTS:
        raise UnreadableError(f"a page of {elements:,} elements, the limit is {MOST_ELEMENTS:,}")
    try:
        return Reading((_article(path, tree, source),))
    except UnreadableError:
        raise
    except Exception as error:  # whatever a hostile page drives the parsers to, it must not end the build
        raise UnreadableError(f"the page cannot be taken apart: {type(error).__name__}") from error


def _article(path: str, tree: "HtmlElement", source: str) -> Article:
    without_unseen(tree)
    shown = outline(tree)
    page_title = page_title_of(tree)
    known = page(tree, page_title, [block.words for block in shown.blocks if block.is_heading])
    body = Body(tree, shown.blocks)
    first = next((place for place in body.places if not shown.blocks[place].is_heading), None)
    headline, title = headline_of(shown.blocks, page_title, known.titles, known.source, first)
    body.restore(headline)
    text, headings = _text(body, known, shown, tree)
    top = [trimmed(text, line) for line in lines(text[:TOP]) if line.of(text).strip()]
    labelled = labels(text, [line for line in top if line not in headings])
    spoken = language(text, known.language, text_knows_better=True)
    opening = lead(text, joined([*headings, *labelled.spans]), spoken.value)
    url = first_known(known.url, labelled.url, saved_from(source))
    author, day = said_by(lines_at(shown, headline, body.places))
    visible = published_of(shown, headline, body.places)
    dated = UNKNOWN if known.is_event else first_known(visible, day, labelled.published, opening.published)
    return Article(
        id=path,
        path=path,
        text=text,
        title=first_known(title, found(title_of(opening.words(text)), "lead sentence")),
        url=url,
        source=first_known(known.source, labelled.source, opening.source, host_of(url)),
        author=first_known(known.author, author_of(shown, headline, body.places), author, labelled.author),
        published=first_known(known.published, agreeing(dated, date_in_url(url))),
        language=spoken,
        headings=headings,
        outside=tuple(labelled.spans),
    )


def _charset(raw: bytes) -> str | None:
    match = CHARSET.search(raw[:HEAD])
    return match and (match[1] or match[2]).decode("ascii", errors="replace")


def _text(body: Body, known: Page, shown: Outline, tree: "HtmlElement") -> tuple[str, tuple[Span, ...]]:
    """The article's text and its headings: the page's own, or where that is not all of it, JSON-LD's.

    Raises:
        UnreadableError: if neither is an article.
    """
    text, headings = body.text()
    given = _given(known.body)
    if given[0] and letters_of(given[0]) >= FULLER * letters_of(text):
        text, headings = given
    password = next((field for field in tree.iter("input") if (field.get("type") or "").lower() == "password"), None)
    paragraphs = [shown.blocks[place].element for place in body.places]
    beside = password is not None and _holds(paragraphs, password)
    if not is_article(text, headings, declared=known.declared, is_login=beside):
        raise UnreadableError(NO_ARTICLE)
    return text, headings


def _given(body: str) -> tuple[str, tuple[Span, ...]]:
    """The text that JSON-LD gives, which some sites write in HTML."""
    from html import unescape

    body = sound(body).strip()
    if TAG.search(body):
        return written(parsed(f"<div>{body}</div>"))
    return unescape(body).strip(), ()


def _holds(paragraphs: Iterable["HtmlElement"], field: "HtmlElement") -> bool:
    """Whether the smallest element around all the paragraphs holds the field as well."""
    common: list[HtmlElement] | None = None
    for paragraph in paragraphs:
        around = list(paragraph.iterancestors())[::-1]
        if common is None:
            common = around
        else:
            same = next((n for n, (one, other) in enumerate(zip(common, around, strict=False)) if one is not other), None)
            common = common[: min(len(common), len(around)) if same is None else same]
    return not common or common[-1] in field.iterancestors()
