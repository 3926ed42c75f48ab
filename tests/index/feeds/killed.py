"""A look at a feed that ends in the middle, as by kill -9.

    python -m tests.index.feeds.killed DATA ADDRESS NTH

ends right before the nth of the calls that write something; with NTH 0 it goes on to the end.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from index.adding.request import FetchLimits
from index.feeds import reading
from index.feeds.feeds import Feeds
from index.feeds.fetching import FeedLimits
from index.feeds.state import State
from tests.index.feeds.following import Clock, outside

_left = int(sys.argv[3])


def _counted(owner: Any, name: str) -> None:
    original: Callable[..., Any] = getattr(owner, name)

    def counting(*arguments: Any, **named: Any) -> Any:
        global _left
        _left -= 1
        if _left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments, **named)

    setattr(owner, name, counting)


def main() -> None:
    """Look at the feed once."""
    data, address = Path(sys.argv[1]), sys.argv[2]
    setattr(reading, "answer_of", lambda module, argument, raw, **limits: reading._found(argument, raw))  # noqa: B010
    for owner, name in (
        (os, "fsync"),
        (Path, "write_bytes"),
        (Path, "replace"),
        (State, "note_file"),
        (State, "put_entry"),
        (State, "put_feed"),
        (State, "put_robots"),
    ):
        _counted(owner, name)
    limits = FeedLimits(fetch=FetchLimits(ports=frozenset({urlsplit(address).port or 80})), pause=0)
    asyncio.run(Feeds(data, [address], limits, allowed=outside, clock=Clock()).fetch_due())


if __name__ == "__main__":
    main()
