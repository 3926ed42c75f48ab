"""Collects the paragraphs, headings, lists and tables of a document, and writes them as those of a page are written."""

from collections.abc import Sequence
from typing import Any, Final

from index.article import Span
from index.readers.tree import NOT_XML, written

_DEEPEST: Final = 6


class Outline:
    """A document as it is read, block by block."""

    def __init__(self) -> None:
        from lxml import etree

        self._new = etree.SubElement
        self._root: Any = etree.Element("div")
        self._list: Any = None

    def heading(self, words: str, level: int = 1) -> None:
        """A heading; the first level is 1."""
        self._add(f"h{min(max(level, 1), _DEEPEST)}", words)

    def paragraph(self, words: str) -> None:
        """A paragraph; line ends in it stay."""
        self._add("p", words)

    def item(self, words: str) -> None:
        """An item of a list; items that follow each other make a list."""
        if words.strip():
            if self._list is None:
                self._list = self._new(self._root, "ul")
            _fill(self._new, self._new(self._list, "li"), words)

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """A table, by its rows of cells."""
        self._list = None
        table = self._new(self._root, "table")
        for row in rows:
            made = self._new(table, "tr")
            for cell in row:
                _fill(self._new, self._new(made, "td"), " ".join(cell.split()))

    def written(self) -> tuple[str, tuple[Span, ...]]:
        """The text, and the spans of its headings."""
        return written(self._root)

    def _add(self, name: str, words: str) -> None:
        if words.strip():
            self._list = None
            _fill(self._new, self._new(self._root, name), words)


def _fill(new: Any, element: Any, words: str) -> None:
    first, *others = NOT_XML.sub(" ", words).split("\n")
    element.text = first
    for line in others:
        new(element, "br").tail = line
