"""Fetching a link from a real server: what is followed, what is refused, and that nothing is without end."""

import asyncio
import itertools
import select
import socket
import ssl
import subprocess
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from gzip import compress
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from index.adding.fetch import Page, fetch
from index.adding.page import Body
from index.adding.request import Address, FetchLimits, is_public
from index.errors import AddingError
from tests.index.adding.web import PAGE, Handler, Site, answer, dripping, http_1_1, redirect, serving

OUTSIDE = ip_address("127.0.0.2")


def outside(address: Address) -> bool:
    """The test's internet is one address, which is not this machine's usual one."""
    return address == OUTSIDE or is_public(address)


class Names:
    """A resolver that knows some names, and how often each was asked for."""

    def __init__(self, **addresses: list[str]) -> None:
        self._addresses = {f"{name}.example": found for name, found in addresses.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host in self._addresses:
            return self._addresses[host]
        return [str(found[4][0]) for found in socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST)]


@pytest.fixture
def site() -> Iterator[Site]:
    with serving({"/story": answer(PAGE)}) as running:
        yield running


def got(site: Site, url: str, *, limits: dict[str, Any] | None = None, **how: Any) -> Page:
    ports = frozenset({site.port})
    return asyncio.run(fetch(url, FetchLimits(**{"ports": ports, **(limits or {})}), **{"allowed": outside, **how}))


def refusal(site: Site, url: str, **how: Any) -> str:
    """The one line that a refused link is answered with, in which no address of the inside stands."""
    with pytest.raises(AddingError) as refused:
        got(site, url, **how)
    text = str(refused.value)
    assert "\n" not in text
    assert not any(inside in text for inside in ("127.0.0", "10.0.0.1", "169.254", "::1", str(site.port)))
    return text


def test_a_page_is_fetched_with_its_address_and_its_type(site: Site) -> None:
    page = got(site, site.url("/story#part"))
    assert page.url == site.url("/story")
    assert page.suffix == ".html"
    inserted = f'<meta charset="utf-8"><meta name="citation_public_url" content="{site.url("/story")}">'
    assert page.raw.decode() == PAGE.replace("<head>", f"<head>{inserted}")


def test_the_host_is_resolved_once_and_named_to_the_server(site: Site) -> None:
    names = Names(news=["127.0.0.2"])
    page = got(site, site.url("/story", "news.example"), resolver=names)
    assert names.asked == ["news.example"]
    assert site.asked == [(f"news.example:{site.port}", "/story")]
    assert page.url == site.url("/story", "news.example")
    assert "authorization" not in site.headers[0]
    assert site.headers[0]["accept-encoding"] == "gzip, deflate"


def test_a_name_that_changes_its_address_after_the_check_is_not_asked_again(site: Site) -> None:
    answers = iter([["127.0.0.2"], ["127.0.0.1"]])
    with serving({"/story": answer("inside")}, "127.0.0.1", site.port) as inside:
        got(site, site.url("/story", "news.example"), resolver=lambda host, port: next(answers))
        assert (len(site.asked), inside.asked) == (1, [])


def test_where_the_first_address_takes_no_connection_the_next_is_tried(site: Site) -> None:
    with socket.create_server(("127.0.0.3", 0)) as closed:
        port = closed.getsockname()[1]
    assert port  # nobody listens on 127.0.0.3 from here on
    names = Names(news=["127.0.0.3", "127.0.0.2"])
    allowed = {ip_address("127.0.0.3"), OUTSIDE}
    page = got(site, site.url("/story", "news.example"), resolver=names, allowed=allowed.__contains__)
    assert b"flooded the streets" in page.raw


def test_no_proxy_of_the_environment_is_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert b"flooded the streets" in got(site, site.url("/story")).raw


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_and_the_page_keeps_the_last_address(site: Site, status: int) -> None:
    site.pages["/old"] = redirect("story", status)
    assert got(site, site.url("/old")).url == site.url("/story")


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("http://127.0.0.1:{port}/story", "the link leads to an address that is not public"),
        ("//127.0.0.1:{port}/story", "the link leads to an address that is not public"),
        ("http://169.254.169.254:{port}/latest/meta-data/", "the link leads to an address that is not public"),
        ("http://[::1]:{port}/", "the link leads to an address that is not public"),
        ("http://2130706433:{port}/", "the link leads to an address that is not public"),
        ("http://127.0.0.2/story", "the link names a port that web pages are not served on"),
        ("file:///etc/passwd", "only links that begin with http:// or https:// are followed"),
        ("gopher://127.0.0.2:{port}/", "only links that begin with http:// or https:// are followed"),
        ("http://name:word@127.0.0.2:{port}/story", "a link with a user name or password in it is not followed"),
        ("http://0177.0.0.1:{port}/", "the link is redirected to something that is no link"),
        ("/" + "x" * 2000, "the link is redirected to one longer than 2,000 characters"),
    ],
)
def test_a_redirect_is_checked_as_the_link_was(site: Site, target: str, told: str) -> None:
    site.pages["/old"] = redirect(target.replace("{port}", str(site.port)))
    with serving({"/story": answer("inside")}, "127.0.0.1", site.port) as inside:
        assert refusal(site, site.url("/old")) == told
        assert inside.asked == []
    assert [path for _, path in site.asked] == ["/old"]


def test_a_redirect_to_nowhere_is_refused(site: Site) -> None:
    site.pages["/old"] = answer("", status=302)
    assert refusal(site, site.url("/old")) == "the site redirects the link without saying where to"


def test_five_redirects_are_followed_and_a_sixth_is_not(site: Site) -> None:
    site.pages |= {f"/{number}": redirect(f"/{number - 1}") for number in range(1, 7)} | {"/0": answer(PAGE)}
    assert got(site, site.url("/5")).url == site.url("/0")
    site.asked.clear()
    assert refusal(site, site.url("/6")) == "the link is redirected more than 5 times"
    assert len(site.asked) == 6


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "0x7f000001",
        "2130706433",
        "127.1",
        "0.0.0.0",
        "10.0.0.1",
        "169.254.169.254",
        "[::1]",
        "[::]",
        "[::ffff:10.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::a00:1]",
        "[2002:a00:1::]",
        "127。0。0。1",
    ],
)
def test_by_default_no_spelling_of_an_address_inside_is_connected_to(host: str) -> None:
    with serving({"/": answer(PAGE)}, "127.0.0.1") as inside:
        told = refusal(inside, f"http://{host}:{inside.port}/", allowed=is_public)
        assert told == "the link leads to an address that is not public"
        assert inside.asked == []


@pytest.mark.parametrize("found", [["10.0.0.1"], ["127.0.0.2", "10.0.0.1"], ["fd00::1", "127.0.0.2"], []])
def test_a_name_with_an_address_inside_is_refused_whatever_others_it_has(site: Site, found: list[str]) -> None:
    told = refusal(site, site.url("/story", "news.example"), resolver=Names(news=found))
    assert told == "the link leads to an address that is not public"
    assert site.asked == []


def test_a_name_that_has_no_address_cannot_be_found(site: Site) -> None:
    told = refusal(site, site.url("/story", "unknown.example"), resolver=Names())
    assert told == "the host that the link names cannot be found"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("file:///etc/passwd", "only links that begin with http:// or https:// are followed"),
        ("ftp://news.example/", "only links that begin with http:// or https:// are followed"),
        ("news.example/story", "only links that begin with http:// or https:// are followed"),
        ("http:///story", "the link names no host"),
        ("http://0177.0.0.1/", "this is not a link that can be read"),
        ("http://news.example:99999/", "the link names a port that web pages are not served on"),
        ("http://news.example:port/", "this is not a link that can be read"),
        ("http://news\x00.example/", "this is not a link that can be read"),
        ("http://jane@news.example/", "a link with a user name or password in it is not followed"),
        ("http://jane:word@news.example/", "a link with a user name or password in it is not followed"),
        ("http://news.example:22/", "the link names a port that web pages are not served on"),
        ("http://news.example:0/", "the link names a port that web pages are not served on"),
        ("http://news.example/" + "x" * 2000, "the link is longer than 2,000 characters"),
    ],
)
def test_a_link_that_is_not_followed_is_not_even_resolved(site: Site, url: str, told: str) -> None:
    names = Names(news=["127.0.0.2"])
    assert refusal(site, url, resolver=names, limits={"ports": frozenset({80, 443})}) == told
    assert names.asked == []


def test_by_default_pages_are_looked_for_on_the_ports_of_the_web() -> None:
    assert FetchLimits().ports == {80, 443, 8080, 8443}


RAW_DEFLATE = zlib.compressobj(wbits=-zlib.MAX_WBITS)


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", compress(PAGE.encode())),
        ("x-gzip", compress(PAGE.encode())),
        ("GZIP", compress(PAGE.encode())),
        ("deflate", zlib.compress(PAGE.encode())),
        ("deflate", RAW_DEFLATE.compress(PAGE.encode()) + RAW_DEFLATE.flush()),
        ("identity", PAGE.encode()),
    ],
)
def test_a_packed_page_is_unpacked(site: Site, encoding: str, packed: bytes) -> None:
    site.pages["/packed"] = answer(packed, "text/plain", Content_Encoding=encoding)
    assert got(site, site.url("/packed")).raw == PAGE.encode()


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress"])
def test_a_page_packed_in_another_way_is_refused(site: Site, encoding: str) -> None:
    site.pages["/packed"] = answer(compress(PAGE.encode()), Content_Encoding=encoding)
    told = refusal(site, site.url("/packed"))
    assert told == "the page is packed in a way that was not asked for and is not read"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (PAGE.encode(), "the page is packed in a way that cannot be unpacked"),
        (compress(PAGE.encode())[:-20], "the page broke off in the middle"),
    ],
)
def test_a_page_that_cannot_be_unpacked_is_refused(site: Site, body: bytes, told: str) -> None:
    site.pages["/packed"] = answer(body, Content_Encoding="gzip")
    assert refusal(site, site.url("/packed")) == told


def test_a_bomb_is_let_go_of_at_the_limit(site: Site) -> None:
    packer = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    assert len(bomb) < 300_000
    site.pages["/bomb"] = answer(bomb, "text/plain", Content_Encoding="gzip")
    told = refusal(site, site.url("/bomb"), limits={"unpacked": 5_000_000})
    assert told == "the page unpacks to more than 5 MB"


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_page_of_just_the_limit_is_taken_and_one_of_a_byte_more_is_not(site: Site, encoding: str) -> None:
    pack: Callable[[bytes], bytes] = compress if encoding == "gzip" else bytes
    site.pages["/limit"] = answer(pack(b"x" * 100_000), "text/plain", Content_Encoding=encoding)
    site.pages["/more"] = answer(pack(b"x" * 100_001), "text/plain", Content_Encoding=encoding)
    limits = {"unpacked": 100_000}
    assert len(got(site, site.url("/limit"), limits=limits).raw) == 100_000
    assert refusal(site, site.url("/more"), limits=limits) == "the page unpacks to more than 0.1 MB"


def test_a_page_without_end_is_let_go_of_at_the_limit(site: Site) -> None:
    site.pages["/endless"] = dripping(itertools.repeat(b"x" * 65_536), 0)
    told = refusal(site, site.url("/endless"), limits={"sent": 1_000_000})
    assert told == "the page is larger than 1 MB"


def test_a_page_that_says_it_is_too_large_is_not_waited_for(site: Site) -> None:
    site.pages["/large"] = dripping(itertools.repeat(b"x"), 0.1, length=20_000_001)
    began = time.monotonic()
    assert refusal(site, site.url("/large")) == "the page is larger than 20 MB"
    assert time.monotonic() - began < 5


def test_a_page_in_tiny_pieces_is_let_go_of_at_the_limit(site: Site) -> None:
    def handle(request: BaseHTTPRequestHandler) -> None:
        answer(b"", "text/plain", 200, Transfer_Encoding="chunked")(request)
        request.wfile.write(b"1\r\na\r\n" * 101 + b"0\r\n\r\n")

    # Chunks are HTTP/1.1's.
    site.pages["/tiny"] = http_1_1(handle)
    assert got(site, site.url("/tiny"), limits={"pieces": 101}).raw == b"a" * 101
    told = refusal(site, site.url("/tiny"), limits={"pieces": 100})
    assert told == "the page comes in too many small pieces: the limit is 100"


def test_what_follows_the_end_of_a_packed_page_is_neither_kept_nor_copied() -> None:
    body = Body("gzip", 100_000_000, 1000)
    body.take(compress(b"The river rose."))
    started = time.monotonic()
    for _ in range(20_000):
        body.take(b"\0" * 4096)
    # Copied at each piece, as zlib does, this is 800 GB.
    assert time.monotonic() - started < 10
    assert body.whole() == b"The river rose."


def test_a_fetch_that_is_cancelled_hangs_up(site: Site) -> None:
    asked, hung_up = threading.Event(), threading.Event()

    def handle(request: BaseHTTPRequestHandler) -> None:
        answer(b"", "text/plain", 200)(request)
        asked.set()
        # Readable without a byte to read: the other side is gone, in good order or leaving unread what was sent to it.
        if select.select([request.connection], [], [], 20)[0]:
            try:
                left = not request.connection.recv(1)
            except ConnectionError:
                left = True
            if left:
                hung_up.set()

    site.pages["/slow"] = handle

    async def cancelled() -> None:
        limits = FetchLimits(ports=frozenset({site.port}))
        task = asyncio.create_task(fetch(site.url("/slow"), limits, allowed=outside))
        assert await asyncio.to_thread(asked.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert hung_up.wait(10)


def test_a_page_that_drips_is_let_go_of_in_time(site: Site) -> None:
    site.pages["/slow"] = dripping(itertools.repeat(b"x", 200), 0.05)
    began = time.monotonic()
    told = refusal(site, site.url("/slow"), limits={"seconds": 0.5})
    assert told == "the site took too long to answer: the limit is 0.5 s"
    assert time.monotonic() - began < 3


def test_the_time_is_that_of_all_redirects_together(site: Site) -> None:
    def late(target: str) -> Handler:
        def handle(request: Any) -> None:
            time.sleep(0.3)
            redirect(target)(request)

        return handle

    site.pages |= {"/1": late("/2"), "/2": late("/3"), "/3": late("/story")}
    assert refusal(site, site.url("/1"), limits={"seconds": 0.7}).startswith("the site took too long")
    assert got(site, site.url("/1"), limits={"seconds": 10}).url == site.url("/story")


def test_a_resolver_that_hangs_is_not_waited_for(site: Site) -> None:
    def hanging(host: str, port: int) -> list[str]:
        time.sleep(1)
        return ["127.0.0.2"]

    limits = {"seconds": 0.2}
    assert refusal(site, site.url("/story"), resolver=hanging, limits=limits).startswith("the site took")
    assert site.asked == []


@pytest.mark.parametrize(
    ("kind", "path", "suffix"),
    [
        ("text/html", "/a", ".html"),
        ("Text/HTML; charset=ISO-8859-1", "/a.php", ".html"),
        ("application/xhtml+xml", "/a", ".html"),
        ("text/plain", "/a", ".txt"),
        ("text/plain; charset=utf-8", "/notes/a.md", ".md"),
        ("text/plain", "/a.jsonl", ".jsonl"),
        ("text/plain", "/a.py", ".txt"),
        ("text/markdown", "/a", ".md"),
        ("application/rss+xml", "/a", ".rss"),
        ("application/atom+xml", "/a", ".atom"),
        ("text/xml", "/a", ".xml"),
        ("application/xml", "/a", ".xml"),
        ("application/x-ndjson", "/a", ".jsonl"),
        ("application/jsonl", "/a", ".jsonl"),
        ("application/json", "/a", ".json"),
        ("application/feed+json", "/a", ".json"),
        ("text/csv; charset=utf-8", "/a", ".csv"),
        ("application/zip", "/a", ".zip"),
        ("application/octet-stream", "/wire.jsonl", ".jsonl"),
        ("application/gzip", "/a.tar.gz", ".tar.gz"),
        ("application/x-gzip", "/a", ".gz"),
        ("multipart/related", "/a", ".mhtml"),
    ],
)
def test_a_kind_that_can_hold_an_article_is_kept_under_its_suffix(
    site: Site, kind: str, path: str, suffix: str
) -> None:
    site.pages[path] = answer(PAGE, kind)
    page = got(site, site.url(path))
    assert page.suffix == suffix


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("image/png", "a picture"),
        ("video/mp4", "a video"),
        ("application/octet-stream", "something else (application/octet-stream)"),
        ("application/vnd.ms-excel", "something else (application/vnd.ms-excel)"),
        ("text/css", "something else (text/css)"),
        ("", "something that does not say what it is"),
    ],
)
def test_another_kind_is_refused_in_words(site: Site, kind: str, what: str) -> None:
    site.pages["/a"] = answer(PAGE, kind)
    told = refusal(site, site.url("/a"))
    are_read = "pages, documents, plain text, Markdown, feeds, JSON, tables and archives are read"
    assert told == f"the link leads to {what}; {are_read}"


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "404 Not Found"), (403, "403 Forbidden"), (500, "500 Internal Server Error"), (799, "799")],
)
def test_an_answer_that_is_no_page_is_told_by_its_status(site: Site, status: int, words: str) -> None:
    site.pages["/a"] = answer(PAGE, status=status)
    assert refusal(site, site.url("/a")) == f"the site answered {words}"


def test_where_nobody_listens_or_no_web_server_does_that_is_told() -> None:
    told = "the site cannot be reached, or does not answer as a web server does"
    with serving({}) as gone:
        pass
    assert refusal(gone, gone.url("/")) == told

    def garbage(request: Any) -> None:
        request.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")

    with serving({"/": garbage}) as odd:
        assert refusal(odd, odd.url("/")) == told


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for news.example, with its key."""
    if which("openssl") is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    file = tmp_path_factory.mktemp("tls") / "news.pem"
    made = f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout {file} -out {file}.crt"
    named = "-subj /CN=news.example -days 2 -addext subjectAltName=DNS:news.example"
    subprocess.run(f"{made} {named}".split(), check=True, capture_output=True)
    file.write_bytes(file.read_bytes() + Path(f"{file}.crt").read_bytes())
    return file


def test_tls_verifies_the_name_and_not_the_address(certificate: Path) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    tls = ssl.create_default_context(cafile=str(certificate))
    names = Names(news=["127.0.0.2"], other=["127.0.0.2"])
    with serving({"/story": answer(PAGE)}, tls=server) as site:
        page = got(site, site.url("/story", "news.example", "https"), resolver=names, tls=tls)
        assert page.url == site.url("/story", "news.example", "https")
        assert len(site.asked) == 1
        for host in ("other.example", "127.0.0.2"):
            told = refusal(site, site.url("/story", host, "https"), resolver=names, tls=tls)
            assert told == "the site cannot be reached, or does not answer as a web server does"
        untrusted = site.url("/story", "news.example", "https")
        assert refusal(site, untrusted, resolver=names).startswith("the site cannot be reached")
        assert len(site.asked) == 1
