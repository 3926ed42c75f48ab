"""Feeds as attackers and broken programs write them, parsed in a process of its own, and within limits."""

import itertools
import time
from gzip import compress
from http.server import BaseHTTPRequestHandler

import pytest

from index.feeds import reading
from tests.index.adding.web import Handler, answer, dripping
from tests.index.feeds.following import DAY, LONG, RSS, Follower, in_turn, item, rss

STORY = item("River rises", guid="1", content=LONG)
BILLION = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    "<rss><channel><title>&b;</title></channel></rss>"
)
EXTERNAL = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    "<rss><channel><item><title>&a;</title></item></channel></rss>"
)


def refused(follower: Follower, handler: Handler) -> str:
    """The trouble that is told of a feed from which nothing is taken, and which is tried again."""
    follower.site.pages["/feed"] = handler
    told = follower.round()
    assert (told.failed, told.paths, follower.files()) == (1, (), [])
    assert 0 < follower.next() <= 1.2 * DAY
    return follower.trouble()


@pytest.mark.parametrize(
    ("handler", "trouble"),
    [
        (answer("", status=404), "the site answered 404 Not Found"),
        (answer("not a feed at all", "text/plain"), "not an RSS or Atom feed"),
        (answer("", RSS), "empty"),
        (answer(b"\x89PNG\r\n\x1a\n\0\0\0", "image/png"), "binary, not text"),
        (answer('{"version": "https://jsonfeed.org/version/1.1"}', "application/json"), "not an RSS or Atom feed"),
        (answer(BILLION, RSS), "it declares XML entities, which are not read"),
        (answer(EXTERNAL, RSS), "it declares XML entities, which are not read"),
        (answer(compress(b"x"), RSS, Content_Encoding="br"), "the page is packed in a way that was not asked for"),
    ],
)
@pytest.mark.usefixtures("at_once")
def test_what_is_no_feed_is_told_in_one_line(follower: Follower, handler: Handler, trouble: str) -> None:
    assert refused(follower, handler).startswith(trouble)


@pytest.mark.usefixtures("at_once")
def test_a_page_that_names_its_feed_says_which_to_follow(follower: Follower) -> None:
    links = (
        '<link rel="alternate" type="application/rss+xml" href="/rss.xml">'
        '<link rel="alternate" type="application/atom+xml" href="javascript:alert(1)">'
        '<link rel="alternate" hreflang="de" href="/de">'
    )
    told = refused(follower, answer(f"<html><head>{links}</head><body><p>Hello</p></body></html>"))
    assert told == f"this is a page and no feed; it names {follower.site.url('/rss.xml')}: follow that"


@pytest.mark.usefixtures("at_once")
def test_a_feed_of_50_mb_is_let_go_of_before_it_is_read(follower: Follower) -> None:
    sent: list[int] = []

    def large(request: BaseHTTPRequestHandler) -> None:
        answer(b"", RSS, Content_Length=str(50_000_000))(request)
        sent.append(1)

    assert refused(follower, large) == "the page is larger than 10 MB"


@pytest.mark.usefixtures("at_once")
def test_one_that_does_not_say_how_large_it_is_is_let_go_of_at_the_limit(follower: Follower) -> None:
    follower.limits = {"feed": 1_000_000}
    handed: list[int] = []

    def pieces() -> "itertools.chain[bytes]":
        return itertools.chain.from_iterable(_counted(handed) for _ in itertools.count())

    assert refused(follower, dripping(pieces(), 0)) == "the page is larger than 1 MB"
    assert sum(handed) < 20_000_000


def _counted(handed: list[int]) -> list[bytes]:
    handed.append(65536)
    return [b"<item/> " * 8192]


@pytest.mark.usefixtures("at_once")
def test_an_endless_feed_is_let_go_of_in_time(follower: Follower) -> None:
    follower.limits = {"fetch": {"seconds": 0.5}}
    began = time.monotonic()
    told = refused(follower, dripping(itertools.repeat(b"<item>", 200), 0.05))
    assert told == "the site took too long to answer: the limit is 0.5 s"
    assert time.monotonic() - began < 5


@pytest.mark.usefixtures("at_once")
def test_a_feed_that_unpacks_to_too_much_is_let_go_of(follower: Follower) -> None:
    bomb = compress(b"<rss>" + b" " * 30_000_000)
    assert len(bomb) < 100_000
    assert refused(follower, answer(bomb, RSS, Content_Encoding="gzip")) == "the page unpacks to more than 10 MB"


def test_a_feed_that_costs_its_parser_too_much_costs_this_program_nothing(follower: Follower) -> None:
    follower.limits = {"reading_seconds": 1.5}
    deep = "<item>" + "<a>" * 2_000_000
    told = refused(follower, answer(f"<rss><channel>{deep}", RSS))
    assert told
    follower.site.pages["/feed"] = answer(rss(STORY), RSS)
    follower.limits = {}
    assert follower.round(2 * DAY).new == 1


def test_a_feed_that_takes_more_memory_than_it_may_is_told_so(follower: Follower) -> None:
    follower.limits = {"reading_memory": 64 << 20}
    assert refused(follower, answer(rss(STORY), RSS))


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("declared", "used", "kind"),
    [
        ("utf-8", "latin-1", RSS),
        ("iso-8859-1", "utf-8", RSS),
        ("utf-16", "utf-8", RSS),
        ("klingon", "utf-8", RSS),
        ("windows-1252", "windows-1252", "application/rss+xml; charset=utf-8"),
    ],
)
def test_a_wrong_charset_costs_no_article(follower: Follower, declared: str, used: str, kind: str) -> None:
    source = rss(item("Elva stiger i Østrec", guid="1", content=LONG.replace("river", "elv på Øya")))
    follower.site.pages["/feed"] = answer(source.replace('"utf-8"', f'"{declared}"', 1).encode(used), kind)
    assert follower.round().new == 1
    (article,) = follower.articles()
    assert article.text.startswith("The elv p")


@pytest.mark.usefixtures("at_once")
def test_a_broken_feed_gives_what_stands_before_the_break(follower: Follower) -> None:
    second = item("Bridge", guid="2", content=f"{LONG} The bridge is closed.")
    follower.site.pages["/feed"] = answer(rss(STORY, second)[:-150], RSS)
    assert follower.round().new >= 1


@pytest.mark.usefixtures("at_once")
def test_a_feed_of_a_thousand_entries_is_taken_within_limits(follower: Follower) -> None:
    follower.limits = {"entries": 5}
    follower.site.pages["/feed"] = answer(
        rss(*(item(f"{n}", guid=f"{n}", content=f"{LONG} {n}") for n in range(1_100))), RSS
    )
    told = follower.round()
    assert told.new == 5
    assert told.waiting == 1_000 - 5


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "//", "http://a b/", "http://u:p@127.0.0.2/"],
)
def test_a_link_that_is_not_safe_is_no_link_of_the_article(follower: Follower, link: str) -> None:
    follower.site.pages["/feed"] = answer(rss(item("River", guid="1", link=link, summary="The river rose. " * 9)), RSS)
    assert follower.round().new == 1
    (article,) = follower.articles()
    assert article.url.value is None
    assert [path for _, path in follower.site.asked] == ["/feed"]


@pytest.mark.usefixtures("at_once")
def test_nothing_of_a_feed_becomes_markup_of_its_file(follower: Follower) -> None:
    hostile = "</content></entry><entry><id>added/other.atom</id><title>Forged</title>"
    follower.site.pages["/feed"] = in_turn(
        answer(
            rss(
                item(hostile, guid=hostile, author=hostile, content=f"<p>{LONG}</p>{hostile}<![CDATA[x]]>"),
                title=hostile,
            ),
            RSS,
        )
    )
    follower.round()
    (article,) = follower.articles()
    assert article.id == article.path
    assert article.text.startswith(LONG)


def test_what_nobody_foresaw_of_one_feed_stops_no_other(follower: Follower, monkeypatch: pytest.MonkeyPatch) -> None:
    follower.addresses = (follower.site.url("/feed"), follower.site.url("/other"))
    follower.site.pages |= {"/feed": answer("odd", RSS), "/other": answer(rss(STORY), RSS)}

    def odd(module: str, argument: str, raw: bytes, **limits: float) -> object:
        return {"odd": 1} if raw == b"odd" else reading._found(argument, raw)

    monkeypatch.setattr(reading, "answer_of", odd)
    told = follower.round()
    assert (told.failed, told.new) == (1, 1)
    assert told.troubles == ((follower.site.url("/feed"), "this should not happen (KeyError): report it"),)
