"""Requests to the public internet, and to nowhere else.

Somebody who sends the bot a link could otherwise read pages that only this machine and its neighbours may see, such as
a cloud's metadata service or a router's pages. A feed could do the same with its entries.

Every host, the first and each one redirected to, is resolved once; all its addresses are checked; and the connection
goes to an address that was checked. Resolving a second time, as a client that is handed the name would, lets a name
server answer differently the second time (DNS rebinding). TLS still verifies the name.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

import httpx

from index.adding.page import ENCODINGS, Body
from index.errors import AddingError, UnreachableError

Address = IPv4Address | IPv6Address
# Called before each request with its address; what it manages lasts as long as the request.
Visit = Callable[[str], AbstractAsyncContextManager[None]]
# Called with the Content-Type of a page and the path of its address; raises AddingError for one that is not wanted.
Wanted = Callable[[str, str], object]
# Gives the addresses of a host, as written, for connections to a port. May block.
Resolve = Callable[[str, int], Sequence[str]]
# RFC 6052: what a network without IPv4 writes before the 32 bits of an IPv4 address.
_NAT64: Final = IPv6Network("64:ff9b::/96")
# Of IANA's registries of special-purpose addresses, those that older versions of Python take for public:
# protocol assignments, relays of 6to4, documentation, segment routing.
_SPECIAL: Final = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20", "5f00::/16")))
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# RFC 9110, 15.4: links to the old address ought to be updated.
_PERMANENT: Final = frozenset({301, 308})
_PORTS: Final = {"http": 80, "https": 443}
# Two of a host's addresses, or four, are tried within the time there is.
_CONNECT_SECONDS: Final = 5.0
_LONGEST_URL: Final = 2000
# Not a loop's own threads, for which it waits at its end: a name server may hold the resolver for minutes.
_RESOLVING: Final = ThreadPoolExecutor(4, thread_name_prefix="resolver")


def is_public(address: Address) -> bool:
    """Return whether an address, and any IPv4 address within it, belongs to the public internet.

    An IPv6 address may stand for an IPv4 one: mapped (RFC 4291), by NAT64 (RFC 6052) or by 6to4 (RFC 3056).
    """
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
        if address.sixtofour:  # versions of Python do not agree on 2002::/16 itself
            return is_public(address.sixtofour)
        if address.is_site_local:
            return False
    return address.is_global and not (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or any(address in network for network in _SPECIAL)
    )


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host by the system's resolver, best first.

    Raises:
        OSError: if it has none.
    """
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def checked(found: Sequence[str], allowed: Callable[[Address], bool]) -> list[Address] | None:
    """Return the addresses of a host if all of them are allowed; None if there is none, or one is not allowed.

    One forbidden address is enough to refuse the host: a host with an address inside and one outside aims at the first.
    """
    try:
        addresses = [ip_address(address) for address in found]
    except ValueError:
        return None
    return addresses if addresses and all(map(allowed, addresses)) else None


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Limits for a fetch.

    Attributes:
        seconds: for all of it, redirects included.
        sent: bytes of the answer as sent.
        pieces: in which it is sent; each costs processor time however small it is. Web servers send some kilobytes at a
            time.
        unpacked: bytes of the answer unpacked; a build passes over larger files.
        redirects: how many are followed.
        ports: that a link may name.
    """

    seconds: float = 30
    sent: int = 20_000_000
    pieces: int = 50_000
    unpacked: int = 20_000_000
    redirects: int = 5
    ports: frozenset[int] = field(default=frozenset({80, 443, 8080, 8443}))


@dataclass(frozen=True, slots=True)
class Web:
    """What is reached, and how it is verified.

    Attributes:
        allowed: whether a connection to an address may be made.
        resolver: gives the addresses of a host; run in a thread.
        tls: verifies servers; None: by certifi's authorities.
    """

    allowed: Callable[[Address], bool] = is_public
    resolver: Resolve = resolve
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of a web server.

    Attributes:
        url: after redirects, without its fragment.
        moved: where the permanent redirects lead that come before any other; '' if there is none.
        headers: by their names in lower case.
        raw: the body, unpacked; only that of status 200 is read.
    """

    url: str
    moved: str
    status: int
    headers: Mapping[str, str]
    raw: bytes = b""


@asynccontextmanager
async def _at_once(_: str) -> AsyncIterator[None]:
    yield


async def get(
    url: str,
    limits: FetchLimits,
    web: Web,
    headers: Mapping[str, str],
    *,
    visit: Visit = _at_once,
    wanted: Wanted = lambda kind, path: None,
) -> Reply:
    """Ask for an address, and for those that it redirects to.

    Parameters:
        headers: to be sent, beside those of the connection.
        visit: may wait, or raise AddingError where the address is not to be asked for; the limit of time leaves out
            its waiting.

    Raises:
        AddingError: if the link, or one it redirects to, is not one that is followed; if the limits are passed.
        UnreachableError: if the site cannot be reached, or takes too long.
    """
    try:
        async with asyncio.timeout(limits.seconds) as deadline:
            return await _follow(_parse(url.strip()), limits, web, headers, _timed(visit, deadline), wanted)
    except (TimeoutError, httpx.TimeoutException) as error:
        raise UnreachableError(f"the site took too long to answer: the limit is {limits.seconds:g} s") from error
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
        raise UnreachableError("the site cannot be reached, or does not answer as a web server does") from error


def _timed(visit: Visit, deadline: asyncio.Timeout) -> Visit:
    """Return `visit`, whose waiting puts off the deadline."""

    @asynccontextmanager
    async def waiting(url: str) -> AsyncIterator[None]:
        loop, until = asyncio.get_running_loop(), deadline.when()
        assert until is not None
        began = loop.time()
        deadline.reschedule(None)
        async with visit(url):
            deadline.reschedule(until + loop.time() - began)
            yield

    return waiting


def words_of_status(code: int) -> str:
    """Return a status in words: the number's own; the server's could be anything."""
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)


@cache
def _default_tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


async def _follow(
    url: httpx.URL, limits: FetchLimits, web: Web, headers: Mapping[str, str], visit: Visit, wanted: Wanted
) -> Reply:
    moved, permanent = "", True
    for _ in range(limits.redirects + 1):
        async with visit(str(url)):
            addresses = await _addresses(url, limits, web)
            response = await _first_answer(url, addresses, limits, web, headers, wanted)
        if response.status not in _REDIRECTS:
            return Reply(str(url), moved, response.status, response.headers, response.raw)
        url = _redirect_target(url, response.headers.get("location", ""))
        permanent = permanent and response.status in _PERMANENT
        moved = str(url) if permanent else moved
    raise AddingError(f"the link is redirected more than {limits.redirects} times")


def _parse(url: str) -> httpx.URL:
    """Return a link that is safe to ask a resolver about."""
    if len(url) > _LONGEST_URL:
        raise AddingError(f"the link is longer than {_LONGEST_URL:,} characters")
    try:
        parsed = httpx.URL(url).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError) as error:
        raise AddingError("this is not a link that can be read") from error
    return _check(parsed)


def _check(url: httpx.URL) -> httpx.URL:
    if url.scheme not in _PORTS:
        raise AddingError("only links that begin with http:// or https:// are followed")
    if not url.host:
        raise AddingError("the link names no host")
    # A name before the host is how a link is made to look like another's, and a password has no place in a citation.
    if url.userinfo:
        raise AddingError("a link with a user name or password in it is not followed")
    return url


async def _addresses(url: httpx.URL, limits: FetchLimits, web: Web) -> list[Address]:
    port = _PORTS[url.scheme] if url.port is None else url.port
    if port not in limits.ports:
        raise AddingError("the link names a port that web pages are not served on")
    host = url.raw_host.decode("ascii")
    try:
        found = await asyncio.get_running_loop().run_in_executor(_RESOLVING, web.resolver, host, port)
    # A name too long for its encoding is a UnicodeError.
    except (OSError, UnicodeError) as error:
        raise UnreachableError("the host that the link names cannot be found") from error
    addresses = checked(found, web.allowed)
    if addresses is None:
        raise AddingError("the link leads to an address that is not public")
    return addresses


async def _first_answer(
    url: httpx.URL,
    addresses: list[Address],
    limits: FetchLimits,
    web: Web,
    headers: Mapping[str, str],
    wanted: Wanted,
) -> Reply:
    """Ask the first address that takes a connection."""
    for address in addresses[:-1]:
        try:
            return await _request(url, address, limits, web, headers, wanted)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            continue
    return await _request(url, addresses[-1], limits, web, headers, wanted)


async def _request(
    url: httpx.URL, address: Address, limits: FetchLimits, web: Web, headers: Mapping[str, str], wanted: Wanted
) -> Reply:
    named = {"Host": url.netloc.decode("ascii"), "Accept-Encoding": ENCODINGS, **headers}
    extensions = {
        "timeout": httpx.Timeout(limits.seconds, connect=_CONNECT_SECONDS).as_dict(),
        "sni_hostname": url.raw_host.decode("ascii"),
    }
    request = httpx.Request("GET", url.copy_with(host=str(address)), headers=named, extensions=extensions)
    # A transport for each request: a connection kept open to an address was verified for one name, not for the next.
    # No client, which would look at redirects and keep cookies by the address.
    async with httpx.AsyncHTTPTransport(verify=web.tls or _default_tls(), trust_env=False) as transport:
        response = await transport.handle_async_request(request)
        try:
            raw = b""
            if response.status_code == HTTPStatus.OK:
                wanted(response.headers.get("content-type", ""), url.path)
                raw = await _body(response, limits)
            return Reply(str(url), "", response.status_code, dict(response.headers), raw)
        finally:
            await response.aclose()


def _redirect_target(url: httpx.URL, location: str) -> httpx.URL:
    if not location:
        raise AddingError("the site redirects the link without saying where to")
    try:
        target = url.join(location).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError) as error:
        raise AddingError("the link is redirected to something that is no link") from error
    if len(str(target)) > _LONGEST_URL:
        raise AddingError(f"the link is redirected to one longer than {_LONGEST_URL:,} characters")
    return _check(target)


async def _body(response: httpx.Response, limits: FetchLimits) -> bytes:
    declared = response.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > limits.sent:
        raise AddingError(f"the page is larger than {limits.sent / 1e6:,.3g} MB")
    body = Body(response.headers.get("content-encoding", ""), limits.sent, limits.unpacked)
    pieces = 0
    async for piece in response.aiter_raw():
        pieces += 1
        if pieces > limits.pieces:
            raise AddingError(f"the page comes in too many small pieces: the limit is {limits.pieces:,}")
        body.take(piece)
    return body.whole()
