"""Manners towards the servers that are asked: one request at a time, a pause between two, and what robots.txt says."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from index.adding.request import FetchLimits, Web, get
from index.errors import AddingError, UnreachableError
from index.feeds.robots import EVERYTHING, MOST_BYTES, NOTHING, Rules
from index.feeds.state import State

# The name that a robots.txt calls this program by.
PROGRAM: Final = "Verbatim"
USER_AGENT: Final = f"{PROGRAM} (follows feeds; asks each site for one page at a time)"
# RFC 9309, 2.4: not to be used for more than a day.
ROBOTS_SECONDS: Final = 24 * 3600.0
UNREACHABLE_SECONDS: Final = 3600.0
# By RFC 9309 these mean that there are no rules; a site that is asked too much means something else.
_NO_RULES: Final = frozenset(range(400, 500)) - {429}
_OK: Final = 200


class DisallowedError(AddingError):
    """A site's robots.txt does not allow an address to be asked for."""


class Manners:
    """The turns of one round of requests.

    Parameters:
        pause: seconds between the end of a request and the next one to the same host, at least.
        clock: seconds since 1970, for how long a robots.txt holds.
    """

    def __init__(self, state: State, web: Web, limits: FetchLimits, pause: float, clock: Callable[[], float]) -> None:
        self._state = state
        self._web = web
        self._limits = replace(limits, unpacked=MOST_BYTES * 4, sent=MOST_BYTES * 4)
        self._pause = pause
        self._clock = clock
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._looking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._free_at: dict[str, float] = {}
        self._rules: dict[str, Rules] = {}

    @asynccontextmanager
    async def feed(self, url: str) -> AsyncIterator[None]:
        """Wait for a turn at the host of a feed, which a person chose: no robots.txt is asked."""
        async with self._turn(url, 0.0):
            yield

    @asynccontextmanager
    async def page(self, url: str) -> AsyncIterator[None]:
        """Wait for a turn at the host of a page.

        Raises:
            DisallowedError: if its robots.txt does not allow the page.
            UnreachableError: if its robots.txt cannot be had, which by RFC 9309 allows nothing for now.
        """
        rules = await self._rules_of(url)
        if rules is NOTHING:
            raise UnreachableError("the site's robots.txt cannot be had, so that none of its pages are asked for now")
        if not rules.allow(url):
            raise DisallowedError("the site's robots.txt does not allow it")
        async with self._turn(url, rules.delay):
            yield

    @asynccontextmanager
    async def _turn(self, url: str, delay: float) -> AsyncIterator[None]:
        host = urlsplit(url).hostname or ""
        loop = asyncio.get_running_loop()
        async with self._turns[host]:
            await asyncio.sleep(max(0.0, self._free_at.get(host, 0.0) - loop.time()))
            try:
                yield
            finally:
                self._free_at[host] = loop.time() + max(self._pause, delay)

    async def _rules_of(self, url: str) -> Rules:
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        async with self._looking[site]:
            if site not in self._rules:
                self._rules[site] = await self._looked_up(site)
            return self._rules[site]

    async def _looked_up(self, site: str) -> Rules:
        now = self._clock()
        stored = await asyncio.to_thread(self._state.robots, site, now)
        if stored is not None:
            return Rules.parsed(stored.encode(), PROGRAM) if stored else NOTHING
        try:
            reply = await get(
                f"{site}/robots.txt", self._limits, self._web, {"User-Agent": USER_AGENT}, visit=self.feed
            )
        except AddingError:
            rules = NOTHING
        else:
            if reply.status == _OK:
                rules = Rules.parsed(reply.raw, PROGRAM)
            else:
                rules = EVERYTHING if reply.status in _NO_RULES else NOTHING
        until = now + (UNREACHABLE_SECONDS if rules is NOTHING else ROBOTS_SECONDS)
        await asyncio.to_thread(self._state.put_robots, site, "" if rules is NOTHING else rules.written(), until, now)
        return rules
