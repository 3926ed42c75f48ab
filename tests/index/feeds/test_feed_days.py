"""Days of a feed: when it is asked, what it answers, and what becomes of it."""

from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from math import inf
from pathlib import Path

import pytest

from index.errors import FeedsError
from index.feeds.feeds import FeedRound, Feeds
from tests.index.adding.web import answer, redirect
from tests.index.feeds.following import DAY, HOUR, LONG, NOON, RSS, Follower, conditional, in_turn, item, rss

pytestmark = pytest.mark.usefixtures("at_once")
STORY = item("River rises", guid="1", link="/1", content=f"<p>{LONG}</p>")
FEED = answer(rss(STORY), RSS)


def test_where_no_feed_is_followed_nothing_is_made_and_nothing_is_due(tmp_path: Path) -> None:
    feeds = Feeds(tmp_path / "data")
    assert (feeds.listed(), feeds.due(), feeds.unbuilt()) == ((), inf, 0)
    assert not (tmp_path / "data").exists()


def test_a_feed_is_fetched_and_its_state_told(follower: Follower) -> None:
    follower.site.pages["/feed"] = FEED
    assert (follower.next(), follower.feeds.listed()[0].success) == (0, None)
    told = follower.round()
    assert (told.fetched, told.new, told.changed, told.failed) == (1, 1, 0, 0)
    (state,) = follower.feeds.listed()
    assert (state.title, state.by_setting, state.entries, state.trouble) == ("River News", True, 1, "")
    assert state.success == datetime.fromtimestamp(NOON, UTC)
    assert follower.round() == FeedRound()
    assert follower.asked() == 1


def test_a_feed_that_has_not_changed_is_asked_with_conditions_and_brings_nothing(follower: Follower) -> None:
    statuses: list[int] = []
    follower.site.pages["/feed"] = conditional(lambda: rss(STORY), statuses)
    follower.round()
    told = follower.round(DAY)
    assert (told.fetched, told.unchanged, told.new, told.paths) == (0, 1, 0, ())
    assert statuses == [200, 304]
    assert follower.feeds.listed()[0].success == datetime.fromtimestamp(NOON + DAY, UTC)


def test_last_modified_is_sent_back_as_it_came(follower: Follower) -> None:
    follower.site.pages["/feed"] = answer(rss(STORY), RSS, Last_Modified="Mon, 23 Nov 2026 10:00:00 GMT")
    follower.round()
    follower.round(DAY)
    first, second = follower.site.headers
    assert ("if-modified-since" in first, second["if-modified-since"]) == (False, "Mon, 23 Nov 2026 10:00:00 GMT")
    assert "Verbatim" in second["user-agent"]


def test_a_server_that_knows_no_conditions_is_read_once(follower: Follower) -> None:
    follower.site.pages["/feed"] = FEED
    follower.round()
    told = follower.round(DAY)
    assert (told.fetched, told.unchanged) == (0, 1)


@pytest.mark.parametrize(
    ("gap", "expected"),
    [(60.0, 15 * 60.0), (8 * HOUR, 2 * HOUR), (7 * DAY, DAY)],
)
def test_a_feed_is_asked_four_times_between_two_entries_but_no_oftener_than_each_quarter_of_an_hour(
    follower: Follower, gap: float, expected: float
) -> None:
    items = [item(f"Day {n}", guid=str(n), at=NOON - gap * n, content=LONG) for n in range(1, 6)]
    follower.site.pages["/feed"] = answer(rss(*items), RSS)
    follower.round()
    assert follower.next() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("more", "headers", "expected"),
    [
        ("<ttl>180</ttl>", {}, 3 * HOUR),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>", {}, HOUR),
        ("", {"Cache_Control": "max-age=7200"}, 2 * HOUR),
        ("", {"Cache_Control": "max-age=99999999"}, DAY),
        ("<ttl>99999</ttl>", {}, DAY),
        ("<ttl>-5</ttl>", {"Cache_Control": "no-cache, max-age=7200"}, 15 * 60),
    ],
)
def test_the_feed_and_its_server_may_ask_for_longer_but_for_a_day_at_most(
    follower: Follower, more: str, headers: dict[str, str], expected: float
) -> None:
    items = [item(f"Day {n}", guid=str(n), at=NOON - 60 * n, content=LONG) for n in range(1, 4)]
    follower.site.pages["/feed"] = answer(rss(*items, more=more), RSS, 200, **headers)
    follower.round()
    assert follower.next() == pytest.approx(expected)


def test_a_feed_that_is_down_for_a_week_is_asked_ever_less_often_and_taken_up_again(follower: Follower) -> None:
    follower.site.pages["/feed"] = FEED
    follower.round()
    follower.site.pages["/feed"] = answer("", status=500)
    began, waits = follower.clock.now, []
    while follower.clock.now < began + 7 * DAY:
        follower.round(follower.next())
        waits.append(follower.next())
    assert follower.trouble() == "the site answered 500 Internal Server Error"
    assert all(0.8 * DAY <= wait <= 1.2 * DAY for wait in waits[-4:])
    assert waits[0] <= 1.2 * HOUR
    assert 8 <= len(waits) <= 14
    later = item("River falls", guid="2", link="/2", content=f"<p>{LONG} It fell.</p>")
    follower.site.pages["/feed"] = answer(rss(STORY, later), RSS)
    told = follower.round(follower.next())
    assert (told.new, told.changed, follower.trouble()) == (1, 0, "")
    assert len(follower.files()) == 2


@pytest.mark.parametrize(("status", "name"), [(429, "Too Many Requests"), (503, "Service Unavailable")])
@pytest.mark.parametrize("as_date", [False, True])
def test_a_server_that_asks_to_wait_is_waited_for(follower: Follower, status: int, name: str, as_date: bool) -> None:
    asked = formatdate(NOON + 5 * HOUR, usegmt=True) if as_date else str(5 * 3600)
    follower.site.pages["/feed"] = answer("", status=status, Retry_After=asked)
    told = follower.round()
    assert told.troubles == ((follower.site.url("/feed"), f"the site answered {status} {name}"),)
    assert follower.next() == pytest.approx(5 * HOUR)


@pytest.mark.parametrize("asked", ["soon", "", "-1", "9" * 30, "Mon, 99 Nov 2026 10:00:00 GMT"])
def test_a_wish_that_cannot_be_read_or_granted_is_no_end(follower: Follower, asked: str) -> None:
    follower.site.pages["/feed"] = answer("", status=429, Retry_After=asked)
    follower.round()
    assert 0 < follower.next() <= 7 * DAY


def test_a_clock_that_was_years_ahead_costs_no_feed(follower: Follower) -> None:
    follower.site.pages["/feed"] = FEED
    follower.round(50 * 365 * DAY)
    follower.clock.now = NOON
    assert follower.next() == 0
    assert follower.round().unchanged == 1


def test_a_feed_that_is_gone_is_not_asked_again_until_somebody_follows_it_anew(follower: Follower) -> None:
    follower.site.pages["/feed"] = in_turn(FEED, answer("", status=410))
    follower.round()
    told = follower.round(DAY)
    assert told.failed == 1
    assert "gone for good (410 Gone)" in follower.trouble()
    assert (follower.next(), follower.feeds.listed()[0].next) == (inf, None)
    assert follower.round(30 * DAY) == FeedRound()
    assert len(follower.files()) == 1
    follower.feeds.follow(follower.site.url("/feed"))
    assert follower.next() == 0


@pytest.mark.parametrize("status", [301, 308])
def test_a_feed_that_moved_for_good_is_asked_at_its_new_address(follower: Follower, status: int) -> None:
    follower.site.pages |= {"/feed": redirect("/new", status), "/new": FEED}
    follower.round()
    follower.round(DAY)
    assert [path for _, path in follower.site.asked] == ["/feed", "/new", "/new"]
    (state,) = follower.feeds.listed()
    assert (state.address, state.moved) == (follower.site.url("/feed"), follower.site.url("/new"))


@pytest.mark.parametrize("status", [302, 303, 307])
def test_one_that_moved_for_now_is_asked_where_it_was(follower: Follower, status: int) -> None:
    follower.site.pages |= {"/feed": redirect("/now", status), "/now": redirect("/new", 301), "/new": FEED}
    follower.round()
    assert follower.feeds.listed()[0].moved == ""


def test_a_move_is_forgotten_where_it_leads_nowhere_any_more(follower: Follower) -> None:
    follower.site.pages |= {"/feed": redirect("/new", 301), "/new": FEED}
    follower.round()
    del follower.site.pages["/new"]
    follower.round(DAY)
    follower.site.pages["/feed"] = FEED
    told = follower.round(DAY)
    assert told.failed == 0
    assert follower.feeds.listed()[0].moved == ""


def test_feeds_are_followed_and_left_and_their_articles_stay(follower: Follower) -> None:
    other = follower.site.url("/other")
    follower.site.pages |= {"/feed": FEED, "/other": answer(rss(item("Else", guid="9", content=LONG + "!")), RSS)}
    assert follower.feeds.follow(f" {other}#part ")
    assert not follower.feeds.follow(other)
    assert [(state.address, state.by_setting) for state in follower.feeds.listed()] == [
        (follower.site.url("/feed"), True),
        (other, False),
    ]
    assert follower.round().new == 2
    assert follower.feeds.unfollow(other)
    assert not follower.feeds.unfollow(other)
    assert follower.round(DAY).unchanged == 1
    assert len(follower.files()) == 2
    follower.feeds.follow(other)
    assert follower.round(DAY).new == 0
    with pytest.raises(FeedsError, match="is named by VERBATIM_FEEDS: take it out there"):
        follower.feeds.unfollow(follower.site.url("/feed"))


@pytest.mark.parametrize(
    "address",
    ["", "news.example", "file:///etc/passwd", "https://a:b@news.example/", "http://", "http://[::1", "x" * 999],
)
def test_what_is_no_address_is_refused_in_one_line(tmp_path: Path, address: str) -> None:
    with pytest.raises(
        FeedsError, match=r"is no address of a feed|a password in its address is not followed"
    ) as refused:
        Feeds(tmp_path).follow(address)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


def test_only_so_many_feeds_are_followed(follower: Follower) -> None:
    follower.limits = {"feeds": 2}
    follower.feeds.follow("https://news.example/1")
    with pytest.raises(FeedsError, match="2 feeds are followed, the most there may be"):
        follower.feeds.follow("https://news.example/2")


def test_a_feed_that_is_left_while_it_is_fetched_stays_left(follower: Follower) -> None:
    other = follower.site.url("/other")
    follower.feeds.follow(other)

    def leave(request: BaseHTTPRequestHandler) -> None:
        follower.feeds.unfollow(other)
        FEED(request)

    follower.site.pages |= {"/feed": FEED, "/other": leave}
    follower.round()
    assert [state.address for state in follower.feeds.listed()] == [follower.site.url("/feed")]


def test_a_feed_that_brings_nothing_is_asked_a_tenth_less_often_each_time(follower: Follower) -> None:
    items = [item(f"Day {n}", guid=str(n), at=NOON - 60 * n, content=LONG) for n in range(1, 4)]
    follower.site.pages["/feed"] = conditional(lambda: rss(*items))
    waits = []
    for _ in range(4):
        follower.round(follower.next())
        waits.append(follower.next())
    assert waits == pytest.approx([900, 990, 1089, 1197.9])


def test_a_damaged_database_is_named_with_what_to_do(follower: Follower) -> None:
    follower.site.pages["/feed"] = FEED
    (follower.data / "feeds.sqlite").write_bytes(b"no database at all, but long enough to be looked at" * 100)
    with pytest.raises(FeedsError, match=r"feeds.sqlite is damaged: put a backup in its place, or move it away"):
        follower.feeds.listed()
