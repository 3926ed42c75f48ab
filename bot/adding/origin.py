"""Keeping with a fetched page what only its transfer knew: its address, and its encoding."""

import hashlib
import re
from html import escape
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from index.readers.decoding import MARKS

# Formats in which there is no place for the address: such a file is kept in a web archive, whose suffix follows.
DOCUMENTS: Final = frozenset({".pdf", ".docx", ".odt", ".rtf", ".epub"})
WEB_ARCHIVE: Final = ".warc"
# How far the reader of HTML looks for an encoding.
_HEAD: Final = 8192
_HEAD_TAG: Final = re.compile(rb"<head\b[^<>]{0,1000}>", re.IGNORECASE)
_HAS_CHARSET: Final = re.compile(rb"<meta\b[^<>]{0,300}charset|<\?xml[^<>]{0,100}encoding", re.IGNORECASE)
_CHARSET: Final = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)


def with_origin(raw: bytes, url: str, content_type: str) -> bytes:
    """A page's bytes with the address it was fetched from, and the encoding its Content-Type named.

    The reader takes either only where the page says nothing itself.

    Once stored, a page is a file like any other, and a citation could not link to it: the address would be lost that
    the person sent, the encoding that only the transfer named as well.

    Parameters:
        raw: the page, HTML.
        url: where it was fetched, after redirects.
        content_type: the header, with its parameters.
    """
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            # What is inserted must be in the page's encoding; as UTF-8 all of it is read alike.
            raw, content_type = raw[len(mark) :].decode(encoding, errors="replace").encode(), "text/html; charset=utf-8"
            break
    inserted = ""
    charset = _CHARSET.search(content_type)
    if charset and not _HAS_CHARSET.search(raw[:_HEAD]):
        inserted += f'<meta charset="{escape(charset[1])}">'
    # What a page says of itself is told elsewhere, and comes first with the reader: this is the last that it looks at.
    inserted += f'<meta name="citation_public_url" content="{escape(url)}">'
    head = _HEAD_TAG.search(raw[:_HEAD])
    place = head.end() if head else 0
    return raw[:place] + inserted.encode() + raw[place:]


def as_record(raw: bytes, url: str, kind: str) -> bytes:
    """A web archive (ISO 28500) of one file, with the address that it was fetched from.

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
