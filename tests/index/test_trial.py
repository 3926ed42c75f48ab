"""A file that nobody has vouched for is read in a process of its own, which cannot hang or fill the program."""

import os
import sys
import time
from pathlib import Path

import psutil
import pytest

from index.parsers import Skipped
from index.parsers.parsed import UnreadableError
from index.parsers.registry import OTHER_FORMAT
from index.sandbox.trial import Trial, TrialError, trial

# For what is not about time: a busy machine takes long.
PATIENCE = 280.0
MB = 1 << 20
TEXT = (
    "The river rose on Monday and flooded the streets of the old town of Ostrec. Nobody was hurt, the mayor said on "
    "Tuesday. The bridge will be open again by the end of the week, and the ferry runs until then."
)
PAGE = f"<html><head><title>River rises</title></head><body><article><h1>River rises</h1><p>{TEXT}</p></article></body>"
FEED = (
    f"<rss version='2.0'><channel><title>Post</title><item><title>River rises</title><description>{TEXT}</description>"
    "</item></channel></rss>"
)
ENTRY = f"<entry><title>River rises</title><content>{TEXT}</content></entry>"
ATOM = f"<feed xmlns='http://www.w3.org/2005/Atom'>{ENTRY}</feed>"


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("a.txt", f"River rises\n\n{TEXT}"),
        ("a.md", f"# River rises\n\n{TEXT}"),
        ("a.html", PAGE),
        ("added/a.HTM", PAGE),
        ("a.jsonl", f'{{"title": "River rises", "text": "{TEXT}"}}'),
        ("a.xml", FEED),
        ("a.rss", FEED),
        ("a.atom", ATOM),
    ],
)
def test_a_good_file_of_each_format_is_read(path: str, content: str) -> None:
    assert trial(path, content.encode()) == Trial(("River rises",), 1, ())


def test_articles_are_counted_and_the_first_twenty_named() -> None:
    lines = [f'{{"title": "Ødegård {number}", "text": "Story {number}"}}' for number in range(25)]
    tried = trial("a.jsonl", "\n".join([*lines, "{}"]).encode())
    assert tried.articles == 25
    assert tried.titles == tuple(f"Ødegård {number}" for number in range(20))
    assert tried.skipped == (Skipped("a.jsonl", "it has no 'text'", 26),)


def test_of_what_is_left_out_the_first_hundred_are_told() -> None:
    tried = trial("a.jsonl", b'{"text": "Story"}\n' + b"{\n" * 500)
    assert tried.articles == 1
    assert [skip.line for skip in tried.skipped] == list(range(2, 102))


@pytest.mark.parametrize(
    ("path", "raw", "told"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", os.urandom(8) + b"\0" * 100, "binary, not text"),
        ("a.md", b"%PDF-1.7\n", "binary, not text"),
        ("a.html", b"<p>Hello", "no article found in the page"),
        ("a.xml", b"<html/>", "not an RSS or Atom feed"),
        ("a.jpg", b"", OTHER_FORMAT),
        ("a.pdf", b"", "not a PDF that can be read"),
        ("a.jsonl", b"{}", "line 1: it has no 'text'"),
        ("a.jsonl", b"\n{}\n[]\n1", "line 2: it has no 'text' (and 2 more)"),
    ],
)
def test_a_file_without_an_article_is_refused_with_its_reason(path: str, raw: bytes, told: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        trial(path, raw)
    assert str(refused.value) == told


def children() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def test_a_file_that_takes_too_long_is_given_up_and_its_reader_is_gone() -> None:
    # Each of 300,000 entries of a feed takes its time: a minute in all.
    slow = b"<rss><channel>" + b"<item><description>x y</description></item>" * 300_000
    before, began = children(), time.monotonic()
    with pytest.raises(TrialError, match=r"^reading it takes too long: the limit is 2 s$"):
        trial("a.xml", slow, seconds=2)
    assert time.monotonic() - began < 4
    assert children() == before


def test_a_reader_that_sleeps_is_given_up_with_every_process_it_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    noted = tmp_path / "noted"
    # Neither process takes processor time or reads what it is sent.
    monkeypatch.setattr(sys, "executable", script(tmp_path, f"sleep 60 & echo $! > {noted}; sleep 60"))
    before, began = children(), time.monotonic()
    with pytest.raises(TrialError, match=r"^reading it takes too long: the limit is 0.5 s$"):
        trial("a.txt", b"x" * MB, seconds=0.5)
    assert time.monotonic() - began < 3
    assert children() == before
    until = time.monotonic() + 5
    while is_running(int(noted.read_text())):
        assert time.monotonic() < until
        time.sleep(0.01)


def is_running(number: int) -> bool:
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_file_that_takes_too_much_memory_is_given_up() -> None:
    # Each of three million empty objects takes 64 bytes, and 8 in the list.
    bomb = b"[" + b"{}," * 3_000_000 + b"{}]"
    with pytest.raises(TrialError, match=r"^reading it takes too much memory: the limit is 210 MB$"):
        trial("a.jsonl", bomb, memory=200 * MB)
    with pytest.raises(UnreadableError, match=r"^no article in it, which is an object with a 'text'"):
        trial("a.jsonl", bomb)


def test_a_page_that_takes_too_much_memory_is_given_up() -> None:
    page = PAGE.replace("<article>", "<article>" + f"<p>{TEXT}</p>" * 20_000).encode()
    with pytest.raises(TrialError, match=r"^reading it takes too much memory: the limit is 262 MB$"):
        trial("a.html", page, seconds=PATIENCE, memory=250 * MB)
    assert trial("a.html", page, seconds=PATIENCE).articles == 1


@pytest.mark.parametrize("death", ["kill -SEGV $$", "kill -ABRT $$", "exit 1"])
def test_a_reader_that_dies_is_told_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, death: str) -> None:
    monkeypatch.setattr(sys, "executable", script(tmp_path, death))
    with pytest.raises(TrialError, match=r"^it ends the program that reads it$"):
        trial("a.txt", TEXT.encode() * 1000)


def test_the_reader_is_not_told_what_the_environment_holds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VERBATIM_TELEGRAM_TOKEN", "12345:secret")
    seen = tmp_path / "seen"
    monkeypatch.setattr(sys, "executable", script(tmp_path, f"env > {seen}; exit 1"))
    with pytest.raises(TrialError):
        trial("a.txt", TEXT.encode())
    assert "PYTHONPATH=" in seen.read_text()
    assert "secret" not in seen.read_text()


def script(folder: Path, line: str) -> str:
    """A program that stands in for the reader, since no file is known that kills it."""
    file = folder / "python"
    file.write_text(f"#!/bin/sh\n{line}\n")
    file.chmod(0o755)
    return str(file)
