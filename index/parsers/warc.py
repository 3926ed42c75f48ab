"""The parser of `.warc` and `.warc.gz` (ISO 28500), by warcio: each page that a crawler saved, with its address.

A `.wacz` (https://specs.webrecorder.net/wacz/) is a package of such archives. Its list of pages is not used: tools that
guess it leave out pages that were reached by a link.
"""

import gzip
import io
from collections.abc import Iterator
from contextlib import redirect_stderr
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from index.metadata import found, web_address
from index.parsers.container import Bounded, Budget, Member, Package, as_utf_8, path_within, unpacked
from index.parsers.parsed import MOST_NAMED, Skipped, UnreadableError
from index.parsers.registry import parser_of

if TYPE_CHECKING:
    from warcio.recordloader import ArcWarcRecord

# The suffix of each media type that is read.
_SUFFIXES: Final = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/rss+xml": ".rss",
    "application/atom+xml": ".atom",
    "application/pdf": ".pdf",
    "application/epub+zip": ".epub",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.oasis.opendocument.text": ".odt",
}
_TEXTS: Final = frozenset({".html", ".txt", ".md"})
# Plain text for machines.
_FOR_MACHINES: Final = frozenset({"/robots.txt", "/ads.txt", "/humans.txt", "/llms.txt"})
_LONGEST_NAME: Final = 200
_GZIP: Final = b"\x1f\x8b"
# ARC is the older format.
_BEGINNINGS: Final = (b"filedesc://", b"WARC/")
_NONE: Final = "not a web archive that can be read"


def members(path: str, raw: bytes, budget: Budget) -> Iterator[Member | Skipped]:
    """Yield the pages and documents in a web archive or a package of them.

    Raises:
        UnreadableError: if it is neither, or holds no page.
    """
    if not path.lower().endswith(".wacz"):
        yield from _pages(path, raw, budget)
        return
    package = Package(raw, "a WACZ package", Budget(each=budget.whole, whole=budget.whole))
    archives = sorted(name for name in package.names if name.lower().endswith((".warc", ".warc.gz")))
    if not archives:
        raise UnreadableError("the package holds no web archive")
    for name in archives:
        try:
            yield from _pages(path, package.read(name), budget)
        except UnreadableError as error:
            yield Skipped(path, f"{name}: {error}")


def _pages(path: str, raw: bytes, budget: Budget) -> Iterator[Member | Skipped]:
    """Yield the pages and documents in a web archive by their addresses; of one that was saved twice the first.

    Pictures, scripts, redirections and records about the crawl are passed over.
    """
    from warcio.archiveiterator import ArchiveIterator

    seen: set[str] = set()
    records = 0
    skipped = 0
    try:
        if not _opened(raw).read(len(_BEGINNINGS[0])).startswith(_BEGINNINGS):
            raise UnreadableError(_NONE)
        archive = ArchiveIterator(Bounded(_opened(raw), budget.whole), arc2warc=True)
        while record := _next(archive):
            records += 1
            if records > budget.files:
                raise UnreadableError(f"it holds more than {budget.files:,} records, which is the limit")
            url, suffix = _page_of(record)
            if url is None or suffix is None or url in seen:
                continue
            seen.add(url)
            inside = path_within(path, _name(url, suffix))
            if inside is None:
                continue
            try:
                yield Member(inside, _content(record, suffix, budget), found(url, "saved from"))
            except UnreadableError as error:
                skipped += 1
                if skipped <= MOST_NAMED:
                    yield Skipped(inside, str(error))
    except UnreadableError:
        raise
    except Exception as error:  # a hostile archive may make warcio raise anything; it must not end the build
        damaged = f"the web archive is damaged: what stands behind its first {records:,} records is not read"
        raise UnreadableError(damaged if records else _NONE) from error
    if not seen:
        raise UnreadableError("the web archive holds no page")


def _next(archive: "Iterator[ArcWarcRecord]") -> "ArcWarcRecord | None":
    # warcio prints what it finds wrong on standard error, in the archive's words.
    with redirect_stderr(io.StringIO()):
        return next(archive, None)


def _opened(raw: bytes) -> io.BufferedIOBase:
    """Return a stream of the records; some archives are packed record by record, some as a whole."""
    return gzip.GzipFile(fileobj=io.BytesIO(raw)) if raw.startswith(_GZIP) else io.BytesIO(raw)


def _page_of(record: "ArcWarcRecord") -> tuple[str | None, str | None]:
    """Return the address of what may be an article and the suffix of its format; None for anything else."""
    if record.rec_type not in ("response", "resource"):
        return None, None
    url = web_address(record.rec_headers.get_header("WARC-Target-URI", "").strip("<>"))
    kind = record.content_type or ""
    if record.http_headers is not None:
        if record.http_headers.get_statuscode() != "200":
            return None, None
        kind = record.http_headers.get_header("Content-Type", "")
    path = urlsplit(url).path.lower() if url else ""
    suffix = _SUFFIXES.get(kind.partition(";")[0].strip().lower())
    return url, None if path in _FOR_MACHINES else suffix


def _content(record: "ArcWarcRecord", suffix: str, budget: Budget) -> bytes:
    raw = unpacked(record.content_stream(), 0, budget)
    kind = "" if record.http_headers is None else record.http_headers.get_header("Content-Type", "")
    charset = kind.lower().partition("charset=")[2].partition(";")[0].strip(" \"'")
    return as_utf_8(raw, charset) if charset and suffix in _TEXTS else raw


def _name(url: str, suffix: str) -> str:
    """Return a page's name within the archive: its address, and a suffix that says its format."""
    parts = urlsplit(url)
    path = f"{parts.path}index" if parts.path.endswith("/") or not parts.path else unquote(parts.path)
    query = f"?{parts.query}" if parts.query else ""
    name = f"{parts.hostname}{path if path.startswith('/') else f'/{path}'}{query}"[:_LONGEST_NAME]
    return name if parser_of(name) == parser_of(f"a{suffix}") else f"{name}{suffix}"
