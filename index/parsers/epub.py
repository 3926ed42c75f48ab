"""The parser of `.epub`: each chapter of a book (each file that its spine names) is an article."""

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from index.article import UNKNOWN, Article, Metadata
from index.metadata import found, one_line
from index.parsers.charset import decode_xml
from index.parsers.container import Package, text_of, words_of
from index.parsers.dates import iso_date
from index.parsers.document import article_of, parsing
from index.parsers.parsed import Collector, Parsed, UnreadableError, storable
from index.parsers.tree import parse_html, tree_text

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement

_OPF: Final = "{http://www.idpf.org/2007/opf}"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_CONTAINER: Final = "{urn:oasis:names:tc:opendocument:xmlns:container}rootfile"
_NCX: Final = "{http://www.daisy.org/z3986/2005/ncx/}"
_XHTML: Final = "{http://www.w3.org/1999/xhtml}"
_CIPHER: Final = "{http://www.w3.org/2001/04/xmlenc#}CipherReference"
# Parts of a book without text of their own (https://www.w3.org/TR/epub-ssv-11/).
_NO_CHAPTER: Final = re.compile(
    r"epub:type=[\"'](?:[\w ]+ )?(?:cover|titlepage|halftitlepage|toc|landmarks|loi|lot|copyright-page|index)\b"
)
_HEAD: Final = 3_000
_PAGES: Final = frozenset({"application/xhtml+xml", "text/html"})
_MOST_CHAPTERS: Final = 10_000
# The number of a note, which would read like a part of the word before it, and the arrow back.
_IS_MARK: Final = re.compile(r"\b(?:noteref|backlink|doc-noteref|doc-backlink)\b")
# A chapter has a sentence; a page that holds only the book's title has none.
_SENTENCE: Final = re.compile(r"\w[^.!?…。！？।]{10,}[.!?…。！？।]")
# A time of day is that at which a program made the book; a date of publication has none, or midnight.
_MOMENT: Final = re.compile(r"T\d\d:(?!00:00)|T\d\d:00:(?!00)")


def read(path: str, raw: bytes) -> Parsed:
    """Parse the chapters of a book; those without running text are reported.

    Raises:
        UnreadableError: if it is no such book, is encrypted, or has too many chapters.
    """
    package = Package(raw, "an EPUB")
    with parsing("the book"):
        name = _package_document(package)
        document = package.xml(name)
        folder = posixpath.dirname(name)
        chapters = _spine(document, folder)
        if len(chapters) > _MOST_CHAPTERS:
            raise UnreadableError(f"a book of {len(chapters):,} chapters, the limit is {_MOST_CHAPTERS:,}")
        encrypted = _encrypted(package)
        if chapters and all(chapter in encrypted for chapter in chapters):
            raise UnreadableError("encrypted: its publisher lets only certain programs read it")
        labels = _labels(package, document, folder)
        book = _book(document)
    collected = Collector(path)
    for chapter in chapters:
        try:
            if chapter in encrypted:
                raise UnreadableError("encrypted")
            with parsing("the chapter"):
                article = _chapter(f"{path}/{chapter}", package.read(chapter), labels.get(chapter, ""), book)
            collected.add(article, chapter)
        except UnreadableError as error:
            collected.skip(f"{chapter}: {error}")
    if not chapters:
        raise UnreadableError("a book without chapters")
    return collected.finish()


def _chapter(path: str, raw: bytes, label: str, book: Metadata) -> Article:
    source = storable(decode_xml(raw))
    if _NO_CHAPTER.search(source[:_HEAD]):
        raise UnreadableError("a cover, a title page or a table of contents")
    tree = parse_html(source)
    for mark in [each for each in tree.iter("a") if _IS_MARK.search(_kind(each))]:
        mark.drop_tree()
    text, headings = tree_text(tree)
    titles = {span.of(text) for span in headings}
    if not any(block not in titles and _SENTENCE.search(block) for block in text.split("\n\n")):
        raise UnreadableError("it holds no running text")
    labelled = found(one_line(label), "table of contents")
    article = article_of(path, text, headings, title=labelled, declared=book.language)
    # Only the book's own data: a date or a name at the top of a chapter is part of its story.
    return replace(article, source=book.title, author=book.author, published=book.published)


def _kind(element: "HtmlElement") -> str:
    return f"{element.get('epub:type', '')} {element.get('role', '')}"


def _package_document(package: Package) -> str:
    """Return the name of the file that lists the parts of the book."""
    container = package.xml_if_there("META-INF/container.xml")
    named = [str(root.get("full-path", "")) for root in container.iter(_CONTAINER)] if container is not None else []
    name = next((name for name in named if name in package.names), None)
    if name is None:
        raise UnreadableError("not an EPUB that can be read")
    return name


def _spine(document: "_Element", folder: str) -> list[str]:
    """Return the names of the chapters in their order, without the table of contents."""
    items = {
        item.get("id", ""): _resolved(folder, item.get("href", ""))
        for item in document.iter(f"{_OPF}item")
        if item.get("media-type", "") in _PAGES and "nav" not in item.get("properties", "").split()
    }
    named = (reference.get("idref", "") for reference in document.iter(f"{_OPF}itemref"))
    return list(dict.fromkeys(items[name] for name in named if name in items))


def _resolved(folder: str, reference: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(reference.partition("#")[0]))).lstrip("/")


def _labels(package: Package, document: "_Element", folder: str) -> dict[str, str]:
    """Return the label of each chapter in the table of contents."""
    labels: dict[str, str] = {}
    for item in document.iter(f"{_OPF}item"):
        name = _resolved(folder, item.get("href", ""))
        below = posixpath.dirname(name)
        if "nav" in item.get("properties", "").split() and (page := package.xml_if_there(name)) is not None:
            for link in page.iter(f"{_XHTML}a"):
                labels.setdefault(_resolved(below, link.get("href", "")), words_of(link))
        elif item.get("media-type") == "application/x-dtbncx+xml" and (map_ := package.xml_if_there(name)) is not None:
            for point in map_.iter(f"{_NCX}navPoint"):
                content = point.find(f"{_NCX}content")
                if content is not None:
                    labels.setdefault(_resolved(below, content.get("src", "")), text_of(point, f"{_NCX}text"))
    return labels


def _book(document: "_Element") -> Metadata:
    """Return the book's own data."""
    authors = [
        words_of(creator) for creator in document.iter(f"{_DC}creator") if creator.get(f"{_OPF}role", "aut") == "aut"
    ]
    dates = [
        value
        for date in document.iter(f"{_DC}date")
        if date.get(f"{_OPF}event", "publication") == "publication" and not _MOMENT.search(value := words_of(date))
    ]
    where = "book"
    language = text_of(document, f"{_DC}language")
    return Metadata(
        title=found(one_line(text_of(document, f"{_DC}title")), where),
        author=found(one_line(", ".join(dict.fromkeys(filter(None, authors)))), where),
        published=found(iso_date(dates[0]), where) if dates else UNKNOWN,
        language=found(language, where),
    )


def _encrypted(package: Package) -> frozenset[str]:
    root = package.xml_if_there("META-INF/encryption.xml")
    return frozenset(
        unquote(reference.get("URI", "")) for reference in (root.iter(_CIPHER) if root is not None else ())
    )
