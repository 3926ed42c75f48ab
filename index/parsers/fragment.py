"""HTML that stands in a field of something else: a feed's, a JSON object's, an export's."""

import re
from html import unescape
from typing import Final

from index.article import Span
from index.parsers.lines import parted
from index.parsers.parsed import storable
from index.parsers.tree import parsed, written

_TAGS: Final = "|".join(
    (
        "p div span a b i u s em strong small sub sup ul ol li dl dt dd h1 h2 h3 h4 h5 h6 table thead tbody tr td th "
        "blockquote pre code script style section article header footer figure figcaption iframe center font cite"
    ).split()
)
# Tags as only HTML has them: closing ones, those without one, and those with attributes. 'a < b' and '<a>' are none.
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
    """Whether `source` is HTML; between backticks tags are what a text is about."""
    return MARKUP.search(CODE.sub("", source) if "`" in source else source) is not None


def shown(source: str, *, is_html: bool = False) -> tuple[str, tuple[Span, ...]]:
    """The text that `source` shows, and the spans of its headings; plain text stays what it is.

    Args:
        is_html: whether it is known to be HTML; else it is looked at.

    Raises:
        UnreadableError: if nothing is left of it, or it holds what the parser would not take.
    """
    if is_html or is_markup(source):
        return written(parsed(f"<div>{source if PARAGRAPHS.search(source) else with_paragraphs(source)}</div>"))
    return storable(unescape(source) if ENTITY.search(source) else source), ()


def with_paragraphs(source: str) -> str:
    """HTML whose paragraphs are parted by blank lines, as WordPress's editor keeps it, with an element for each."""
    pieces = parted(source, *PREFORMATTED)
    pieces[::2] = ["".join(map(_paragraph, BLANK.split(piece.strip()))) for piece in pieces[::2]]
    pieces[1::2] = [f"<pre{piece}</pre>" for piece in pieces[1::2]]
    return "".join(pieces)


def _paragraph(block: str) -> str:
    return block if not block or BLOCK.match(block) else f"<p>{block.replace(chr(10), '<br>')}</p>"
