"""A fetched page keeps the address it came from, and the encoding that only its transfer named."""

import time

import pytest

from index.adding.page import with_origin
from index.article import Found
from index.parsers import read
from tests.index.adding.web import PAGE

URL = "https://news.example/story?a=1&b=2"
LINK = '<meta name="citation_public_url" content="https://news.example/story?a=1&amp;b=2">'


def url_of(raw: bytes) -> Found:
    (article,) = read("page.html", raw).articles
    return article.url


def test_a_page_without_an_address_is_given_the_one_it_was_fetched_from() -> None:
    raw = with_origin(PAGE.encode(), URL, "text/html")
    assert raw.decode() == PAGE.replace("<head>", f"<head>{LINK}")
    assert url_of(raw) == Found(URL, "meta citation_public_url")


@pytest.mark.parametrize(
    "page",
    [
        PAGE.replace("<head>", '<head lang="en">'),
        PAGE.replace("<head>", "").replace("</head>", ""),
        "<!doctype html>\n" + PAGE.replace("<head>", "").replace("</head>", ""),
        '<?xml version="1.0" encoding="utf-8"?>\n' + PAGE,
        PAGE[PAGE.index("<article>") :],
    ],
)
def test_the_reader_finds_the_address_wherever_the_page_begins(page: str) -> None:
    raw = with_origin(page.encode(), URL, "text/html")
    assert url_of(raw) == Found(URL, "meta citation_public_url")
    assert read("a.html", raw).articles[0].text == read("a.html", page.encode()).articles[0].text


@pytest.mark.parametrize(
    "own",
    [
        '<link rel="canonical" href="https://news.example/own">',
        "<LINK href='https://news.example/own' REL=canonical />",
        "<link rel=canonical href=https://news.example/own>",
        '<meta property="og:url" content="https://news.example/own">',
        '<meta name="twitter:url" content="https://news.example/own">',
        '<script type="application/ld+json">{"@type": "NewsArticle", "url": "https://news.example/own"}</script>',
    ],
)
def test_an_address_that_the_page_names_itself_comes_first(own: str) -> None:
    page = PAGE.replace("<title>", f"{own}<title>").encode()
    assert url_of(with_origin(page, URL, "text/html")).value == "https://news.example/own"


@pytest.mark.parametrize(
    "own",
    [
        '<link rel="canonical" href="/own">',
        '<link rel="canonical" href="javascript:alert(1)">',
        '<link rel="canonical">',
        '<link rel="stylesheet" href="https://news.example/canonicals.css">',
    ],
)
def test_an_address_that_the_reader_would_not_take_does_not_count(own: str) -> None:
    raw = with_origin(PAGE.replace("<title>", f"{own}<title>").encode(), URL, "text/html")
    assert url_of(raw).value == URL


def test_an_address_cannot_break_out_of_its_attribute() -> None:
    raw = with_origin(PAGE.encode(), "https://news.example/'\"><script>alert(1)</script>", "text/html")
    assert b"<script>" not in raw
    assert b'content="https://news.example/&#x27;&quot;&gt;&lt;script&gt;' in raw


SPOKEN = PAGE.replace("Ostrec", "Žďár nad Sázavou")


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-2", "windows-1250"])
def test_the_encoding_that_only_the_header_names_is_kept(encoding: str) -> None:
    raw = with_origin(SPOKEN.encode(encoding), URL, f"text/html; charset={encoding}")
    (article,) = read("a.html", raw).articles
    assert "old town of Žďár nad Sázavou." in article.text


def test_the_encoding_that_the_page_names_itself_is_left_to_it() -> None:
    page = SPOKEN.replace("<head>", '<head><meta charset="iso-8859-2">').encode("iso-8859-2")
    raw = with_origin(page, URL, "text/html; charset=utf-8")
    assert raw.count(b"charset") == 1
    assert "old town of Žďár nad Sázavou." in read("a.html", raw).articles[0].text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_page_under_a_byte_order_mark_is_kept_as_utf_8(encoding: str) -> None:
    raw = with_origin(SPOKEN.encode(encoding), URL, "text/html; charset=iso-8859-1")
    (article,) = read("a.html", raw).articles
    assert "old town of Žďár nad Sázavou." in article.text
    assert article.url.value == URL


@pytest.mark.parametrize("tag", [b"<link ", b"<link " + b"a" * 3990 + b">", b"<link canonical href=x>"])
def test_twenty_megabytes_of_tags_are_passed_over_in_a_moment(tag: bytes) -> None:
    hostile = tag * (20_000_000 // len(tag))
    started = time.monotonic()
    assert with_origin(hostile, URL, "text/html").endswith(hostile)
    # Looking at each tag takes up to ten seconds.
    assert time.monotonic() - started < 0.5
