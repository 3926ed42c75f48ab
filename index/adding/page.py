"""A web answer as a file that a build reads: its format, its body unpacked within limits, and its address in it."""

import hashlib
import re
import zlib
from html import escape
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from index.errors import AddingError
from index.parsers.charset import MARKS
from index.parsers.registry import PARSERS, suffix_of

_SUFFIXES: Final = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "application/rss+xml": ".rss",
    "application/atom+xml": ".atom",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/jsonl": ".jsonl",
    "application/x-jsonl": ".jsonl",
    "application/jsonlines": ".jsonl",
    "application/x-jsonlines": ".jsonl",
    "application/x-ndjson": ".jsonl",
    "application/ndjson": ".jsonl",
    "application/json": ".json",
    "application/feed+json": ".json",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "application/epub+zip": ".epub",
    "multipart/related": ".mhtml",
    "application/x-mimearchive": ".mhtml",
    "application/warc": ".warc",
    "application/wacz": ".wacz",
    "application/zip": ".zip",
    "application/x-zip-compressed": ".zip",
    "application/x-tar": ".tar",
    "application/gzip": ".gz",
    "application/x-gzip": ".gz",
}
# For these types the suffix in the address decides: many servers know no better.
_BY_NAME: Final = frozenset(
    {"text/plain", "application/octet-stream", "binary/octet-stream", "application/gzip", "application/x-gzip"}
)
ACCEPTED: Final = ", ".join(_SUFFIXES)
_KINDS: Final = {"image": "a picture", "video": "a video", "audio": "a recording", "font": "a font"}
_LONGEST_KIND: Final = 60
ENCODINGS: Final = "gzip, deflate"
_GZIP: Final = 16 + zlib.MAX_WBITS
# Formats without a place for the address: such a file is stored in a web archive, whose suffix follows.
_DOCUMENTS: Final = frozenset({".pdf", ".docx", ".odt", ".rtf", ".epub"})
_WEB_ARCHIVE: Final = ".warc"
# The parser of HTML looks so far for an encoding, bytes.
_HEAD: Final = 8192
_HEAD_TAG: Final = re.compile(rb"<head\b[^<>]{0,1000}>", re.IGNORECASE)
_HAS_CHARSET: Final = re.compile(rb"<meta\b[^<>]{0,300}charset|<\?xml[^<>]{0,100}encoding", re.IGNORECASE)
_CHARSET: Final = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)


def suffix_for(content_type: str, path: str) -> str:
    """Return the suffix of the file that an answer is stored in, such as '.html'.

    Parameters:
        content_type: the answer's Content-Type, with or without parameters.
        path: of the URL; its suffix decides for an answer that is served as plain text or without a type.

    Raises:
        AddingError: if it cannot hold an article; the message says what it is.
    """
    kind = bare(content_type)
    named = suffix_of(path)
    if kind in _BY_NAME and named in PARSERS:
        return named
    suffix = _SUFFIXES.get(kind)
    if suffix is None:
        raise AddingError(
            f"the link leads to {_named(kind)}; "
            "pages, documents, plain text, Markdown, feeds, JSON, tables and archives are read"
        )
    return suffix


def bare(content_type: str) -> str:
    """Return the type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def _named(kind: str) -> str:
    if not kind:
        return "something that does not say what it is"
    described = _KINDS.get(kind.partition("/")[0])
    if described:
        return described
    shown = "".join(character if character.isprintable() else "?" for character in kind[:_LONGEST_KIND])
    return f"something else ({shown})"


class Body:
    """A body that comes in pieces, and is unpacked within limits.

    Parameters:
        encoding: the Content-Encoding of the answer, '' for none.
        sent: how many bytes may come.
        unpacked: how many bytes they may unpack to.

    Raises:
        AddingError: if it is packed in another way than with gzip or deflate.
    """

    def __init__(self, encoding: str, sent: int, unpacked: int) -> None:
        encoding = encoding.strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise AddingError("the page is packed in a way that was not asked for and is not read")
        self._deflate = encoding == "deflate"
        self._unpacker = zlib.decompressobj(_GZIP) if "gzip" in encoding else None
        self._most_sent, self._most = sent, unpacked
        self._sent = 0
        self._whole = bytearray()
        self._packed = self._deflate or self._unpacker is not None

    def take(self, piece: bytes) -> None:
        """Take in the next piece.

        Raises:
            AddingError: if the limit is passed, or it cannot be unpacked.
        """
        self._sent += len(piece)
        if self._sent > self._most_sent:
            raise AddingError(f"the page is larger than {_megabytes(self._most_sent)}")
        if self._deflate and self._unpacker is None and piece:
            self._unpacker = zlib.decompressobj(_window_of(piece))
        if self._unpacker is not None and self._unpacker.eof:
            # zlib would store what follows the end, and copy all of it at every further piece.
            return
        if self._unpacker is not None:
            try:
                # One byte more than may come, to see that there is more.
                piece = self._unpacker.decompress(piece, self._most - len(self._whole) + 1)
            except zlib.error as error:
                raise AddingError("the page is packed in a way that cannot be unpacked") from error
        self._whole += piece
        if len(self._whole) > self._most:
            raise AddingError(f"the page unpacks to more than {_megabytes(self._most)}")

    def whole(self) -> bytes:
        """Return the whole body, unpacked.

        Raises:
            AddingError: if the end is missing.
        """
        if self._packed and self._sent and not (self._unpacker and self._unpacker.eof):
            raise AddingError("the page broke off in the middle")
        return bytes(self._whole)


def _window_of(piece: bytes) -> int:
    # RFC 9110 means zlib's format by 'deflate', and some servers have always sent the bare stream: RFC 1950 tells them
    # apart, whose header names method 8 in its first byte.
    return zlib.MAX_WBITS if piece[0] & 0x0F == 8 else -zlib.MAX_WBITS


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.3g} MB"


def with_address(raw: bytes, url: str, content_type: str, suffix: str) -> tuple[bytes, str]:
    """Return a file with the address it was fetched from in it, where its format has a place for one, and its suffix.

    Once stored, it is a file like any other, and a citation could not link to it: the address would be lost that the
    person sent.
    """
    if suffix in (".html", ".htm"):
        return with_origin(raw, url, content_type), suffix
    if suffix in _DOCUMENTS:
        return as_record(raw, url, bare(content_type)), _WEB_ARCHIVE
    return raw, suffix


def with_origin(raw: bytes, url: str, content_type: str) -> bytes:
    """Return a page's bytes with the address it was fetched from, and the encoding that its Content-Type named.

    The parser takes either only if the page says nothing itself. The encoding that only the transfer named would be
    lost as well.

    Parameters:
        raw: the page, HTML.
        url: where it was fetched, after redirects.
        content_type: the header, with its parameters.
    """
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            # The insertion must be in the page's encoding: all of it becomes UTF-8.
            raw, content_type = raw[len(mark) :].decode(encoding, errors="replace").encode(), "text/html; charset=utf-8"
            break
    inserted = ""
    charset = _CHARSET.search(content_type)
    if charset and not _HAS_CHARSET.search(raw[:_HEAD]):
        inserted += f'<meta charset="{escape(charset[1])}">'
    # The parser looks at this element last: the page's own metadata come first.
    inserted += f'<meta name="citation_public_url" content="{escape(url)}">'
    head = _HEAD_TAG.search(raw[:_HEAD])
    place = head.end() if head else 0
    return raw[:place] + inserted.encode() + raw[place:]


def as_record(raw: bytes, url: str, kind: str) -> bytes:
    """Return a web archive (ISO 28500) of one file, with the address that it was fetched from.

    It leaves out the time of the fetch, so that the same file is the same bytes whenever it is added.

    Parameters:
        kind: its Content-Type, without parameters.
    """
    identity = uuid5(NAMESPACE_URL, f"{url} {hashlib.sha256(raw).hexdigest()}")
    head = (
        "WARC/1.1\r\nWARC-Type: resource\r\n"
        f"WARC-Record-ID: <urn:uuid:{identity}>\r\nWARC-Target-URI: {url}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(raw)}\r\n\r\n"
    )
    return b"".join((head.encode(), raw, b"\r\n\r\n"))
