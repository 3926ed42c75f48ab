"""Fetching a link from the public internet, and from nowhere else.

Every host, the first and each one redirected to, is resolved once; all its addresses are checked; and the connection
goes to an address that was checked. Resolving a second time, as a client that is handed the name would, lets a name
server answer differently the second time (DNS rebinding). TLS still verifies the name.

A hostile answer keeps the event loop busy: 20,000 pieces of one byte take a tenth of a second between two turns of
the event loop. So a fetch runs in a thread, on an event loop of its own.
"""

import asyncio
import hashlib
import re
import ssl
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from html import escape
from http import HTTPStatus
from typing import Any, Final, TypeVar
from uuid import NAMESPACE_URL, uuid5

import httpx

from bot.adding import AddingError
from bot.adding.addresses import Address, Resolve, checked, is_public, resolve
from bot.adding.formats import ACCEPTED, bare, suffix_for
from bot.adding.unpacking import ENCODINGS, Body
from index.parsers.charset import MARKS

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PORTS: Final = {"http": 80, "https": 443}
# Two of a host's addresses, or four, are tried within the time there is.
_CONNECT_SECONDS: Final = 5.0
_LONGEST_URL: Final = 2000
# Not a loop's own threads, for which it waits at its end: a name server may hold the resolver for minutes.
_RESOLVING: Final = ThreadPoolExecutor(4, thread_name_prefix="resolver")
# Formats without a place for the address: such a file is stored in a web archive, whose suffix follows.
_DOCUMENTS: Final = frozenset({".pdf", ".docx", ".odt", ".rtf", ".epub"})
_WEB_ARCHIVE: Final = ".warc"
# The parser of HTML looks so far for an encoding, bytes.
_HEAD: Final = 8192
_HEAD_TAG: Final = re.compile(rb"<head\b[^<>]{0,1000}>", re.IGNORECASE)
_HAS_CHARSET: Final = re.compile(rb"<meta\b[^<>]{0,300}charset|<\?xml[^<>]{0,100}encoding", re.IGNORECASE)
_CHARSET: Final = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)

T = TypeVar("T")


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
class Page:
    """A fetched page or document.

    Attributes:
        url: after redirects, without its fragment.
        raw: the file to keep; for HTML with its address in it, for other documents a web archive of the one.
        suffix: by which a build knows the format, such as '.html'.
    """

    url: str
    raw: bytes
    suffix: str


async def fetch(
    url: str,
    limits: FetchLimits,
    *,
    allowed: Callable[[Address], bool] = is_public,
    resolver: Resolve = resolve,
    tls: ssl.SSLContext | None = None,
) -> Page:
    """Fetch a link.

    Parameters:
        allowed: whether a connection to an address may be made.
        resolver: gives the addresses of a host; run in a thread.
        tls: verifies servers; None: by certifi's authorities.

    Raises:
        AddingError: if the link, or one it redirects to, is not one that is followed; if the site cannot be reached or
            does not answer with something that can be an article; if the limits are passed.
    """

    async def fetched() -> Page:
        async with asyncio.timeout(limits.seconds):
            return await _follow(_parse(url.strip()), limits, allowed, resolver, tls or _default_tls())

    try:
        return await _on_own_loop(fetched)
    except (TimeoutError, httpx.TimeoutException) as error:
        raise AddingError(f"the site took too long to answer: the limit is {limits.seconds:g} s") from error
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
        raise AddingError("the site cannot be reached, or does not answer as a web server does") from error


def with_origin(raw: bytes, url: str, content_type: str) -> bytes:
    """Return a page's bytes with the address it was fetched from, and the encoding that its Content-Type named.

    The parser takes either only if the page says nothing itself.

    Once stored, a page is a file like any other, and a citation could not link to it: the address would be lost that
    the person sent, the encoding that only the transfer named as well.

    Parameters:
        raw: the page, HTML.
        url: where it was fetched, after redirects.
        content_type: the header, with its parameters.
    """
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            # The insertion must be in the page's encoding: all of it becomes UTF-8.
            raw, content_type = raw[len(mark) :].decode(encoding, errors="replace").encode(), "text/html; charset=utf-8"
            break
    inserted = ""
    charset = _CHARSET.search(content_type)
    if charset and not _HAS_CHARSET.search(raw[:_HEAD]):
        inserted += f'<meta charset="{escape(charset[1])}">'
    # The parser looks at this element last: the page's own metadata come first.
    inserted += f'<meta name="citation_public_url" content="{escape(url)}">'
    head = _HEAD_TAG.search(raw[:_HEAD])
    place = head.end() if head else 0
    return raw[:place] + inserted.encode() + raw[place:]


def as_record(raw: bytes, url: str, kind: str) -> bytes:
    """Return a web archive (ISO 28500) of one file, with the address that it was fetched from.

    It leaves out the time of the fetch, so that the same file is the same bytes whenever it is added.

    Parameters:
        kind: its Content-Type, without parameters.
    """
    identity = uuid5(NAMESPACE_URL, f"{url} {hashlib.sha256(raw).hexdigest()}")
    head = (
        "WARC/1.1\r\nWARC-Type: resource\r\n"
        f"WARC-Record-ID: <urn:uuid:{identity}>\r\nWARC-Target-URI: {url}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(raw)}\r\n\r\n"
    )
    return b"".join((head.encode(), raw, b"\r\n\r\n"))


async def _on_own_loop(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine in a thread, on an event loop of its own; cancelled, it is cancelled there.

    Parameters:
        work: makes the coroutine.
    """
    begun: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = []

    async def watched() -> T:
        task = asyncio.current_task()
        assert task
        begun.append((asyncio.get_running_loop(), task))
        return await work()

    try:
        return await asyncio.to_thread(lambda: asyncio.run(watched()))
    except asyncio.CancelledError:
        for loop, task in begun:
            # Its loop is closed if it ended meanwhile.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(task.cancel)
        raise


@cache
def _default_tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


async def _follow(
    url: httpx.URL, limits: FetchLimits, allowed: Callable[[Address], bool], resolver: Resolve, tls: ssl.SSLContext
) -> Page:
    for _ in range(limits.redirects + 1):
        addresses = await _addresses(url, limits, allowed, resolver)
        answer = await _first_answer(url, addresses, limits, tls)
        if isinstance(answer, Page):
            return answer
        url = answer
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


async def _addresses(
    url: httpx.URL, limits: FetchLimits, allowed: Callable[[Address], bool], resolver: Resolve
) -> list[Address]:
    port = _PORTS[url.scheme] if url.port is None else url.port
    if port not in limits.ports:
        raise AddingError("the link names a port that web pages are not served on")
    host = url.raw_host.decode("ascii")
    try:
        found = await asyncio.get_running_loop().run_in_executor(_RESOLVING, resolver, host, port)
    # A name too long for its encoding is a UnicodeError.
    except (OSError, UnicodeError) as error:
        raise AddingError("the host that the link names cannot be found") from error
    addresses = checked(found, allowed)
    if addresses is None:
        raise AddingError("the link leads to an address that is not public")
    return addresses


async def _first_answer(
    url: httpx.URL, addresses: list[Address], limits: FetchLimits, tls: ssl.SSLContext
) -> Page | httpx.URL:
    """Ask the first address that takes a connection; return its page, or where to go instead."""
    for address in addresses[:-1]:
        try:
            return await _request(url, address, limits, tls)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            continue
    return await _request(url, addresses[-1], limits, tls)


async def _request(url: httpx.URL, address: Address, limits: FetchLimits, tls: ssl.SSLContext) -> Page | httpx.URL:
    headers = {
        "Host": url.netloc.decode("ascii"),
        "User-Agent": "Verbatim",
        "Accept": ACCEPTED,
        "Accept-Encoding": ENCODINGS,
    }
    extensions = {
        "timeout": httpx.Timeout(limits.seconds, connect=_CONNECT_SECONDS).as_dict(),
        "sni_hostname": url.raw_host.decode("ascii"),
    }
    request = httpx.Request("GET", url.copy_with(host=str(address)), headers=headers, extensions=extensions)
    # A transport for each request: a connection kept open to an address was verified for one name, not for the next.
    # No client, which would look at redirects and keep cookies by the address.
    async with httpx.AsyncHTTPTransport(verify=tls, trust_env=False) as transport:
        response = await transport.handle_async_request(request)
        try:
            if response.status_code in _REDIRECTS:
                return _redirect_target(url, response)
            return await _page(url, response, limits)
        finally:
            await response.aclose()


def _redirect_target(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    location = response.headers.get("location", "")
    if not location:
        raise AddingError("the site redirects the link without saying where to")
    try:
        target = url.join(location).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError) as error:
        raise AddingError("the link is redirected to something that is no link") from error
    if len(str(target)) > _LONGEST_URL:
        raise AddingError(f"the link is redirected to one longer than {_LONGEST_URL:,} characters")
    return _check(target)


async def _page(url: httpx.URL, response: httpx.Response, limits: FetchLimits) -> Page:
    if response.status_code != HTTPStatus.OK:
        raise AddingError(f"the site answered {_status(response.status_code)}")
    header = response.headers.get("content-type", "")
    suffix = suffix_for(header, url.path)
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
    raw = body.whole()
    if suffix in (".html", ".htm"):
        raw = with_origin(raw, str(url), header)
    elif suffix in _DOCUMENTS:
        raw, suffix = as_record(raw, str(url), bare(header)), _WEB_ARCHIVE
    return Page(str(url), raw, suffix)


def _status(code: int) -> str:
    # The number's own words; the server's could be anything.
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)
