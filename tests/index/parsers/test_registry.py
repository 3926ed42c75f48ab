"""Any bytes under any name give articles or a reason, quietly and in bounded time."""

import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.parsers import Parsed, Skipped, read
from index.parsers.registry import OTHER_FORMAT, PARSERS

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
