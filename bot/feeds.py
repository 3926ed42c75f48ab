"""The feeds that are followed, fetched while the bot runs. Where none is followed, no call goes out.

What fetches and parses them is loaded when it is first needed.
"""

import asyncio
import logging
import math
import os
import sqlite3
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from bot.errors import StartError
from bot.library import Options
from index.errors import BusyError, FeedsError, IndexingError
from index.feeds.state import FILE

if TYPE_CHECKING:
    from index.feeds.feeds import FeedRound, Feeds

# Seconds between two looks at what is due: another program may have begun to follow a feed, and clocks jump.
_LOOKS: Final = 60.0
# Seconds of rest after something went wrong that is no feed's trouble.
_REST: Final = 300.0

log = logging.getLogger("verbatim.bot")


class Following:
    """Feeds that the settings name, or that admins follow.

    Parameters:
        came: is called when they have brought files, which are to be built.
    """

    def __init__(self, options: Options, came: Callable[[], None]) -> None:
        self._options = options
        self._came = came
        self._opened: Feeds | None = None
        self._fetching = asyncio.Lock()
        self._said = ""

    @property
    def feeds(self) -> "Feeds":
        """Return the feeds of the data folder.

        Raises:
            FeedsError: if a setting names what is no address.
        """
        if self._opened is None:
            from index.feeds.feeds import Feeds  # takes its time and memory, which most bots do without

            self._opened = Feeds(self._options.data, self._options.feeds)
        return self._opened

    @property
    def may_write(self) -> bool:
        """Return whether the bot may store what feeds bring."""
        return os.access(self._options.data, os.W_OK)

    @property
    def is_used(self) -> bool:
        """Return whether a feed is followed, or was, and may be."""
        return self.may_write and (bool(self._options.feeds) or (self._options.data / FILE).exists())

    def unbuilt(self) -> int:
        """Return a number for the files that wait for a build, 0 if none does.

        Trouble with the feeds, such as a damaged file of what is known of them, keeps nobody from building.
        """
        try:
            return self.feeds.unbuilt() if self.is_used else 0
        except (IndexingError, OSError, sqlite3.Error) as error:
            self._warn(str(error))
            return 0

    def built(self, number: int) -> None:
        """Note that the index holds the files for which `unbuilt` returned this number."""
        try:
            if number:
                self.feeds.built(number)
        except (IndexingError, OSError, sqlite3.Error) as error:
            # They are built once more.
            self._warn(str(error))

    async def run(self) -> None:
        """Fetch what is due, until cancelled."""
        while True:
            await asyncio.sleep(min(_LOOKS, await self._turn()))

    async def fetch(self) -> "FeedRound":
        """Fetch the feeds that are due now; what they bring is built soon.

        Raises:
            BusyError, DataFolderError: see `Feeds.fetch_due`.
        """
        async with self._fetching:
            came = await self.feeds.fetch_due()
        facts = {"fetched": came.fetched, "unchanged": came.unchanged, "failed": came.failed}
        if came.fetched or came.unchanged or came.failed:
            log.info("fetched feeds", extra={**facts, "new": came.new, "changed": came.changed})
        for address, trouble in came.troubles:
            log.info("a feed cannot be fetched", extra={"feed": address, "reason": trouble})
        if came.stopped:
            log.warning("feeds are not fetched to their end", extra={"reason": came.stopped})
        if came.paths:
            self._came()
        return came

    async def _turn(self) -> float:
        """Fetch what is due; return the seconds until the next look."""
        if not self.is_used:
            if self._options.feeds:
                self._warn(f"the bot may not write to {self._options.data}")
            return math.inf
        try:
            wait = await asyncio.to_thread(self.feeds.due)
            if wait > 0:
                return wait
            await self.fetch()
        except BusyError:
            return _LOOKS
        except (IndexingError, OSError, sqlite3.Error) as error:
            self._warn(str(error))
            return _REST
        return 0.0

    def _warn(self, reason: str) -> None:
        """Log why feeds cannot be followed, once for each reason."""
        if reason != self._said:
            self._said = reason
            log.warning("feeds cannot be followed", extra={"reason": reason})


def check_addresses(addresses: Sequence[str]) -> None:
    """Check the addresses that a setting names.

    Raises:
        StartError: if one of them is no address of a feed.
    """
    if not addresses:
        return
    # Nothing of it is loaded where no feed is followed.
    from index.feeds.feeds import checked_address

    try:
        for address in addresses:
            checked_address(address)
    except FeedsError as error:
        raise StartError(f"VERBATIM_FEEDS: {error}") from error
