"""The parser of `.html`: the main text of a page. The article's text is the extracted text.

A page holds an article if its text has enough prose in any script, or verse.
"""

import re
import unicodedata
from collections.abc import Sequence
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING, Final

from index.article import UNKNOWN, Article, Span
from index.clutter.marking import parts_of
from index.clutter.walls import WALL, is_wall
from index.metadata import first_known, language
from index.parsers.charset import decode
from index.parsers.document import Document
from index.parsers.front_matter import check_published, front_matter
from index.parsers.headline import headline_of, page_title_of
from index.parsers.html_metadata import DeclaredMetadata, declared_metadata, saved_from
from index.parsers.html_text import MainText
from index.parsers.labels import labels, top_lines
from index.parsers.masthead import Masthead, agreeing, date_in_url
from index.parsers.outline import drop_hidden, names_of, outline
from index.parsers.parsed import Parsed, UnreadableError, storable
from index.parsers.registry import BOOKMARKS
from index.parsers.tree import fragment_text, parse_html
from index.sentence_ends import SENTENCE_END, is_mostly_unmarked

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# The first line of the bookmarks that every browser writes.
BOOKMARKS_START: Final = re.compile(r"\s{0,100}<!DOCTYPE\s+NETSCAPE-Bookmark-file", re.IGNORECASE)
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
# Letters in paragraphs that end as sentences; the sentences of a menu or a form have fewer than a short report.
FEWEST_LETTERS: Final = 140
FEWEST_LETTERS_IN_PARAGRAPHS: Final = 100
FEWEST_LETTERS_DECLARED: Final = 60
# Around a form for a password there is more to say, but in one paragraph: who may log in, what was forgotten.
FEWEST_LETTERS_OF_LOGIN: Final = 250
FEWEST_LETTERS_OF_LOGIN_DECLARED: Final = 140
FEWEST_PARAGRAPHS_OF_LOGIN: Final = 2
# A Chinese or Japanese character, or a Korean syllable, says as much as so many letters.
LETTERS_OF_IDEOGRAPH: Final = 3
# The fewest lines of a stanza, and the characters of its longest line.
FEWEST_LINES_OF_VERSE: Final = 3
LONGEST_LINE_OF_VERSE: Final = 90
LISTED: Final = re.compile(r"\A- | \| ")
# Enough of a text to tell.
SAMPLE: Final = 20_000

IDEOGRAPHS: Final = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]")


def read(path: str, raw: bytes) -> Parsed:
    """Parse the one article in an HTML page.

    Raises:
        UnreadableError: if it is empty, not text, too large to be looked at, or holds no article.
    """
    # Browsers ignore NUL in a page (https://html.spec.whatwg.org/multipage/parsing.html#parsing-main-inbody).
    source = storable(decode(raw, _charset(raw), nul=""))
    if BOOKMARKS_START.match(source):
        raise UnreadableError(BOOKMARKS)
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
    document = Document(path, text, spoken, parts_of(text), headings, tuple(labelled.spans))
    opening = document.lead()
    url = first_known(known.url, labelled.url, saved_from(source))
    masthead = Masthead(shown, headline, first, max(body.places, default=None), body.holder())
    said = masthead.lines()
    dated = first_known(
        masthead.published(), said.published, labelled.published, masthead.date_beside(), opening.published
    )
    return document.article(
        title=first_known(title, document.lead_title(opening)),
        url=url,
        source=first_known(known.source, labelled.source, opening.source),
        author=first_known(known.author, masthead.authors(), said.author, labelled.author),
        published=first_known(known.published, UNKNOWN if known.is_event else agreeing(dated, date_in_url(url))),
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
    return fragment_text(body) if TAG.search(body) else (body, ())


def _asks_for_password(tree: "HtmlElement", body: MainText) -> bool:
    """Return whether a form for a password stands within the text, not in a separate part of the page."""
    field = next((field for field in tree.iter("input") if (field.get("type") or "").lower() == "password"), None)
    if field is None:
        return False
    around = list(field.iterancestors())
    if any(each.tag in BESIDE or BESIDE_NAMES.search(names_of(each)) for each in around):
        return False
    return body.holder() in (None, *around)


def is_article(text: str, headings: Sequence[Span], *, declared: bool, is_login: bool = False) -> bool:
    """Return whether `text` holds an article's worth of prose or verse.

    Parameters:
        headings: their spans, which do not count.
        declared: whether its page says that it is an article.
        is_login: whether a form for a password is within it.
    """
    fewest = FEWEST_LETTERS_DECLARED if declared else FEWEST_LETTERS
    if is_login:
        fewest = FEWEST_LETTERS_OF_LOGIN_DECLARED if declared else FEWEST_LETTERS_OF_LOGIN
    titles = {span.of(text) for span in headings}
    letters = paragraphs = 0
    for block in text.split("\n\n"):
        if block not in titles and (_is_prose(block) or _is_verse(block)):
            letters += letters_of(block)
            paragraphs += 1
            enough = FEWEST_LETTERS_IN_PARAGRAPHS if fewest == FEWEST_LETTERS and paragraphs > 1 else fewest
            if letters >= enough and (not is_login or paragraphs >= FEWEST_PARAGRAPHS_OF_LOGIN):
                return True
    return False


def letters_of(text: str) -> int:
    """Return how many letters of an alphabet say as much as `text`; vowel signs count as letters."""
    sample = text[:SAMPLE]
    letters = sum(character.isalpha() or unicodedata.category(character)[0] == "M" for character in sample)
    letters += (LETTERS_OF_IDEOGRAPH - 1) * len(IDEOGRAPHS.findall(sample))
    return letters * max(1, len(text)) // max(1, len(sample))


def _is_prose(block: str) -> bool:
    return SENTENCE_END.search(block[-20:]) is not None or is_mostly_unmarked(block)


def _is_verse(block: str) -> bool:
    """Return whether a block is lines broken by hand, as a stanza is; lines of a list begin with a mark."""
    lines = list(islice((line for line in block.split("\n") if line.strip()), 200))
    return (
        len(lines) >= FEWEST_LINES_OF_VERSE
        and all(len(line) <= LONGEST_LINE_OF_VERSE and not LISTED.search(line) for line in lines)
        and sum(len(line.split()) >= 3 for line in lines) * 2 > len(lines)
    )
