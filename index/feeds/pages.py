"""The pages of the entries of which a feed gives only a teaser."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from time import monotonic
from typing import Final

from index.adding.page import suffix_for, with_origin
from index.adding.request import FetchLimits, Reply, Web, get, words_of_status
from index.errors import AddingError, UnreachableError
from index.feeds.entries import Document, why_not_the_article, without_counting
from index.feeds.manners import USER_AGENT, Manners
from index.feeds.reading import Entry, FeedRead, PageRead
from index.metadata import found, host_of
from index.parsers.parsed import UnreadableError

_ACCEPTED: Final = "text/html, application/xhtml+xml"
# These answers may be others next time.
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
# After so many pages in a row that cannot be had, their site is left alone for this round.
_MOST_IN_VAIN: Final = 3


class Pages:
    """The pages of one feed's entries in one round.

    Parameters:
        most: pages that are asked for.
        seconds: after so many no further page is asked for.
        parse: parses a page; may block.
    """

    def __init__(
        self,
        web: Web,
        limits: FetchLimits,
        manners: Manners,
        most: int,
        seconds: float,
        parse: Callable[[bytes], PageRead],
    ) -> None:
        self._web = web
        self._limits = limits
        self._manners = manners
        self._left = most
        self._until = monotonic() + seconds
        self._parse = parse
        self._in_vain = 0

    @property
    def more(self) -> bool:
        """Return whether another page may be asked for in this round."""
        return self._left > 0 and self._in_vain < _MOST_IN_VAIN and monotonic() < self._until

    async def article(self, entry: Entry, feed: FeedRead) -> Document:
        """Return the article on the page of an entry.

        Raises:
            UnreachableError: if it cannot be had now.
            AddingError: if it is not to be had.
            UnreadableError: if there is no article, or another.
            TrialError: if the page takes its parser too much.
        """
        self._left -= 1
        reply = await self._asked(entry.link)
        raw = with_origin(reply.raw, reply.url, reply.headers.get("content-type", ""))
        page = await asyncio.to_thread(self._parse, raw)
        if reason := why_not_the_article(entry, page.text):
            raise UnreadableError(reason)
        is_own = host_of(found(page.url, "page")) == host_of(found(reply.url, "page"))
        return Document(
            entry.title or page.title,
            entry.author or page.author,
            entry.published or page.published,
            entry.updated,
            page.language or entry.language,
            without_counting(page.url if is_own else reply.url),
            feed.title,
            page.content,
        )

    async def _asked(self, link: str) -> Reply:
        headers = {"User-Agent": USER_AGENT, "Accept": _ACCEPTED}
        try:
            reply = await get(link, self._limits, self._web, headers, visit=self._manners.page, wanted=_wanted)
            if reply.status in _PASSING:
                raise UnreachableError(f"the site answered {words_of_status(reply.status)} for its page")
        except UnreachableError:
            self._in_vain += 1
            raise
        self._in_vain = 0
        if reply.status != HTTPStatus.OK:
            raise AddingError(f"the site answered {words_of_status(reply.status)} for its page")
        return reply


def _wanted(kind: str, path: str) -> None:
    if suffix_for(kind, path) not in (".html", ".htm"):
        raise AddingError("its link leads to something else than a page")
