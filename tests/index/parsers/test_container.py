"""Files that hold files: archives, web archives, saved pages. What is in them is read as if it lay in a folder."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from index.parsers import Parsed, read, walk
from index.parsers.container import Budget
from index.parsers.registry import OTHER_FORMAT, parsed_parts
from tests.index.parsers.articles import only
from tests.index.parsers.forged_documents import docx, epub, mhtml, packed, warc

TEXT = "The mill ground oats for sixty-three farms until the river was led into a pipe."
MORE = "Its last miller kept the stones in her garden and the keys in her coat, and nobody asked for them again."
PAGE = f"<html><head><title>The mill</title></head><body><h1>The mill</h1><p>{TEXT}</p><p>{MORE}</p></body></html>"
FRAME = f"<html><body><p>{TEXT.replace('mill', 'advert')}</p><p>{MORE.replace('miller', 'seller')}</p></body></html>"
URL = "https://news.example.com/mill"


def paths(reading: Parsed) -> list[str]:
    return [article.path for article in reading.articles]


def told(reading: Parsed) -> list[tuple[str, str]]:
    return [(skip.path, skip.reason) for skip in reading.skipped]


def tarred(files: dict[str, str | bytes], mode: str = "w") -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode=mode) as writer:  # type: ignore[call-overload]
        for name, content in files.items():
            raw = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size = len(raw)
            writer.addfile(info, io.BytesIO(raw))
    return archive.getvalue()


FILES: dict[str, str | bytes] = {
    "notes/mill.txt": TEXT,
    "page.HTML": PAGE,
    "a.jsonl": '{"id": "x", "text": "One."}\n{"id": "x", "text": "Two."}\n',
    ".hidden.txt": TEXT,
    "__MACOSX/page.HTML": PAGE,
    "photo.jpg": b"\xff\xd8",
}


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        ("a.zip", packed(FILES)),
        ("a.tar", tarred(FILES)),
        ("a.tar.gz", tarred(FILES, "w:gz")),
        ("a.TGZ", tarred(FILES, "w:gz")),
    ],
)
def test_each_file_of_an_archive_is_read_under_its_path(path: str, raw: bytes) -> None:
    reading = read(path, raw)
    assert [(article.path, article.id) for article in reading.articles] == [
        (f"{path}/notes/mill.txt", f"{path}/notes/mill.txt"),
        (f"{path}/page.HTML", f"{path}/page.HTML"),
        (f"{path}/a.jsonl", "x"),
    ]
    assert told(reading) == [
        (f"{path}/a.jsonl", "line 2 has the id 'x' of line 1, which was kept"),
        (f"{path}/photo.jpg", OTHER_FORMAT),
    ]


def test_a_packed_file_is_read_under_its_own_name() -> None:
    assert only("x/mill.txt.gz", gzip.compress(TEXT.encode())).path == "x/mill.txt.gz/mill.txt"
    assert told(read("a.gz", gzip.compress(b"x"))) == [("a.gz/a", OTHER_FORMAT)]
    assert told(read("a.txt.gz", gzip.compress(TEXT.encode())[:20])) == [("a.txt.gz/a.txt", "damaged")]


def test_of_two_articles_with_one_id_in_an_archive_the_first_is_kept() -> None:
    reading = read(
        "a.zip", packed({"a.jsonl": '{"id": "x", "text": "One."}', "b.jsonl": '{"id": "x", "text": "Two."}'})
    )
    assert [article.text for article in reading.articles] == ["One."]
    assert told(reading) == [("a.zip/b.jsonl", "another file of the archive has the article id 'x'")]


def test_documents_and_archives_within_an_archive_are_read_to_a_depth() -> None:
    inner = packed({"mill.txt": TEXT})
    files = {
        "b.zip": inner,
        "c.zip": packed({"d.zip": inner}),
        "e.docx": docx("<w:p><w:r><w:t>Oats.</w:t></w:r></w:p>"),
    }
    reading = read("a.zip", packed({**files, "f.epub": epub({"1.xhtml": f"<p>{TEXT}</p>"})}))
    assert paths(reading) == ["a.zip/b.zip/mill.txt", "a.zip/e.docx", "a.zip/f.epub/OPS/text/1.xhtml"]
    assert told(reading) == [
        ("a.zip/c.zip/d.zip", "an archive within an archive within an archive: unpack it yourself")
    ]


@pytest.mark.parametrize("name", ["../a.txt", "a/../../b.txt", "..\\a.txt", "a\n.txt", "x" * 400 + ".txt"])
def test_a_name_that_leads_out_or_cannot_be_shown_is_not_read(name: str) -> None:
    reading = read("a.zip", packed({name: TEXT, "b.txt": TEXT}))
    assert paths(reading) == ["a.zip/b.txt"]
    ((path, reason),) = told(reading)
    assert path == "a.zip"
    assert reason.startswith("its name cannot be used: ")
    assert "\n" not in reason


def test_an_absolute_name_is_one_within_the_archive() -> None:
    assert paths(read("a.zip", packed({"/etc/a.txt": TEXT, "C\\b.txt": MORE}))) == ["a.zip/etc/a.txt", "a.zip/C/b.txt"]


def encrypted(raw: bytes) -> bytes:
    made = bytearray(raw)
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        made[made.index(signature) + flags] |= 1
    return bytes(made)


@pytest.mark.parametrize(
    ("path", "raw", "reason"),
    [
        ("a.zip", encrypted(packed({"a.txt": TEXT})), "encrypted: unpack it yourself"),
        ("a.zip", b"PK", "this is not a zip archive that can be read"),
        ("a.zip", packed({}), "the archive is empty"),
        ("a.zip", packed({"a.txt": bytes(30_000_000)}), "it unpacks to more than 200 times its size"),
        ("a.txt.gz", gzip.compress(bytes(30_000_000)), "it unpacks to more than 200 times its size"),
        ("a.tgz", tarred({"a.txt": bytes(21_000_000)}, "w:gz"), "it unpacks to more than 20 MB"),
        ("a.tar", TEXT.encode() * 20, "this is not a tar archive that can be read"),
        ("a.tgz", b"\x1f\x8b", "this is not a tar archive that can be read"),
        ("a.warc", TEXT.encode(), "not a web archive that can be read"),
        ("a.warc", warc(("https://a.example/a.png", "image/png", b"\x89PNG")), "the web archive holds no page"),
        ("a.warc", warc((URL, "text/html", PAGE.encode()), status="404 Not Found"), "the web archive holds no page"),
        ("a.wacz", packed({"pages/pages.jsonl": "{}"}), "the package holds no web archive"),
        ("a.mhtml", b"Content-Type: image/png\r\n\r\nabc", "not a page that a browser saved: it holds no HTML"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(path: str, raw: bytes, reason: str) -> None:
    assert [skip.reason for skip in read(path, raw).skipped] == [reason]


def test_all_files_of_an_archive_share_its_room() -> None:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as writer:
        for number in range(4):
            writer.writestr(f"{number}.txt", TEXT * 100)
    room = Budget(whole=len(TEXT) * 250)
    found = [article.path for reading in parsed_parts("a.zip", stored.getvalue(), room) for article in reading.articles]
    assert found == ["a.zip/0.txt", "a.zip/1.txt"]
    (refused,) = parsed_parts("a.zip", stored.getvalue(), Budget(files=3))
    assert told(refused) == [("a.zip", "the archive holds 4 files: the limit is 3")]


def test_a_sparse_file_is_no_way_around_the_limits() -> None:
    info = tarfile.TarInfo("a.txt")
    info.type, info.size = tarfile.GNUTYPE_SPARSE, 0
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.GNU_FORMAT) as writer:
        writer.addfile(info)
    raw = bytearray(archive.getvalue())
    # One stretch of data at 0, and a real size of 8 GB (https://www.gnu.org/software/tar/manual/html_node/Standard.html).
    raw[386:398], raw[398:410], raw[483:495] = b"00000000000\0", b"00000000000\0", b"77777777777\0"
    raw[148:156] = b"%06o\0 " % sum(raw[:148] + b" " * 8 + raw[156:512])
    assert told(read("a.tar", bytes(raw))) == [("a.tar/a.txt", "not a regular file")]


def test_a_web_archive_gives_each_page_its_address() -> None:
    records = [
        (URL, "text/html", PAGE.encode()),
        (URL, "text/html", FRAME.encode()),
        ("https://news.example.com/", "text/html; charset=windows-1252", PAGE.replace("mill", "møll").encode("cp1252")),
        ("https://news.example.com/robots.txt", "text/plain", b"User-agent: *"),
        ("https://news.example.com/a.docx?v=2", "application/vnd.oasis.opendocument.text", b"PK"),
        ("dns:news.example.com", "text/dns", b"1"),
    ]
    for path, raw in (("a.warc", warc(*records)), ("a.warc.gz", gzip.compress(warc(*records)))):
        reading = read(path, raw)
        assert [(article.path, article.url.value) for article in reading.articles] == [
            (f"{path}/news.example.com/mill.html", URL),
            (f"{path}/news.example.com/index.html", "https://news.example.com/"),
        ]
        assert reading.articles[0].url.where == "saved from"
        assert reading.articles[0].source.value == "news.example.com"
        assert "The møll ground" in reading.articles[1].text
        assert told(reading) == [
            (f"{path}/news.example.com/a.docx?v=2.odt", "not an OpenDocument text that can be read")
        ]


def test_of_a_web_archive_that_breaks_off_the_pages_before_are_read() -> None:
    raw = gzip.compress(warc((URL, "text/html", PAGE.encode()))) + b"\x1f\x8b\x08\0 broken"
    reading = read("a.warc.gz", raw)
    assert paths(reading) == ["a.warc.gz/news.example.com/mill.html"]
    assert len(reading.skipped) <= 1


def test_a_package_of_web_archives_is_read_whatever_its_list_of_pages_says() -> None:
    files: dict[str, str | bytes] = {
        "archive/data.warc.gz": gzip.compress(warc((URL, "text/html", PAGE.encode()))),
        "pages/pages.jsonl": "{}",
    }
    assert paths(read("a.wacz", packed(files))) == ["a.wacz/news.example.com/mill.html"]


def test_a_page_saved_in_one_file_is_read_without_its_frames_and_keeps_its_address() -> None:
    raw = mhtml(PAGE.encode(), head=f"Snapshot-Content-Location: {URL}\r\n", frame=FRAME.encode())
    one = only("a.mhtml", raw)
    assert (one.path, one.url.value, one.title.value) == ("a.mhtml", URL, "The mill")
    assert one.text.endswith(f"{TEXT}\n\n{MORE}")
    assert "advert" not in one.text
    located = mhtml(
        PAGE.replace("mill", "møll").encode("cp1252"), charset="cp1252", located=f"Content-Location: {URL}\r\n"
    )
    one = only("a.MHT", located)
    assert (one.url.value, "The møll ground" in one.text) == (URL, True)


def test_what_a_page_says_of_its_own_address_comes_first() -> None:
    page = PAGE.replace("<title>", '<link rel="canonical" href="https://own.example/mill"><title>')
    raw = mhtml(page.encode(), head=f"Snapshot-Content-Location: {URL}\r\n")
    assert only("a.mhtml", raw).url.value == "https://own.example/mill"


@pytest.mark.parametrize("ending", ["_files", ".files", "-Dateien", "_fichiers", "-filer", "_FILES"])
def test_what_a_browser_saved_beside_a_page_is_no_article(ending: str, tmp_path: Path) -> None:
    for name in ("The mill.html", f"The mill{ending}/frame.html", "other_files/a.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(PAGE)
    walked = walk(tmp_path, size_limit=10_000)
    assert [file.path for file in walked.files] == ["The mill.html", "other_files/a.html"]
    told_of = [(skip.path, skip.reason) for skip in walked.skipped]
    assert told_of == [(f"The mill{ending}", "what a browser saved beside The mill.html")]
    files: dict[str, str | bytes] = {f"x/The mill{ending}/frame.html": FRAME, "x/The mill.html": PAGE}
    for path, raw in (("a.zip", packed(files)), ("a.tar", tarred(files))):
        assert paths(read(path, raw)) == [f"{path}/x/The mill.html"]


def test_an_archive_may_be_larger_than_an_article(tmp_path: Path) -> None:
    for name in ("a.zip", "a.txt", "b.zip"):
        (tmp_path / name).write_bytes(b"x" * (500 if name[0] == "a" else 501))
    walked = walk(tmp_path, size_limit=100)
    assert [file.path for file in walked.files] == ["a.zip"]
    assert [skip.reason for skip in walked.skipped] == [
        "too large: 500 bytes, the limit is 100",
        "too large: 501 bytes, the limit is 500",
    ]
