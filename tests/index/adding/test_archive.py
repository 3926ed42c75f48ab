"""Archives from strangers: what is taken out of one, and that none takes more than its share."""

import io
import stat
import struct
import tarfile
import zipfile
from gzip import compress
from typing import Literal

import pytest

from index.adding.accept import ArchiveLimits, NamedFile, Refused, unpack
from index.errors import AddingError
from index.parsers.registry import OTHER_FORMAT

STORY = b"The river rose on Monday and flooded the streets of the old town."
MB = 1_000_000


def entry(name: str, *, mode: int = stat.S_IFREG | 0o644, method: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr, info.compress_type = 3, mode << 16, method
    return info


def zipped(*files: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, content in files:
            writer.writestr(name, content)
    return archive.getvalue()


def refused(raw: bytes, limits: ArchiveLimits | None = None) -> list[tuple[str, str]]:
    """What is refused of an archive, of which everything is."""
    files, left_out = unpack(raw, limits or ArchiveLimits())
    assert files == []
    return [(refusal.name, refusal.reason) for refusal in left_out]


def test_the_files_of_an_archive_come_out_as_they_went_in() -> None:
    raw = zipped(
        ("a.txt", STORY), ("more/", b""), (entry("more/b.MD", method=zipfile.ZIP_STORED), b"# B\n"), ("c.jsonl", b"{}")
    )
    assert unpack(raw, ArchiveLimits()) == (
        [NamedFile("a.txt", STORY), NamedFile("b.MD", b"# B\n"), NamedFile("c.jsonl", b"{}")],
        [],
    )


def test_what_is_refused_is_told_beside_what_is_taken() -> None:
    raw = zipped(("a.txt", STORY), ("photo.jpg", b"\xff\xd8"), ("notes", b"?"))
    files, left_out = unpack(raw, ArchiveLimits())
    assert [file.name for file in files] == ["a.txt"]
    assert left_out == [Refused("photo.jpg", OTHER_FORMAT), Refused("notes", OTHER_FORMAT)]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/cron.d/story.txt", "story.txt"),
        ("/etc/story.txt", "story.txt"),
        ("..\\..\\story.txt", "story.txt"),
        ("C:\\Windows\\story.txt", "story.txt"),
        ("folder/../story.txt", "story.txt"),
        ("st\u202eory\n.txt", "story.txt"),
        ("Žďár 2024.txt", "Žďár 2024.txt"),
    ],
)
def test_a_name_cannot_lead_out_of_the_archive(name: str, safe: str) -> None:
    files, left_out = unpack(zipped((name, STORY)), ArchiveLimits())
    assert (files, left_out) == ([NamedFile(safe, STORY)], [])


@pytest.mark.parametrize("name", [".hidden.txt", "a/.txt", "__MACOSX/._a.txt", "__MACOSX/a.txt"])
def test_a_hidden_file_is_refused(name: str) -> None:
    assert refused(zipped((name, STORY))) == [(name, "a hidden file")]


def test_files_of_one_name_in_several_folders_are_told_apart() -> None:
    raw = zipped(("1/a.txt", b"one"), ("2/a.txt", b"two"), ("a-2.txt", b"three"), ("3/a.txt", b"four"))
    files, _ = unpack(raw, ArchiveLimits())
    assert files == [
        NamedFile("a.txt", b"one"),
        NamedFile("a-2.txt", b"two"),
        NamedFile("a-2-2.txt", b"three"),
        NamedFile("a-3.txt", b"four"),
    ]


def test_links_and_devices_are_refused() -> None:
    raw = zipped(
        (entry("link.txt", mode=stat.S_IFLNK | 0o777), b"/etc/passwd"),
        (entry("pipe.txt", mode=stat.S_IFIFO | 0o644), b""),
    )
    assert refused(raw) == [("link.txt", "a link, not a file"), ("pipe.txt", "not a regular file")]


def test_an_archive_within_the_archive_stays_packed() -> None:
    inner = zipped(("a.txt", bytes(50 * MB)))
    files, left_out = unpack(zipped(("inner.zip", inner), ("inner.rar", b"Rar!")), ArchiveLimits(entry=MB))
    assert files == [NamedFile("inner.zip", inner)]
    assert left_out == [Refused("inner.rar", OTHER_FORMAT)]


@pytest.mark.parametrize(("name", "mode"), [("stories.tar", "w"), ("stories.tar.gz", "w:gz"), ("stories.TGZ", "w:gz")])
def test_a_tar_archive_comes_out_as_it_went_in(name: str, mode: Literal["w", "w:gz"]) -> None:
    link = tarfile.TarInfo("link.txt")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    raw = tarred(mode, ("a.txt", STORY), ("folder/a.txt", STORY * 2), (link, b""), ("photo.jpg", b""))
    files, left_out = unpack(raw, ArchiveLimits(), name)
    assert files == [NamedFile("a.txt", STORY), NamedFile("a-2.txt", STORY * 2)]
    assert left_out == [Refused("link.txt", "a link, not a file"), Refused("photo.jpg", OTHER_FORMAT)]


def test_a_single_packed_file_is_named_after_its_archive() -> None:
    assert unpack(compress(STORY), ArchiveLimits(), "story.md.gz") == ([NamedFile("story.md", STORY)], [])
    assert unpack(compress(STORY), ArchiveLimits(), "photo.jpg.gz")[1] == [Refused("photo.jpg", OTHER_FORMAT)]


def test_of_an_archive_that_is_cut_off_what_can_be_had_is_taken() -> None:
    raw = tarred("w", ("a.txt", STORY), ("b.txt", STORY * 100))
    files, (cut_off, *_) = unpack(raw[:2_000], ArchiveLimits(), "stories.tar")
    assert files == [NamedFile("a.txt", STORY)]
    assert cut_off == Refused("b.txt", "damaged")


def test_an_encrypted_file_is_refused() -> None:
    raw = bytearray(zipped(("secret.txt", STORY), ("open.txt", STORY)))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(signature) + flags] |= 1
    files, left_out = unpack(bytes(raw), ArchiveLimits())
    assert (files, left_out) == (
        [NamedFile("open.txt", STORY)],
        [Refused("secret.txt", "encrypted: unpack it yourself")],
    )


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_methods_of_compression_are_refused(method: int) -> None:
    raw = zipped((entry("a.txt", method=method), STORY))
    assert refused(raw) == [("a.txt", "compressed in a way that is not read: unpack it yourself")]


def test_a_bomb_is_let_go_of_at_the_limit_of_a_file() -> None:
    raw = zipped(("bomb.txt", bytes(50 * MB)), ("a.txt", STORY))
    assert len(raw) < MB / 10
    files, left_out = unpack(raw, ArchiveLimits(entry=10 * MB))
    assert left_out == [Refused("bomb.txt", "it unpacks to more than 200 times its size")]
    assert files == [NamedFile("a.txt", STORY)]


def test_what_unpacks_to_more_than_the_limit_of_a_file_is_refused() -> None:
    raw = zipped((entry("big.txt", method=zipfile.ZIP_STORED), b"x" * 3 * MB), ("a.txt", STORY))
    files, left_out = unpack(raw, ArchiveLimits(entry=2 * MB))
    assert left_out == [Refused("big.txt", "it unpacks to more than 2 MB")]
    assert files == [NamedFile("a.txt", STORY)]


def test_a_file_of_just_the_limit_is_taken() -> None:
    files, left_out = unpack(zipped(("a.txt", b"x" * MB), ("b.txt", b"x" * (MB + 1))), ArchiveLimits(entry=MB))
    assert ([file.name for file in files], [refusal.name for refusal in left_out]) == (["a.txt"], ["b.txt"])


def test_the_files_together_are_limited_and_refused_ones_count() -> None:
    raw = zipped(
        ("1.txt", b"x" * MB),
        (entry("big.txt", method=zipfile.ZIP_STORED), b"x" * 9 * MB),
        ("2.txt", b"x" * MB),
        ("3.txt", STORY),
    )
    files, left_out = unpack(raw, ArchiveLimits(entry=2 * MB, whole=int(3.5 * MB)))
    told = "with it the archive unpacks to more than may be read at once: unpack it yourself"
    assert [file.name for file in files] == ["1.txt"]
    assert left_out == [
        Refused("big.txt", "it unpacks to more than 2 MB"),
        Refused("2.txt", told),
        Refused("3.txt", told),
    ]


@pytest.mark.parametrize("claimed", [10, 100 * MB, 2**32 - 2])
def test_the_size_that_an_archive_claims_is_not_relied_on(claimed: int) -> None:
    raw = bytearray(zipped(("bomb.txt", bytes(30 * MB)), ("a.txt", STORY)))
    place = raw.index(b"PK\x01\x02") + 24
    raw[place : place + 4] = struct.pack("<I", claimed)
    files, (refusal,) = unpack(bytes(raw), ArchiveLimits(entry=10 * MB))
    assert files == [NamedFile("a.txt", STORY)]
    assert refusal.reason in ("damaged", "it unpacks to more than 10 MB", "it unpacks to more than 200 times its size")


def test_a_damaged_file_is_refused_and_the_others_are_taken() -> None:
    raw = bytearray(zipped((entry("bad.txt", method=zipfile.ZIP_STORED), STORY), ("a.txt", STORY)))
    raw[raw.index(b"flooded")] ^= 1
    files, left_out = unpack(bytes(raw), ArchiveLimits())
    assert (files, left_out) == ([NamedFile("a.txt", STORY)], [Refused("bad.txt", "damaged")])


def test_an_archive_of_too_many_files_is_refused_as_a_whole() -> None:
    raw = zipped(*((f"{number}.txt", STORY) for number in range(200)), ("folder/", b""))
    assert len(unpack(raw, ArchiveLimits())[0]) == 200
    raw = zipped(*((f"{number}.txt", STORY) for number in range(201)))
    with pytest.raises(AddingError, match=r"^the archive holds 201 files: the limit is 200$"):
        unpack(raw, ArchiveLimits())


def test_a_directory_of_a_hundred_thousand_entries_is_not_taken_in() -> None:
    one = zipped(("a.txt", b""))
    directory = one[one.index(b"PK\x01\x02") : one.index(b"PK\x05\x06")] * 100_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(directory), one.index(b"PK\x01\x02"), 0)
    with pytest.raises(AddingError, match=r"^the archive holds too many files: the limit is 200$"):
        unpack(one[: one.index(b"PK\x01\x02")] + directory + end, ArchiveLimits())


def tarred(mode: Literal["w", "w:gz"], *files: tuple[str | tarfile.TarInfo, bytes]) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode=mode) as writer:
        for name, content in files:
            info = tarfile.TarInfo(name) if isinstance(name, str) else name
            info.size = len(content)
            writer.addfile(info, io.BytesIO(content))
    return archive.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"PK\x03\x04",
        STORY,
        tarred("w:gz", ("a.txt", STORY)),
        b"Rar!\x1a\x07\x01\x00",
        zipped(("a.txt", STORY))[:-30],
    ],
    ids=["nothing", "beginning", "text", "tar", "rar", "cut off"],
)
def test_what_is_no_zip_archive_is_refused(raw: bytes) -> None:
    with pytest.raises(AddingError, match=r"^this is not a zip archive that can be read$"):
        unpack(raw, ArchiveLimits())


def test_an_empty_archive_holds_nothing() -> None:
    assert unpack(zipped(), ArchiveLimits()) == ([], [])
