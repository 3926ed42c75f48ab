"""Small files that could take hours or gigabytes, and broken ones that could cost more than themselves."""

import gzip
import json
import tarfile
import zlib

import pytest

from index.article import UNKNOWN, Article
from index.parsers import Parsed, Skipped, read
from index.parsers.container import Budget
from index.parsers.registry import parsed_parts
from index.passages import passages
from tests.index.parsers.forged_documents import docx, epub, odt, warc

TEXT = "The river rose on Monday and flooded the streets of the old town, where nobody was hurt, the mayor said."
PAGE = f"<html><body><article><p>{TEXT}</p><p>{TEXT.replace('river', 'lake')}</p>%s</article></body></html>"
FEED = '<rss version="2.0"><channel>%s</channel></rss>'


def only(path: str, raw: str | bytes) -> Article:
    reading = read(path, raw.encode() if isinstance(raw, str) else raw)
    assert reading.skipped == ()
    (article,) = reading.articles
    return article


def reason(path: str, raw: str | bytes) -> str:
    reading = read(path, raw.encode() if isinstance(raw, str) else raw)
    assert reading.articles == ()
    assert {skip.path for skip in reading.skipped} == {path}
    return reading.skipped[0].reason


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
    assert reason("a.xml", FEED % f"<item {many}/>") == "an element of 50,000 attributes, the limit is 200"
    assert reason("a.html", PAGE % f"<p {many}>") == "an element of 50,000 attributes, the limit is 2,000"
    within = f"<item><description><![CDATA[<p {many}>{TEXT}]]></description></item>"
    assert reason("a.xml", FEED % within) == "entry 1: an element of 50,000 attributes, the limit is 2,000"


def test_one_long_attribute_and_a_long_script_are_read_over() -> None:
    image = (
        f'<img alt="{" ".join(f"a{number}" for number in range(5_000))}" src="data:image/png;base64,{"A" * 99_999}">'
    )
    script = f"<script>if (a <b) {{ c = [{', '.join(str(number) for number in range(2_000))}] }}</script>"
    assert only("a.html", PAGE % (image + script)).text.count("old town") == 2


@pytest.mark.timeout(60)
def test_a_page_with_a_piece_that_the_parser_does_not_take_is_not_half_read() -> None:
    told = "a stretch of more than 10 MB without markup, which is not read"
    assert reason("a.html", PAGE % f"<p>{'The sea fell. ' * 800_000}</p>") == told
    assert reason("a.html", PAGE % f"<img src='data:{'A' * 11_000_000}'>") == told
    entry = f"<item><description><![CDATA[<p>{'The sea fell. ' * 800_000}</p>]]></description></item>"
    assert reason("a.xml", FEED % entry) == f"entry 1: {told}"


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
    assert reason(f"a{suffix}", packed) == "binary, not text"


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
