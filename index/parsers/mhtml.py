"""The parser of `.mhtml` and `.mht`: a page that a browser saved as a mail with its pictures attached."""

from email.message import Message
from email.parser import BytesParser
from typing import Final

from index.article import UNKNOWN, Found
from index.metadata import found, web_address
from index.parsers import html
from index.parsers.container import as_utf_8, located
from index.parsers.document import parsing
from index.parsers.parsed import Parsed, UnreadableError

_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
# Frames are saved too, each as a part.
_MOST_PARTS: Final = 10_000


def read(path: str, raw: bytes) -> Parsed:
    """Parse the one article in a saved page.

    Raises:
        UnreadableError: if it holds no page, or the page no article.
    """
    with parsing("the saved page"):
        saved = BytesParser().parsebytes(raw)
        page = _page(saved)
        content = page.get_payload(decode=True) if page else None
        url = _address(saved, page) if page else UNKNOWN
    if page is None or not isinstance(content, bytes):
        raise UnreadableError("not a page that a browser saved: it holds no HTML")
    reading = html.read(path, as_utf_8(content, page.get_content_charset()))
    return Parsed(tuple(located(article, url) for article in reading.articles), reading.skipped)


def _page(saved: Message) -> Message | None:
    """Return the part that is the page: the first HTML part, as the others are its frames."""
    for number, part in enumerate(saved.walk()):
        if number > _MOST_PARTS:
            return None
        if part.get_content_type() in _PAGES:
            return part
    return None


def _address(saved: Message, page: Message) -> Found:
    named = (saved["Snapshot-Content-Location"], page["Content-Location"], saved["Content-Location"])
    for header in named:
        # Long headers are folded.
        address = web_address("".join(str(header or "").split()))
        if address:
            return found(address, "saved from")
    return UNKNOWN
