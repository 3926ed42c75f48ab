"""Following feeds without a bot: what is due is fetched, and a build takes in what came."""

import asyncio
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from index.errors import BuildingError
from index.feeds.feeds import FeedRound, Feeds
from index.report import BuildReport

# Seconds for which a build waits that another one holds up, and between two looks.
PATIENCE: Final = 600.0
LOOK: Final = 5.0
# Seconds between two looks at what is due: a bot may have begun to follow a feed meanwhile.
LONGEST_SLEEP: Final = 60.0
# After something went wrong that is no feed's trouble.
REST: Final = 300.0
# With this status a program ends that is configured wrongly: trying again changes nothing.
WRONG_USE: Final = 2
_GRACE: Final = 20.0


@dataclass(frozen=True, slots=True)
class Followed:
    """What one look at the feeds has brought; `build` is None where nothing was to be built."""

    feeds: FeedRound
    build: BuildReport | None


def follow_once(feeds: Feeds, build: Callable[[], BuildReport], patience: float = PATIENCE) -> Followed:
    """Fetch the feeds that are due; build where something came in, now or before a build that failed.

    Parameters:
        patience: seconds to wait for another build to end.

    Raises:
        BusyError: if another program is fetching the feeds.
        BuildingError: if another build does not end; the next look builds.
        IndexingError, OSError: as `build` raises them.
    """
    came = asyncio.run(feeds.fetch_due())
    number = feeds.unbuilt()
    if not number:
        return Followed(came, None)
    until = time.monotonic() + patience
    while True:
        try:
            report = build()
            break
        except BuildingError:
            if time.monotonic() >= until:
                raise
            time.sleep(LOOK)
    feeds.built(number)
    return Followed(came, report)


def keep_following(feeds: Feeds, command: Sequence[str]) -> int:
    """Run a command whenever a feed is due, or files wait for a build; return only where it is used wrongly.

    A process for each look, so that what a build needs of memory is freed behind it.

    Parameters:
        command: looks at the feeds once.
    """
    rests_until = 0.0
    while True:
        wait = max(feeds.due() if not feeds.unbuilt() else 0.0, rests_until - time.monotonic())
        if wait > 0:
            time.sleep(min(wait, LONGEST_SLEEP))
            continue
        code = _run(command)
        if code == WRONG_USE:
            return code
        if code:
            rests_until = time.monotonic() + REST


def _run(command: Sequence[str]) -> int:
    """Run a command, which ends with this process."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        return child.wait()
    finally:
        if child.returncode is None:
            child.terminate()
            with suppress(subprocess.TimeoutExpired):
                child.wait(_GRACE)
            child.kill()
            child.wait()


def lines_of(came: FeedRound) -> Iterator[str]:
    """Yield the report of a round as lines for a person."""
    yield from (f"written   {path}" for path in came.paths)
    for sign, entries in (("in part", came.teasers), ("left out", came.left_out)):
        yield from (f"{sign:8}  {title or 'an entry without a title'} ({feed}): {why}" for feed, title, why in entries)
    yield from (f"trouble   {address}: {trouble}" for address, trouble in came.troubles)
    if came.stopped:
        yield f"stopped   {came.stopped}"
    in_part = f" ({len(came.teasers):,} of them only as the feed tells them)" if came.teasers else ""
    waiting = f", {came.waiting:,} wait for the next round" if came.waiting else ""
    yield (
        f"feeds: {came.fetched} fetched, {came.unchanged} unchanged, {came.failed} failed; "
        f"entries: {came.new:,} new, {came.changed:,} changed{in_part}{waiting}"
    )
