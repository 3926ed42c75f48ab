"""From HTML, of a page or in a field of something else, or a tree of trafilatura, to text and its headings."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Any, Final

from index.article import Span
from index.parsers.lines import split_at_marks
from index.parsers.parsed import UnreadableError, storable

if TYPE_CHECKING:
    from lxml.html import HtmlElement

HEADINGS: Final = frozenset("head h1 h2 h3 h4 h5 h6".split())
ITEMS: Final = frozenset("item li dt dd".split())
ROWS: Final = frozenset("row tr".split())
CELLS: Final = frozenset("cell td th".split())
BREAKS: Final = frozenset("lb br".split())
BLOCKS: Final = (
    HEADINGS
    | ITEMS
    | ROWS
    | frozenset(
        (
            "p div section article blockquote quote ul ol list dl table header footer main aside "
            "address details summary hr body html center pre caption"
        ).split()
    )
)
UNSEEN: Final = frozenset(
    (
        "script style template noscript iframe object embed svg math canvas title meta link form "
        "button select textarea input nav figure figcaption graphic picture video audio img"
    ).split()
)
# Longer text is in a heading's element only for its looks.
LONGEST_HEADING: Final = 300

# Controls and non-characters that XML does not allow; one of them makes a parser give up the whole page.
NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# libxml2 takes quadratic time for the attributes of an element; real ones have a dozen.
MOST_ATTRIBUTES: Final = 2_000
LONG_TAG: Final = re.compile(r"<[A-Za-z][^<>]{4000,}")
QUOTED: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
# Not the code of a script that follows 'a <b'.
ATTRIBUTE: Final = re.compile(r"(?<=\s)[^\s=/<>\"',;(){}\[\]]+(?=[\s=]|\Z)")
TOO_LONG: Final = "a stretch of more than 10 MB without markup, which is not read"
SPACE: Final = re.compile(r"\s+")
SPACES: Final = re.compile(r" {2,}")
BREAK: Final = re.compile(r" ?\n[ \n]*")
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


@dataclass(slots=True)
class BlockWriter:
    """The blocks written so far, and the one being written; `begun` is whether that holds anything but white space."""

    blocks: list[tuple[str, str]] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    begun: bool = False
    bullet: bool = False
    lists: int = 0
    tables: int = 0

    def write(self, words: str | None, *, as_it_is: bool = False) -> None:
        if words:
            self.pieces.append(words if as_it_is else SPACE.sub(" ", words))
            self.begun = self.begun or not words.isspace()

    def end_block(self, kind: str = "") -> None:
        """End the block being written; an empty one leaves no trace."""
        words = SPACES.sub(" ", "".join(self.pieces))
        words = BREAK.sub(lambda match: "\n\n" if match[0].count("\n") > 1 else "\n", words).strip()
        self.pieces.clear()
        self.begun = False
        if not any(character.isalnum() for character in words):
            return
        if self.bullet:
            words = f"- {words}"
            self.bullet = False
        in_lines = "line" if self.lists or self.tables else ""
        self.blocks.append((kind or in_lines, words))

    def end_code(self, code: str) -> None:
        self.end_block()
        if code.strip():
            self.blocks.append(("", code.strip("\r\n").rstrip()))


def parse_html(source: str) -> "HtmlElement":
    """Parse a page or a fragment of HTML.

    Nesting beyond 256 elements is cut off, so that whatever walks the tree may recurse. Controls become spaces.

    Raises:
        UnreadableError: if nothing is left of it, or it holds what the parser would not take or take too long for.
    """
    from lxml import etree, html

    for stretch in LONG_TAG.finditer(source):
        names = set(ATTRIBUTE.findall(QUOTED.sub(" ", stretch[0])))
        if len(names) > MOST_ATTRIBUTES:
            raise UnreadableError(f"an element of {len(names):,} attributes, the limit is {MOST_ATTRIBUTES:,}")
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        # As bytes, since lxml refuses a string that declares its encoding.
        tree = html.document_fromstring(NOT_XML.sub(" ", source).encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableError(TOO_LONG if _is_cut_off(parser) else "no article found in the page") from error
    if _is_cut_off(parser):
        raise UnreadableError(TOO_LONG)
    return tree


def _is_cut_off(parser: Any) -> bool:
    """Return whether the parser silently dropped the rest of the page behind a piece that was too long."""
    return any("Buffer size" in error.message for error in parser.error_log)


def tree_text(root: "HtmlElement") -> tuple[str, tuple[Span, ...]]:
    """Return the text of the tree under `root` and the spans of its headings.

    There are blank lines between the blocks; list items ('- …') and table rows ('… | …') are on lines of their own.
    """
    return join_blocks(blocks(root))


def fragment_text(source: str) -> tuple[str, tuple[Span, ...]]:
    """Return the text of a fragment of HTML and the spans of its headings, as `parse_html` and `tree_text` do."""
    return tree_text(parse_html(f"<div>{source}</div>"))


def blocks(root: "HtmlElement") -> list[tuple[str, str]]:
    """Return the blocks of the tree under `root`, each with its kind: 'heading', 'line' of a list or table, or ''."""
    from lxml import etree

    writer = BlockWriter()
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        name = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if not name or name in UNSEEN:
                walk.skip_subtree()
            elif name == "pre" or (name == "code" and "\n" in (element.text or "")):
                writer.end_code("".join(element.itertext()))
                walk.skip_subtree()
            else:
                _open(writer, name, element)
        else:
            if name and name not in UNSEEN:
                _close(writer, name, element)
            if element is not root:
                writer.write(element.tail)
    writer.end_block()
    return writer.blocks


def plain_line(source: str) -> str:
    """Return the words of a short piece of HTML, such as a feed entry's title, in one line."""
    if "<" not in source and "&" not in source:
        return source
    try:
        return SPACE.sub(" ", fragment_text(source)[0])
    except UnreadableError:
        return ""


def _open(writer: BlockWriter, name: str, element: Any) -> None:
    if name in BREAKS:
        writer.write("\n", as_it_is=True)
    elif name in ("table", "list", "ul", "ol", "dl"):
        writer.end_block()
        if name == "table":
            writer.tables += not _is_layout(element)
        else:
            writer.lists += 1
    elif name in CELLS and writer.tables:
        writer.write(" | " if writer.begun else None)
    elif name in BLOCKS and (name in ROWS or not writer.tables):
        writer.end_block()
        writer.bullet = writer.bullet or name in ITEMS
    elif name in BLOCKS or name in CELLS:
        writer.write(" ") if writer.tables else writer.end_block()
    writer.write(element.text)


def _close(writer: BlockWriter, name: str, element: Any) -> None:
    if name in HEADINGS and not writer.tables and not writer.lists:
        writer.end_block("heading")
    elif name == "table":
        writer.end_block()
        writer.tables -= not _is_layout(element)
    elif name in ("list", "ul", "ol", "dl"):
        writer.end_block()
        writer.lists -= 1
        writer.bullet = False
    elif name in ROWS or (name in BLOCKS | CELLS and not writer.tables):
        writer.end_block()


def _is_layout(table: Any) -> bool:
    """Return whether a table's cells hold paragraphs, so that it serves for layout and not for comparing cells."""
    return next(table.iter("p", "div", "ul", "ol", "list", "h1", "h2", "h3"), None) is not None


def join_blocks(blocks: list[tuple[str, str]]) -> tuple[str, tuple[Span, ...]]:
    """Join blocks to a text; return it and the spans of its headings."""
    pieces: list[str] = []
    headings = []
    position = 0
    before = ""
    for kind, words in blocks:
        if pieces:
            gap = "\n" if kind == before == "line" else "\n\n"
            pieces.append(gap)
            position += len(gap)
        if kind == "heading" and len(words) <= LONGEST_HEADING:
            headings.append(Span(position, position + len(words)))
        pieces.append(words)
        position += len(words)
        before = kind
    return storable("".join(pieces)), tuple(headings)


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
        return fragment_text(source if PARAGRAPHS.search(source) else with_paragraphs(source))
    return storable(unescape(source) if ENTITY.search(source) else source), ()


def with_paragraphs(source: str) -> str:
    """Put each paragraph into an element, in HTML that parts them by blank lines as WordPress's editor does."""
    pieces = split_at_marks(source, *PREFORMATTED)
    pieces[::2] = ["".join(map(_paragraph, BLANK.split(piece.strip()))) for piece in pieces[::2]]
    pieces[1::2] = [f"<pre{piece}</pre>" for piece in pieces[1::2]]
    return "".join(pieces)


def _paragraph(block: str) -> str:
    return block if not block or BLOCK.match(block) else f"<p>{block.replace(chr(10), '<br>')}</p>"
