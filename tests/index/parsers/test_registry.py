"""Any bytes under any name give articles or a reason, quietly and in bounded time and memory."""

import gzip
import json
import subprocess
import sys
import tarfile
import zlib
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.article import UNKNOWN
from index.parsers import Parsed, Skipped, read
from index.parsers.container import Budget
from index.parsers.registry import OTHER_FORMAT, PARSERS, parsed_parts
from index.passages import passages
from tests.index.parsers.articles import only, reasons
from tests.index.parsers.forged_documents import docx, epub, odt, warc

SUFFIXES = sorted(PARSERS)
# Pieces of every format, so that what is generated gets past the first check of its parser.
PIECES = st.sampled_from(
    [
        *(b"---\n", b"title: a\n", b"# ", b"```\n", b"=====\n", b"![](", b"[a]: ", b"- ", b"> ", b"<!--", b"-->"),
        *(b"<p>", b"</p>", b"<div>", b"<table><tr><td>", b"<li>", b"<h1>", b"<html lang=", b"<meta charset=utf-16>"),
        *(b'<script type="application/ld+json">{"@type":"Article","headline":', b"</script>", b"&#xd800;", b"&#0;"),
        *(
            b"<rss>",
            b"<channel><item><description>",
            b"</description></item>",
            b"</channel></rss>",
            b"<![CDATA[",
            b"]]>",
        ),
        *(b'<?xml version="1.0" encoding="idna"?>', b"&amp;", b'{"text": "', b'"}\n', b"\\ud800"),
        *(b"\xef\xbb\xbf", b"\xff\xfe", b"\r\n", b"\n\n", b"\xe2\x80\xa8", b"\xe9", b"\x00"),
        *(b"By Jane Doe\n", b"Published: 3 March 2021\n", b"The river rose on Monday. ", b"OSLO (NTB) \xe2\x80\x93 "),
    ]
)
CONTENT = st.one_of(
    st.binary(max_size=400),
    st.lists(st.one_of(PIECES, st.binary(max_size=8)), max_size=30).map(b"".join),
    st.text(max_size=200).map(lambda text: text.encode()),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(suffix=st.sampled_from(SUFFIXES), raw=CONTENT)
def test_any_bytes_give_sound_articles_or_a_reason(suffix: str, raw: bytes) -> None:
    reading = read(f"file{suffix}", raw)
    assert reading.articles or reading.skipped or suffix == ".jsonl"
    assert len({article.id for article in reading.articles}) == len(reading.articles)
    for article in reading.articles:
        assert article.text.strip()
        assert "\0" not in article.text
        known = (article.title, article.url, article.source, article.author, article.published, article.language)
        for words in (article.text, article.id, *(each.value or "" for each in known)):
            assert words.encode().decode() == words
        assert all((each.value is None) == (each.where == "unknown") for each in known)
        for spans in (article.headings, article.outside):
            assert all(span.of(article.text).strip() and span.end <= len(article.text) for span in spans)
            assert all(one.end <= other.start for one, other in pairwise(spans))
    assert all(skip.reason.encode() and "\n" not in skip.reason for skip in reading.skipped)


@settings(max_examples=60, deadline=None)
@given(suffix=st.sampled_from([".txt", ".md"]), text=st.text(min_size=1).filter(lambda text: bool(text.strip())))
def test_a_text_file_is_its_own_text_whatever_it_holds(suffix: str, text: str) -> None:
    reading = read(f"file{suffix}", text.encode())
    if reading.articles:
        assert reading.articles[0].text == text.removeprefix("\ufeff")
    else:
        assert reading.skipped[0].reason in ("binary, not text", "empty")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_reading_twice_gives_the_same(suffix: str) -> None:
    raw = b"<html><body><p>The river rose on Monday, 3 March 2021.</p></body></html>"
    assert read(f"a{suffix}", raw) == read(f"a{suffix}", raw)


@pytest.mark.parametrize("name", ["a.jpg", "a", "a.txt.bak", "folder.txt/a"])
def test_other_formats_are_not_read(name: str) -> None:
    assert read(name, b"words") == Parsed(skipped=(Skipped(name, OTHER_FORMAT),))


MEGABYTE = 1_000_000
HOSTILE = {
    "one letter": b"a",
    "spaces, then a word": b" ",
    "opening brackets": b"<",
    "hashes": b"#",
    "dashes": b"-",
    "line feeds": b"\n",
    "carriage returns": b"\r",
    "pipes": b"| ",
    "quotes": b'"',
    "backticks": b"`",
    "square brackets": b"[",
    "images": b"![](a)",
    "comments": b"<!--",
    "ampersands": b"&",
    "dates": b"1 May ",
    "colons": b"a: ",
    "capitals": b"By A ",
    "full stops": b". ",
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".jsonl", ".xml"])
def test_much_of_the_same_is_read_in_bounded_time(suffix: str, piece: bytes) -> None:
    size = MEGABYTE if suffix == ".txt" else MEGABYTE // 10
    reading = read(f"file{suffix}", piece * (size // len(piece)) + b"x")
    assert reading.articles or reading.skipped


P = (
    "<p>The river rose on Monday and flooded the streets of the old town, where nobody was hurt, the mayor said.</p>"
    * 3
)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "source",
    [
        "<div>" * 100_000 + P,
        "<b>" * 100_000 + P + "</b>" * 100_000,
        "<table><tr><td>" * 30_000 + P,
        "<p>" * 260_000 + P,
        P + "<a href=x>y</a> " * 20_000,
        f'<script type="application/ld+json">{"[" * 100_000}</script>' + P,
        '<script type="application/ld+json">' + '"@type":[' * 20_000 + "</script>" + P,
        f'<meta name=description content="{"<" * 500_000}">' + P,
        f"<title>{'a - ' * 50_000}</title>" + P,
        "<div " + "a=b " * 100_000 + ">" + P,
    ],
)
def test_a_hostile_page_neither_crashes_nor_hangs(source: str) -> None:
    reading = read("page.html", source.encode())
    assert reading.articles or reading.skipped


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "body",
    [
        b"<a>" * 100_000,
        b"<a>" * 50_000 + b"</a>" * 50_000,
        b"<b " * 100_000,
        b"<![CDATA[" * 50_000,
        b"&amp;" * 100_000,
    ],
)
def test_a_hostile_feed_neither_crashes_nor_hangs(body: bytes) -> None:
    reading = read("feed.xml", b"<rss><channel><item><description>" + body)
    assert reading.articles or reading.skipped


QUIET = """
import logging, sys
logging.basicConfig(level=1)
from index.parsers import read
loaded = {"trafilatura", "feedparser", "markdown_it", "charset_normalizer", "yaml"} & set(sys.modules)
assert not loaded, loaded
page = "<html><head><title>x</title></head><body><p>" + "The river rose on Monday. " * 20 + "</p></body></html>"
for name, raw in [
    ("a.html", page.encode()), ("a.html", b"<html"), ("a.html", b"<div>" * 1000),
    ("a.txt", "bl\\xe5 b\\xe6r p\\xe5 \\xf8ya".encode("cp1252")),
    ("a.xml", b"<rss><channel><item><title>broken"), ("a.md", b"---\\na: [\\n---\\nwords"), ("a.jsonl", b"{"),
]:
    read(name, raw)
"""


def test_the_libraries_print_and_log_nothing_and_load_only_when_needed() -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", QUIET], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


TEXT = "The river rose on Monday and flooded the streets of the old town, where nobody was hurt, the mayor said."
PAGE = f"<html><body><article><p>{TEXT}</p><p>{TEXT.replace('river', 'lake')}</p>%s</article></body></html>"
FEED = '<rss version="2.0"><channel>%s</channel></rss>'


@pytest.mark.timeout(60)
@pytest.mark.parametrize("inside", ["#", " ", "# "])
def test_a_heading_full_of_signs_is_cut_at_once(inside: str) -> None:
    one = only("a.md", f"# River{inside * 200_000}flood\n\n{TEXT}")
    (passage,) = passages(one, lambda texts: [len(text) // 4 + 1 for text in texts])
    assert passage.span.of(one.text) == TEXT
    assert passage.heading.startswith("River")


def test_the_signs_around_a_heading_are_no_part_of_it() -> None:
    one = only("a.md", f"# Title\n\n{TEXT}\n\n## \u00a0 # What # comes #next ##\n\n{TEXT}")
    *_, last = passages(one, lambda texts: [len(text) // 4 + 1 for text in texts])
    assert last.heading == "What # comes #next"


@pytest.mark.parametrize("label", ["By: **", "Author: _ *", "Source:*"])
def test_a_label_without_a_value_stays_in_the_text(label: str) -> None:
    one = only("a.txt", f"{label}\n\n{TEXT}")
    assert one.outside == ()
    assert one.author == UNKNOWN


@pytest.mark.timeout(60)
@pytest.mark.parametrize("cell", ["<td>a</td>", "<td> </td>"])
def test_a_row_of_many_cells_takes_no_longer_than_its_length(cell: str) -> None:
    description = f"<p>{TEXT}</p><table><tr>{cell * 200_000}<td>z</td></tr></table>"
    one = only("a.xml", FEED % f"<item><description><![CDATA[{description}]]></description></item>")
    assert one.text.startswith(TEXT)
    assert one.text.endswith("z")


@pytest.mark.timeout(60)
def test_an_element_of_thousands_of_attributes_is_not_read() -> None:
    many = " ".join(f'a{number}="b"' for number in range(50_000))
    assert reasons("a.xml", FEED % f"<item {many}/>") == ["an element of 50,000 attributes, the limit is 200"]
    assert reasons("a.html", PAGE % f"<p {many}>") == ["an element of 50,000 attributes, the limit is 2,000"]
    within = f"<item><description><![CDATA[<p {many}>{TEXT}]]></description></item>"
    assert reasons("a.xml", FEED % within) == ["entry 1: an element of 50,000 attributes, the limit is 2,000"]


def test_one_long_attribute_and_a_long_script_are_read_over() -> None:
    image = (
        f'<img alt="{" ".join(f"a{number}" for number in range(5_000))}" src="data:image/png;base64,{"A" * 99_999}">'
    )
    script = f"<script>if (a <b) {{ c = [{', '.join(str(number) for number in range(2_000))}] }}</script>"
    assert only("a.html", PAGE % (image + script)).text.count("old town") == 2


@pytest.mark.timeout(60)
def test_a_page_with_a_piece_that_the_parser_does_not_take_is_not_half_read() -> None:
    told = "a stretch of more than 10 MB without markup, which is not read"
    assert reasons("a.html", PAGE % f"<p>{'The sea fell. ' * 800_000}</p>") == [told]
    assert reasons("a.html", PAGE % f"<img src='data:{'A' * 11_000_000}'>") == [told]
    entry = f"<item><description><![CDATA[<p>{'The sea fell. ' * 800_000}</p>]]></description></item>"
    assert reasons("a.xml", FEED % entry) == [f"entry 1: {told}"]


@pytest.mark.parametrize("control", ["\x01", "\x0b", "\x0c", "\x1f", "\ufffe", "\uffff"])
def test_a_control_character_does_not_cost_a_page(control: str) -> None:
    one = only("a.html", PAGE.replace("river", f"river{control}", 1) % f"<h2>Later{control}on</h2><p>{TEXT}</p>")
    assert one.text.startswith("The river rose on Monday")
    assert [span.of(one.text) for span in one.headings] == ["Later on"]


def test_of_broken_lines_the_first_thousand_are_named_and_the_others_counted() -> None:
    skipped = read("a.jsonl", b"{\n" * 2_345 + json.dumps({"text": TEXT}).encode()).skipped
    assert [skip.line for skip in skipped] == [*range(1, 1_001), None]
    assert skipped[-1] == Skipped("a.jsonl", "and 1,345 more like these")


def test_of_entries_without_a_text_the_first_thousand_are_named_and_the_others_counted() -> None:
    skipped = read("a.xml", (FEED % ("<item/>" * 1_500)).encode()).skipped
    assert skipped[999].reason == "entry 1000: it has no text"
    assert skipped[1000:] == (Skipped("a.xml", "and 500 more like these"),)


@pytest.mark.parametrize(
    ("written", "known"), [("12", "12"), ("NaN", "nan"), ("1e999", "inf"), ("9" * 501, None), ("1" + "0" * 4_000, None)]
)
def test_a_number_is_an_id_where_it_is_short(written: str, known: str | None) -> None:
    article_id = only("a.jsonl", f'{{"id": {written}, "text": "{TEXT}"}}').id
    assert article_id == known or (known is None and article_id.startswith("a.jsonl#"))


def test_of_a_key_given_twice_the_last_counts() -> None:
    assert only("a.jsonl", f'{{"text": "One.", "text": "{TEXT}"}}').text == TEXT


@pytest.mark.parametrize("packed", [gzip.compress(bytes(10**6)), zlib.compress(bytes(10**6)), bytes(10**6)])
@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".jsonl", ".xml"])
def test_nothing_is_unpacked(suffix: str, packed: bytes) -> None:
    assert reasons(f"a{suffix}", packed) == ["binary, not text"]


@pytest.mark.parametrize("slash", [b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"+AC8-"])
def test_a_sign_in_disguise_is_not_taken_for_what_it_would_be(slash: bytes) -> None:
    one = only("a.txt", b"The file .." + slash + b"passwd was read. " + TEXT.encode())
    assert "/" not in one.text


def test_utf_16_without_its_mark_is_called_binary() -> None:
    assert read("a.txt", TEXT.encode("utf-16-le")) == Parsed(skipped=(Skipped("a.txt", "binary, not text"),))


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "front",
    [
        "title: &a [*a]",
        "a: &a {b: *a}\ntitle: *a",
        f"? {'k' * 15_000}\n: v",
        f"title: {'[' * 15_000}",
        f"title: {'&a ' * 5_000}",
        f"title: {'!' * 15_000}",
        "title: !!python/object/apply:os.system [exit]",
        f"date: {'1' * 15_000}",
        "date: 99999-12-31",
        "\n".join(f"k{number}: &k{number} [*k{number - 1}, *k{number - 1}]" for number in range(1, 300)),
    ],
)
def test_front_matter_that_is_a_trap_costs_nothing_but_itself(front: str) -> None:
    one = only("a.md", f"---\n{front}\n---\n\n{TEXT}\n")
    assert one.text.endswith(f"{TEXT}\n")
    assert one.published == UNKNOWN
    assert len(one.title.value or "") <= 301


ATTRIBUTES = " ".join(f"a{number}=''" for number in range(50_000))
TABLES = "<w:tbl><w:tr><w:tc>"
PARTS = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (part, part) for part in range(3_000))
PACKED = ("https://a.example/b", "text/html\r\nContent-Encoding: gzip", gzip.compress(bytes(100_000_000)))


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("path", "raw", "told"),
    [
        ("a.docx", docx(f"{TABLES * 9_000}"), "its XML cannot be read"),
        ("a.docx", docx(f"<w:p {ATTRIBUTES}/>"), "it holds no text"),
        ("a.docx", docx("<w:p/>" * 500_000), "it unpacks to more than 200 times its size"),
        ("a.odt", odt("<office:text>" + "<text:p/>" * 500_000), "it unpacks to more than 200 times its size"),
        ("a.rtf", b"{\\rtf1 " + b"{" * 300_000, "it holds no text"),
        ("a.rtf", b"{\\rtf1 " + b"{\\v" * 300_000, "it holds no text"),
        ("a.mhtml", PARTS, "the saved page cannot be taken apart: RecursionError"),
        ("a.mhtml", b"X: a\n" * 300_000, "not a page that a browser saved: it holds no HTML"),
        ("a.warc", warc(PACKED), "it unpacks to more than 20 MB"),
        ("a.warc", warc(*[("https://a.example/b", "text/html", b"")] * 20_001), "20,000 records, which is the limit"),
        ("a.epub", epub({f"{number}.xhtml": "" for number in range(10_001)}), "10,001 chapters, the limit is 10,000"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_document_that_is_a_bomb_costs_a_line(path: str, raw: bytes, told: str) -> None:
    assert told in [skip.reason[-len(told) :] for skip in read(path, raw).skipped]


@pytest.mark.timeout(60)
def test_the_header_of_a_tar_archive_may_not_be_a_bomb() -> None:
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 900_000_000
    raw = gzip.compress(header.tobuf() + bytes(30_000_000))
    parts = parsed_parts("a.tgz", raw, Budget(whole=20_000_000))
    told = [skip.reason for part in parts for skip in part.skipped]
    assert told == ["the archive unpacks to more than may be read: unpack it yourself"]
