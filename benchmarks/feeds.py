"""Three feeds followed over a week of simulated time, and forty tries to have this program fetch a private address.

    python -m benchmarks.feeds [--days N]

A local server plays the feeds, by a clock that is moved on to when the next one is due. One brings a whole article each
hour and mends each tenth three hours later; one brings a teaser each day, whose page holds the article, and changes the
ids of all its entries each time; one brings an article a week, knows no conditions, and is down for a day. What they
published is known, so that every double and every change can be counted.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any, Final

from benchmarks.feed_traps import fetched_privately
from index.adding.request import FetchLimits
from index.feeds.feeds import Feeds
from index.feeds.fetching import FeedLimits
from index.parsers import read

HOST: Final = "127.0.0.2"
# Monday, 23 November 2026, midnight UTC.
BEGIN: Final = 1_795_392_000.0
HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
_SHOWN: Final = 20
_DOWN: Final = (2 * DAY, 3 * DAY)
_MENDED_AFTER: Final = 3 * HOUR


@dataclass(slots=True)
class Week:
    """The world outside: its clock, and the requests that its servers were sent, by path and status."""

    now: float = BEGIN
    requests: Counter[tuple[str, int]] = field(default_factory=Counter)

    def answer(self, path: str, headers: dict[str, str]) -> tuple[int, str, dict[str, str]]:
        """Return the status, the body and the headers of an answer."""
        age = self.now - BEGIN
        if path == "/hourly":
            return _conditional("ETag", "If-None-Match", f'"{age // HOUR:.0f}"', self._hourly(), headers)
        if path == "/daily":
            modified = formatdate(BEGIN + age // DAY * DAY, usegmt=True)
            return _conditional("Last-Modified", "If-Modified-Since", modified, self._daily(), headers)
        if path == "/weekly":
            if _DOWN[0] <= age < _DOWN[1]:
                return 503, "", {"Retry-After": str(2 * 3600)}
            return 200, _rss("Weekly", [_item("The week", "w0", "/week", BEGIN, content=story("week", 0))]), {}
        if path.startswith("/day/"):
            return 200, self._page(int(path.rpartition("/")[2])), {"Content-Type": "text/html"}
        return 404, "", {}

    def _hourly(self) -> str:
        last = int((self.now - BEGIN) // HOUR)
        items = []
        for number in range(max(0, last - _SHOWN + 1), last + 1):
            at = BEGIN + number * HOUR
            mended = number % 10 == 0 and self.now >= at + _MENDED_AFTER
            content = story("hour", number) + (" An earlier version gave another number." if mended else "")
            items.append(_item(f"Hour {number}", f"h{number}", f"/hour/{number}?utm_source=rss", at, content=content))
        return _rss("Hourly", items)

    def _daily(self) -> str:
        last = int((self.now - BEGIN) // DAY)
        items = [
            _item(f"Day {n}", f"{self.now:.0f}-{n}", f"/day/{n}", BEGIN + n * DAY, summary=f"Day {n} in short.")
            for n in range(last + 1)
        ]
        return _rss("Daily", items)

    def _page(self, number: int) -> str:
        article = f"<h1>Day {number}</h1><p>{story('day', number)}</p>"
        return f"<html><head><title>Day {number}</title></head><body><article>{article}</article></body></html>"


def story(kind: str, number: int) -> str:
    """Return the text of an article; no two are alike."""
    chance = random.Random(f"{kind} {number}")
    places = ["Ostrec", "Halden", "Vestby", "Marne", "Toll", "Kirk", "Sund", "Brand"]
    return " ".join(
        f"On {kind} {number} the gauge of {chance.choice(places)} stood at {chance.randrange(10**6)} and that of "
        f"{chance.choice(places)} at {chance.randrange(10**6)}."
        for _ in range(12)
    )


def _item(title: str, guid: str, link: str, at: float, *, content: str = "", summary: str = "") -> str:
    return (
        f"<item><title>{title}</title><guid>{guid}</guid><link>{link}</link><pubDate>{formatdate(at, usegmt=True)}"
        f"</pubDate><description>{summary}</description><content:encoded>{content}</content:encoded></item>"
    )


def _rss(title: str, items: list[str]) -> str:
    return (
        '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{title}</title><language>en</language>{''.join(reversed(items))}</channel></rss>"
    )


def _conditional(
    name: str, asked: str, tag: str, body: str, headers: dict[str, str]
) -> tuple[int, str, dict[str, str]]:
    return (304, "", {name: tag}) if headers.get(asked.lower()) == tag else (200, body, {name: tag})


@contextmanager
def served(week: Week) -> Iterator[int]:
    """Serve the world on a loopback address; yield the port."""

    class Asked(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that http.server looks for
            sent = {name.lower(): value for name, value in self.headers.items()}
            status, body, headers = week.answer(self.path, sent)
            week.requests[self.path, status] += 1
            self.send_response(status)
            for name, value in {"Content-Type": "application/rss+xml", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *arguments: Any) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer((HOST, 0), Asked)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a week has brought.

    Attributes:
        feeds: requests of each feed, and how many of them were answered by 304.
        pages: requests of pages.
        published, mended: articles that were published, and changed at their source.
        taken, changed: articles that became files, and files that were written anew.
        doubles: files that hold an article that another holds.
        missing: published articles without a file.
    """

    feeds: tuple[tuple[str, int, int], ...]
    pages: int
    published: int
    mended: int
    taken: int
    changed: int
    doubles: int
    missing: int


def simulate(days: float, data: Path) -> Simulated:
    """Follow the feeds for so many days."""
    week = Week()
    until = BEGIN + days * DAY
    changed = 0
    with served(week) as port:
        paths = ("/hourly", "/daily", "/weekly")
        limits = FeedLimits(fetch=FetchLimits(ports=frozenset({port})), pause=0)
        # Each look is a program that has just been started.
        while True:
            feeds = Feeds(
                data,
                [f"http://{HOST}:{port}{path}" for path in paths],
                limits,
                allowed=lambda address: address == ip_address(HOST),
                clock=lambda: week.now,
                chance=random.Random(week.now),
            )
            if week.now + feeds.due() >= until:
                break
            week.now += feeds.due()
            changed += asyncio.run(feeds.fetch_due()).changed
        week.now = until - 1
    asked = week.requests
    seen = Counter(_titles(data))
    hours = int((week.now - BEGIN) // HOUR) + 1
    published = {f"Hour {n}" for n in range(hours)} | {f"Day {n}" for n in range((hours + 23) // 24)} | {"The week"}
    return Simulated(
        tuple((path, sum(n for (one, _), n in asked.items() if one == path), asked[path, 304]) for path in paths),
        sum(n for (path, _), n in asked.items() if path.startswith("/day/")),
        len(published),
        sum(n * HOUR + _MENDED_AFTER <= week.now - BEGIN for n in range(0, hours, 10)),
        sum(seen.values()),
        changed,
        sum(n - 1 for n in seen.values()),
        len(published - seen.keys()),
    )


def _titles(data: Path) -> Iterator[str]:
    for file in (data / "added").rglob("*.atom"):
        for article in read(file.name, file.read_bytes()).articles:
            yield article.title.value or ""


def main() -> int:
    """Print what a week of feeds costs and brings, and whether a private address was reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.feeds", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--days", type=float, default=7, help="of simulated time", metavar="N")
    days = parser.parse_args().days
    with tempfile.TemporaryDirectory() as folder:
        week = simulate(days, Path(folder))
    for path, requests, unchanged in week.feeds:
        print(f"{path[1:]:10} {requests:5,} requests, {unchanged:,} of them answered by 304")
    print(f"{'pages':10} {week.pages:5,} requests")
    print(f"{'articles':10} {week.published:5,} published, {week.taken:,} taken, {week.missing:,} not yet seen")
    print(f"{'doubles':10} {week.doubles:5,}")
    print(f"{'changed':10} {week.changed:5,} told, {week.mended:,} were mended at their source")
    with tempfile.TemporaryDirectory() as folder:
        outcome = fetched_privately(Path(folder))
    print(f"{'private':10} {len(outcome.reached):5,} reached in {outcome.tries:,} tries")
    return 1 if outcome.reached or week.doubles else 0


if __name__ == "__main__":
    sys.exit(main())
