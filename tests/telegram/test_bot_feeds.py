"""/follow: a feed is tried at once, brings articles by itself, and never what was taken out."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, Final
from xml.sax.saxutils import escape

import pytest

from index.build import build
from tests.conftest import write_seeds
from tests.index.adding.web import Site, answer, serving
from tests.telegram import articles
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import PATIENCE, Meet, Talk
from tests.telegram.server import BotApiServer, Message

BUILD: Final = 4 * PATIENCE
BUILT: Final = '"event": "brought the index up to date"'
STORIES: Final = {
    "Stork nests on the chimney of Brunn": "Cornelia Weiss counted four stork chicks on the old brewery.",
    "Bell of Saint Aldo is cast again": "The founder Ruprecht Amsel cast the new bell of Saint Aldo from two old ones.",
}
STORK_QUESTION: Final = "Who counted four stork chicks on the old brewery?"
BELL_QUESTION: Final = "Who cast the new bell of Saint Aldo?"
FILLER: Final = (
    " The parish council thanked everybody who had helped, and coffee was served in the hall afterwards." * 15
)


def feed(stories: dict[str, str], title: str = "Gazette & Post of Brunn") -> str:
    """An Atom feed with whole articles."""
    entries = "".join(
        f"<entry><id>urn:{number}</id><title>{escape(name)}</title><updated>2026-01-0{number}T00:00:00Z</updated>"
        f"<content type='text'>{escape(text + FILLER)}</content></entry>"
        for number, (name, text) in enumerate(stories.items(), start=1)
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title type='text'>{escape(title)}</title>{entries}</feed>"


class NearbyBot(BotProcess):
    """A bot that may fetch from this machine."""

    def _begun(self, log: BinaryIO) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "tests.telegram.nearby_bot"],
            cwd=self.data,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    pages = {
        "/feed": answer(feed(STORIES), "application/atom+xml"),
        "/page": answer("<html><title>No feed</title><p>Nothing.</p></html>"),
        "/named": answer(feed({"Owl of Kell is back": f"Basil Dorn saw the owl of Kell on Sunday.{FILLER}"}, "Kell")),
    }
    with serving(pages) as site:
        yield site


@pytest.fixture(scope="module")
def bot(
    server: BotApiServer,
    new_data: Callable[[], Path],
    tmp_path_factory: pytest.TempPathFactory,
    admin: Talk,
    site: Site,
) -> Iterator[BotProcess]:
    """A bot that follows one feed by its setting, and looks at the articles only when there is something to build."""
    data, seeds = new_data(), write_seeds(tmp_path_factory.mktemp("seeds"), {"comet.md": articles.COMET})
    build(seeds, data)
    settings = {"seeds": seeds, "reindex_every": 2, "telegram_admins": admin.person.id, "feeds": site.url("/named")}
    with NearbyBot(server, data, data / "bot.log", **settings) as running:
        yield running
        assert '"incident"' not in running.said, running.said
        assert running.stop() == 0


def tried(admin: Talk, asked: str) -> Message:
    """The message that says how a feed was tried."""
    told = admin.asks(asked)
    admin.server.wait(lambda: not told.text.startswith("Looking at "), PATIENCE)
    return told


def test_a_feed_of_the_setting_brings_its_articles_without_a_command(bot: BotProcess, meet: Meet) -> None:
    bot.wait_for_log_times(BUILT, 1, BUILD)
    assert "Basil Dorn saw the owl of Kell on Sunday." in meet().asks("Who saw the owl of Kell on Sunday?").text


def test_a_feed_is_tried_at_once_lists_itself_brings_articles_and_never_what_was_removed(
    bot: BotProcess, meet: Meet, admin: Talk, site: Site
) -> None:
    bot.wait_for_log_times(BUILT, 1, BUILD)
    told = tried(admin, f"/follow {site.url('/feed')}")
    head, title, facts = told.text.splitlines()
    assert (head, title) == ("Now followed:", "Gazette & Post of Brunn")
    assert re.fullmatch(r"2 articles · next look in \d+ (minutes|hours?)", facts)
    bot.wait_for_log_times(BUILT, 2, BUILD)
    ada = meet()
    assert "Cornelia Weiss counted four stork chicks" in ada.asks(STORK_QUESTION).text
    assert tried(admin, f"/follow {site.url('/feed')}").text.startswith("Already followed:")
    asked = admin.asks("/remove stork nests")
    assert "“Stork nests on the chimney of Brunn”" in asked.text
    admin.presses(asked, "Remove")
    assert "Cornelia Weiss" not in ada.asks(STORK_QUESTION).text
    bot.wait_for_log_times(BUILT, 3, BUILD)
    # The entry changes, and is due.
    site.pages["/feed"] = answer(feed({**STORIES, next(iter(STORIES)): "Cornelia Weiss counted five stork chicks."}))
    bot.kill()
    feeds_changed(bot)
    bot.start()
    bot.wait_for_log_times('"event": "fetched feeds"', 3, PATIENCE)
    assert "Cornelia Weiss" not in ada.asks(STORK_QUESTION).text
    assert "Ruprecht Amsel" in ada.asks(BELL_QUESTION).text
    listed = admin.asks("/follow")
    assert listed.text.startswith("2 feeds are followed\n\n1. Kell\n     1 article · next look in ")
    assert "named in the settings" in listed.text.splitlines()[3]
    assert "2. Gazette & Post of Brunn" in listed.text
    assert listed.buttons == ["Stop 2"]
    admin.presses(listed, "Stop 2")
    assert (listed.text.startswith("1 feed is followed\n"), listed.buttons) == (True, [])
    assert "Ruprecht Amsel" in ada.asks(BELL_QUESTION).text, "its articles stay"


def feeds_changed(bot: BotProcess) -> None:
    """Make every feed due."""
    with closing(sqlite3.connect(bot.data / "feeds.sqlite")) as db, db:
        db.execute("UPDATE feeds SET next = 0, etag = '', modified = '', digest = ''")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("/page", "not an RSS or Atom feed"),
        ("/missing", "404"),
        ("nonsense", "is no address of a feed"),
        ("ftp://x/y", "is no address"),
    ],
)
def test_what_is_no_feed_is_not_followed_and_the_reason_is_said(
    bot: BotProcess, admin: Talk, site: Site, address: str, reason: str
) -> None:
    told = tried(admin, f"/follow {site.url(address) if address.startswith('/') else address}")
    assert re.match(rf"Not followed: \S+: .*{re.escape(reason)}", told.text), told.text
    assert "\n" not in told.text
    assert "/page" not in admin.asks("/follow").text
