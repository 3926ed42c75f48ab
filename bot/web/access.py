"""Who may open what on the page, and the addresses that each of them is given.

The rule, in one place:

- On loopback without a public address whoever is on this machine may do everything. A request must name this machine as
  its host, so that no site can rebind its own name to it, and no page of another site may ask.
- On a public site nothing opens without a signature. The link to a page opens that one article and the other passages
  of the same answer, for whoever holds it, until it expires; it lets nobody ask or list. A pass lets one person ask,
  list and open everything, within that person's limits, as long as the bot would answer them.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Container, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode, urlsplit

from bot.state.usage import DAY, Limits, wait
from bot.web.links import FRAGMENT, ForgedLinkError, Opened, PageLinks, Pass, Place, address, opened

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")
# Addresses and people whose latest questions are remembered.
_REMEMBERED: Final = 1_000


@dataclass(frozen=True, slots=True)
class Grant:
    """What a request may do, and the addresses of what it may open next.

    Attributes:
        root: the path that every address begins with.
        links: None where no signature is needed.
        entered: the pass of a person; None where the request is a page's link or needs no pass.
        page: the page that a link opens; None for any other request.
    """

    root: str = ""
    links: PageLinks | None = None
    entered: Pass | None = None
    page: Opened | None = None

    @property
    def may_ask(self) -> bool:
        """Return whether it may ask, list and open everything."""
        return self.links is None or self.entered is not None

    @property
    def written_pass(self) -> str:
        """Return the pass as it stands in addresses and forms; '' without one."""
        return self.entered.written if self.entered else ""

    def to(self, path: str, **query: str | int) -> str:
        """Return the address of a page that is no article, with what it asks for; '' stands for nothing."""
        given = {name: value for name, value in {**query, "pass": self.written_pass}.items() if value != ""}
        return f"{self.root}{path}{'?' if given else ''}{urlencode(given)}"

    def to_place(self, place: Place, answer: Sequence[Place] = (), part: int | None = None) -> str:
        """Return the address that opens a place; '' if this grant does not reach there.

        Parameters:
            answer: the passages of an answer, `place` among them.
            part: of the article, from 1, in place of the one that the place is in.
        """
        fragment = FRAGMENT if place.passage is not None and part is None else ""
        shown = {"part": str(part)} if part is not None else {}
        if self.may_ask:
            given = {**shown, **({"pass": self.written_pass} if self.entered else {})}
            found = address(place, answer)
        elif self.links is not None and self.page is not None and place.name in self._reached():
            # The same expiry, so that reading on does not make a link last longer.
            link = self.links.to(place, answer, now=0, until=self.page.until)
            found = link.removeprefix(self.links.root).partition("#")[0]
            given = shown
        else:
            return ""
        joint = "&" if "?" in found else "?"
        return f"{self.root}{found}{joint if given else ''}{urlencode(given)}{fragment}"

    def _reached(self) -> set[bytes]:
        assert self.page is not None
        return {self.page.place.name, *(place.name for place in self.page.answer)}


@dataclass(frozen=True, slots=True)
class Visitors:
    """What a site knows of the people who come with a pass.

    Attributes:
        may_ask: whether the bot would answer this person.
        seconds_to_wait: counts a question of a person, or of an address where there is no pass; 0 if it may be asked.
        enter: checks what a Mini App says of its user (`initData`), and returns who that is; None lets nobody in.
    """

    may_ask: Callable[[int], Awaitable[bool]]
    seconds_to_wait: Callable[[int | str], Awaitable[int]]
    enter: Callable[[str], Awaitable[int | None]] | None = None


class Counter:
    """Questions of each address in memory, within the limits on one person's."""

    def __init__(self, limits: Limits, now: Callable[[], float] = time.time) -> None:
        self._limits = limits
        self._now = now
        self._times: OrderedDict[int | str, deque[int]] = OrderedDict()

    async def seconds_to_wait(self, who: int | str) -> int:
        """Count a question; return the seconds until it may be asked, 0 if it may be now."""
        now = int(self._now())
        times = self._times.setdefault(who, deque())
        self._times.move_to_end(who)
        if len(self._times) > _REMEMBERED:
            self._times.popitem(last=False)
        while times and times[0] <= now - DAY:
            times.popleft()
        seconds = wait(tuple(times), now, self._limits.person)
        if not seconds:
            times.append(now)
        return seconds


async def _everybody(person: int) -> bool:
    return True


def local_visitors(limits: Limits, now: Callable[[], float] = time.time) -> Visitors:
    """Return the visitors of a site on loopback that needs no pass."""
    return Visitors(_everybody, Counter(limits, now).seconds_to_wait)


@dataclass(frozen=True, slots=True)
class Access:
    """Decides what a request may do.

    Attributes:
        links: of the public site; None on loopback without one.
    """

    links: PageLinks | None
    visitors: Visitors
    now: Callable[[], float] = time.time
    _hosts: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        host = _host_of(urlsplit(self.links.root).netloc) if self.links else "localhost"
        # Browsers write it in ASCII.
        object.__setattr__(self, "_hosts", _LOOPBACK | {host, ascii_host(host)})

    @property
    def root(self) -> str:
        """Return the path of the public address, without a '/' at its end."""
        return urlsplit(self.links.root).path if self.links else ""

    def is_host(self, host: str) -> bool:
        """Return whether a request's `Host` names this site."""
        return _host_of(host) in self._hosts

    def is_forwarded(self, headers: Container[str]) -> bool:
        """Return whether a proxy brings a request to a site that is for this machine alone, and asks for no pass."""
        return self.links is None and any(name in headers for name in _FORWARDED)

    def is_origin(self, origin: str) -> bool:
        """Return whether a request may come from a page of this site, by its `Origin`.

        Under this site's own `Referrer-Policy` browsers send "null"; that of another site is known by `Sec-Fetch-Site`.
        """
        return origin in ("", "null") or self.is_host(urlsplit(origin).netloc)

    async def to_site(self, written_pass: str) -> Grant:
        """Return the grant of a request for anything but an article.

        Raises:
            ForgedLinkError, ExpiredLinkError: without a pass that lets this person in.
        """
        if self.links is None:
            return Grant()
        entered = self.links.check_pass(written_pass, self.now())
        if not await self.visitors.may_ask(entered.person):
            raise ForgedLinkError("this person may not ask")
        return Grant(self.root, self.links, entered)

    async def to_page(self, written: str, others: str, link: str, written_pass: str) -> tuple[Grant, Opened]:
        """Return the grant of a request for an article, and the page that it opens.

        Parameters:
            written, others: as `links.opened` takes them.
            link: the path and the query as they were requested.

        Raises:
            ForgedLinkError, ExpiredLinkError
        """
        if self.links is None or written_pass:
            return await self.to_site(written_pass), opened(written, others)
        page = self.links.check(link, self.now())
        return Grant(self.root, self.links, None, page), page

    def new_pass(self, person: int) -> Grant:
        """Return the grant of a person who has just been let in."""
        assert self.links is not None  # nobody enters a site that needs no pass
        return Grant(self.root, self.links, self.links.new_pass(person, self.now()))


def ascii_host(host: str) -> str:
    """Return a host as it is asked for, letters that may look like others as ASCII (RFC 3492)."""
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return host.encode("ascii", "backslashreplace").decode()


def _host_of(netloc: str) -> str:
    """Return a host in lower case, without its port."""
    host = netloc.rpartition("@")[2].lower()
    return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
