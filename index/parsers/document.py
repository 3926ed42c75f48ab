"""One parsed document: a text and what a parser found in it, and the article that is made of it."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from index.article import UNKNOWN, Article, Found, Parts, Span
from index.clutter.marking import parts_of
from index.metadata import first_known, found, host_of, language, one_line
from index.parsers.labels import labels, top_lines
from index.parsers.lead import Lead, lead, title_of
from index.parsers.lines import TOP, union
from index.parsers.parsed import UnreadableError
from index.parsers.tree import NOT_XML, BlockWriter, join_blocks
from index.sentence_ends import CLAUSE_END

# Characters at the top of a document that may name its author.
_NAMED: Final = 3_000
_WORD: Final = re.compile(r"\w+")
_LONGEST_HEADLINE: Final = 150
# Titles that programs fill in: the name of a file, of themselves, or that there is no title.
_NO_TITLE: Final = re.compile(
    r"(?i).*\.(?:docx?|odt|rtf|pdf|tex|dvi|indd|qxd|pages|txt|html?|pptx?|xlsx?)\W*|(?:microsoft|powerpoint|slide|layout|"
    r"untitled|unbenannt|uten navn|namnlös|sans (?:nom|titre)|document|dokument|title|titel)\b.{0,40}|\W*"
)


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its parts, which are found once and serve all that follows.

    Attributes:
        headings, outside, parts: as of an `Article`.
    """

    path: str
    text: str
    language: Found
    parts: Parts
    headings: tuple[Span, ...] = ()
    outside: tuple[Span, ...] = ()

    def lead(self) -> Lead:
        """Return the sentence that opens the running text, and the metadata around it."""
        return lead(self.text, self.parts, union([*self.headings, *self.outside]), self.language.value)

    def lead_title(self, opening: Lead) -> Found:
        """Return the title of a document that has none: its lead, else its first line."""
        lead_sentence = found(title_of(opening.words(self.text)), "lead sentence")
        return first_known(lead_sentence, found(one_line(self.text), "first line"))

    def article(
        self,
        *,
        title: Found,
        url: Found = UNKNOWN,
        source: Found = UNKNOWN,
        author: Found = UNKNOWN,
        published: Found = UNKNOWN,
        article_id: str | None = None,
    ) -> Article:
        """Return the article that the document is, with these metadata.

        Parameters:
            source: if it is unknown, the host of the address names the source.
            article_id: by default the path.
        """
        return Article(
            id=article_id or self.path,
            path=self.path,
            text=self.text,
            title=title,
            url=url,
            source=first_known(source, host_of(url)),
            author=author,
            published=published,
            language=self.language,
            headings=self.headings,
            outside=self.outside,
            parts=self.parts,
        )


class DocumentBuilder:
    """Builds the text of a document block by block, as the text of a page is built."""

    def __init__(self) -> None:
        self._writer = BlockWriter()

    def heading(self, words: str) -> None:
        """Add a heading."""
        self._add("heading", words)

    def paragraph(self, words: str) -> None:
        """Add a paragraph; its line ends stay."""
        self._add("", words)

    def item(self, words: str) -> None:
        """Add an item of a list; items that follow each other make a list."""
        self._writer.bullet = True
        self._add("line", words)
        self._writer.bullet = False

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Add a table by its rows of cells."""
        for row in rows:
            for cell in row:
                self._writer.write(" | " if self._writer.begun else None)
                self._writer.write(NOT_XML.sub(" ", " ".join(cell.split())))
            self._writer.end_block("line")

    def written(self) -> tuple[str, tuple[Span, ...]]:
        """Return the text and the spans of its headings."""
        return join_blocks(self._writer.blocks)

    def _add(self, kind: str, words: str) -> None:
        for number, line in enumerate(NOT_XML.sub(" ", words).split("\n")):
            self._writer.write("\n" if number else None, as_it_is=True)
            self._writer.write(line)
        self._writer.end_block(kind)


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
    document = Document(path, text, spoken, parts_of(text), tuple(headings), tuple(known.spans))
    opening = document.lead()
    named = one_line(property_title) or ""
    named = "" if _NO_TITLE.fullmatch(named) else named
    beneath = found(named, "document properties")
    return document.article(
        title=first_known(
            beneath if named and _holds(text[:TOP], named) else UNKNOWN,
            title,
            known.title,
            _headline(text, headings),
            beneath,
            document.lead_title(opening),
        ),
        url=first_known(url, known.url),
        source=first_known(known.source, opening.source),
        author=first_known(known.author, _author(text[:_NAMED], property_author)),
        published=first_known(known.published, opening.published),
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
