"""The parser of `.docx`: the text of a Word document with all its changes accepted.

By the XML itself: python-docx leaves out the text of insertions, of content controls and of text boxes.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from index.metadata import found, one_line
from index.parsers.document import DocumentBuilder, article_of, parsing
from index.parsers.package import Package, text_of
from index.parsers.parsed import Parsed, UnreadableError, storable

if TYPE_CHECKING:
    from lxml.etree import _Element

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# The namespace of documents saved as "Strict Open XML".
_STRICT: Final = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_RELATIONS: Final = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_HEADING: Final = re.compile(r"heading (\d)", re.IGNORECASE)
_CONTENTS: Final = re.compile(r"(?:toc|table of (?:contents|figures)|index) ?\d?(?: heading)?", re.IGNORECASE)
_SIGNS: Final = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


class _Document:
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
        level = self._level(facts, name)
        if name.lower() == "title" and not self.title:
            self.title = words
        if _CONTENTS.fullmatch(name):
            pass
        elif level is not None:
            self.builder.heading(words, level)
        elif facts is not None and facts.find(self._w + "numPr") is not None:
            self.builder.item(words)
        else:
            self.builder.paragraph(words)
        for box in self._boxes(element):
            self._blocks(box)

    def _level(self, facts: "_Element | None", style: str) -> int | None:
        heading = _HEADING.fullmatch(style)
        if heading:
            return int(heading[1])
        if style.lower() == "title":
            return 1
        outlined = "" if facts is None else self._value(facts.find(self._w + "outlineLvl"))
        return int(outlined) + 1 if outlined.isascii() and outlined.isdigit() and int(outlined) < 9 else None

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


def read(path: str, raw: bytes) -> Parsed:
    """Parse the one article in a Word document.

    Raises:
        UnreadableError: if it is none, is encrypted, or holds no text.
    """
    package = Package(raw, "a Word document")
    with parsing("the Word document"):
        document = _Document(package, _main_part(package))
        document.read()
        text, headings = document.builder.written()
    facts = package.xml_if_there("docProps/core.xml")
    article = article_of(
        path,
        text,
        headings,
        title=found(one_line(document.title), "title of the document"),
        property_title=text_of(facts, f"{_DC}title"),
        property_author=text_of(facts, f"{_DC}creator"),
    )
    return Parsed((article,))


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
