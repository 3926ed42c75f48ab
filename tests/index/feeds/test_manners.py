"""Manners towards servers: what robots.txt says by RFC 9309, and the pause between two requests to a host."""

import asyncio
import time

import pytest

from index.feeds.robots import EVERYTHING, LONGEST_DELAY, NOTHING, Rules
from tests.index.adding.web import answer
from tests.index.feeds.following import LONG, RSS, Follower, item, page, rss

NEITHER = [False, False]
SITE = "https://news.example"


def allows(robots: str, *paths: str) -> list[bool]:
    rules = Rules.parsed(robots.encode(), "Verbatim")
    # What is stored of it says the same.
    again = Rules.parsed(rules.written().encode(), "Verbatim")
    said = [rules.allow(f"{SITE}{path}") for path in paths]
    assert [again.allow(f"{SITE}{path}") for path in paths] == said
    assert again.delay == rules.delay
    return said


@pytest.mark.parametrize(
    ("robots", "paths", "allowed"),
    [
        ("", ["/", "/a"], [True, True]),
        ("User-agent: *\nDisallow: /", ["/", "/a", "/robots.txt"], [False, False, True]),
        ("User-agent: *\nDisallow:", ["/a"], [True]),
        # RFC 9309, 5.2: the longest match decides.
        (
            "User-Agent: *\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif",
            ["/example/page/disallowed.gif", "/example/page/x"],
            [False, True],
        ),
        ("User-agent: *\nDisallow: /a\nAllow: /a", ["/a"], [True]),
        ("User-agent: *\nDisallow: /*.pdf$", ["/x/y.pdf", "/x.pdf?a", "/pdf"], [False, True, True]),
        ("User-agent: *\nDisallow: /*?", ["/a?b", "/a"], [False, True]),
        ("User-agent: *\nDisallow: /*/private/*/x", ["/a/private/b/x", "/private/b/x"], [False, True]),
        ("User-agent: *\nDisallow: /$", ["/", "/a"], [False, True]),
        ("User-agent: *\nDisallow: /\nUser-agent: verbatim\nAllow: /", ["/a"], [True]),
        ("User-agent: Verbatim/1.0\nDisallow: /a", ["/a"], [False]),
        ("User-agent: other\nDisallow: /", ["/a"], [True]),
        (
            "User-agent: a\nUser-agent: VERBATIM\nDisallow: /a\n\nUser-agent: verbatim\nDisallow: /b",
            ["/a", "/b"],
            [False] * 2,
        ),
        ("\ufeffuser-agent : * # all\r\ndisallow : /a # none\r\n", ["/a", "/b"], [False, True]),
        ("User-agent: *\nDisallow: /%C3%A6", ["/æ", "/%c3%a6"], [False, False]),
        ("User-agent: *\nDisallow: /a%2Fb", ["/a/b", "/a%2fb"], [True, False]),
        ("Disallow: /", ["/a"], [True]),
        ("User-agent: *\nSitemap: /x\nDisallow: /a", ["/a"], [False]),
    ],
)
def test_robots_txt_is_read_as_rfc_9309_has_it(robots: str, paths: list[str], allowed: list[bool]) -> None:
    assert allows(robots, *paths) == allowed


def test_a_pattern_of_many_stars_takes_no_time() -> None:
    rules = Rules.parsed(b"User-agent: *\nDisallow: /" + b"*a" * 900 + b"$", "Verbatim")
    began = time.monotonic()
    assert rules.allow(f"{SITE}/{'a' * 1_900}b")
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("asked", "seconds"), [("5", 5), ("0.5", 0.5), ("9999", LONGEST_DELAY), ("-1", 0), ("often", 0)]
)
def test_a_delay_is_granted_within_limits(asked: str, seconds: float) -> None:
    assert Rules.parsed(f"User-agent: *\nCrawl-delay: {asked}".encode(), "Verbatim").delay == seconds


def test_everything_and_nothing_are_what_they_say() -> None:
    assert EVERYTHING.allow(f"{SITE}/a")
    assert not NOTHING.allow(f"{SITE}/a")


@pytest.mark.usefixtures("at_once")
def test_a_host_is_asked_for_one_thing_at_a_time_with_a_pause_that_no_limit_of_time_counts(follower: Follower) -> None:
    story = item("Day", guid="1", link="/1", summary="Day 1.")
    follower.site.pages |= {"/feed": answer(rss(story), RSS), "/1": answer(page("Day", LONG))}
    follower.limits = {"pause": 1.1, "fetch": {"seconds": 1.0}}
    began = time.monotonic()
    told = asyncio.run(follower.feeds.fetch_due())
    assert told.new == 1
    # The feed, robots.txt and the page: two pauses between them.
    assert time.monotonic() - began >= 2 * 1.1
