"""Feeds that try to have a private address fetched, in each way that a feed, its entries and their servers have.

Every connection that this process makes is seen by an audit hook, whoever makes it: one to another address than that of
the server that plays the public internet counts, also one that nobody answers.
"""

import asyncio
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any, Final

from index.adding.request import Address, FetchLimits, is_public
from index.errors import FeedsError
from index.feeds.feeds import Feeds
from index.feeds.fetching import FeedLimits

OUTSIDE: Final = "127.0.0.2"
INSIDE: Final = "127.0.0.1"
# What a name server of somebody else's may answer.
_NAMES: Final = {
    "news.example": [OUTSIDE],
    "inside.example": [INSIDE],
    "both.example": [OUTSIDE, "10.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "sixtofour.example": ["2002:7f00:1::1"],
    "unique.example": ["fd00::1"],
    "nobody.example": [],
    "rubbish.example": ["localhost"],
}
# Hosts that mean this machine or its neighbours, as they are written in a link.
_HOSTS: Final = (
    INSIDE,
    "localhost",
    "localhost.",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[fe80::1]",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "inside.example",
    "both.example",
    "metadata.example",
    "mapped.example",
    "nat64.example",
    "sixtofour.example",
    "unique.example",
    "nobody.example",
    "rubbish.example",
    "rebound.example",
)


@dataclass(frozen=True, slots=True)
class Try:
    """A try: where the feed is said to be, and what the server outside answers, by path: status, headers and body."""

    name: str
    address: str
    answers: dict[str, tuple[int, dict[str, str], str]]


@dataclass(frozen=True, slots=True)
class Reached:
    """The tries, and those by which something was reached that is not outside; the requests that came outside."""

    tries: int
    reached: tuple[str, ...]
    requests: int


def tries(port: int) -> list[Try]:
    """Return the tries; the server outside and the one inside listen on `port`."""
    public, secret = f"http://news.example:{port}", f"http://{INSIDE}:{port}/secret"
    feed = f"{public}/feed"
    made = []
    for host in _HOSTS:
        link = f"http://{host}:{port}/secret"
        made.append(Try(f"feed at {host}", link, {}))
        made.append(Try(f"feed moved to {host}", feed, {"/feed": (301, {"Location": link}, "")}))
        made.append(Try(f"entry at {host}", feed, {"/feed": _feed(_item(link))}))
        moved = {"/feed": _feed(_item("/1")), "/1": (302, {"Location": link}, "")}
        made.append(Try(f"entry moved to {host}", feed, moved))
    for status in (301, 302, 303, 307, 308):
        hops = {"/feed": (status, {"Location": "/hop"}, ""), "/hop": (status, {"Location": secret}, "")}
        made.append(Try(f"two moves of {status}", feed, hops))
    places = (f"//{INSIDE}:{port}/secret", f"http:\\\\{INSIDE}:{port}\\secret", f"http:{INSIDE}:{port}", "gopher://x/")
    made += [Try(f"a move to {place}", feed, {"/feed": (302, {"Location": place}, "")}) for place in places]
    robots = {"/feed": _feed(_item("/1")), "/robots.txt": (301, {"Location": secret}, ""), "/1": _page("")}
    made.append(Try("robots.txt moved", feed, robots))
    for name, within in {
        "enclosure": f'<enclosure url="{secret}" length="1" type="text/html"/>',
        "media": f'<media:content xmlns:media="http://search.yahoo.com/mrss/" url="{secret}"/>',
        "comments": f"<comments>{secret}</comments><wfw:commentRss xmlns:wfw='http://wellformedweb.org/CommentAPI/'>"
        f"{secret}</wfw:commentRss>",
        "source": f'<source url="{secret}">Other</source>',
        "picture": f"<description>&lt;img src='{secret}'&gt;&lt;iframe src='{secret}'&gt; The river.</description>",
        "guid": f'<guid isPermaLink="true">{secret}</guid>',
    }.items():
        made.append(Try(name, feed, {"/feed": _feed(f"<item><title>River</title>{within}</item>")}))
    for name, above in {
        "style": f'<?xml-stylesheet type="text/xsl" href="{secret}"?>',
        "entity": f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret}">]>',
        "DTD": f'<!DOCTYPE rss SYSTEM "{secret}">',
    }.items():
        body = above + _feed(_item("/1"))[2]
        made.append(Try(name, feed, {"/feed": (200, {}, body)}))
    for name, link in {"self": "self", "hub": "hub", "next": "next"}.items():
        atom = f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="{link}" href="{secret}"/>'
        made.append(Try(f"a link to {name}", feed, {"/feed": _feed(atom + _item("/1"))}))
    for name, head in {
        "refresh": f'<meta http-equiv="refresh" content="0;url={secret}">',
        "canonical": f'<link rel="canonical" href="{secret}">',
        "base": f'<base href="http://{INSIDE}:{port}/">',
        "amp": f'<link rel="amphtml" href="{secret}">',
    }.items():
        made.append(Try(f"a page's {name}", feed, {"/feed": _feed(_item("/1")), "/1": _page(head)}))
    alternate = f'<link rel="alternate" type="application/rss+xml" href="{secret}">'
    made.append(Try("a page that names its feed", feed, {"/feed": _page(alternate)}))
    made.append(Try("a name before the host", f"http://news.example@{INSIDE}:{port}/secret", {}))
    made.append(Try("a file", "file:///etc/passwd", {}))
    return made


def fetched_privately(
    data: Path,
    chosen: Callable[[Try], bool] = lambda _: True,
    *,
    every: int = 1,
    is_allowed: Callable[[Address], bool] = is_public,
) -> Reached:
    """Make the tries, each in two rounds of a feed of its own.

    Parameters:
        every: of the chosen ones only each nth.
        is_allowed: which addresses beside the outside's may be reached; by default as in the program.
    """
    with _servers() as (port, answers, outside, inside), _connections() as connections:
        made = [one for one in tries(port) if chosen(one)][::every]
        reached = []
        for number, one in enumerate(made):
            answers.clear()
            answers.update(one.answers)
            before = len(inside)
            connections.clear()
            asyncio.run(_followed(data / str(number), one.address, port, is_allowed))
            if len(inside) > before or any(address != OUTSIDE for address in connections):
                reached.append(one.name)
        return Reached(len(made), tuple(reached), len(outside))


async def _followed(data: Path, address: str, port: int, is_allowed: Callable[[Address], bool]) -> None:
    resolver = _Resolver()
    clock = [1_795_392_000.0]
    limits = FeedLimits(fetch=FetchLimits(ports=frozenset({port}), seconds=5), pause=0)

    def allowed(one: Address) -> bool:
        return one == ip_address(OUTSIDE) or is_allowed(one)

    try:
        feeds = Feeds(data, [address], limits, allowed=allowed, resolver=resolver, clock=lambda: clock[0])
    except FeedsError:
        return
    for _ in range(2):
        await feeds.fetch_due()
        clock[0] += 2 * 24 * 3600


class _Resolver:
    """A name server that gives one name another address each second time."""

    def __init__(self) -> None:
        self._asked = 0

    def __call__(self, host: str, port: int) -> list[str]:
        if host == "rebound.example":
            self._asked += 1
            return [OUTSIDE if self._asked % 2 else INSIDE]
        if host in _NAMES:
            return _NAMES[host]
        # The system's own, which knows the numbers and 'localhost'; names it would ask the network for.
        flags = 0 if host.startswith("localhost") else socket.AI_NUMERICHOST
        return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)]


def _feed(items: str) -> tuple[int, dict[str, str], str]:
    head = '<?xml version="1.0"?>' if not items.startswith("<?") else ""
    return 200, {}, f"{head}<rss version='2.0'><channel><title>News</title>{items}</channel></rss>".removeprefix(head)


def _item(link: str) -> str:
    return f"<item><title>River</title><guid>1</guid><link>{link}</link><description>It rose.</description></item>"


def _page(head: str) -> tuple[int, dict[str, str], str]:
    text = "The river rose on Monday and flooded the streets of the old town. It fell again on Tuesday. " * 5
    body = f"<html><head><title>River</title>{head}</head><body><article><p>{text}</p></article></body></html>"
    return 200, {"Content-Type": "text/html"}, body


@contextmanager
def _servers() -> Iterator[tuple[int, dict[str, tuple[int, dict[str, str], str]], list[str], list[str]]]:
    """Serve the outside and the inside on one port; yield it, the outside's answers, and the requests of both."""
    answers: dict[str, tuple[int, dict[str, str], str]] = {}
    seen: dict[str, list[str]] = {OUTSIDE: [], INSIDE: []}

    class Asked(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that http.server looks for
            here = str(self.connection.getsockname()[0])
            seen[here].append(self.path)
            status, headers, body = answers.get(self.path, (404, {}, "")) if here == OUTSIDE else _feed(_item("/1"))
            self.send_response(status)
            for name, value in {"Content-Type": "application/rss+xml", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *arguments: Any) -> None:
            """Nothing is logged."""

    outside = ThreadingHTTPServer((OUTSIDE, 0), Asked)
    inside = ThreadingHTTPServer((INSIDE, outside.server_address[1]), Asked)
    threads = [Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}) for server in (outside, inside)]
    for thread in threads:
        thread.start()
    try:
        yield outside.server_address[1], answers, seen[OUTSIDE], seen[INSIDE]
    finally:
        for server, thread in zip((outside, inside), threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()


_listening = threading.Event()
_connected: list[str] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and _listening.is_set() and isinstance(arguments[1], tuple):
        _connected.append(str(arguments[1][0]))


@contextmanager
def _connections() -> Iterator[list[str]]:
    """Yield the list of the addresses that this process connects to; an audit hook stays for good, and is silent."""
    if _hook not in _hooked:
        sys.addaudithook(_hook)
        _hooked.append(_hook)
    _listening.set()
    try:
        yield _connected
    finally:
        _listening.clear()


_hooked: list[Callable[[str, tuple[Any, ...]], None]] = []
