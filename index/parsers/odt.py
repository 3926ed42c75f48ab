"""The parser of `.odt`: the text of an OpenDocument text with all its changes accepted."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from index.metadata import found, one_line
from index.parsers.document import DocumentBuilder, article_of, parsing
from index.parsers.package import Package, text_of
from index.parsers.parsed import Parsed, UnreadableError, storable

if TYPE_CHECKING:
    from lxml.etree import _Element

_URN: Final = "{urn:oasis:names:tc:opendocument:xmlns:"
_TEXT: Final = f"{_URN}text:1.0}}"
_TABLE: Final = f"{_URN}table:1.0}}"
_OFFICE: Final = f"{_URN}office:1.0}}"
_STYLE: Final = f"{_URN}style:1.0}}"
_DRAW: Final = f"{_URN}drawing:1.0}}"
_MANIFEST: Final = f"{_URN}manifest:1.0}}"
_META: Final = f"{_URN}meta:1.0}}"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_BODY: Final = f"{_OFFICE}text"
_P: Final = f"{_TEXT}p"
_H: Final = f"{_TEXT}h"
_UNREAD: Final = frozenset(
    {
        *(f"{_TEXT}{name}" for name in ("tracked-changes", "table-of-content", "alphabetical-index", "bibliography")),
        *(f"{_TEXT}{name}" for name in ("illustration-index", "table-index", "sequence-decls", "variable-decls")),
        *(f"{_TEXT}{name}" for name in ("hidden-text", "note-citation", "ruby-text")),
        *(f"{_OFFICE}{name}" for name in ("annotation", "annotation-end", "forms", "event-listeners")),
    }
)
_MOST_SPACES: Final = 100


class _Document:
    """An OpenDocument text that is read."""

    def __init__(self, package: Package) -> None:
        self._content = package.xml("content.xml")
        styles = package.xml_if_there("styles.xml")
        self._parents = {
            style.get(f"{_STYLE}name", ""): style.get(f"{_STYLE}parent-style-name", "")
            for root in (styles, self._content)
            if root is not None
            for style in root.iter(f"{_STYLE}style")
        }
        self._notes: list[_Element] = []
        self.builder = DocumentBuilder()
        self.title = ""

    def read(self) -> None:
        """Read the body, then its notes."""
        body = next(self._content.iter(_BODY), None)
        if body is None:
            raise UnreadableError("not an OpenDocument text, but another document")
        self._blocks(body)
        # A note has no notes.
        for note in list(self._notes):
            self._blocks(note)

    def _blocks(self, parent: "_Element", *, listed: bool = False) -> None:
        for element in parent:
            if element.tag in (_P, _H):
                self._paragraph(element, listed=listed)
            elif element.tag == f"{_TABLE}table":
                self._table(element)
            elif element.tag not in _UNREAD:
                self._blocks(element, listed=listed or element.tag == f"{_TEXT}list")

    def _paragraph(self, element: "_Element", *, listed: bool) -> None:
        words = self._words(element)
        style = self._named(element.get(f"{_TEXT}style-name", ""))
        if element.tag == _H or style == "Title":
            if style == "Title" and not self.title:
                self.title = words
            level = element.get(f"{_TEXT}outline-level", "1")
            self.builder.heading(words, int(level) if level.isascii() and level.isdigit() and len(level) < 3 else 1)
        elif listed:
            self.builder.item(words)
        else:
            self.builder.paragraph(words)
        for box in self._boxes(element):
            self._blocks(box)

    def _named(self, style: str) -> str:
        """Return the style with a name that an automatic style was made from."""
        for _ in range(3):
            if style == "Title" or style not in self._parents:
                break
            style = self._parents[style]
        return style

    def _boxes(self, element: "_Element") -> Iterator["_Element"]:
        for child in element:
            if child.tag == f"{_DRAW}text-box":
                yield child
            elif child.tag not in _UNREAD and child.tag != f"{_TEXT}note":
                yield from self._boxes(child)

    def _table(self, table: "_Element") -> None:
        rows = [
            [" ".join(self._words(words) for words in cell.iter(_P, _H)) for cell in row.iter(f"{_TABLE}table-cell")]
            for row in table.iter(f"{_TABLE}table-row")
        ]
        self.builder.table(rows)

    def _words(self, parent: "_Element") -> str:
        pieces = [parent.text or ""]
        self._collect(parent, pieces)
        return storable("".join(pieces))

    def _collect(self, parent: "_Element", pieces: list[str]) -> None:
        for element in parent:
            if element.tag == f"{_TEXT}s":
                count = element.get(f"{_TEXT}c", "1")
                pieces.append(" " * (min(int(count), _MOST_SPACES) if count.isascii() and count.isdigit() else 1))
            elif element.tag == f"{_TEXT}tab":
                pieces.append(" ")
            elif element.tag == f"{_TEXT}line-break":
                pieces.append("\n")
            elif element.tag == f"{_TEXT}note":
                self._notes += element.iter(f"{_TEXT}note-body")
            elif element.tag not in _UNREAD and element.tag != f"{_DRAW}text-box":
                pieces.append(element.text or "")
                self._collect(element, pieces)
            pieces.append(element.tail or "")


def read(path: str, raw: bytes) -> Parsed:
    """Parse the one article in an OpenDocument text.

    Raises:
        UnreadableError: if it is none, is encrypted, or holds no text.
    """
    package = Package(raw, "an OpenDocument text")
    if _is_encrypted(package.xml_if_there("META-INF/manifest.xml")):
        raise UnreadableError("encrypted: it opens only with a password")
    with parsing("the OpenDocument text"):
        document = _Document(package)
        document.read()
        text, headings = document.builder.written()
    facts = package.xml_if_there("meta.xml")
    article = article_of(
        path,
        text,
        headings,
        title=found(one_line(document.title), "title of the document"),
        property_title=text_of(facts, f"{_DC}title"),
        property_author=text_of(facts, f"{_DC}creator") or text_of(facts, f"{_META}initial-creator"),
    )
    return Parsed((article,))


def _is_encrypted(manifest: "_Element | None") -> bool:
    return manifest is not None and next(manifest.iter(f"{_MANIFEST}encryption-data"), None) is not None
