"""What the readers of documents share: from a text and its properties to an article."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from index.article import UNKNOWN, Article, Found, Span
from index.boilerplate import parts_of
from index.metadata import first_known, found, host_of, language, one_line
from index.readers.labels import labels, top_lines
from index.readers.lead import lead, title_of
from index.readers.lines import TOP, joined
from index.readers.reading import UnreadableError

# How far down a document names its author.
_NAMED: Final = 3_000
_WORD: Final = re.compile(r"\w+")
_SENTENCE_END: Final = re.compile(r"[.!?…,;:。！？、，；：][\"'”’»)\]]*\Z")
_LONGEST_HEADLINE: Final = 150
# What programs put there: the name of a file, of themselves, or that there is no title.
_NO_TITLE: Final = re.compile(
    r"(?i).*\.(?:docx?|odt|rtf|pdf|tex|dvi|indd|qxd|pages|txt|html?|pptx?|xlsx?)\W*|(?:microsoft|powerpoint|slide|layout|"
    r"untitled|unbenannt|uten navn|namnlös|sans (?:nom|titre)|document|dokument|title|titel)\b.{0,40}|\W*"
)


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
    """The article that a document is.

    A document's properties often are those of the template it was made from, and its author the name that somebody
    logs in with. The title is taken from them where the text has no headline, the author where the top of the text
    names them too. The day the file was made on is not the day it was published.

    Parameters:
        title: as the document sets its headline apart.
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
    opening = lead(text, parts, joined([*headings, *known.spans]), spoken.value)
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
    """The first line where it is a heading or reads like one, else the first heading."""
    first = text[:TOP].lstrip().split("\n", 1)[0].strip()
    if len(first) <= _LONGEST_HEADLINE and not _SENTENCE_END.search(first) and not _has_mark(first):
        return found(one_line(first), "first line")
    return found(one_line(headings[0].of(text)) if headings and headings[0].start < TOP else None, "heading line")


def _has_mark(line: str) -> bool:
    """Whether a line is an item of a list or a row of a table."""
    return line.startswith("- ") or " | " in line


@contextmanager
def taken_apart(what: str) -> Iterator[None]:
    """Turn whatever a hostile file drives a library to into a line of the report.

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
    """Whether a text holds these words in a row, whatever stands between them."""
    wanted = _WORD.findall(words.casefold())
    return bool(wanted) and f" {' '.join(wanted)} " in f" {' '.join(_WORD.findall(text.casefold()))} "
