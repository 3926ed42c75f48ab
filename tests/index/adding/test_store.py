"""Keeping added files: under safe names, whole or not at all, once each, and no more than there is room for."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from index.adding.store import Stored, StoreLimits, store
from index.errors import AddingError
from index.parsers import walk

DAY = date(2026, 11, 24)
STORY = b"The river rose on Monday."
HASH = sha256(STORY).hexdigest()


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_a_file_is_kept_under_day_words_and_hash(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "added"
    stored = store(folder, "Some Title: of 2024!.HTML", STORY, DAY)
    assert stored == Stored(f"2026-11-24-some-title-of-2024-{HASH[:6]}.html", already=False)
    assert (folder / stored.name).read_bytes() == STORY
    assert [file.path for file in walk(folder, size_limit=100).files] == [stored.name]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../../etc/passwd.txt", "passwd"),
        ("..\\evil.txt", "evil"),
        ("a/../../b.txt", "b"),
        ("\x00\n.txt.txt", "txt"),
        ("....txt", "article"),
        ("-rf *;$(reboot)`.txt", "rf-reboot"),
        ("Čтение Ødegård ﬁn.txt", "čтение-ødegård-fin"),
        ("\u202egpj.txt", "gpj"),
        ("x" * 300 + ".txt", "x" * 80),
        ("水" * 100 + ".txt", "水" * 26),
    ],
)
def test_a_name_is_reduced_to_its_words_and_never_leads_out_of_the_folder(
    tmp_path: Path, name: str, words: str
) -> None:
    folder = tmp_path / "added"
    stored = store(folder, name, STORY, DAY)
    assert stored.name == f"2026-11-24-{words}-{HASH[:6]}.txt"
    assert visible(folder) == [stored.name]
    assert [path.name for path in tmp_path.iterdir()] == ["added"]


def test_the_same_bytes_are_kept_once_whatever_the_day_and_name(tmp_path: Path) -> None:
    first = store(tmp_path, "one.txt", STORY, DAY)
    assert store(tmp_path, "one.txt", STORY, DAY) == Stored(first.name, already=True)
    assert store(tmp_path, "two.md", STORY, date(2027, 1, 1)) == Stored(first.name, already=True)
    assert visible(tmp_path) == [first.name]


def test_other_bytes_of_the_same_name_are_another_file(tmp_path: Path) -> None:
    first, second = store(tmp_path, "one.txt", STORY, DAY), store(tmp_path, "one.txt", STORY + b"!", DAY)
    assert visible(tmp_path) == sorted([first.name, second.name])
    assert not second.already


def test_where_hashes_begin_alike_the_name_takes_more_of_it(tmp_path: Path) -> None:
    taken = tmp_path / f"2026-11-24-one-{HASH[:6]}.txt"
    taken.write_bytes(STORY.upper())
    stored = store(tmp_path, "one.txt", STORY, DAY)
    assert stored == Stored(f"2026-11-24-one-{HASH[:12]}.txt")
    assert taken.read_bytes() == STORY.upper()
    assert store(tmp_path, "one.txt", STORY, DAY).already


def test_a_link_that_has_the_name_is_not_written_through(tmp_path: Path) -> None:
    folder, outside = tmp_path / "added", tmp_path / "outside.txt"
    folder.mkdir()
    (folder / f"2026-11-24-one-{HASH[:6]}.txt").symlink_to(outside)
    store(folder, "one.txt", STORY, DAY)
    assert not outside.exists()


@pytest.mark.parametrize("name", ["a.jpg", "a", "", "a.txt/b", "a.exe"])
def test_a_format_that_is_not_read_is_not_kept(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "added"
    with pytest.raises(AddingError, match=r"^not a format that is read"):
        store(folder, name, STORY, DAY)
    assert not folder.exists()


def test_no_more_files_than_there_may_be_are_kept(tmp_path: Path) -> None:
    limits = StoreLimits(files=2)
    store(tmp_path, "1.txt", b"1", DAY, limits)
    store(tmp_path, "2.txt", b"2", DAY, limits)
    with pytest.raises(AddingError, match=r"^there is no room: 2 added files are kept already, the most there may be$"):
        store(tmp_path, "3.txt", b"3", DAY, limits)
    assert store(tmp_path, "2.txt", b"2", DAY, limits).already, "what is there needs no room"
    assert len(visible(tmp_path)) == 2


def test_no_more_bytes_than_there_may_be_are_kept(tmp_path: Path) -> None:
    limits = StoreLimits(size=1_000_000)
    store(tmp_path, "1.txt", b"1" * 600_000, DAY, limits)
    store(tmp_path, "2.txt", b"2" * 400_000, DAY, limits)
    with pytest.raises(AddingError, match=r"^there is no room: with it the added files would be over 1 MB$"):
        store(tmp_path, "3.txt", b"3", DAY, limits)


def test_several_at_once_are_all_kept_and_once_each(tmp_path: Path) -> None:
    contents = [str(number % 10).encode() for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        stored = list(threads.map(lambda raw: store(tmp_path, "a.txt", raw, DAY), contents))
    assert sum(not outcome.already for outcome in stored) == 10
    assert sorted((tmp_path / name).read_bytes() for name in visible(tmp_path)) == sorted(set(contents))


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
import index.adding.store

sync, seen = os.fsync, []
def dying(descriptor):
    sync(descriptor)
    seen.append(descriptor)
    if len(seen) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
os.fsync = dying
index.adding.store.store(Path(sys.argv[1]), "one.txt", b"The river rose on Monday.", date(2026, 11, 24))
"""


@pytest.mark.parametrize(("sync", "kept"), [(1, 0), (2, 1)])
def test_a_kill_leaves_the_whole_file_or_none_and_the_next_one_is_kept(tmp_path: Path, sync: int, kept: int) -> None:
    root = str(Path(__file__).resolve().parents[3])
    script = [sys.executable, "-c", KILLED, str(tmp_path), str(sync)]
    done = subprocess.run(script, env={**os.environ, "PYTHONPATH": root}, check=False)
    assert done.returncode == -9
    walked = walk(tmp_path, size_limit=1000)
    assert ([file.location.read_bytes() for file in walked.files], walked.skipped) == ([STORY] * kept, [])
    assert store(tmp_path, "one.txt", STORY, DAY).already == bool(kept)
    assert visible(tmp_path) == [f"2026-11-24-one-{HASH[:6]}.txt"]
    assert not (tmp_path / ".adding").exists()


def test_a_link_in_the_folder_is_not_the_file_that_is_added_and_nothing_is_written_through_one(tmp_path: Path) -> None:
    """A build does not follow links that lead out of the folder, so that a link keeps no article."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "same.txt").write_bytes(STORY)
    (outside / "precious").write_bytes(b"mine")
    folder = tmp_path / "added"
    folder.mkdir()
    (folder / f"2026-01-01-link-{HASH[:6]}.txt").symlink_to(outside / "same.txt")
    (folder / ".adding").symlink_to(outside / "precious")
    stored = store(folder, "one.txt", STORY, DAY)
    assert not stored.already
    assert (folder / stored.name).read_bytes() == STORY
    assert not (folder / stored.name).is_symlink()
    assert (outside / "precious").read_bytes() == b"mine"
