"""The parser of `.pdf`, by pdfium. The article's text is that of its pages, with a form feed where one ends.

Running heads, feet and page numbers are left out, and words hyphenated at the end of a line are joined.
"""

import re
from ctypes import c_ushort
from typing import TYPE_CHECKING, Final

from index.article import PAGE_BREAK, UNKNOWN, Found, Span
from index.metadata import found, one_line, web_address
from index.parsers.document import article_of
from index.parsers.parsed import Parsed, Skipped, UnreadableError
from index.parsers.pdf_lines import Row, rows_of
from index.parsers.pdf_order import in_reading_order, without_running_heads
from index.parsers.pdf_paragraphs import Paragraph, paragraphs

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

SCANNED: Final = (
    "it holds pictures of pages and no text, as scanners make them: add the text with a program that recognises "
    "characters, such as ocrmypdf"
)
# An encyclopaedia has fewer.
MOST_PAGES: Final = 10_000
# The first pages that are searched for pictures of pages.
_LOOKED_AT: Final = 20
# The characters that most letters of a font without a character map become.
_UNREADABLE: Final = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f]")
_MOST_UNREADABLE: Final = 0.3
# The share of pages without text from which on it is reported.
_MANY_PICTURES: Final = 0.25


def read(path: str, raw: bytes) -> Parsed:
    """Parse the one article in a PDF.

    Raises:
        UnreadableError: if it is none, opens only with a password, has too many pages, or holds no text.
    """
    import pypdfium2
    import pypdfium2.raw as pdfium

    try:
        document = pypdfium2.PdfDocument(raw)
    except pypdfium2.PdfiumError as error:
        if pdfium.FPDF_GetLastError() == pdfium.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise UnreadableError("encrypted: it opens only with a password") from error
        raise UnreadableError("not a PDF that can be read") from error
    try:
        if len(document) > MOST_PAGES:
            raise UnreadableError(f"a document of {len(document):,} pages, the limit is {MOST_PAGES:,}")
        return _read(path, document)
    except pypdfium2.PdfiumError as error:
        raise UnreadableError(f"the PDF cannot be taken apart: {error}") from error
    finally:
        document.close()


def _read(path: str, document: "PdfDocument") -> Parsed:
    pages: list[list[Row]] = []
    for number in range(len(document)):
        page = document[number]
        pages.append(rows_of(page))
        page.close()
    pictures = [number for number, rows in enumerate(pages, start=1) if not rows]
    if len(pictures) == len(pages):
        raise UnreadableError(SCANNED if _has_picture(document) else "it holds no text")
    rows, address = without_running_heads(pages)
    # If all pages are the same, their lines are no running heads.
    parts = paragraphs([in_reading_order(page) for page in (rows if any(rows) else pages)])
    text, headings = _written(parts)
    if len(_UNREADABLE.findall(text)) > _MOST_UNREADABLE * len(text):
        raise UnreadableError("the letters of its text cannot be made out: its fonts do not say which they are")
    url = web_address(address) if address and "…" not in address else None
    facts = document.get_metadata_dict()
    article = article_of(
        path,
        text,
        headings,
        title=_headline(parts),
        property_title=facts.get("Title", ""),
        property_author=facts.get("Author", ""),
        url=found(url, "foot of the printed page"),
        declared=found(_language(document), "document properties"),
    )
    few = len(pictures) < _MANY_PICTURES * len(pages)
    told = f"{len(pictures)} of its {len(pages)} pages hold no text, such as page {pictures[0]}" if pictures else ""
    return Parsed((article,), () if few else (Skipped(path, told),))


def _written(parts: list[Paragraph]) -> tuple[str, tuple[Span, ...]]:
    """Return the text of all paragraphs and the spans of its headings."""
    pieces: list[str] = []
    headings: list[Span] = []
    position = page = 0
    for part in parts:
        gap = ("\n\n" if pieces else "") + PAGE_BREAK * (part.page - page)
        position += len(gap)
        if part.is_heading:
            headings.append(Span(position, position + len(part.words)))
        pieces += [gap, part.words]
        position += len(part.words)
        page = part.page + part.words.count(PAGE_BREAK)
    return "".join(pieces), tuple(headings)


def _headline(parts: list[Paragraph]) -> Found:
    """Return the heading of the largest letters at the beginning of a document."""
    first = parts[0].page if parts else 0
    large = [part for part in parts if part.is_heading and part.page == first]
    return found(one_line(max(large, key=lambda part: part.size).words), "headline") if large else UNKNOWN


def _has_picture(document: "PdfDocument") -> bool:
    import pypdfium2.raw as pdfium

    looked_at = range(min(len(document), _LOOKED_AT))
    return any(True for number in looked_at for _ in document[number].get_objects([pdfium.FPDF_PAGEOBJ_IMAGE]))


def _language(document: "PdfDocument") -> str | None:
    import pypdfium2.raw as pdfium

    room = (c_ushort * 40)()
    length = pdfium.FPDFCatalog_GetLanguage(document, room, 40)
    return bytes(room)[: max(0, length - 2)].decode("utf-16-le", "replace") or None if length <= 80 else None
