"""Files that hold addresses of articles and no articles: what to say of them, and what to do."""

import re
from collections.abc import Mapping
from typing import Final

from index.readers.reading import UnreadableError

_SEND: Final = "with addresses and no articles: save the pages themselves, or send their links to the bot"
_REASONS: Final[Mapping[str, str]] = {
    "opml": "a list of feeds (OPML), with addresses and no articles: save the feeds themselves as .xml",
    "urlset": f"a sitemap, {_SEND}",
    "sitemapindex": f"a list of sitemaps, {_SEND}",
    "xbel": f"a browser's bookmarks, {_SEND}",
    "mediawiki": "an export of MediaWiki, whose markup is not read: make JSON lines of it, such as with wikiextractor",
}
# The first line of what every browser writes.
_BOOKMARKS: Final = re.compile(r"\s{0,100}<!DOCTYPE\s+NETSCAPE-Bookmark-file", re.IGNORECASE)


def reason_for(root: str) -> str | None:
    """What is said of an XML document with that first element; None for one that is not known."""
    return _REASONS.get(root.lower())


def check_no_bookmarks(page: str) -> None:
    """Look whether a page is a browser's bookmarks.

    Raises:
        UnreadableError: if it is.
    """
    if _BOOKMARKS.match(page):
        raise UnreadableError(_REASONS["xbel"])
