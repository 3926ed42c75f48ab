"""The parser of `.html`: the main text of a page. The article's text is the extracted text."""

import re
from html import unescape
from typing import TYPE_CHECKING, Final

from index.article import UNKNOWN, Article, Span
from index.clutter.marking import parts_of
from index.clutter.walls import WALL, is_wall
from index.metadata import first_known, found, host_of, language
from index.parsers.charset import decode
from index.parsers.front_matter import check_published, front_matter
from index.parsers.headline import headline_of, page_title_of
from index.parsers.hidden import drop_hidden
from index.parsers.html_metadata import DeclaredMetadata, declared_metadata, saved_from
from index.parsers.html_text import MainText
from index.parsers.labels import labels, top_lines
from index.parsers.lead import lead, title_of
from index.parsers.lines import union
from index.parsers.masthead import Masthead, agreeing, date_in_url
from index.parsers.outline import names_of, outline
from index.parsers.parsed import Parsed, UnreadableError, storable
from index.parsers.prose import is_article, letters_of
from index.parsers.registry import check_no_bookmarks
from index.parsers.tree import parse_html, tree_text

if TYPE_CHECKING:
    from lxml.html import HtmlElement

NO_ARTICLE: Final = "no article found in the page"
# The largest encyclopaedia pages have a tenth of it; trafilatura takes some 20 s for as many.
MOST_ELEMENTS: Final = 250_000
# If JSON-LD has so many times the letters of the page's own text, the page shows only a part of the article.
FULLER: Final = 2

CHARSET: Final = re.compile(
    rb"<meta[^>]{0,300}?charset\s{0,3}=\s{0,3}[\"']?\s{0,3}([\w:.-]{2,40})|<\?xml[^>]{0,100}?encoding=[\"']([\w:.-]{2,40})",
    re.IGNORECASE,
)
# Bytes in which a charset is looked for. Browsers look in 1,024
# (https://html.spec.whatwg.org/multipage/parsing.html#determining-the-character-encoding); some pages put it behind
# their styles.
HEAD: Final = 8192
# Around these a form for a password is not what the page is about.
BESIDE: Final = frozenset("header nav aside footer dialog".split())
BESIDE_NAMES: Final = re.compile(
    r"(?:^|[\s_-])(?:modal|pop-?up|overlay|lightbox|drawer|dropdown|sidebar|header|top-?bar)(?:$|[\s_-])", re.IGNORECASE
)
TAG: Final = re.compile(r"<(?:p|br|div)\b|</\w+>", re.IGNORECASE)


def read(path: str, raw: bytes) -> Parsed:
    """Parse the one article in an HTML page.

    Raises:
        UnreadableError: if it is empty, not text, too large to be looked at, or holds no article.
    """
    # Browsers ignore NUL in a page (https://html.spec.whatwg.org/multipage/parsing.html#parsing-main-inbody).
    source = storable(decode(raw, _charset(raw), nul=""))
    check_no_bookmarks(source)
    check_published(path, front_matter(source))
    tree = parse_html(source)
    elements = sum(1 for _ in tree.iter())
    if elements > MOST_ELEMENTS:
        raise UnreadableError(f"a page of {elements:,} elements, the limit is {MOST_ELEMENTS:,}")
    try:
        return Parsed((_article(path, tree, source),))
    except UnreadableError:
        raise
    except Exception as error:  # whatever a hostile page drives the parsers to, it must not end the build
        raise UnreadableError(f"the page cannot be taken apart: {type(error).__name__}") from error


def _article(path: str, tree: "HtmlElement", source: str) -> Article:
    drop_hidden(tree)
    shown = outline(tree)
    page_title = page_title_of(tree)
    known = declared_metadata(tree, page_title, [block.words for block in shown.blocks if block.is_heading])
    body = MainText(tree, shown.blocks)
    first = body.first()
    headline, title = headline_of(shown.blocks, page_title, known.titles, known.source, first)
    text, headings = _text(body, known, headline, tree)
    if is_wall(text):
        raise UnreadableError(WALL)
    labelled = labels(text, top_lines(text, headings))
    spoken = language(text, known.language, text_knows_better=True)
    parts = parts_of(text)
    opening = lead(text, parts, union([*headings, *labelled.spans]), spoken.value)
    url = first_known(known.url, labelled.url, saved_from(source))
    masthead = Masthead(shown, headline, first, max(body.places, default=None), body.holder())
    said = masthead.lines()
    dated = first_known(
        masthead.published(), said.published, labelled.published, masthead.date_beside(), opening.published
    )
    return Article(
        id=path,
        path=path,
        text=text,
        title=first_known(title, found(title_of(opening.words(text)), "lead sentence")),
        url=url,
        source=first_known(known.source, labelled.source, opening.source, host_of(url)),
        author=first_known(known.author, masthead.authors(), said.author, labelled.author),
        published=first_known(known.published, UNKNOWN if known.is_event else agreeing(dated, date_in_url(url))),
        language=spoken,
        headings=headings,
        outside=tuple(labelled.spans),
        parts=parts,
    )


def _charset(raw: bytes) -> str | None:
    match = CHARSET.search(raw[:HEAD])
    return match and (match[1] or match[2]).decode("ascii", errors="replace")


def _text(
    body: MainText, known: DeclaredMetadata, headline: int | None, tree: "HtmlElement"
) -> tuple[str, tuple[Span, ...]]:
    """Return the article's text and its headings: the page's own, or JSON-LD's if the page shows only a part of it.

    Raises:
        UnreadableError: if neither is an article.
    """
    is_login = _asks_for_password(tree, body)
    body.restore(headline)
    text, headings = body.text()
    given = _given(known.body)
    if given[0] and (not body.places or letters_of(given[0]) >= FULLER * letters_of(text)):
        text, headings = given
    if is_article(text, headings, declared=known.declared, is_login=is_login):
        return text, headings
    if known.declared and not is_login:
        body.read_as_shown(headline)
        text, headings = body.text()
        if is_article(text, headings, declared=True):
            return text, headings
    raise UnreadableError(NO_ARTICLE)


def _given(body: str) -> tuple[str, tuple[Span, ...]]:
    """Return the text of JSON-LD, which some sites write in HTML, and the spans of its headings."""
    body = storable(unescape(body)).strip()
    return tree_text(parse_html(f"<div>{body}</div>")) if TAG.search(body) else (body, ())


def _asks_for_password(tree: "HtmlElement", body: MainText) -> bool:
    """Return whether a form for a password stands within the text, not in a separate part of the page."""
    field = next((field for field in tree.iter("input") if (field.get("type") or "").lower() == "password"), None)
    if field is None:
        return False
    around = list(field.iterancestors())
    if any(each.tag in BESIDE or BESIDE_NAMES.search(names_of(each)) for each in around):
        return False
    return body.holder() in (None, *around)
