"""Following feeds without a bot: rounds and builds, kills, a full disk, and the command."""

import asyncio
import errno
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from index.build import build
from index.encoder.model import DEFAULT_MODEL
from index.errors import BuildingError, BusyError
from index.feeds.following import Followed, follow_once, lines_of
from index.feeds.state import EntryRow, State
from index.generation.catalog import Catalog
from index.generation.durable import locked, make_folder
from index.generation.generation import CATALOG, current
from index.report import BuildReport
from tests.forked import environment
from tests.index.adding.web import answer
from tests.index.commands import Commands, run, unprivileged
from tests.index.feeds.following import DAY, LONG, RSS, Follower, in_turn, item, page, rss

ITEMS = [item(f"Day {n}", guid=str(n), link=f"/{n}", content=f"{LONG} It was day {n}.") for n in range(3)]
TEASER = item("Bridge", guid="b", link="/bridge", summary="The bridge is closed.")
PAGES = {"/feed": answer(rss(*ITEMS, TEASER), RSS), "/bridge": answer(page("Bridge", f"The bridge is closed. {LONG}"))}


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "one.txt").write_text("The harbour of Halden froze in January, and ships waited outside.")
    return folder


def followed(follower: Follower, seeds: Path, later: float = 0.0) -> Followed:
    follower.clock.now += later
    return follow_once(follower.feeds, partial(build, seeds, follower.data, model=DEFAULT_MODEL), patience=0)


@pytest.mark.usefixtures("at_once")
def test_what_came_is_built_and_a_changed_article_keeps_its_id(tmp_path: Path, follower: Follower, seeds: Path) -> None:
    follower.data = tmp_path / "data"
    first, second = (item("River rises", guid="1", content=text) for text in (LONG, LONG.replace("rose", "fell")))
    follower.site.pages["/feed"] = in_turn(
        *(answer(rss(one, TEASER.replace("/bridge", "")), RSS) for one in (first, second))
    )
    came = followed(follower, seeds)
    assert came.build is not None
    assert set(came.build.added) == {"one.txt", *came.feeds.paths}
    assert follower.feeds.unbuilt() == 0
    assert followed(follower, seeds).build is None
    changed = followed(follower, seeds, DAY)
    assert changed.build is not None
    assert (changed.build.added, changed.build.removed) == ((), ())
    assert changed.build.changed == changed.feeds.paths
    (path,) = changed.feeds.paths
    with Catalog(current(follower.data / "index") / CATALOG) as catalog:
        number = catalog.number_of(path)
        assert number is not None
        article = catalog.article(number)
    assert (article.path, article.text, article.title.value) == (path, LONG.replace("rose", "fell"), "River rises")


@pytest.mark.usefixtures("at_once")
def test_what_a_build_did_not_take_in_is_built_at_the_next_look(tmp_path: Path, follower: Follower) -> None:
    follower.data = tmp_path / "data"
    follower.site.pages |= PAGES

    def failing() -> BuildReport:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="No space left"):
        follow_once(follower.feeds, failing)
    assert follower.feeds.unbuilt()
    built: list[int] = []

    def building() -> BuildReport:
        built.append(1)
        # What comes while it builds waits for the next one.
        State(follower.data).put_entry(_entry(follower), wrote=True)
        return BuildReport(generation="x", published=True, articles=1, passages=1, unchanged=0, skipped=(), seconds=0.0)

    assert follow_once(follower.feeds, building).feeds.paths == ()
    assert (len(built), follower.feeds.unbuilt() > 0) == (1, True)


def _entry(follower: Follower) -> EntryRow:

    return EntryRow(0, follower.site.url("/feed"), "z", "", "", "", "", "z.atom", "")


@pytest.mark.usefixtures("at_once")
def test_another_build_is_waited_for_and_in_the_end_named(tmp_path: Path, follower: Follower, seeds: Path) -> None:
    follower.data = tmp_path / "data"
    follower.site.pages |= PAGES
    make_folder(follower.data / "index")
    with locked(follower.data / "index" / ".lock", wait=False), pytest.raises(BuildingError, match="another build is"):
        followed(follower, seeds)
    assert len(follower.files()) == 4
    came = followed(follower, seeds)
    assert came.build is not None
    assert len(came.build.added) == 5


def test_one_program_at_a_time_fetches_the_feeds(follower: Follower) -> None:
    follower.site.pages |= PAGES
    with (
        locked(follower.data / ".feeds.lock", wait=False),
        pytest.raises(BusyError, match="another program is fetching"),
    ):
        follower.round()
    assert follower.asked() == 0


@pytest.mark.parametrize("moments", [(2, 5, 6), pytest.param(range(1, 12), marks=pytest.mark.slow)])
def test_a_follower_that_is_killed_at_any_moment_takes_up_again_with_nothing_twice(
    follower: Follower, moments: Sequence[int]
) -> None:
    follower.site.pages |= PAGES

    def look(nth: int) -> int:
        given = (str(follower.data), follower.site.url("/feed"), str(nth))
        command = [sys.executable, "-m", "tests.index.feeds.killed", *given]
        return subprocess.run(command, env=environment(), check=False).returncode

    # An entry takes some 4 calls; what was stored before needs none again.
    killed = 0
    for nth in moments:
        code = look(nth)
        assert code in (0, -signal.SIGKILL)
        killed += code != 0
        for text in follower.texts():
            assert text.endswith(".")
    assert killed >= 3
    assert look(0) == 0
    assert len(follower.files()) == len(list((follower.data / "added" / "127.0.0.2").iterdir())) == 4
    assert len(set(follower.texts())) == 4
    assert follower.feeds.unbuilt() > 0
    assert follower.feeds.listed()[0].entries == 4


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("nth", [1, 2, 4])
def test_a_full_disk_is_told_in_one_line_and_loses_nothing(
    follower: Follower, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    follower.site.pages |= PAGES
    feeds = follower.feeds
    with monkeypatch.context() as full:
        _refusing(full, Path, "write_bytes", nth, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        told = asyncio.run(feeds.fetch_due())
    assert told.stopped == "the disk refuses a file of the feeds (no space left on device): make room on it"
    assert len(told.paths) == nth - 1
    assert feeds.due() == 300
    assert len(follower.files()) == nth - 1
    assert follower.round().new == 4 - (nth - 1)
    assert len(set(follower.texts())) == 4


@pytest.mark.usefixtures("at_once")
def test_a_database_that_cannot_be_written_is_told_in_one_line(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower.site.pages |= PAGES
    _refusing(monkeypatch, State, "put_entry", 2, sqlite3.OperationalError("database or disk is full"))
    assert (
        follower.round().stopped == "the disk refuses a file of the feeds (database or disk is full): make room on it"
    )


def _refusing(patch: pytest.MonkeyPatch, owner: Any, name: str, nth: int, error: Exception) -> None:
    original: Callable[..., Any] = getattr(owner, name)
    calls = 0

    def refusing(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls >= nth:
            raise error
        return original(*arguments, **named)

    patch.setattr(owner, name, refusing)


def test_without_a_feed_the_command_says_how_to_name_one(commands: Commands, tmp_path: Path) -> None:
    done = commands("follow", "--once", "--data", tmp_path / "data")
    assert done.failed_with(2).startswith("no feed is followed: name some with --feeds or VERBATIM_FEEDS")
    assert not (tmp_path / "data").exists()
    done = commands("follow", "--once", "--data", tmp_path / "data", "--feeds", "nowhere")
    assert "nowhere is no address of a feed" in done.failed_with(2)


def test_the_command_tells_the_trouble_of_a_feed_and_ends_well(commands: Commands, tmp_path: Path) -> None:
    address = "http://127.0.0.1:8080/feed"
    done = commands("follow", "--once", "--data", tmp_path / "data", "--feeds", f"{address}, http://[::1]/")
    assert (done.code, done.err) == (0, "")
    *troubles, last = done.out.splitlines()
    assert troubles == [
        f"trouble   {address}: the link leads to an address that is not public",
        "trouble   http://[::1]/: the link leads to an address that is not public",
    ]
    assert last == "feeds: 0 fetched, 0 unchanged, 2 failed; entries: 0 new, 0 changed"
    printed = json.loads(commands("follow", "--once", "--json", "--data", tmp_path / "data", "--feeds", address).out)
    assert (printed["build"], printed["feeds"]["failed"]) == (None, 0)


def test_a_data_folder_of_somebody_else_is_named(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o555)
    done = run("follow", "--once", "--data", data, "--feeds", "http://127.0.0.1/", cwd=tmp_path, prefix=unprivileged())
    line = done.failed_with(2)
    assert "cannot be written (Permission denied): give the data folder to the user who builds" in line


def test_a_follower_goes_on_until_it_is_told_to_end(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "index",
        "follow",
        "--data",
        str(tmp_path / "data"),
        "--feeds",
        "http://127.0.0.1/",
    ]
    with subprocess.Popen(command, env=environment(), cwd=tmp_path, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        assert running.stdout.readline().startswith("trouble   http://127.0.0.1/: ")
        time.sleep(0.2)
        assert running.poll() is None
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0


@pytest.mark.usefixtures("at_once")
def test_the_report_names_what_was_written_and_what_was_not(follower: Follower) -> None:
    short = item(
        "Rain", guid="r", link="/rain", summary="Rain fell on all of the valley, and nobody had seen as much in years."
    )
    follower.site.pages |= {**PAGES, "/feed": answer(rss(*ITEMS[:1], short, item("", guid="n", link="/none")), RSS)}
    told = list(lines_of(follower.round()))
    assert told[0].startswith("written   added/127.0.0.2/")
    assert [line.split()[0] for line in told] == ["written", "written", "in", "left", "feeds:"]
    assert told[3].startswith("left out  an entry without a title (http://127.0.0.2:")
    assert told[-1] == (
        "feeds: 1 fetched, 0 unchanged, 0 failed; entries: 2 new, 0 changed (1 of them only as the feed tells them)"
    )
