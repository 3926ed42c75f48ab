"""The entries of a feed: which are the same, what is stored of them, and that the index's parser reads it."""

import json
import sqlite3
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from itertools import count
from pathlib import Path
from threading import Barrier

import pytest

from index.article import Found
from index.feeds import state
from index.feeds.entries import is_whole, without_counting
from index.feeds.reading import Entry
from index.feeds.state import EntryRow, State
from index.withdrawn import Withdrawn, withdraw
from tests.index.adding.web import Handler, answer
from tests.index.feeds.following import DAY, HOUR, LONG, NOON, RSS, Follower, in_turn, item, page, rss

pytestmark = pytest.mark.usefixtures("at_once")
TEASER = "The river rose, said the mayor of Ostrec."
FELL = f"River rises\n\n{LONG.replace('rose', 'fell')}"
WALL = page("Log in", "Please log in to read on. Subscribers have an account with a name and a password of their own.")


def feed(*items: str, **more: str) -> Handler:
    return answer(rss(*items, **more), RSS)


def test_a_whole_article_is_stored_with_all_that_the_feed_says_of_it(follower: Follower) -> None:
    content = f"<p>{LONG}</p><h2>Afterwards &amp; later</h2><ul><li>One &lt;i&gt;<li>Two</ul><pre>a\n   b</pre>"
    story = item("«River» <b>&amp; rain", guid="tag:1", link="/a?id=7&utm_id=1", content=content, author="Ann Lee")
    follower.site.pages["/feed"] = answer(rss(story, title="River <News>", more="<language>en-GB</language>"), RSS)
    told = follower.round()
    (file,) = follower.files()
    assert told.paths == (f"added/127.0.0.2/{file.name}",)
    assert file.name.startswith("2026-11-23-river-rain-")
    (article,) = follower.articles()
    assert article.id == article.path == told.paths[0]
    assert article.title == Found("«River» & rain", "feed entry")
    assert article.url == Found(follower.site.url("/a?id=7"), "feed entry")
    assert article.source == Found("River", "feed title")
    assert article.author == Found("Ann Lee", "feed entry")
    assert article.published == Found("2026-11-23T11:00:00+00:00", "feed entry")
    assert article.language == Found("en", "feed entry")
    assert article.text == f"{LONG}\n\nAfterwards & later\n\n- One <i>\n- Two\n\na\n   b"
    assert [span.of(article.text) for span in article.headings] == ["Afterwards & later"]
    assert follower.asked("/a?id=7&utm_id=1") == 0


def test_of_a_teaser_the_page_is_fetched_and_says_what_the_feed_does_not(follower: Follower) -> None:
    head = '<meta name="author" content="Ann Lee"><meta property="og:site_name" content="Another Name">'
    follower.site.pages |= {
        "/feed": feed(item("River rises", guid="1", link="/1?utm_medium=rss", summary=TEASER)),
        "/1?utm_medium=rss": answer(page("River rises", f"{TEASER}\n\n{LONG}", head)),
    }
    assert follower.round().teasers == ()
    (article,) = follower.articles()
    assert article.text == f"River rises\n\n{TEASER}\n\n{LONG}"
    assert [span.of(article.text) for span in article.headings] == ["River rises"]
    assert (article.author.value, article.source.value) == ("Ann Lee", "River News")
    assert article.url.value == follower.site.url("/1")
    assert article.published.value == "2026-11-23T11:00:00+00:00"


def test_a_language_that_only_the_feeds_program_speaks_is_not_declared(follower: Follower) -> None:
    norwegian = "Elva steg med tretti centimeter i natt, sier ordføreren, og broen er stengt til på fredag. " * 9
    follower.site.pages["/feed"] = feed(item("Elva stiger", guid="1", content=norwegian))
    follower.round()
    (article,) = follower.articles()
    assert article.language == Found("no", "detected")


@pytest.mark.parametrize(
    ("wall", "why"),
    [
        (answer(WALL), "its page holds less than the feed"),
        (answer(page("River", "The river.")), "no article found in the page"),
        (answer("", status=404), "the site answered 404 Not Found for its page"),
        (answer(b"%PDF", "application/pdf"), "its link leads to something else than a page"),
        (
            answer(
                page("Welcome", "Become a member of our paper today and support good journalism in this valley. " * 4)
            ),
            "its page says something else than the feed, as one that asks to log in does",
        ),
    ],
)
def test_where_the_page_is_a_wall_the_teaser_is_stored_and_that_is_told(
    follower: Follower, wall: Handler, why: str
) -> None:
    teaser = "Ostrec's bridge across the Vel stays closed until Friday, engineers decided after looking at all of it."
    follower.site.pages |= {"/feed": feed(item("Bridge", guid="1", link="/1", summary=teaser)), "/1": wall}
    told = follower.round()
    assert told.new == 1
    ((_, title, reason),) = told.teasers
    assert title == "Bridge"
    assert reason.endswith(why)
    assert follower.texts() == [teaser]
    assert follower.round(DAY).new == 0
    assert follower.asked("/1") == 1


def test_an_entry_that_says_nothing_and_whose_page_is_a_wall_is_left_out_with_the_reason(follower: Follower) -> None:
    follower.site.pages |= {"/feed": feed(item("Bridge", guid="1", link="/1", summary="…")), "/1": answer(WALL)}
    told = follower.round()
    assert (told.new, follower.files()) == (0, [])
    ((address, title, reason),) = told.left_out
    assert (address, title) == (follower.site.url("/feed"), "Bridge")
    assert reason
    assert "\n" not in reason
    follower.round(DAY)
    assert follower.asked("/1") == 1


def test_a_page_that_is_away_for_now_is_asked_again_and_only_then_is_the_teaser_taken(follower: Follower) -> None:
    story = item("River rises", guid="1", link="/1", summary=TEASER)
    away = answer("", status=503)
    follower.site.pages |= {"/feed": feed(story), "/1": in_turn(away, answer(page("River rises", LONG)))}
    assert (follower.round().waiting, follower.next()) == (1, 15 * 60)
    assert (follower.round(HOUR).new, follower.texts()) == (1, [f"River rises\n\n{LONG}"])
    follower.site.pages |= {
        "/feed": feed(
            story, item("Bridge", guid="2", link="/2", summary=f"{TEASER} Bridges stay closed for two weeks.")
        ),
        "/2": away,
    }
    for _ in range(5):
        follower.round(2 * DAY)
    assert follower.asked("/2") == 3
    assert len(follower.files()) == 2


def test_what_robots_txt_does_not_allow_is_not_asked_for(follower: Follower) -> None:
    teaser = "The bridge stays closed until Friday, and engineers look at it every day from boats on the river."
    follower.site.pages |= {
        "/robots.txt": answer("User-agent: *\nDisallow: /1\n", "text/plain"),
        "/feed": feed(
            item("Bridge", guid="1", link="/1", summary=teaser), item("River", guid="2", link="/2", summary=TEASER)
        ),
        "/1": answer(page("Bridge", LONG)),
        "/2": answer(page("River", LONG)),
    }
    told = follower.round()
    assert (told.new, follower.asked("/1"), follower.asked("/2")) == (2, 0, 1)
    assert told.teasers == ((follower.site.url("/feed"), "Bridge", "the site's robots.txt does not allow it"),)
    assert sorted(follower.texts()) == sorted([teaser, f"River\n\n{LONG}"])


@pytest.mark.parametrize(("status", "taken"), [(404, 1), (403, 1), (500, 0), (503, 0), (429, 0)])
def test_a_robots_txt_that_is_not_there_allows_all_and_one_that_cannot_be_had_nothing(
    follower: Follower, status: int, taken: int
) -> None:
    follower.site.pages |= {
        "/robots.txt": answer("", status=status),
        "/feed": feed(item("River", guid="1", link="/1", summary=TEASER)),
        "/1": answer(page("River", LONG)),
    }
    assert (follower.round().new, follower.asked("/1")) == (taken, taken)


def test_robots_txt_is_asked_once_a_day(follower: Follower) -> None:
    stories = [item(f"River {n}", guid=f"{n}", link=f"/{n}", summary=TEASER) for n in range(4)]
    follower.site.pages |= {f"/{n}": answer(page(f"River {n}", LONG.replace("Ostrec", f"Ost{n}"))) for n in range(4)}
    for hours, expected in ((0, 1), (5, 1), (5, 1), (15, 2)):
        follower.site.pages["/feed"] = feed(
            *stories[: 1 + hours % 4], item(f"x{hours}", guid=f"x{hours}", content=LONG)
        )
        follower.clock.now += hours * HOUR
        follower.feeds.follow(follower.site.url("/feed"))
        follower.round()
        if hours == 15:
            follower.site.pages["/feed"] = feed(*stories)
            follower.round(DAY)
        assert follower.asked("/robots.txt") == expected


def test_a_changed_entry_is_written_into_the_same_file(follower: Follower) -> None:
    follower.site.pages["/feed"] = in_turn(
        feed(item("River rises", guid="1", link="/1", content=LONG)),
        feed(item("River rises again", guid="1", link="/1", content=LONG.replace("rose", "fell"))),
    )
    first = follower.round()
    second = follower.round(DAY)
    assert (second.new, second.changed, second.paths) == (0, 1, first.paths)
    (article,) = follower.articles()
    assert article.text == LONG.replace("rose", "fell")
    assert article.title.value == "River rises again"


def test_a_changed_teaser_has_its_page_fetched_anew_and_a_wall_does_not_replace_the_article(follower: Follower) -> None:
    follower.site.pages |= {
        "/feed": in_turn(
            feed(item("River rises", guid="1", link="/1", summary=TEASER)),
            feed(item("River rises", guid="1", link="/1", summary=f"{TEASER} Now it falls.")),
            feed(item("River rises", guid="1", link="/1", summary=f"{TEASER} Now it falls. Really.")),
        ),
        "/1": in_turn(
            answer(page("River rises", LONG)), answer(page("River rises", LONG.replace("rose", "fell"))), answer(WALL)
        ),
    }
    follower.round()
    assert follower.round(DAY).changed == 1
    assert follower.texts() == [FELL]
    told = follower.round(DAY)
    assert (told.changed, follower.asked("/1")) == (0, 3)
    assert follower.texts() == [FELL]


def test_a_changed_page_that_is_away_for_now_is_asked_again(follower: Follower) -> None:
    follower.site.pages |= {
        "/feed": in_turn(
            feed(item("River rises", guid="1", link="/1", summary=TEASER)),
            feed(item("River rises", guid="1", link="/1", summary=f"{TEASER} Now it falls.")),
        ),
        "/1": in_turn(
            answer(page("River rises", LONG)),
            answer("", status=503),
            answer(page("River rises", LONG.replace("rose", "fell"))),
        ),
    }
    follower.round()
    assert (follower.round(DAY).waiting, follower.round(DAY).changed) == (1, 1)
    assert follower.texts() == [FELL]


def test_a_site_that_is_away_is_left_alone_after_three_pages(follower: Follower) -> None:
    items = [item(f"Day {n}", guid=f"{n}", link=f"/{n}", summary=f"{TEASER} {n}") for n in range(9)]
    follower.site.pages |= {"/feed": feed(*items), **{f"/{n}": answer("", status=502) for n in range(9)}}
    told = follower.round()
    assert (told.new, told.waiting) == (0, 9)
    assert sum(follower.asked(f"/{n}") for n in range(9)) == 3


def test_an_entry_that_vanished_from_its_feed_stays(follower: Follower) -> None:
    follower.site.pages["/feed"] = in_turn(
        feed(item("One", guid="1", content=LONG)), feed(item("Two", guid="2", content=f"{LONG} The end."))
    )
    follower.round()
    follower.round(DAY)
    assert len(follower.files()) == 2


def test_a_feed_that_changes_every_id_each_time_does_not_grow_the_folder(follower: Follower) -> None:
    numbers = count()

    def ever_new() -> str:
        n = next(numbers)
        return rss(
            item("River rises", guid=f"id{n}", link="/1", content=LONG),
            item("Bridge", guid=f"no{n}", link=f"/2?session={n}", content=f"{LONG} The bridge is closed."),
            item(f"Rain ({n} comments)", guid=f"rain{n}", link=f"/3?s={n}", content=f"{LONG} It rained."),
            item("Dated", guid=f"d{n}", link=f"/4?s={n}", content=f"{LONG} Seen {n} times."),
        )

    follower.site.pages["/feed"] = lambda request: answer(ever_new(), RSS)(request)
    assert follower.round().new == 4
    names = follower.files()
    for _ in range(5):
        assert follower.round(DAY).new == 0
    assert follower.files() == names


def test_a_link_that_tells_something_else_each_day_is_another_article_each_day(follower: Follower) -> None:
    days = [
        feed(item(f"Weather of day {n}", guid=f"{n}", link="/weather", at=NOON + n * DAY, content=f"{LONG} Day {n}."))
        for n in range(3)
    ]
    follower.site.pages["/feed"] = in_turn(*days)
    assert [follower.round(DAY).new for _ in days] == [1, 1, 1]
    assert len(follower.files()) == 3


def test_what_all_entries_share_identifies_none_of_them(follower: Follower) -> None:
    items = [item(f"Day {n}", guid="same", link="/front", content=f"{LONG} {n}") for n in range(3)]
    follower.site.pages["/feed"] = feed(*items)
    assert follower.round().new == 3
    follower.site.pages["/feed"] = feed(*items, item("Day 3", guid="same", link="/front", content=f"{LONG} 3"))
    assert follower.round(DAY).new == 1


def test_an_article_that_two_feeds_bring_is_stored_once(follower: Follower, monkeypatch: pytest.MonkeyPatch) -> None:
    follower.addresses = (follower.site.url("/feed"), follower.site.url("/topic"))
    looks, both, entry = count(), Barrier(2), State.entry

    def looked_up_at_once(self: State, wanted: EntryRow, *, by_title: bool) -> EntryRow | None:
        known = entry(self, wanted, by_title=by_title)
        if next(looks) < 2:
            both.wait(30)
        return known

    monkeypatch.setattr(State, "entry", looked_up_at_once)
    story = item("River rises", guid="1", link="/1", content=LONG)
    follower.site.pages |= {
        "/feed": feed(story),
        "/topic": feed(item("River rises", guid="topic-1", link="/1?utm_source=topic", content=LONG), title="Topic"),
    }
    assert follower.round().new == 1
    assert len(list(follower.articles())) == 1
    assert follower.round(DAY).new == 0


def test_the_same_id_in_two_feeds_of_one_host_is_not_the_same_entry(follower: Follower) -> None:
    follower.addresses = (follower.site.url("/feed"), follower.site.url("/topic"))
    follower.limits = {"at_once": 1}
    follower.site.pages |= {
        "/feed": feed(item("River", guid="1", content=LONG)),
        "/topic": feed(item("River", guid="1", content=f"{LONG} It was another river.")),
    }
    assert follower.round().new == 2
    assert len(follower.files()) == 2


def test_an_article_that_somebody_took_out_does_not_come_back(follower: Follower) -> None:
    follower.site.pages["/feed"] = in_turn(
        feed(item("River", guid="1", link="/1", content=LONG)),
        feed(item("River", guid="1", link="/1", content=LONG * 2)),
    )
    follower.round()
    follower.files()[0].unlink()
    assert follower.round(DAY).paths == ()
    assert follower.files() == []


def test_what_is_too_much_for_one_round_comes_in_the_next_ones(follower: Follower) -> None:
    follower.limits = {"entries": 3, "pages": 2}
    items = [item(f"Whole {n}", guid=f"w{n}", at=None, content=f"{LONG} {n}") for n in range(4)]
    items += [item(f"Part {n}", guid=f"p{n}", at=None, link=f"/{n}", summary=f"{TEASER} {n}") for n in range(3)]
    follower.site.pages |= {f"/{n}": answer(page(f"Part {n}", f"{LONG} Part {n}.")) for n in range(3)}
    follower.site.pages["/feed"] = answer(rss(*items), RSS, ETag='"1"')
    rounds = [follower.round(15 * 60) for _ in range(3)]
    assert [(told.new, told.waiting) for told in rounds] == [(3, 4), (3, 1), (1, 0)]
    assert "if-none-match" not in follower.site.headers[1]
    assert len(set(follower.texts())) == 7


def test_of_one_feed_only_so_many_articles_are_stored_and_that_is_told(follower: Follower) -> None:
    follower.limits = {"files": 2}
    follower.site.pages["/feed"] = feed(*(item(f"Day {n}", guid=f"{n}", content=f"{LONG} {n}") for n in range(5)))
    assert follower.round().new == 2
    assert follower.trouble() == "2 articles of this feed are stored, the most there may be: new ones are not"
    follower.site.pages["/feed"] = feed(item("Day 0", guid="0", content=f"{LONG} 0, mended"))
    assert follower.round(DAY).changed == 1


def test_a_feed_that_has_filled_its_folder_brings_nothing_new_and_that_is_told(follower: Follower) -> None:
    follower.limits = {"size": 1_000}
    follower.site.pages["/feed"] = in_turn(
        feed(item("One", guid="1", content=LONG)), feed(item("Two", guid="2", content=f"{LONG} Two."))
    )
    follower.round()
    assert follower.round(DAY).new == 0
    assert follower.trouble().endswith(
        " MB of articles of its host are stored, the most there may be: new ones are not"
    )


def test_entries_without_a_file_are_remembered_up_to_a_limit(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "MOST_WITHOUT_FILE", 5)
    for day in range(4):
        items = [item("", guid=f"{day}-{n}", link=f"/{day}-{n}") for n in range(5)]
        follower.site.pages["/feed"] = feed(item("River", guid="r", content=LONG), *items)
        follower.round(DAY)
    with closing(sqlite3.connect(follower.data / "feeds.sqlite")) as db:
        (rows,) = db.execute("SELECT count(*) FROM entries WHERE path = ''").fetchone()
    assert rows == 5
    assert follower.feeds.listed()[0].entries == 1


@pytest.mark.parametrize(
    ("text", "declared", "whole"),
    [
        ("The river rose. " * 100, False, True),
        ("The river rose. " * 30, False, False),
        ("The river rose. " * 40, True, True),
        ("The river rose. " * 100 + "[…]", True, False),
        ("The river rose. " * 100 + "Read more »", True, False),
        ("The river rose. " * 100 + "The post River rises appeared first on River News.", True, False),
        ("", True, False),
    ],
)
def test_a_short_text_or_one_that_breaks_off_is_a_teaser(text: str, declared: bool, whole: bool) -> None:
    entry = Entry("1", "https://news.example/1", "River", "", "", "", "", text, text, declared)
    assert is_whole(entry) is whole
    assert is_whole(Entry("1", "", "River", "", "", "", "", text, text, declared))


def test_parameters_that_count_visits_are_no_part_of_a_link() -> None:
    assert without_counting("https://a.example/x?utm_source=rss&id=1&fbclid=2#p") == "https://a.example/x?id=1#p"
    assert without_counting("https://a.example/x?q=%C3%A6&b") == "https://a.example/x?q=%C3%A6&b="
    assert without_counting("https://a.example/x?q=a+b") == "https://a.example/x?q=a+b"


@pytest.mark.parametrize(
    "title",
    [
        "../../etc/passwd",
        "..",
        "",
        "/",
        "a" * 5000,
        "\u202egpj.exe",
        "a\x00b\nc",
        ".hidden",
        "CON",
        "日本語" * 200,
        "<script>",
    ],
)
def test_no_title_leads_out_of_the_folder_or_hides_its_file(follower: Follower, title: str) -> None:
    story = item(json.loads(json.dumps(title.replace("\x00", "&#0;"))), guid="1", content=LONG)
    follower.site.pages["/feed"] = feed(story)
    follower.round()
    (file,) = follower.files()
    assert file.parent == follower.data / "added" / "127.0.0.2"
    assert file.name.endswith(".atom")
    assert not file.name.startswith(".")
    assert len(file.name.encode()) <= 255
    assert follower.texts() == [LONG]
    assert {path.name for path in Path(follower.data).iterdir()} == {"added", "feeds.sqlite", ".feeds.lock"}


def test_what_was_taken_out_does_not_come_back_though_all_that_is_known_of_the_feed_is_lost(follower: Follower) -> None:
    follower.site.pages["/feed"] = feed(
        item("River rises", guid="1", link="/1", content=LONG), item("Rain", content=LONG)
    )
    (river, rain) = sorted(follower.round().paths, key=lambda path: "rain" in path)
    url = follower.site.url("/1")
    withdraw(follower.data, [Withdrawn(river, river, river, url, "", "2026-11-23T12:00:00+00:00")])
    for lost in (follower.data / river, follower.data / "feeds.sqlite"):
        lost.unlink()
    # One more entry, with its address: somebody had sent the bot that page.
    follower.site.pages["/feed"] = feed(
        item("River rises", guid="1", link="/1", content=LONG),
        item("Rising", guid="9", link="/1", content=f"{LONG} End."),
    )
    follower.clock.now += DAY
    assert follower.round().paths == ()
    assert [file.name for file in follower.files()] == [Path(rain).name]


def test_what_is_taken_out_while_its_page_is_fetched_is_not_written_again(follower: Follower) -> None:
    whole = answer(page("River rises", f"{TEASER}\n\n{LONG}"))
    follower.site.pages |= {"/feed": feed(item("River rises", guid="1", link="/1", summary=TEASER)), "/1": whole}
    (path,) = follower.round().paths
    file = follower.data / path

    def taken_out_meanwhile(request: BaseHTTPRequestHandler) -> None:
        withdraw(follower.data, [Withdrawn(path, path, path, None, "", "2026-11-23T12:00:00+00:00")])
        file.unlink()
        whole(request)

    follower.site.pages |= {
        "/feed": feed(item("River rises", guid="1", link="/1", summary=f"{TEASER} It is still rising.")),
        "/1": taken_out_meanwhile,
    }
    assert follower.round(DAY).paths == ()
    assert not file.exists()


def test_a_link_that_leads_nowhere_beside_the_files_stops_nothing(follower: Follower) -> None:
    folder = follower.data / "added" / "127.0.0.2"
    folder.mkdir(parents=True)
    (folder / "gone.atom").symlink_to(folder / "nowhere")
    follower.site.pages["/feed"] = feed(item("River rises", guid="1", content=LONG))
    told = follower.round()
    assert (len(told.paths), told.stopped) == (1, "")
