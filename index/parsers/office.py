"""The parser of `.docx` and `.odt`: the text of a document with all its changes accepted.

By the XML itself: python-docx leaves out the text of insertions, of content controls and of text boxes.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from index.metadata import found, one_line
from index.parsers.container import Package, text_of
from index.parsers.document import DocumentBuilder, article_of, parsing
from index.parsers.parsed import Parsed, UnreadableError, storable

if TYPE_CHECKING:
    from lxml.etree import _Element

_DC: Final = "{http://purl.org/dc/elements/1.1/}"

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# The namespace of documents saved as "Strict Open XML".
_STRICT: Final = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_RELATIONS: Final = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_HEADING: Final = re.compile(r"heading \d", re.IGNORECASE)
_CONTENTS: Final = re.compile(r"(?:toc|table of (?:contents|figures)|index) ?\d?(?: heading)?", re.IGNORECASE)
_SIGNS: Final = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}

_URN: Final = "{urn:oasis:names:tc:opendocument:xmlns:"
_TEXT: Final = f"{_URN}text:1.0}}"
_TABLE: Final = f"{_URN}table:1.0}}"
_OFFICE: Final = f"{_URN}office:1.0}}"
_STYLE: Final = f"{_URN}style:1.0}}"
_DRAW: Final = f"{_URN}drawing:1.0}}"
_MANIFEST: Final = f"{_URN}manifest:1.0}}"
_META: Final = f"{_URN}meta:1.0}}"
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


def read(path: str, raw: bytes) -> Parsed:
    """Parse the one article in a Word document or an OpenDocument text.

    Raises:
        UnreadableError: if it is none, is encrypted, or holds no text.
    """
    is_word = path.lower().endswith(".docx")
    kind = "Word document" if is_word else "OpenDocument text"
    package = Package(raw, f"{'a' if is_word else 'an'} {kind}")
    if _is_encrypted(package.xml_if_there("META-INF/manifest.xml")):
        raise UnreadableError("encrypted: it opens only with a password")
    with parsing(f"the {kind}"):
        document = _Word(package, _main_part(package)) if is_word else _OpenDocument(package)
        document.read()
        text, headings = document.builder.written()
    facts = package.xml_if_there("docProps/core.xml" if is_word else "meta.xml")
    article = article_of(
        path,
        text,
        headings,
        title=found(one_line(document.title), "title of the document"),
        property_title=text_of(facts, f"{_DC}title"),
        property_author=text_of(facts, f"{_DC}creator") or text_of(facts, f"{_META}initial-creator"),
    )
    return Parsed((article,))


class _Word:
    """A Word document that is read; names of elements are those of its namespace."""

    def __init__(self, package: Package, name: str) -> None:
        self._root = package.xml(name)
        self._w = _STRICT if self._root.tag.startswith(_STRICT) else _W
        folder = name.rpartition("/")[0]
        self._styles = self._named_styles(package.xml_if_there(f"{folder}/styles.xml"))
        self._notes = [package.xml_if_there(f"{folder}/{notes}.xml") for notes in ("footnotes", "endnotes")]
        self._unread = {self._w + unread for unread in ("del", "moveFrom", "instrText", "pPr", "rPr", "sectPr")}
        self._unread |= {_FALLBACK, self._w + "txbxContent"}
        self.builder = DocumentBuilder()
        self.title = ""

    def read(self) -> None:
        """Read the body, then its notes."""
        self._blocks(next(self._root.iter(self._w + "body"), self._root))
        for notes in self._notes:
            for note in notes if notes is not None else ():
                # Other types are such as the line above the notes.
                if note.get(self._w + "type") in (None, "normal"):
                    self._blocks(note)

    def _named_styles(self, styles: "_Element | None") -> dict[str, str]:
        """Return the name of each style, or for a style without a level that of the style it is based on."""
        if styles is None:
            return {}
        names: dict[str, str] = {}
        based: dict[str, str] = {}
        for style in styles.iter(self._w + "style"):
            key = style.get(self._w + "styleId", "")
            names[key] = self._value(style.find(self._w + "name")) or key
            based[key] = self._value(style.find(self._w + "basedOn"))
        return {key: self._known(key, names, based) for key in names}

    def _known(self, key: str, names: dict[str, str], based: dict[str, str]) -> str:
        at, seen = key, set[str]()
        while at in names and at not in seen:
            seen.add(at)
            if _HEADING.fullmatch(names[at]) or names[at].lower() in ("title", "subtitle"):
                return names[at]
            at = based[at]
        return names[key]

    def _value(self, element: "_Element | None") -> str:
        return "" if element is None else str(element.get(self._w + "val", ""))

    def _blocks(self, parent: "_Element") -> None:
        """Read the paragraphs and tables under an element."""
        for element in parent:
            if element.tag == self._w + "p":
                self._paragraph(element)
            elif element.tag == self._w + "tbl":
                self._table(element)
            elif element.tag not in self._unread:
                self._blocks(element)

    def _paragraph(self, element: "_Element") -> None:
        words = self._words(element)
        facts = element.find(self._w + "pPr")
        style = "" if facts is None else self._value(facts.find(self._w + "pStyle"))
        name = self._styles.get(style, style)
        if name.lower() == "title" and not self.title:
            self.title = words
        if _CONTENTS.fullmatch(name):
            pass
        elif self._is_heading(facts, name):
            self.builder.heading(words)
        elif facts is not None and facts.find(self._w + "numPr") is not None:
            self.builder.item(words)
        else:
            self.builder.paragraph(words)
        for box in self._boxes(element):
            self._blocks(box)

    def _is_heading(self, facts: "_Element | None", style: str) -> bool:
        if _HEADING.fullmatch(style) or style.lower() == "title":
            return True
        outlined = "" if facts is None else self._value(facts.find(self._w + "outlineLvl"))
        return outlined.isascii() and outlined.isdigit() and int(outlined) < 9

    def _boxes(self, element: "_Element") -> Iterator["_Element"]:
        for child in element:
            if child.tag == self._w + "txbxContent":
                yield child
            elif child.tag not in self._unread:
                yield from self._boxes(child)

    def _table(self, table: "_Element") -> None:
        rows = [
            [" ".join(map(self._words, self._within(cell, "p"))) for cell in self._within(row, "tc")]
            for row in self._within(table, "tr")
        ]
        # A table of one cell is a frame around its content.
        if len(rows) == 1 and len(rows[0]) == 1:
            self._blocks(next(self._within(next(self._within(table, "tr")), "tc")))
        else:
            self.builder.table(rows)

    def _within(self, parent: "_Element", name: str) -> Iterator["_Element"]:
        """Yield the outermost elements of a name under another element."""
        for element in parent:
            if element.tag == self._w + name:
                yield element
            elif element.tag not in self._unread:
                yield from self._within(element, name)

    def _words(self, parent: "_Element") -> str:
        pieces: list[str] = []
        self._collect(parent, pieces)
        return storable("".join(pieces))

    def _collect(self, parent: "_Element", pieces: list[str]) -> None:
        for element in parent:
            name = str(element.tag).rpartition("}")[2]
            if element.tag in self._unread or self._is_hidden(element):
                continue
            if element.tag == self._w + "t":
                pieces.append(element.text or "")
            elif name in _SIGNS and element.tag.startswith(self._w):
                pieces.append(_SIGNS[name])
            else:
                self._collect(element, pieces)

    def _is_hidden(self, element: "_Element") -> bool:
        facts: Any = element.find(self._w + "rPr") if element.tag == self._w + "r" else None
        vanish = None if facts is None else facts.find(self._w + "vanish")
        return vanish is not None and self._value(vanish) not in ("0", "false", "off")


def _main_part(package: Package) -> str:
    """Return the name of the file that holds the text."""
    relations = package.xml_if_there("_rels/.rels")
    for relation in relations.iter(_RELATIONS) if relations is not None else ():
        name = str(relation.get("Target", "")).lstrip("/")
        if relation.get("Type", "").endswith("/officeDocument") and name in package.names:
            return name
    if "word/document.xml" not in package.names:
        raise UnreadableError("not a Word document that can be read")
    return "word/document.xml"


class _OpenDocument:
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
            self.builder.heading(words)
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


def _is_encrypted(manifest: "_Element | None") -> bool:
    return manifest is not None and next(manifest.iter(f"{_MANIFEST}encryption-data"), None) is not None
