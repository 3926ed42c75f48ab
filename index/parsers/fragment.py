"""HTML in a field of something else: of a feed, a JSON object, an export."""

import re
from html import unescape
from typing import Final

from index.article import Span
from index.parsers.lines import split_at_marks
from index.parsers.parsed import storable
from index.parsers.tree import parse_html, tree_text

_TAGS: Final = "|".join(
    (
        "p div span a b i u s em strong small sub sup ul ol li dl dt dd h1 h2 h3 h4 h5 h6 table thead tbody tr td th "
        "blockquote pre code script style section article header footer figure figcaption iframe center font cite"
    ).split()
)
# Tags that only HTML has: closing ones, void ones, and those with attributes; not 'a < b' or '<a>'.
MARKUP: Final = re.compile(
    rf"</(?:{_TAGS})\s{{0,9}}>|<(?:br|hr|p|img)\s{{0,9}}/?>|<(?:{_TAGS}|img|br|hr)\s[^<>]{{0,2000}}?=[^<>]{{0,2000}}>",
    re.IGNORECASE,
)
ENTITY: Final = re.compile(r"&(?:[A-Za-z]{2,8}|#\d{2,6}|#[xX][0-9A-Fa-f]{2,5});")
CODE: Final = re.compile(r"`[^`\n]{1,500}`")
PARAGRAPHS: Final = re.compile(r"<(?:p|br|div|li)\b", re.IGNORECASE)
BLOCK: Final = re.compile(
    r"\s*</?(?:p|div|h[1-6]|ul|ol|li|dl|table|blockquote|section|article|figure|pre|hr|script|style)\b", re.IGNORECASE
)
BLANK: Final = re.compile(r"\n[ \t\r]*\n\s*")
PREFORMATTED: Final = (re.compile(r"<pre\b", re.IGNORECASE), re.compile(r"</pre\s{0,9}>", re.IGNORECASE))


def is_markup(source: str) -> bool:
    """Return whether `source` is HTML; tags between backticks do not count."""
    return MARKUP.search(CODE.sub("", source) if "`" in source else source) is not None


def render(source: str, *, is_html: bool = False) -> tuple[str, tuple[Span, ...]]:
    """Return the text of HTML and the spans of its headings; plain text stays as it is.

    Parameters:
        is_html: whether it is known to be HTML; else its tags decide.

    Raises:
        UnreadableError: if nothing is left of it, or it holds what the parser would not take.
    """
    if is_html or is_markup(source):
        return tree_text(parse_html(f"<div>{source if PARAGRAPHS.search(source) else with_paragraphs(source)}</div>"))
    return storable(unescape(source) if ENTITY.search(source) else source), ()


def with_paragraphs(source: str) -> str:
    """Put each paragraph into an element, in HTML that parts them by blank lines as WordPress's editor does."""
    pieces = split_at_marks(source, *PREFORMATTED)
    pieces[::2] = ["".join(map(_paragraph, BLANK.split(piece.strip()))) for piece in pieces[::2]]
    pieces[1::2] = [f"<pre{piece}</pre>" for piece in pieces[1::2]]
    return "".join(pieces)


def _paragraph(block: str) -> str:
    return block if not block or BLOCK.match(block) else f"<p>{block.replace(chr(10), '<br>')}</p>"
