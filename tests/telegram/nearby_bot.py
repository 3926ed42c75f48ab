"""`python -m bot` that follows feeds of this machine's own addresses, at any port, as no bot does outside of tests."""

import runpy
from collections.abc import Sequence
from pathlib import Path

from index.adding.request import FetchLimits
from index.feeds import feeds
from index.feeds.fetching import FeedLimits

_ANY_PORT = FeedLimits(fetch=FetchLimits(ports=frozenset(range(1, 65536))), pause=0.0)


class NearbyFeeds(feeds.Feeds):
    """Feeds of this machine."""

    def __init__(self, data: Path, addresses: Sequence[str] = ()) -> None:
        super().__init__(data, addresses, _ANY_PORT, allowed=lambda address: address.is_loopback)


if __name__ == "__main__":
    feeds.Feeds = NearbyFeeds  # type: ignore[assignment, misc]
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
