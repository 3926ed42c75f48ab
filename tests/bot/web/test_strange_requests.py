"""Whatever is asked of the page, it answers in words, and never with an error of its own."""

import socket
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.language.phrases import ENGLISH
from bot.web.access import Grant
from bot.web.links import Place
from bot.web.pages import list_page
from retrieval.listing import Listed
from tests.bot.web.serving import CLIENT, Served
from tests.bot.web.test_access import QUOTE, entered

VALUES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["0", "-1", "9" * 40, "1e9", "٣", "~~~", "~".join([str(QUOTE)] * 30), "a.b.c", f"{QUOTE}~", "\x00"]
    ),
)
PATHS = st.sampled_from(
    ["/", "/ask", "/sources", "/enter", f"/a/{QUOTE}", f"/a/{Place.at('long.txt')}", "/a/", "/files/x"]
)
NAMES = st.sampled_from(["q", "words", "page", "part", "with", "until", "key", "pass", "data", "next"])


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    path=PATHS, query=st.dictionaries(NAMES, VALUES, max_size=4), method=st.sampled_from(["GET", "HEAD", "POST", "PUT"])
)
def test_no_request_makes_it_fail(local: Served, public: Served, path: str, query: dict[str, str], method: str) -> None:
    asked = "&".join(f"{name}={quote(value, safe='~', errors='replace')}" for name, value in query.items())
    for site, more in ((local, ""), (public, ""), (public, f"&pass={entered(public)}")):
        answer = CLIENT.request(method, f"{site.url}{path}?{asked}{more}")
        assert answer.status_code < 500, (path, asked)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        b"POST /enter HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n",
        b"POST /enter HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /a/" + b"%" * 2_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused_and_the_next_one_answered(local: Served, sent: bytes) -> None:
    port = urlsplit(local.url).port
    assert port is not None
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            got = connection.recv(12)
        except OSError:
            # Closed before all of it was sent.
            got = b""
    assert got == b"" or got.split()[1][:1] == b"4"
    assert CLIENT.get(local.url).status_code == 200


def test_a_long_list_is_turned_page_by_page() -> None:
    def turned(to: int) -> str:
        return f"/sources?page={to}"

    pages = [list_page(Listed(45, number, ()), 20, "", turned, Grant(), ENGLISH).pages for number in range(3)]
    assert [(one.number, one.total) for one in pages] == [(1, 3), (2, 3), (3, 3)]
    assert [one.before for one in pages] == ["", "/sources?page=1", "/sources?page=2"]
    assert [one.after for one in pages] == ["/sources?page=2", "/sources?page=3", ""]
