"""Keeping with a fetched page what only its transfer knew: its address, and its encoding."""

import re
from html import escape, unescape
from typing import Final

from index.metadata import web_address
from index.readers.decoding import MARKS

# How far the reader of HTML looks for an encoding.
_HEAD: Final = 8192
_TAG: Final = re.compile(rb"<(?:link|meta)\b[^<>]{0,4000}+>", re.IGNORECASE)
_NAMES_IT: Final = re.compile(rb"\bcanonical\b|og:url", re.IGNORECASE)
_ADDRESS: Final = re.compile(
    rb"""\b(?:href|content)\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
_HEAD_TAG: Final = re.compile(rb"<head\b[^<>]{0,1000}>", re.IGNORECASE)
_HAS_CHARSET: Final = re.compile(rb"<meta\b[^<>]{0,300}charset|<\?xml[^<>]{0,100}encoding", re.IGNORECASE)
_CHARSET: Final = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)


def with_origin(raw: bytes, url: str, content_type: str) -> bytes:
    """A page's bytes with its address, and the encoding its Content-Type named, where it says neither itself.

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
    if not _has_address(raw):
        inserted += f'<link rel="canonical" href="{escape(url)}">'
    if not inserted:
        return raw
    head = _HEAD_TAG.search(raw[:_HEAD])
    place = head.end() if head else 0
    return raw[:place] + inserted.encode() + raw[place:]


def _has_address(raw: bytes) -> bool:
    """Whether a canonical link or og:url names an address that the reader will take."""
    for tag in _TAG.finditer(raw):
        if not _NAMES_IT.search(tag[0]):
            continue
        address = _ADDRESS.search(tag[0])
        value = address and next(group for group in address.groups() if group is not None)
        if value and web_address(unescape(value.decode(errors="replace"))):
            return True
    return False
