"""Finding the files: every one is read or reported, and no link, pipe or name can hold the walk up."""

import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from index.errors import SeedsError, UnreadableSeedsError
from index.parsers import Skipped, walk
from index.parsers.folder import LEADS_OUT, NOT_MOUNTED
from index.parsers.registry import OTHER_FORMAT

LIMIT = 1000


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"words of {name}")


def paths(folder: Path) -> list[str]:
    return [file.path for file in walk(folder, size_limit=LIMIT).files]


def skipped(folder: Path) -> list[tuple[str, str]]:
    return [(skip.path, skip.reason) for skip in walk(folder, size_limit=LIMIT).skipped]


def unreadable(folder: Path, **more: Any) -> list[tuple[str, str]]:
    return [(lost.path, lost.reason) for lost in walk(folder, size_limit=LIMIT, **more).unreadable]


def test_sub_folders_are_walked_and_files_come_sorted_by_path(tmp_path: Path) -> None:
    put(tmp_path, "b.txt", "a/z.md", "a/b/c.HTML", "a.jsonl", "f.rss", "f.atom", "f.xml", "p.htm")
    walked = walk(tmp_path, size_limit=LIMIT)
    files = walked.files
    assert [file.path for file in files] == sorted(
        ["a.jsonl", "a/b/c.HTML", "a/z.md", "b.txt", "f.atom", "f.rss", "f.xml", "p.htm"]
    )
    assert (walked.skipped, walked.unreadable) == ([], [])
    assert files[1].location == tmp_path / "a" / "b" / "c.HTML"
    assert files[1].size == len("words of a/b/c.HTML")


def test_hidden_files_and_folders_are_passed_over_silently(tmp_path: Path) -> None:
    put(tmp_path, ".hidden.txt", ".git/a.txt", "seen.txt")
    assert paths(tmp_path) == ["seen.txt"]
    assert skipped(tmp_path) == []


def test_other_formats_are_reported(tmp_path: Path) -> None:
    put(tmp_path, "photo.jpg", "README")
    assert skipped(tmp_path) == [("README", OTHER_FORMAT), ("photo.jpg", OTHER_FORMAT)]


def test_a_file_over_the_limit_is_reported_with_both_sizes(tmp_path: Path) -> None:
    (tmp_path / "big.txt").write_bytes(b"a" * 1001)
    (tmp_path / "fits.txt").write_bytes(b"a" * 1000)
    assert paths(tmp_path) == ["fits.txt"]
    assert skipped(tmp_path) == [("big.txt", "too large: 1,001 bytes, the limit is 1,000")]


def outward_links(folder: Path) -> Path:
    """Seeds with two links that stay within and four that do not, one of them by way of another, one broken."""
    put(folder, "outside/o.txt", "seeds/a.txt", "seeds/sub/s.txt")
    seeds = folder / "seeds"
    (seeds / "b.txt").symlink_to(seeds / "a.txt")
    (seeds / "twin").symlink_to("sub")
    (seeds / "more").symlink_to(folder / "outside")
    (seeds / "secret.txt").symlink_to(folder / "outside" / "o.txt")
    (seeds / "by-way.txt").symlink_to("more/o.txt")
    (seeds / "broken.txt").symlink_to(folder / "outside" / "none.txt")
    return seeds


def test_links_that_lead_out_of_the_folder_are_not_followed_and_reported(tmp_path: Path) -> None:
    seeds = outward_links(tmp_path)
    assert paths(seeds) == ["a.txt", "b.txt", "sub/s.txt"]
    assert skipped(seeds) == [
        ("broken.txt", LEADS_OUT),
        ("by-way.txt", LEADS_OUT),
        ("more", LEADS_OUT),
        ("secret.txt", LEADS_OUT),
        ("twin", "a link to a folder that is read already: sub"),
    ]
    assert "VERBATIM_FOLLOW_LINKS" in LEADS_OUT


def test_links_that_lead_out_of_the_folder_are_followed_where_that_is_asked_for(tmp_path: Path) -> None:
    walked = walk(outward_links(tmp_path), size_limit=LIMIT, follow_links=True)
    found = [file.path for file in walked.files]
    assert found == ["a.txt", "b.txt", "by-way.txt", "more/o.txt", "secret.txt", "sub/s.txt"]
    assert [lost.path for lost in walked.unreadable] == ["broken.txt"]


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    put(tmp_path, "real/a.txt")
    (tmp_path / "real" / "b.txt").symlink_to("a.txt")
    (tmp_path / "seeds").symlink_to("real")
    assert paths(tmp_path / "seeds") == ["a.txt", "b.txt"]
    (file, _) = walk(tmp_path / "seeds", size_limit=LIMIT).files
    with file.open() as stream:
        assert stream.read() == b"words of real/a.txt"


@pytest.mark.parametrize("place", ["file", "folder"])
def test_a_file_that_a_link_takes_the_place_of_after_the_walk_is_not_opened(tmp_path: Path, place: str) -> None:
    put(tmp_path, "outside/o.txt", "seeds/sub/o.txt")
    (file,) = walk(tmp_path / "seeds", size_limit=LIMIT).files
    shutil.rmtree(tmp_path / "seeds" / "sub")
    if place == "file":
        (tmp_path / "seeds" / "sub").mkdir()
        (tmp_path / "seeds" / "sub" / "o.txt").symlink_to(tmp_path / "outside" / "o.txt")
    else:
        (tmp_path / "seeds" / "sub").symlink_to(tmp_path / "outside")
    with pytest.raises(OSError, match="it leads out of the folder"):
        file.open()


@pytest.mark.timeout(20)
def test_a_pipe_that_takes_the_place_of_a_file_after_the_walk_holds_nobody_up(tmp_path: Path) -> None:
    put(tmp_path, "a.txt")
    (file,) = walk(tmp_path, size_limit=LIMIT).files
    (tmp_path / "a.txt").unlink()
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(OSError, match="no regular file any more"):
        file.open()


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
    reasons = dict(skipped(tmp_path)) | dict(unreadable(tmp_path))
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
    walked = walk(tmp_path / "seeds", size_limit=LIMIT, follow_links=True)
    assert [file.path for file in walked.files] == ["a.txt", "x/x.txt", "x/y/y.txt"]
    assert walked.skipped == [Skipped("x/y/x", "a link to a folder that is read already: x")]


@pytest.mark.timeout(20)
def test_a_pipe_and_a_socket_are_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.txt")
        assert paths(tmp_path) == []
        assert skipped(tmp_path) == [("pipe.txt", "not a regular file"), ("socket.txt", "not a regular file")]


@pytest.mark.skipif(os.geteuid() == 0, reason="to root every file is readable")
def test_a_folder_that_may_not_be_read_is_reported(tmp_path: Path) -> None:
    put(tmp_path, "listed-only/b.txt", "folder/a.txt")
    (tmp_path / "listed-only").chmod(0o400)
    (tmp_path / "folder").chmod(0)
    try:
        assert unreadable(tmp_path) == [
            ("folder", "the folder cannot be read: permission denied"),
            ("listed-only/b.txt", "cannot be read: permission denied"),
        ]
        with pytest.raises(
            UnreadableSeedsError, match=r"folder cannot be read: .*permission denied; an index that was"
        ):
            walk(tmp_path / "folder", size_limit=LIMIT)
    finally:
        for name in ("folder", "listed-only"):
            (tmp_path / name).chmod(0o700)


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
    assert unreadable(tmp_path) == [("bad", "the folder cannot be read: permission denied")]


def test_an_empty_folder_on_which_something_was_mounted_is_unreadable(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "filled/b.txt")
    (tmp_path / "share").mkdir()
    assert unreadable(tmp_path) == []
    assert unreadable(tmp_path, mounted=["share", "filled"]) == [("share", NOT_MOUNTED)]
    with pytest.raises(UnreadableSeedsError, match="nothing is mounted there any more"):
        walk(tmp_path / "share", size_limit=LIMIT, mounted=[""])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_what_is_mounted_is_named(tmp_path: Path) -> None:
    put(tmp_path, "a.txt")
    (tmp_path / "share").mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "none", tmp_path / "share"], check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        put(tmp_path, "share/sub/b.txt")
        assert walk(tmp_path, size_limit=LIMIT).mounts == ["share"]
        assert walk(tmp_path / "share", size_limit=LIMIT).mounts == [""]
        assert walk(tmp_path / "share", size_limit=LIMIT, under="added").mounts == ["added"]
    finally:
        subprocess.run(["umount", tmp_path / "share"], check=True)
    assert unreadable(tmp_path, mounted=["share"]) == [("share", NOT_MOUNTED)]


def test_names_that_cannot_be_stored_or_printed_are_reported_in_print(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).write_text("words")
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    (tmp_path / "es\x1b[31mcape.txt").write_text("words")
    walked = walk(tmp_path, size_limit=LIMIT)
    assert walked.files == []
    assert walked.skipped == [
        Skipped("caf\\xe9.txt", "its name is not valid UTF-8: rename it"),
        Skipped("es\\x1b[31mcape.txt", "its name holds control characters: rename it"),
    ]


def test_seeds_that_are_no_folder_are_an_error_that_says_so(tmp_path: Path) -> None:
    put(tmp_path, "file.txt")
    with pytest.raises(SeedsError, match=r"nowhere does not exist"):
        walk(tmp_path / "nowhere", size_limit=LIMIT)
    with pytest.raises(SeedsError, match=r"file\.txt is not a folder"):
        walk(tmp_path / "file.txt", size_limit=LIMIT)
