"""Finding the files: every one is read or reported, and no link, pipe or name can hold the walk up."""

import os
import socket
from pathlib import Path

import pytest

from index.errors import SeedsError
from index.readers import Skipped, walk

LIMIT = 1000


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"words of {name}")


def paths(folder: Path) -> list[str]:
    return [file.path for file in walk(folder, size_limit=LIMIT).files]


def skipped(folder: Path) -> list[tuple[str, str]]:
    return [(skip.path, skip.reason) for skip in walk(folder, size_limit=LIMIT)[1]]


def test_sub_folders_are_walked_and_files_come_sorted_by_path(tmp_path: Path) -> None:
    put(tmp_path, "b.txt", "a/z.md", "a/b/c.HTML", "a.jsonl", "f.rss", "f.atom", "f.xml", "p.htm")
    files, missed = walk(tmp_path, size_limit=LIMIT)
    assert [file.path for file in files] == sorted(
        ["a.jsonl", "a/b/c.HTML", "a/z.md", "b.txt", "f.atom", "f.rss", "f.xml", "p.htm"]
    )
    assert missed == []
    assert files[1].location == tmp_path / "a" / "b" / "c.HTML"
    assert files[1].size == len("words of a/b/c.HTML")


def test_hidden_files_and_folders_are_passed_over_silently(tmp_path: Path) -> None:
    put(tmp_path, ".hidden.txt", ".git/a.txt", "seen.txt")
    assert paths(tmp_path) == ["seen.txt"]
    assert skipped(tmp_path) == []


def test_other_formats_are_reported(tmp_path: Path) -> None:
    put(tmp_path, "photo.jpg", "README")
    reason = "not a format that is read (.txt, .md, .html, .jsonl, .xml, .rss, .atom)"
    assert skipped(tmp_path) == [("README", reason), ("photo.jpg", reason)]


def test_a_file_over_the_limit_is_reported_with_both_sizes(tmp_path: Path) -> None:
    (tmp_path / "big.txt").write_bytes(b"a" * 1001)
    (tmp_path / "fits.txt").write_bytes(b"a" * 1000)
    assert paths(tmp_path) == ["fits.txt"]
    assert skipped(tmp_path) == [("big.txt", "too large: 1,001 bytes, the limit is 1,000")]


def test_links_to_files_and_outer_folders_are_followed(tmp_path: Path) -> None:
    put(tmp_path, "outside/o.txt", "seeds/a.txt")
    seeds = tmp_path / "seeds"
    (seeds / "b.txt").symlink_to(seeds / "a.txt")
    (seeds / "more").symlink_to(tmp_path / "outside")
    assert paths(seeds) == ["a.txt", "b.txt", "more/o.txt"]


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    put(tmp_path, "a/one.txt", "z/two.txt")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "self").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "b").symlink_to(tmp_path / "z")
    (tmp_path / "l1.txt").symlink_to(tmp_path / "l2.txt")
    (tmp_path / "l2.txt").symlink_to(tmp_path / "l1.txt")
    (tmp_path / "broken.txt").symlink_to(tmp_path / "nowhere.txt")
    assert paths(tmp_path) == ["a/one.txt", "z/two.txt"]
    loop = "a broken link or a loop of links: "
    reasons = dict(skipped(tmp_path))
    assert list(reasons) == ["a/b", "a/self", "a/up", "broken.txt", "l1.txt", "l2.txt"]
    assert reasons["a/b"] == "a link to a folder that is read already: z"
    assert reasons["a/self"] == "a link to a folder that is read already: a"
    assert reasons["a/up"] == "a link to a folder that is read already: the seeds folder itself"
    assert all(reasons[name].startswith(loop) for name in ("broken.txt", "l1.txt", "l2.txt"))


def test_two_outer_folders_that_link_to_each_other_are_walked_once(tmp_path: Path) -> None:
    put(tmp_path, "seeds/a.txt", "x/x.txt", "y/y.txt")
    (tmp_path / "x" / "y").symlink_to(tmp_path / "y")
    (tmp_path / "y" / "x").symlink_to(tmp_path / "x")
    (tmp_path / "seeds" / "x").symlink_to(tmp_path / "x")
    assert paths(tmp_path / "seeds") == ["a.txt", "x/x.txt", "x/y/y.txt"]
    assert skipped(tmp_path / "seeds") == [("x/y/x", "a link to a folder that is read already: x")]


@pytest.mark.timeout(20)
def test_a_pipe_and_a_socket_are_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.txt")
        assert paths(tmp_path) == []
        assert skipped(tmp_path) == [("pipe.txt", "not a regular file"), ("socket.txt", "not a regular file")]


@pytest.mark.skipif(os.geteuid() == 0, reason="to root every file is readable")
def test_what_may_not_be_read_is_reported(tmp_path: Path) -> None:
    put(tmp_path, "file.txt", "folder/a.txt")
    (tmp_path / "file.txt").chmod(0)
    (tmp_path / "folder").chmod(0)
    try:
        assert skipped(tmp_path) == [
            ("file.txt", "cannot be read: permission denied"),
            ("folder", "the folder cannot be read: permission denied"),
        ]
    finally:
        (tmp_path / "folder").chmod(0o700)


def test_a_folder_that_cannot_be_listed_is_reported_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a.txt", "bad/b.txt")
    listed = os.scandir

    def failing(folder: Path) -> object:
        if folder.name == "bad":
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    monkeypatch.setattr(os, "scandir", failing)
    assert paths(tmp_path) == ["a.txt"]
    assert skipped(tmp_path) == [("bad", "the folder cannot be read: permission denied")]


def test_names_that_cannot_be_stored_or_printed_are_reported_in_print(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).write_text("words")
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    (tmp_path / "es\x1b[31mcape.txt").write_text("words")
    assert walk(tmp_path, size_limit=LIMIT) == (
        [],
        [
            Skipped("caf\\xe9.txt", "its name is not valid UTF-8: rename it"),
            Skipped("es\\x1b[31mcape.txt", "its name holds control characters: rename it"),
        ],
    )


def test_seeds_that_are_no_folder_are_an_error_that_says_so(tmp_path: Path) -> None:
    put(tmp_path, "file.txt")
    with pytest.raises(SeedsError, match=r"nowhere does not exist"):
        walk(tmp_path / "nowhere", size_limit=LIMIT)
    with pytest.raises(SeedsError, match=r"file\.txt is not a folder"):
        walk(tmp_path / "file.txt", size_limit=LIMIT)
