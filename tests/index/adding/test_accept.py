"""A link or a file that a person sends becomes a file that the next build reads, or a refusal in words."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path

import pytest

from index.adding.accept import Added, AddedFile, AddingLimits, ArchiveLimits, Refused, accept_file, accept_link
from index.adding.request import FetchLimits
from index.adding.store import StoreLimits
from index.article import page_at
from index.parsers import read
from index.parsers.pdf import SCANNED
from index.parsers.registry import OTHER_FORMAT
from tests.index.adding.test_archive import zipped
from tests.index.adding.web import PAGE, Site, answer, serving
from tests.index.parsers.forged_pdf import Sheet, column, pdf

DAY = date(2026, 11, 24)
STORY = b"River rises\n\nThe river rose on Monday and flooded the streets of the old town.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "added"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving({"/story": answer(PAGE), "/shop": answer("<html><body><a href=/>Buy</a></body></html>")}) as running:
        yield running


def link(site: Site, path: str, folder: Path, limits: AddingLimits | None = None) -> Added:
    limits = replace(limits or AddingLimits(), fetch=FetchLimits(ports=frozenset({site.port})))
    return asyncio.run(
        accept_link(site.url(path), folder, DAY, limits, allowed=lambda address: address == ip_address(site.host))
    )


def file(name: str, raw: bytes, folder: Path, limits: AddingLimits | None = None) -> Added:
    return asyncio.run(accept_file(name, raw, folder, DAY, limits or AddingLimits()))


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name[0] != ".") if folder.exists() else []


def digits(raw: bytes) -> str:
    return sha256(raw).hexdigest()[:6]


def test_a_link_becomes_a_file_that_a_build_reads_with_its_address(folder: Path, site: Site) -> None:
    done = link(site, "/story", folder)
    (name,) = kept(folder)
    raw = (folder / name).read_bytes()
    assert name == f"2026-11-24-river-rises-{digits(raw)}.html"
    assert done == Added(added=(AddedFile(f"added/{name}", ("River rises",), 1),))
    (article,) = read(f"added/{name}", raw).articles
    assert article.url.value == site.url("/story")


def test_a_link_sent_again_is_there_already(folder: Path, site: Site) -> None:
    first = link(site, "/story", folder)
    assert link(site, "/story", folder) == Added(already=first.added)
    assert len(kept(folder)) == 1


def test_a_link_that_cannot_be_fetched_is_refused(folder: Path, site: Site) -> None:
    assert link(site, "/gone", folder) == Added(
        refused=(Refused(site.url("/gone"), "the site answered 404 Not Found"),)
    )
    url = "http://localhost:80/"
    done = asyncio.run(accept_link(url, folder, DAY, AddingLimits()))
    assert done == Added(refused=(Refused(url, "the link leads to an address that is not public"),))
    assert not folder.exists()


def test_a_link_to_a_document_keeps_its_address(folder: Path, site: Site) -> None:
    lines = ["The quay of Brekke was built of nine hundred stones."]
    site.pages["/get?id=7"] = answer(pdf([Sheet(), Sheet(column(lines))]), "application/pdf")
    done = link(site, "/get?id=7", folder)
    (name,) = kept(folder)
    assert [added.path for added in done.added] == [f"added/{name}"]
    assert name.startswith("2026-11-24-the-quay-of-brekke-was-built")
    assert name.endswith(".warc")
    (article,) = read(f"added/{name}", (folder / name).read_bytes()).articles
    assert (article.path, article.url.value) == (f"added/{name}/{site.host}/get?id=7.pdf", site.url("/get?id=7"))
    assert page_at(article.path, article.text, article.text.index("stones")) == 2
    assert link(site, "/get?id=7", folder) == Added(already=done.added)


def test_a_link_to_an_archive_is_taken_file_by_file(folder: Path, site: Site) -> None:
    site.pages["/news.zip"] = answer(zipped(("a.txt", STORY), ("photo.jpg", b"")), "application/zip")
    done = link(site, "/news.zip", folder)
    assert [added.titles for added in done.added] == [("River rises",)]
    assert done.refused == (Refused("photo.jpg", OTHER_FORMAT),)


def test_a_link_to_a_page_without_an_article_is_refused(folder: Path, site: Site) -> None:
    assert link(site, "/shop", folder) == Added(refused=(Refused(site.url("/shop"), "no article found in the page"),))
    assert not folder.exists()


def test_a_file_is_kept_under_its_own_name(folder: Path) -> None:
    done = file("/home/jane/My Story.TXT", STORY, folder)
    name = f"2026-11-24-my-story-{digits(STORY)}.txt"
    assert done == Added(added=(AddedFile(f"added/{name}", ("River rises",), 1),))
    assert (folder / name).read_bytes() == STORY
    assert file("other.txt", STORY, folder) == Added(already=done.added)


def test_a_file_of_several_articles_is_counted(folder: Path) -> None:
    lines = "\n".join(json.dumps({"title": f"Story {number}", "text": STORY.decode()}) for number in range(30))
    (added,) = file("wire.jsonl", lines.encode(), folder).added
    # Of the same text, one article is left: each has its id by its text.
    assert (added.articles, added.titles) == (1, ("Story 0",))
    lines = "\n".join(json.dumps({"title": f"Story {number}", "text": f"{number}"}) for number in range(30))
    (added,) = file("wire.jsonl", lines.encode(), folder).added
    assert (added.articles, added.titles) == (30, tuple(f"Story {number}" for number in range(20)))


@pytest.mark.parametrize(
    ("name", "raw", "reason"),
    [
        ("photo.jpg", b"\xff\xd8\xff", OTHER_FORMAT),
        ("story", STORY, OTHER_FORMAT),
        ("empty.txt", b"", "empty"),
        ("binary.txt", bytes(range(256)) * 10, "binary, not text"),
        ("broken.jsonl", b"{", "line 1: broken JSON: Expecting property name enclosed in double quotes at column 2"),
        ("page.html", b"<p>Hello", "no article found in the page"),
        ("feed.xml", b"<html/>", "not an RSS or Atom feed"),
        ("scan.pdf", pdf([Sheet(picture=True)]), SCANNED),
        ("book.epub", STORY, "not an EPUB that can be read"),
        ("archive.zip", STORY, "this is not a zip archive that can be read"),
        ("archive.txt", zipped(("a.txt", STORY)), "binary, not text"),
    ],
)
def test_a_file_that_holds_no_article_is_refused_and_not_kept(folder: Path, name: str, raw: bytes, reason: str) -> None:
    assert file(name, raw, folder) == Added(refused=(Refused(name, reason),))
    assert not folder.exists()


def test_a_file_that_is_too_large_is_refused(folder: Path) -> None:
    limits = AddingLimits(file=100_000)
    assert file("a.txt", b"x" * 100_001, folder, limits) == Added(refused=(Refused("a.txt", "larger than 0.1 MB"),))
    assert not folder.exists()
    assert len(file("a.txt", b"x" * 100_000, folder, limits).added) == 1


def test_a_file_that_takes_too_long_to_read_is_refused(folder: Path) -> None:
    (refusal,) = file("a.txt", STORY, folder, AddingLimits(trial_seconds=0.01)).refused
    assert refusal == Refused("a.txt", "reading it takes too long: the limit is 0.01 s")
    assert not folder.exists()


def test_an_archive_is_taken_file_by_file(folder: Path) -> None:
    raw = zipped(("1/a.txt", STORY), ("2/a.txt", STORY * 2), ("b.txt", STORY), ("photo.jpg", b""), ("empty.md", b""))
    done = file("stories.zip", raw, folder)
    first, second = f"2026-11-24-a-{digits(STORY)}.txt", f"2026-11-24-a-2-{digits(STORY * 2)}.txt"
    assert [added.path for added in done.added] == [f"added/{first}", f"added/{second}"]
    assert [already.path for already in done.already] == [f"added/{first}"]
    assert done.refused == (Refused("photo.jpg", OTHER_FORMAT), Refused("empty.md", "empty"))
    assert kept(folder) == sorted([first, second])


def test_limits_of_an_archive_hold(folder: Path) -> None:
    raw = zipped(("a.txt", STORY), ("b.txt", STORY * 2))
    done = file("two.zip", raw, folder, AddingLimits(archive=ArchiveLimits(entries=1)))
    assert done == Added(refused=(Refused("two.zip", "the archive holds 2 files: the limit is 1"),))
    done = file("two.zip", raw, folder, AddingLimits(seconds=0))
    told = "no time is left: send it again in a smaller archive"
    assert done == Added(refused=(Refused("a.txt", told), Refused("b.txt", told)))
    done = file("two.zip", raw, folder, AddingLimits(store=StoreLimits(files=1)))
    assert [added.titles for added in done.added] == [("River rises",)]
    full = "there is no room: 1 added files are kept already, the most there may be"
    assert done.refused == (Refused("b.txt", full),)
