"""The feeds that are followed in one data folder."""

import asyncio
import math
import random
import sqlite3
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from index.adding.request import Address, Resolve, Web, is_public, resolve
from index.errors import BusyError, FeedsError
from index.feeds.entries import SUFFIX
from index.feeds.fetching import FeedLimits, Fetching, Tally
from index.feeds.schedule import LONGEST_RETRY
from index.feeds.state import FeedRow, State
from index.generation.durable import locked, make_folder, writable
from index.metadata import one_line, web_address
from index.parsers.parsed import why
from index.seeds import ADDED

_LOCK: Final = ".feeds.lock"
# Seconds of rest after the disk refused something: it would refuse again at once.
_REST: Final = 300.0


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed that is followed.

    Attributes:
        title: as the feed gives it, '' while it was never fetched.
        by_setting: whether a setting names it; else a person follows it.
        moved: where its server has moved it for good, '' if it has not.
        success: when it was last fetched, None if it never was.
        next: when it is due, None if it is not fetched any more.
        trouble: the last one in one line, '' if there is none.
        entries: how many of its entries have become files.
    """

    address: str
    title: str
    by_setting: bool
    moved: str
    success: datetime | None
    next: datetime | None
    trouble: str
    entries: int


@dataclass(frozen=True, slots=True)
class FeedRound:
    """What fetching all feeds that were due has brought.

    Attributes:
        fetched: feeds that had something to say.
        unchanged: feeds that had not.
        failed: feeds that could not be fetched.
        new, changed: entries whose files are new, or have changed.
        waiting: entries left for the next round.
        paths: of the files that were written, as a build names them.
        troubles: address and trouble of feeds that could not be fetched.
        teasers: feed, title and reason of entries of which only what the feed says could be had.
        left_out: the same of entries of which nothing could be had.
        stopped: why the round ended before its time, such as a full disk; '' if it did not.
    """

    fetched: int = 0
    unchanged: int = 0
    failed: int = 0
    new: int = 0
    changed: int = 0
    waiting: int = 0
    paths: tuple[str, ...] = ()
    troubles: tuple[tuple[str, str], ...] = ()
    teasers: tuple[tuple[str, str, str], ...] = ()
    left_out: tuple[tuple[str, str, str], ...] = ()
    stopped: str = ""


class Feeds:
    """The feeds of one data folder. Where none is followed, nothing is made and nothing is fetched.

    Parameters:
        data: the data folder.
        addresses: that a setting names; others are followed by `follow`.
        allowed, resolver, tls: see index.adding.request.Web.
        clock: seconds since 1970.
        chance: spreads new tries.

    Raises:
        FeedsError: if one of the addresses is none.
    """

    def __init__(
        self,
        data: Path,
        addresses: Sequence[str] = (),
        limits: FeedLimits | None = None,
        *,
        allowed: Callable[[Address], bool] = is_public,
        resolver: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,
        chance: random.Random | None = None,
    ) -> None:
        self._data = data
        self._named = tuple(dict.fromkeys(map(checked_address, addresses)))
        self._limits = limits or FeedLimits()
        self._web = Web(allowed, resolver, tls)
        self._clock = clock
        self._chance = chance or random.Random()
        self._state = State(data)
        self._rests_until = 0.0

    def listed(self) -> tuple[FeedState, ...]:
        """Return the feeds that are followed, the settings' first."""
        rows, now = self._rows(), self._clock()
        taken = self._state.taken() if rows else {}
        return tuple(
            FeedState(
                row.address,
                row.title,
                row.address in self._named,
                row.moved,
                None if row.success is None else _time(row.success),
                None if row.ended else _time(max(_next(row, now), now)),
                row.trouble,
                taken.get(row.address, 0),
            )
            for row in rows
        )

    def follow(self, address: str) -> bool:
        """Follow a feed; it is due at once. Return whether it was not followed yet.

        Raises:
            FeedsError: if it is no address, or too many are followed.
            DataFolderError: if this user may not write to the data folder.
        """
        address = checked_address(address)
        rows = {row.address: row for row in self._rows()}
        if address not in rows and len(rows) >= self._limits.feeds:
            raise FeedsError(f"{len(rows)} feeds are followed, the most there may be: unfollow one first")
        with writable(self._data):
            self._state.follow(address, followed=True)
        return address not in rows

    def unfollow(self, address: str) -> bool:
        """Follow a feed no more; its articles stay. Return whether it was followed.

        Raises:
            FeedsError: if it is no address, or a setting names it.
            DataFolderError: if this user may not write to the data folder.
        """
        address = checked_address(address)
        if address in self._named:
            raise FeedsError(f"{address} is named by VERBATIM_FEEDS: take it out there, and start again")
        if address not in {row.address for row in self._rows()}:
            return False
        with writable(self._data):
            self._state.follow(address, followed=False)
        return True

    def due(self) -> float:
        """Return the seconds until a feed is due; infinity if none is followed."""
        now = self._clock()
        times = [_next(row, now) for row in self._rows() if not row.ended]
        return max(0.0, min(times) - now, self._rests_until - now) if times else math.inf

    def unbuilt(self) -> int:
        """Return a number that stands for the files written since the last build, 0 if there are none."""
        return self._state.unbuilt()

    def built(self, number: int) -> None:
        """Note that a build has read the files for which `unbuilt` returned the number before it began."""
        self._state.built(number)

    async def fetch_due(self) -> FeedRound:
        """Fetch all feeds that are due, and store what they bring.

        A round that the disk stops keeps what it has stored, and says so; the feeds are due again after a rest.

        Raises:
            BusyError: if another program is fetching the feeds of this data folder.
            DataFolderError: if this user may not write to the data folder.
        """
        rows = await asyncio.to_thread(self._rows)
        now = self._clock()
        due = [row for row in rows if not row.ended and _next(row, now) <= now]
        if not due:
            return FeedRound()
        with writable(self._data):
            make_folder(self._data)
            try:
                with locked(self._data / _LOCK, wait=False):
                    return await self._fetch(due, rows)
            except BlockingIOError as error:
                raise BusyError(f"another program is fetching the feeds of {self._data}: wait for it") from error

    async def _fetch(self, due: Sequence[FeedRow], rows: Sequence[FeedRow]) -> FeedRound:
        taken = await asyncio.to_thread(self._state.taken)
        active = frozenset(row.address for row in rows)
        fetching = Fetching(self._data, self._state, self._web, self._limits, self._clock, self._chance, active, taken)
        await asyncio.to_thread(sweep, self._data / ADDED)
        turns = asyncio.Semaphore(self._limits.at_once)
        stopped = ""
        denied: list[PermissionError] = []

        async def fetch(row: FeedRow) -> None:
            nonlocal stopped
            async with turns:
                if stopped or denied:
                    return
                try:
                    await fetching.fetch(row)
                except PermissionError as error:
                    denied.append(error)
                except FeedsError as error:
                    stopped = str(error)
                except (OSError, sqlite3.Error) as error:
                    stopped = f"the disk refuses a file of the feeds ({_words(error)}): make room on it"
                    self._rests_until = self._clock() + _REST

        async with asyncio.TaskGroup() as group:
            for row in due:
                group.create_task(fetch(row))
        if denied:
            raise denied[0]
        return _round(fetching.tally, stopped)

    def _rows(self) -> list[FeedRow]:
        """Return the feeds that are followed, those of the setting first."""
        known = self._state.feeds()
        named = [known.get(address, FeedRow(address)) for address in self._named]
        return [*named, *(row for row in known.values() if row.followed and row.address not in self._named)]


def checked_address(address: str) -> str:
    """Return the address of a feed without its fragment.

    Raises:
        FeedsError: if it is none.
    """
    address = address.strip()
    # The scheme that some programs give to feeds.
    address = "https://" + address.removeprefix("feed://") if address.startswith("feed://") else address
    try:
        url = str(httpx.URL(address).copy_with(fragment=None))
    except (httpx.InvalidURL, ValueError):
        url = ""
    if "@" in urlsplit(url).netloc:
        # Not repeated: it may hold a password, and this goes into logs.
        raise FeedsError("a feed with a user name or a password in its address is not followed")
    if not web_address(url):
        shown = one_line(address, 200) or "an empty line"
        raise FeedsError(f"{shown} is no address of a feed: give one that begins with http:// or https://")
    return url


def _next(row: FeedRow, now: float) -> float:
    """Return when a feed is due; now where that is so late that the clock must have been wrong."""
    return row.next if row.next <= now + 1.2 * LONGEST_RETRY else now


def sweep(added: Path) -> None:
    """Remove what programs that were killed have left: files without their name yet. Call it where nobody writes."""
    for left in added.glob(f"*/.*{SUFFIX}-*"):
        left.unlink(missing_ok=True)


def _round(tally: Tally, stopped: str) -> FeedRound:
    return FeedRound(
        tally.fetched,
        tally.unchanged,
        tally.failed,
        tally.new,
        tally.changed,
        tally.waiting,
        tuple(sorted(tally.paths)),
        tuple(sorted(tally.troubles)),
        tuple(sorted(tally.teasers)),
        tuple(sorted(tally.left_out)),
        stopped,
    )


def _words(error: OSError | sqlite3.Error) -> str:
    return why(error) if isinstance(error, OSError) else str(error)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
