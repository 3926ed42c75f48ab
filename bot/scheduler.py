"""Builds that nobody asks for: while the bot runs it notices changed article files and brings the index up to date.

A look costs little (index/look.py) and is made by a thread with the least claim to the processor. Files that change
between two looks, as while they are copied, are waited for. Times between looks are measured by a clock that nobody
sets; the wall clock only tells how fresh a file is, and a file of the future counts as an old one.
"""

import asyncio
import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from bot.errors import RebuildError, RemovalsError
from bot.feeds import Following
from bot.language.phrases import Phrases
from bot.rebuild import Builds, Step
from bot.removals import RemovalsQuestion
from bot.services import Services
from bot.state.database import read_note, write_note
from bot.taking_out import finish
from index.errors import IndexingError, SeedsError
from index.generation.catalog import Catalog
from index.generation.durable import locked
from index.generation.generation import CATALOG, CURRENT, current
from index.generation.manifest import read_manifest
from index.look import Look, look
from retrieval.sanitize import one_line

# The least claim to the processor (setpriority(2)).
_NICENESS: Final = 19
# Seconds after which files are looked at again that had changed, at most: a copy is mostly done by then.
_SETTLES: Final = 10.0
# After a look there is none for so many times what it took: a folder of a million files takes no more than its share.
_REST: Final = 100
# Seconds between two tries where the setting is off.
_RETRIES: Final = 300.0
# Seconds for which changes that never end are waited for.
_RESTLESS: Final = 3600.0
# After so many failed builds in a row the time between tries is doubled no more.
_DOUBLED: Final = 6
# The notes of the files as they were built last, and of why builds fail, where admins were told.
_BUILT: Final = "built"
_FAILED: Final = "build-failed"

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger("verbatim.bot")


class Scheduler:
    """Looks for changed files, and builds.

    Where the setting is off it looks only when it is woken.
    """

    def __init__(self, services: Services, builds: Builds, question: RemovalsQuestion, following: Following) -> None:
        self._services = services
        self._builds = builds
        self._question = question
        self._following = following
        self._every = services.options.reindex_every or _RETRIES
        self._settles = min(_SETTLES, self._every)
        self._looking = ThreadPoolExecutor(1, thread_name_prefix="look", initializer=_nice)
        self._woken = asyncio.Event()
        # Seconds of processor time that the last look took.
        self._took = 0.0
        self._failures = 0
        self._tried_again = 0.0
        self._refused = ""
        self._said = ""

    def wake(self) -> None:
        """Look at once: there is something to build."""
        self._tried_again = 0.0
        self._woken.set()

    async def run(self) -> None:
        """Look and build, until cancelled."""
        looks = self._services.options.reindex_every
        try:
            await self._off_loop(finish, self._services.options)
            await self._question.resume()
            if not looks and not await self._off_loop(self._following.unbuilt):
                await self._woken.wait()
            while True:
                self._woken.clear()
                is_done = await self._tried()
                with contextlib.suppress(TimeoutError):
                    pause = max(looks, _REST * self._took) if looks else None if is_done else _RETRIES
                    await asyncio.wait_for(self._woken.wait(), pause)
        finally:
            self._looking.shutdown(wait=False, cancel_futures=True)

    async def _tried(self) -> bool:
        try:
            return await self._turn()
        except (IndexingError, OSError, sqlite3.Error) as error:
            await self._failed(str(error))
            return False

    async def _turn(self) -> bool:
        """Look once, and build where that is due; return whether nothing is left to be done."""
        of_feeds = await self._off_loop(self._following.unbuilt)
        if reason := await self._off_loop(self._why_not, of_feeds):
            self._say(reason)
            return True
        seen = await self._look()
        if seen is None or seen.digest == self._refused:
            return True
        built = await self._services.state.run(read_note, _BUILT)
        if seen.digest == built or (not built and await self._off_loop(self._is_as_built, seen)):
            await self._note_built(seen, of_feeds)
            return True
        if time.monotonic() < self._tried_again:
            return False
        settled = await self._settled(seen)
        return settled is not None and await self._build(settled, of_feeds)

    async def _look(self) -> Look | None:
        options = self._services.options

        def looked() -> Look:
            began = time.thread_time()
            seen = look(options.seeds, options.data, size_limit=options.size_limit, follow_links=options.follow_links)
            self._took = time.thread_time() - began
            return seen

        try:
            return await self._off_loop(looked)
        except SeedsError as error:
            # A share that is not mounted now comes back; where it was never there, the bot serves what it has.
            was_there = await self._services.state.run(read_note, _BUILT)
            if self._say(str(error)) and was_there:
                await self._failed(str(error))
            return None

    async def _settled(self, seen: Look) -> Look | None:
        """Wait until the files stay as they are; return how they are then, None where they cannot be looked at."""
        began = time.monotonic()
        while True:
            await asyncio.sleep(self._settles)
            before, now = seen, await self._look()
            if now is None:
                return None
            is_fresh = 0 <= self._services.now() - now.newest < self._settles
            if (now.digest == before.digest and not is_fresh) or time.monotonic() - began > _RESTLESS:
                return now
            seen = now

    def _why_not(self, of_feeds: int) -> str:
        """Return why this bot only serves the index, '' where it may build.

        Parameters:
            of_feeds: whether a feed has brought files, which may be the first.
        """
        data, seeds = self._services.options.data, self._services.options.seeds
        index = data / "index"
        if not all(os.access(folder, os.W_OK) for folder in (data, index) if folder.exists()):
            return f"the bot may not write to {data}: it serves the index that is built there"
        try:
            made_from = read_manifest(current(index)).seeds
        except IndexingError as error:
            return "" if of_feeds else f"there is no index to bring up to date ({error})"
        if made_from != str(seeds.resolve()):
            return f"the index was built from {made_from}, and VERBATIM_SEEDS is {seeds}: /reindex takes those articles"
        return ""

    def _is_as_built(self, seen: Look) -> bool:
        """Return whether the files are those of the index by their names and sizes; nothing else is known of them."""
        if not (self._services.options.data / "index" / CURRENT).exists():
            return False
        with Catalog(current(self._services.options.data / "index") / CATALOG) as catalog:
            return {record.path: record.size for record in catalog.files().values()} == seen.sizes

    async def _build(self, seen: Look, of_feeds: int) -> bool:
        """Build; return whether that is settled: done, or left to an admin."""
        index = self._services.options.data / "index"
        if await self._off_loop(_is_building, index) or not self._builds.take():
            return False
        try:
            rebuilt = await self._builds.run(_told)
        except RemovalsError as error:
            self._refused = seen.digest
            await self._question.ask(error)
            return True
        except RebuildError as error:
            # Another program may have begun to build meanwhile.
            if not await self._off_loop(_is_building, index):
                await self._failed(str(error))
            return False
        finally:
            self._builds.free()
        await self._services.library.look()
        self._refused = ""
        await self._note_built(seen, of_feeds)
        counts = {"added": rebuilt.added, "changed": rebuilt.changed, "removed": rebuilt.removed}
        log.info("brought the index up to date", extra={"published": rebuilt.published, **counts})
        return True

    async def _note_built(self, seen: Look, of_feeds: int) -> None:
        """Note that the index holds these files, which ends any trouble and any question about them."""
        self._failures, self._tried_again, self._said = 0, 0.0, ""
        state = self._services.state
        await state.run(write_note, _BUILT, seen.digest)
        await self._off_loop(self._following.built, of_feeds)
        await self._question.forget()
        if await state.run(read_note, _FAILED):
            await state.run(write_note, _FAILED, "")
            await self._services.tell_admins(lambda phrases: phrases.admin_build_again)

    async def _failed(self, reason: str) -> None:
        """Tell admins why no build succeeds, once for each reason, and try again later and later."""
        self._failures += 1
        self._tried_again = time.monotonic() + self._every * 2 ** min(self._failures - 1, _DOUBLED)
        log.warning("the index could not be brought up to date", extra={"reason": reason})
        if await self._services.state.run(read_note, _FAILED) == reason:
            return

        def said(phrases: Phrases) -> str:
            return phrases.reindex_failed.format(reason=one_line(reason))

        await self._services.tell_admins(said)
        await self._services.state.run(write_note, _FAILED, reason)

    def _say(self, reason: str) -> bool:
        """Log why nothing is built; False where that is known."""
        is_new, self._said = reason != self._said, reason
        if is_new:
            log.info("the index is only served", extra={"reason": reason})
        return is_new

    async def _off_loop(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._looking, partial(work, *args, **kwargs))


async def _told(step: Step) -> None:
    """Tell nobody of the progress of a build that nobody asked for."""


def _nice() -> None:
    # Linux counts a thread as a process here; a container may not let it.
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _is_building(index: Path) -> bool:
    """Return whether some process builds this index now."""
    if not index.is_dir():
        return False
    try:
        with locked(index / ".lock", wait=False):
            return False
    except BlockingIOError:
        return True
