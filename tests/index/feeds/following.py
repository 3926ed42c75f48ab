"""A local server's feeds, followed in a folder of the test's by a clock that the test moves."""

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from html import escape
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from index.adding.request import Address, FetchLimits, Resolve, resolve
from index.article import Article
from index.feeds.feeds import FeedRound, Feeds
from index.feeds.fetching import FeedLimits
from index.parsers import read
from tests.index.adding.web import Handler, Site, answer

OUTSIDE = ip_address("127.0.0.2")
# Monday, 23 November 2026, noon UTC.
NOON = 1_795_435_200.0
HOUR, DAY = 3600.0, 24 * 3600.0
RSS = "application/rss+xml; charset=utf-8"
LONG = " ".join(f"The river rose by {number} centimetres on the day, the mayor of Ostrec said." for number in range(30))


def outside(address: Address) -> bool:
    """The test's internet is one address, and nothing else."""
    return address == OUTSIDE


@dataclass(slots=True)
class Clock:
    """A clock that stands still until it is moved."""

    now: float = NOON

    def __call__(self) -> float:
        return self.now


def item(
    title: str = "River rises",
    *,
    guid: str = "",
    link: str = "",
    at: float | None = NOON - HOUR,
    summary: str = "",
    content: str = "",
    author: str = "",
) -> str:
    """An item of RSS; `content` is what a feed calls the content, `summary` what it calls a description."""
    parts = {
        "title": escape(title),
        "guid": f"{escape(guid)}",
        "link": escape(link),
        "pubDate": "" if at is None else formatdate(at, usegmt=True),
        "description": escape(summary),
        "content:encoded": escape(content),
        "dc:creator": escape(author),
    }
    return f"<item>{''.join(f'<{name}>{value}</{name}>' for name, value in parts.items() if value)}</item>"


def rss(*items: str, title: str = "River News", more: str = "<language>en</language>") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">'
        f"<channel><title>{escape(title)}</title>{more}{''.join(items)}</channel></rss>"
    )


def page(title: str, text: str, head: str = "") -> str:
    paragraphs = "".join(f"<p>{part}</p>" for part in text.split("\n\n"))
    return (
        f"<html><head><title>{title}</title>{head}</head><body><nav><a href=/>Home</a></nav>"
        f"<article><h1>{title}</h1>{paragraphs}</article></body></html>"
    )


def in_turn(*handlers: Handler) -> Handler:
    """The first answer to the first request, and so on; the last one to all that follow."""
    left = list(handlers)

    def handle(request: BaseHTTPRequestHandler) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(request)

    return handle


def conditional(body: Callable[[], str], requests: list[int] | None = None) -> Handler:
    """A feed whose server knows ETags."""

    def handle(request: BaseHTTPRequestHandler) -> None:
        now = body()
        tag = f'"{hash(now)}"'
        status = 304 if request.headers.get("If-None-Match") == tag else 200
        if requests is not None:
            requests.append(status)
        answer(b"" if status == 304 else now, "" if status == 304 else RSS, status, ETag=tag)(request)

    return handle


@dataclass(slots=True)
class Follower:
    """Feeds of one site that are followed into a folder."""

    site: Site
    data: Path
    clock: Clock = field(default_factory=Clock)
    limits: Mapping[str, Any] = field(default_factory=dict)
    resolver: Resolve = resolve
    addresses: tuple[str, ...] = ()

    @property
    def feeds(self) -> Feeds:
        """As a program that starts now has them."""
        fetch = FetchLimits(**{"ports": frozenset({self.site.port}), **self.limits.get("fetch", {})})
        more = {name: value for name, value in self.limits.items() if name != "fetch"}
        return Feeds(
            self.data,
            self.addresses or (self.site.url("/feed"),),
            FeedLimits(**{"fetch": fetch, "pause": 0.0, **more}),
            allowed=outside,
            resolver=self.resolver,
            clock=self.clock,
            chance=random.Random(1),
        )

    def round(self, later: float = 0.0) -> FeedRound:
        self.clock.now += later
        return asyncio.run(self.feeds.fetch_due())

    def trouble(self) -> str:
        (state,) = self.feeds.listed()
        assert "\n" not in state.trouble
        return state.trouble

    def next(self) -> float:
        """Seconds until the feed is due."""
        return self.feeds.due()

    def files(self) -> list[Path]:
        return sorted(path for path in (self.data / "added").rglob("*") if path.is_file() and path.name[0] != ".")

    def articles(self) -> Iterator[Article]:
        for file in self.files():
            (article,) = read(f"added/{file.parent.name}/{file.name}", file.read_bytes()).articles
            yield article

    def texts(self) -> list[str]:
        return [article.text for article in self.articles()]

    def asked(self, path: str = "/feed") -> int:
        return sum(asked == path for _, asked in self.site.asked)
