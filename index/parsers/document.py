"""Word processors' documents: their blocks as text, and from a text and its properties to an article."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from index.article import UNKNOWN, Article, Found, Span
from index.clutter.marking import parts_of
from index.metadata import first_known, found, host_of, language, one_line
from index.parsers.labels import labels, top_lines
from index.parsers.lead import lead, title_of
from index.parsers.lines import TOP, union
from index.parsers.parsed import UnreadableError
from index.parsers.tree import NOT_XML, tree_text
from index.sentence_ends import CLAUSE_END

# Characters at the top of a document that may name its author.
_NAMED: Final = 3_000
_WORD: Final = re.compile(r"\w+")
_LONGEST_HEADLINE: Final = 150
_DEEPEST_HEADING: Final = 6
# Titles that programs fill in: the name of a file, of themselves, or that there is no title.
_NO_TITLE: Final = re.compile(
    r"(?i).*\.(?:docx?|odt|rtf|pdf|tex|dvi|indd|qxd|pages|txt|html?|pptx?|xlsx?)\W*|(?:microsoft|powerpoint|slide|layout|"
    r"untitled|unbenannt|uten navn|namnlös|sans (?:nom|titre)|document|dokument|title|titel)\b.{0,40}|\W*"
)


class DocumentBuilder:
    """Builds the text of a document block by block, as the text of a page is built."""

    def __init__(self) -> None:
        from lxml import etree

        self._new = etree.SubElement
        self._root: Any = etree.Element("div")
        self._list: Any = None

    def heading(self, words: str, level: int = 1) -> None:
        """Add a heading; the first level is 1."""
        self._add(f"h{min(max(level, 1), _DEEPEST_HEADING)}", words)

    def paragraph(self, words: str) -> None:
        """Add a paragraph; its line ends stay."""
        self._add("p", words)

    def item(self, words: str) -> None:
        """Add an item of a list; items that follow each other make a list."""
        if words.strip():
            if self._list is None:
                self._list = self._new(self._root, "ul")
            _fill(self._new, self._new(self._list, "li"), words)

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Add a table by its rows of cells."""
        self._list = None
        table = self._new(self._root, "table")
        for row in rows:
            made = self._new(table, "tr")
            for cell in row:
                _fill(self._new, self._new(made, "td"), " ".join(cell.split()))

    def written(self) -> tuple[str, tuple[Span, ...]]:
        """Return the text and the spans of its headings."""
        return tree_text(self._root)

    def _add(self, name: str, words: str) -> None:
        if words.strip():
            self._list = None
            _fill(self._new, self._new(self._root, name), words)


def _fill(new: Any, element: Any, words: str) -> None:
    first, *others = NOT_XML.sub(" ", words).split("\n")
    element.text = first
    for line in others:
        new(element, "br").tail = line


def article_of(
    path: str,
    text: str,
    headings: Sequence[Span],
    *,
    title: Found = UNKNOWN,
    property_title: str = "",
    property_author: str = "",
    url: Found = UNKNOWN,
    declared: Found = UNKNOWN,
) -> Article:
    """Return the article that a document is.

    The properties of a document are often those of its template, and its author the name of a login. So the title is
    taken from them only if the text has no headline, and the author only if the top of the text has the name too. The
    day on which the file was made is not the day of publication.

    Parameters:
        title: the headline, if the document marks one.
        property_title, property_author: from its properties.
        declared: its language.

    Raises:
        UnreadableError: if the text is blank.
    """
    if not any(map(str.isalnum, text)):
        raise UnreadableError("it holds no text")
    known = labels(text, top_lines(text, headings))
    spoken = language(text, declared, text_knows_better=True)
    parts = parts_of(text)
    opening = lead(text, parts, union([*headings, *known.spans]), spoken.value)
    named = one_line(property_title) or ""
    named = "" if _NO_TITLE.fullmatch(named) else named
    beneath = found(named, "document properties")
    address = first_known(url, known.url)
    return Article(
        id=path,
        path=path,
        text=text,
        title=first_known(
            beneath if named and _holds(text[:TOP], named) else UNKNOWN,
            title,
            known.title,
            _headline(text, headings),
            beneath,
            found(title_of(opening.words(text)), "lead sentence"),
            found(one_line(text), "first line"),
        ),
        url=address,
        source=first_known(known.source, opening.source, host_of(address)),
        author=first_known(known.author, _author(text[:_NAMED], property_author)),
        published=first_known(known.published, opening.published),
        language=spoken,
        headings=tuple(headings),
        outside=tuple(known.spans),
        parts=parts,
    )


def _headline(text: str, headings: Sequence[Span]) -> Found:
    """Return the first line if it is a heading or reads like one, else the first heading."""
    first = text[:TOP].lstrip().split("\n", 1)[0].strip()
    if len(first) <= _LONGEST_HEADLINE and not CLAUSE_END.search(first) and not _has_mark(first):
        return found(one_line(first), "first line")
    return found(one_line(headings[0].of(text)) if headings and headings[0].start < TOP else None, "heading line")


def _has_mark(line: str) -> bool:
    """Return whether a line is an item of a list or a row of a table."""
    return line.startswith("- ") or " | " in line


@contextmanager
def parsing(what: str) -> Iterator[None]:
    """Turn any error that a library raises on a hostile file into a line of the report.

    Raises:
        UnreadableError: for any error.
    """
    try:
        yield
    except UnreadableError:
        raise
    except Exception as error:
        raise UnreadableError(f"{what} cannot be taken apart: {type(error).__name__}") from error


def _author(top: str, named: str) -> Found:
    name = one_line(named)
    # A single word is a login.
    return found(name if name and len(_WORD.findall(name)) > 1 and _holds(top, name) else None, "document properties")


def _holds(text: str, words: str) -> bool:
    """Return whether a text holds these words in a row, with any characters between them."""
    wanted = _WORD.findall(words.casefold())
    return bool(wanted) and f" {' '.join(wanted)} " in f" {' '.join(_WORD.findall(text.casefold()))} "
