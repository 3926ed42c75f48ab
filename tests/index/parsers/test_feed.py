"""Feeds: each entry with a text is an article; nothing in one reaches the network, a file or the memory's end."""

import socket
from pathlib import Path

import pytest

from index.article import UNKNOWN, Found
from index.parsers import Parsed, Skipped, read

TEXT = "The river rose on Monday and flooded the streets of the old town."
NEXT = "Nobody was hurt, the mayor said on Tuesday."


def rss(items: str, channel: str = "<title>The Town &amp; Country Post</title><language>en-GB</language>") -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>{channel}{items}</channel></rss>'
    ).encode()


def test_an_entry_of_rss_is_an_article() -> None:
    item = (
        "<item><title>River &amp;amp; &lt;b&gt;town&lt;/b&gt;</title><link>https://a.example/1</link><guid>flood-1</guid>"
        "<pubDate>Wed, 03 Mar 2021 10:00:00 +0100</pubDate><dc:creator>Jane Doe</dc:creator>"
        "<description>Short.</description>"
        f"<content:encoded><![CDATA[<p>{TEXT}<br>More.</p><script>evil()</script><h2>After</h2><p>{NEXT}</p>]]>"
        "</content:encoded></item>"
    )
    (article,) = read("feed.xml", rss(item)).articles
    assert article.id == "flood-1"
    assert article.path == "feed.xml"
    assert article.text == f"{TEXT}\nMore.\n\nAfter\n\n{NEXT}"
    assert [span.of(article.text) for span in article.headings] == ["After"]
    assert article.title == Found("River & town", "feed entry")
    assert article.url == Found("https://a.example/1", "feed entry")
    assert article.author == Found("Jane Doe", "feed entry")
    assert article.published == Found("2021-03-03T10:00:00+01:00", "feed entry")
    assert article.source == Found("The Town & Country Post", "feed title")
    assert article.language == Found("en", "feed")


def test_an_entry_of_atom_is_an_article() -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Post</title><entry xml:lang="nb"><id>urn:1</id>'
        "<title>Flood</title><updated>2021-03-03T10:00:00Z</updated><author><name>Jane Doe</name></author>"
        "<author><name>Ola Berg</name></author>"
        f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{TEXT}</p><p>{NEXT}</p></div></content>'
        '<link href="https://a.example/1"/></entry></feed>'
    )
    (article,) = read("feed.atom", feed.encode()).articles
    assert article.id == "urn:1"
    assert article.text == f"{TEXT}\n\n{NEXT}"
    assert article.author.value == "Jane Doe, Ola Berg"
    assert article.published == Found("2021-03-03T10:00:00+00:00", "feed entry, as updated")
    assert article.language == Found("no", "feed entry")


def test_a_plain_description_keeps_its_signs() -> None:
    (article,) = read(
        "a.rss", rss(f"<item><description>Water &lt; 2 m. {TEXT}\n\n{NEXT}</description></item>")
    ).articles
    assert article.text == f"Water < 2 m. {TEXT}\n\n{NEXT}"
    assert article.id.startswith("a.rss#")
    assert article.published == UNKNOWN


def test_entries_without_a_text_are_named_and_the_rest_is_read() -> None:
    items = f"<item><title>Empty</title></item><item><description>{TEXT}</description></item><item/>"
    reading = read("a.rss", rss(items))
    assert [article.text for article in reading.articles] == [TEXT]
    assert reading.skipped == (
        Skipped("a.rss", "entry 1 (Empty): it has no text"),
        Skipped("a.rss", "entry 3: it has no text"),
    )


def test_of_two_entries_with_one_id_the_first_is_kept() -> None:
    item = "<item><guid>a</guid><description>{}</description></item>"
    reading = read("a.rss", rss(item.format(TEXT) + item.format(NEXT)))
    assert [article.text for article in reading.articles] == [TEXT]
    assert reading.skipped == (Skipped("a.rss", "entry 2 has the id 'a' of entry 1, which was kept"),)


def test_a_feed_cut_off_in_the_middle_gives_what_is_whole() -> None:
    whole = rss(f"<item><description>{TEXT}</description></item><item><description>{NEXT}</description></item>")
    assert TEXT in [article.text for article in read("a.rss", whole[: whole.index(NEXT.encode()) + 9]).articles]


@pytest.mark.parametrize("encoding", ["windows-1251", "utf-8"])
def test_the_declared_encoding_is_respected(encoding: str) -> None:
    text = "Министр иностранных дел заявил в пятницу, что переговоры продолжатся."
    source = f'<?xml version="1.0" encoding="{encoding}"?><rss version="2.0"><channel><item><description>{text}'
    raw = (source + "</description></item></channel></rss>").encode(encoding)
    assert read("a.xml", raw).articles[0].text == text


@pytest.mark.parametrize(
    "raw",
    [
        b"<html><body><p>Words.</p></body></html>",
        b'<?xml version="1.0"?><note>Words.</note>',
        b"Just some words, no markup at all.",
        b"https://a.example/feed.xml",
        b"/etc/passwd",
        b"<" * 1000,
    ],
)
def test_what_is_not_a_feed_is_reported(raw: bytes) -> None:
    assert read("a.xml", raw) == Parsed(skipped=(Skipped("a.xml", "not an RSS or Atom feed"),))


def test_a_feed_without_entries_is_reported() -> None:
    assert read("a.xml", rss("")).skipped == (Skipped("a.xml", "a feed without entries"),)


LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))


@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE rss [<!ENTITY l0 "ha">{LAUGHS}]>',
        '<!DOCTYPE rss [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss [<!ENTITY l9 SYSTEM "http://127.0.0.1:9/x">]>',
        '<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>',
        '<!-- <rss> --><!DOCTYPE rss [<!ENTITY l9 "ha">]>',
    ],
)
def test_entities_are_refused(doctype: str) -> None:
    item = "<item><description>&l9;</description></item>"
    raw = f"<?xml version='1.0'?>{doctype}<rss version='2.0'><channel>{item}</channel></rss>"
    assert read("a.xml", raw.encode()).skipped == (Skipped("a.xml", "it declares XML entities, which are not read"),)


def test_nothing_in_a_feed_is_fetched_or_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the secret words")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a feed reached for the network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    address = (tmp_path / "secret").as_uri()
    doctype = f'<!DOCTYPE rss SYSTEM "{address}">'
    item = f'<item><description>{TEXT} <![CDATA[<img src="{address}"><iframe src="http://127.0.0.1:9/"></iframe>]]></description></item>'
    raw = rss(item).replace(b"<rss", doctype.encode() + b"<rss", 1)
    assert [article.text for article in read("a.xml", raw).articles] == [TEXT]
