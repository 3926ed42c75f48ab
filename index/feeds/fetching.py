"""One feed fetched: asked with conditions, its entries compared with those that are known, files written.

What is stored of a feed comes last: a process that is killed before it asks again as it asked before, and finds the
files that it has written by their names.
"""

import asyncio
import hashlib
import logging
import random
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from index.adding.request import FetchLimits, Reply, Web, get, words_of_status
from index.errors import AddingError, FeedsError, UnreachableError
from index.feeds.entries import (
    Document,
    Identity,
    content_hash,
    folder_of,
    identities,
    is_whole,
    is_worth_storing,
    path_of,
    size_of,
    written,
)
from index.feeds.manners import USER_AGENT, Manners
from index.feeds.pages import Pages
from index.feeds.reading import Entry, FeedRead, read_feed, read_page
from index.feeds.schedule import SHORTEST, back_off, bounded, fresh_for, interval, retry_after, seconds_of
from index.feeds.state import EntryRow, FeedRow, State
from index.generation.durable import make_folder, replace_file
from index.parsers.parsed import UnreadableError
from index.sandbox.trial import TrialError
from index.seeds import ADDED
from index.withdrawn import Withdrawals, stamp

log = logging.getLogger("verbatim.index")

_ACCEPTED: Final = "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
# A feed that brings nothing is asked less and less often, by so much each time.
_SLOWER: Final = 1.1
# After so many tries in vain the page of an entry is given up.
_MOST_TRIES: Final = 3
# Characters of a header that is sent back.
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class FeedLimits:
    """Limits of feeds.

    Attributes:
        fetch: for one request.
        feed: bytes of a feed, as sent and unpacked.
        entries: that are taken of one feed in a round; the others come in the next ones.
        pages: of entries that are fetched for one feed in a round.
        pages_seconds: after so many no further page of a feed is fetched in a round.
        files: of one feed that are ever stored.
        size: bytes of the files of one host, from which no new ones are stored.
        feeds: that may be followed.
        at_once: feeds that are fetched side by side.
        pause: seconds between two requests to a host.
        reading_seconds, reading_memory: for parsing a feed or a page, see index.sandbox.trial.
    """

    fetch: FetchLimits = field(default_factory=FetchLimits)
    feed: int = 10_000_000
    entries: int = 100
    pages: int = 40
    pages_seconds: float = 300
    files: int = 5_000
    size: int = 500_000_000
    feeds: int = 200
    at_once: int = 4
    pause: float = 1.0
    reading_seconds: float = 20
    reading_memory: int = 600 << 20


@dataclass(slots=True)
class Tally:
    """What a round has brought so far; see `FeedRound`."""

    fetched: int = 0
    unchanged: int = 0
    failed: int = 0
    new: int = 0
    changed: int = 0
    waiting: int = 0
    paths: list[str] = field(default_factory=list)
    troubles: list[tuple[str, str]] = field(default_factory=list)
    teasers: list[tuple[str, str, str]] = field(default_factory=list)
    left_out: list[tuple[str, str, str]] = field(default_factory=list)


class Fetching:
    """The fetches of one round.

    Parameters:
        active: addresses of all feeds that are followed.
        taken: how many entries of each feed have a file.
    """

    def __init__(
        self,
        data: Path,
        state: State,
        web: Web,
        limits: FeedLimits,
        clock: Callable[[], float],
        chance: random.Random,
        active: frozenset[str],
        taken: dict[str, int],
    ) -> None:
        self._data = data
        self._added = data / ADDED
        self._withdrawals = Withdrawals.read(data)
        self._state = state
        self._web = web
        self._limits = limits
        self._clock = clock
        self._chance = chance
        self._active = active
        self._taken = taken
        self._manners = Manners(state, web, limits.fetch, limits.pause, clock)
        self._feed_limits = replace(limits.fetch, sent=limits.feed, unpacked=limits.feed)
        self._keeping = asyncio.Lock()
        self.tally = Tally()

    async def fetch(self, feed: FeedRow) -> None:
        """Fetch one feed, and store what became of it.

        Raises:
            OSError: if the disk does not take a file.
            sqlite3.Error: if it does not take what is known of the feed.
            FeedsError: if the file of that is damaged.
        """
        asked_for = 0.0
        try:
            reply = await self._ask(feed)
            if reply.status == HTTPStatus.GONE and not feed.moved:
                await self._end(feed)
                return
            if reply.status not in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
                asked_for = retry_after(reply.headers, self._clock())
                raise AddingError(f"the site answered {words_of_status(reply.status)}")
            feed = replace(feed, moved=reply.moved or feed.moved)
            digest = hashlib.sha256(reply.raw).hexdigest()
            if reply.status == HTTPStatus.NOT_MODIFIED or digest == feed.digest:
                await self._same(feed, reply)
            else:
                await self._changed(feed, reply, digest)
        except (AddingError, UnreadableError, TrialError) as error:
            await self._failed(feed, str(error), asked_for)
        except (OSError, sqlite3.Error, FeedsError):
            raise
        except Exception as error:  # whatever one feed drives this program to, the others must be fetched
            log.exception("a feed could not be fetched", extra={"feed": feed.address})
            await self._failed(feed, f"this should not happen ({type(error).__name__}): report it", asked_for)

    async def _ask(self, feed: FeedRow) -> Reply:
        headers = {"User-Agent": USER_AGENT, "Accept": _ACCEPTED}
        if feed.etag:
            headers["If-None-Match"] = feed.etag
        if feed.modified:
            headers["If-Modified-Since"] = feed.modified
        return await get(feed.moved or feed.address, self._feed_limits, self._web, headers, visit=self._manners.feed)

    async def _end(self, feed: FeedRow) -> None:
        told = "the site says that the feed is gone for good (410 Gone): it is not fetched any more"
        self.tally.failed += 1
        self.tally.troubles.append((feed.address, told))
        await asyncio.to_thread(self._state.put_feed, replace(feed, ended=True, trouble=told))

    async def _failed(self, feed: FeedRow, told: str, asked_for: float) -> None:
        # Where it was moved to may be gone, and its first address know another: that is asked next.
        failures = feed.failures + 1
        wait = back_off(failures, feed.usual, self._chance, asked_for)
        self.tally.failed += 1
        self.tally.troubles.append((feed.address, told))
        await asyncio.to_thread(
            self._state.put_feed, replace(feed, failures=failures, trouble=told, next=self._clock() + wait, moved="")
        )

    async def _same(self, feed: FeedRow, reply: Reply) -> None:
        now = self._clock()
        usual = bounded(max(feed.usual * _SLOWER, fresh_for(reply.headers)))
        self.tally.unchanged += 1
        await asyncio.to_thread(
            self._state.put_feed,
            replace(feed, usual=usual, next=now + usual, success=now, failures=0, trouble=""),
        )

    async def _changed(self, feed: FeedRow, reply: Reply, digest: str) -> None:
        limits = self._limits
        read = await asyncio.to_thread(
            read_feed, reply.raw, reply.url, seconds=limits.reading_seconds, memory=limits.reading_memory
        )
        self.tally.fetched += 1
        waiting, trouble = await self._take(feed, read)
        self.tally.waiting += waiting
        now = self._clock()
        dates = [date for entry in read.entries if (date := seconds_of(entry.published or entry.updated)) is not None]
        usual = interval(dates, now, max(fresh_for(reply.headers), 3600 * read.hours))
        feed = replace(
            feed,
            title=read.title or feed.title,
            usual=usual,
            next=now + (SHORTEST if waiting else usual),
            success=now,
            failures=0,
            trouble=trouble,
        )
        # With these the server would say that nothing is new, and those that wait would never come.
        validators = ("", "", "") if waiting else (*_validators(reply), digest)
        etag, modified, digest = validators
        feed = replace(feed, etag=etag, modified=modified, digest=digest)
        await asyncio.to_thread(self._state.put_feed, feed)

    async def _take(self, feed: FeedRow, read: FeedRead) -> tuple[int, str]:
        """Take the entries that are new or changed; return how many have to wait, and what is wrong."""
        host = urlsplit(feed.address).hostname or ""
        taking = _Taking(feed.address, host, read, self._pages(), self._limits.entries)
        trouble = ""
        size = await asyncio.to_thread(size_of, folder_of(self._added, host))
        for entry, identity in zip(read.entries, identities(feed.address, read.entries), strict=True):
            if not identity.digest:
                continue
            known = await self._known(_row(feed.address, identity, entry), identity)
            if known is None and (full := self._full(feed.address, size)):
                trouble = full
                continue
            if self._is_settled(feed.address, entry, known):
                continue
            if taking.entries <= 0:
                taking.waiting += 1
                continue
            await self._take_one(taking, entry, identity, known)
        return taking.waiting, trouble

    def _full(self, feed: str, size: int) -> str:
        """Return why nothing new is stored of a feed, whose host's files have this size; '' if it is."""
        if self._taken.get(feed, 0) >= self._limits.files:
            return f"{self._limits.files:,} articles of this feed are stored, the most there may be: new ones are not"
        if size >= self._limits.size:
            return f"{size / 1e6:,.0f} MB of articles of its host are stored, the most there may be: new ones are not"
        return ""

    def _pages(self) -> Pages:
        limits = self._limits
        parse = partial(read_page, seconds=limits.reading_seconds, memory=limits.reading_memory)
        return Pages(self._web, limits.fetch, self._manners, limits.pages, limits.pages_seconds, parse)

    def _is_settled(self, feed: str, entry: Entry, known: EntryRow | None) -> bool:
        """Return whether nothing is to be done for an entry."""
        if known is None:
            return False
        if known.feed != feed and known.feed in self._active:
            return True  # another feed brings it
        if known.path and not (self._added / known.path).is_file():
            return True  # somebody has taken it out
        return known.content == content_hash(entry) and not 0 < known.tries < _MOST_TRIES

    async def _take_one(self, taking: "_Taking", entry: Entry, identity: Identity, known: EntryRow | None) -> None:
        document, reason, tries = None, "", 0
        if is_whole(entry):
            document = Document.of_feed(entry, taking.read.title)
        else:
            if not taking.pages.more:
                taking.waiting += 1
                return
            try:
                document = await taking.pages.article(entry, taking.read)
            except UnreachableError as error:
                reason = str(error)
                tries = (known.tries if known and known.content == content_hash(entry) else 0) + 1
                if tries < _MOST_TRIES:
                    taking.waiting += 1
            except (AddingError, UnreadableError, TrialError) as error:
                reason = str(error)
        row = replace(_row(taking.feed, identity, entry, known), tries=tries, reason=reason)
        taking.entries -= 1
        async with self._keeping:
            # Feeds are fetched side by side: another one may have brought it meanwhile.
            if known is not None or await self._known(row, identity) is None:
                await self._keep(taking, row, entry, identity, known, document)

    async def _known(self, row: EntryRow, identity: Identity) -> EntryRow | None:
        return await asyncio.to_thread(self._state.entry, row, by_title=bool(identity.story))

    async def _keep(
        self,
        taking: "_Taking",
        row: EntryRow,
        entry: Entry,
        identity: Identity,
        known: EntryRow | None,
        document: Document | None,
    ) -> None:
        """Store an entry: the article, or without one what the feed says of it where that is better than nothing."""
        is_teaser = document is None
        if is_teaser and not 0 < row.tries < _MOST_TRIES and not (known and known.path and not known.teaser):
            # What the feed says is better than nothing, but not than the article as it was.
            document = Document.of_feed(entry, taking.read.title) if is_worth_storing(entry) else None
        if document is None:
            if not 0 < row.tries < _MOST_TRIES:
                self.tally.left_out.append((taking.feed, entry.title, row.reason))
            await asyncio.to_thread(self._state.put_entry, replace(row, teaser=bool(known and known.teaser)))
            return
        if is_teaser:
            self.tally.teasers.append((taking.feed, entry.title, row.reason))
        is_new = not row.path
        path = row.path or await asyncio.to_thread(path_of, entry, identity, taking.host, self._added)
        row = replace(row, path=path, teaser=is_teaser)
        if await asyncio.to_thread(self._is_taken_out, str(PurePosixPath(ADDED, path)), document.url):
            # Somebody took it out. Without its file it counts as settled from now on.
            await asyncio.to_thread(self._state.put_entry, row)
            return
        await asyncio.to_thread(self._store, row, document, is_new=is_new)

    def _is_taken_out(self, file: str, url: str) -> bool:
        """Return whether somebody took an article out, perhaps since its page was asked for."""
        if stamp(self._data) != self._withdrawals.stamp:
            self._withdrawals = Withdrawals.read(self._data)
        return self._withdrawals.names(file=file, url=url)

    def _store(self, row: EntryRow, document: Document, *, is_new: bool) -> None:
        named = str(PurePosixPath(ADDED, row.path))
        file = self._added / row.path
        raw = written(document, named)
        before = None
        with suppress(FileNotFoundError):
            before = file.read_bytes()
        if raw != before:
            # Before and after: a process may be killed in between, and a build may end in between.
            self._state.note_file()
            make_folder(file.parent)
            replace_file(file, raw)
        if raw != before or is_new:
            self.tally.paths.append(named)
            self.tally.new += is_new
            self.tally.changed += not is_new
        self._state.put_entry(row, wrote=raw != before)
        if is_new:
            self._taken[row.feed] = self._taken.get(row.feed, 0) + 1


@dataclass(slots=True)
class _Taking:
    """The entries of one feed as they are taken, and what is left of the round's limits."""

    feed: str
    host: str
    read: FeedRead
    pages: Pages
    entries: int
    waiting: int = 0


def _row(feed: str, identity: Identity, entry: Entry, known: EntryRow | None = None) -> EntryRow:
    """Return what is to be stored of an entry, on top of what is known of it."""
    return EntryRow(
        known.number if known else 0,
        feed,
        identity.key or (known.key if known else ""),
        identity.link or (known.link if known else ""),
        entry.title,
        entry.published,
        identity.words,
        known.path if known else "",
        content_hash(entry),
    )


def _validators(reply: Reply) -> tuple[str, str]:
    """Return the ETag and the Last-Modified of an answer, as they are sent back."""
    etag, modified = (reply.headers.get(name, "")[:_LONGEST] for name in ("etag", "last-modified"))
    return etag if etag.isascii() and etag.isprintable() else "", modified if modified.isascii() else ""
