"""Feeds, and exports of WordPress and Blogger: each entry that is published and has a text is an article.

Nothing in one reaches the network, a file or the memory's end.
"""

import socket
from pathlib import Path

import pytest

from index.article import UNKNOWN, Article, Found
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


POST = f"{TEXT} Nobody was hurt, the mayor said."
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Town Blog</title><wp:wxr_version>1.2</wp:wxr_version>'
    "<wp:author><wp:author_login><![CDATA[jdoe]]></wp:author_login>"
    "<wp:author_display_name><![CDATA[Jane Doe]]></wp:author_display_name></wp:author>"
)


def item(content: str, status: str = "publish", kind: str = "post", **more: str) -> str:
    about = {"title": "Flood", "link": "https://blog.example/flood/", "dc:creator": "jdoe"} | more
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in about.items())
    return (
        f"<item>{fields}<content:encoded><![CDATA[{content}]]></content:encoded>"
        f"<wp:status>{status}</wp:status><wp:post_type>{kind}</wp:post_type></item>"
    )


def export(*items: str) -> Parsed:
    return read("export.xml", f"{HEAD}{''.join(items)}</channel></rss>".encode())


def only(content: str, **more: str) -> Article:
    (one,) = export(item(content, **more)).articles
    return one


def test_a_published_post_is_an_article_by_its_author() -> None:
    one = only(f"<p>{POST}</p>", pubDate="Wed, 03 Mar 2021 10:00:00 +0000")
    assert (one.text, one.title.value, one.author.value, one.source.value) == (POST, "Flood", "Jane Doe", "Town Blog")
    assert one.published.value == "2021-03-03T10:00:00+00:00"


def test_the_name_somebody_logs_in_with_is_not_told_as_an_author() -> None:
    assert only(POST, **{"dc:creator": "admin"}).author == UNKNOWN


@pytest.mark.parametrize("status", ["draft", "private", "pending", "future", "trash", "auto-draft", "inherit"])
def test_what_is_not_published_is_left_out_and_reported(status: str) -> None:
    reading = export(item(POST), item(POST, status, title="Secret", link="https://blog.example/?p=2"))
    assert [one.title.value for one in reading.articles] == ["Flood"]
    assert [skip.reason.partition(":")[0] for skip in reading.skipped] == ["entry 2 (Secret)"]


def test_what_a_password_protects_is_left_out() -> None:
    reading = export(item(POST, **{"wp:post_password": "<![CDATA[secret]]>"}))
    assert reading.articles == ()
    assert reading.skipped[0].reason == "entry 1 (Flood): protected by a password"


def test_pictures_menus_and_forms_are_counted_and_no_articles() -> None:
    links = (f"https://blog.example/{number}" for number in range(9))
    kinds = ("attachment", "attachment", "nav_menu_item", "feedback", "page", "story")
    reading = export(*(item(POST, "publish", kind, link=link) for kind, link in zip(kinds, links, strict=False)),
                     item(POST, kind="letter", link="https://blog.example/?post_type=letter&amp;p=9"))  # fmt: skip
    assert [one.url.value for one in reading.articles] == ["https://blog.example/4", "https://blog.example/5"]
    assert {skip.reason for skip in reading.skipped} == {
        "2 of the type 'attachment', which are no articles",
        "1 of the type 'nav_menu_item', which are no articles",
        "1 of the type 'feedback', which are no articles",
        "1 of the type 'letter', which are no articles",
    }


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ('It rose.[gallery ids="1,2"]', "It rose."),
        ('[caption id="a"]<img src="b.jpg"> The quay[/caption]It rose.', "It rose."),
        ("It [rose] again [sic], he was [re-elected].", "It [rose] again [sic], he was [re-elected]."),
        ('[vc_row][vc_column width="1/2"]It rose.[/vc_column][/vc_row]', "It rose."),
        ("[box]It rose.[/box] [contact-form-7 id='7' title='Ask']", "It rose."),
        (
            "<!-- wp:paragraph --><p>It rose.</p><!-- /wp:paragraph --><!--more--><p>It fell.</p>",
            "It rose.\n\nIt fell.",
        ),
        (
            "It <em>rose</em>.\n\nIt fell\nagain.\n<h2>Damage</h2>\nNone.",
            "It rose.\n\nIt fell\nagain.\n\nDamage\n\nNone.",
        ),
        ("<pre>a\n\nb</pre>\n\nIt rose.", "a\n\nb\n\nIt rose."),
    ],
)
def test_a_post_is_read_as_its_page_shows_it(content: str, shown: str) -> None:
    assert only(content).text == shown


BLOGGER = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:app="http://purl.org/atom/app#"><title>Town Blog</title>{}</feed>'
)
KIND = (
    '<category scheme="http://schemas.google.com/g/2005#kind" term="http://schemas.google.com/blogger/2008/kind#{}"/>'
)


def test_of_blogger_published_posts_are_read_and_comments_templates_and_drafts_are_not() -> None:
    entries = [
        f"<entry><id>{kind}{number}</id>{KIND.format(kind)}<title>T</title>{draft}<content>{POST}</content></entry>"
        for number, (kind, draft) in enumerate(
            [("post", ""), ("comment", ""), ("template", ""),
             ("post", "<app:control><app:draft>yes</app:draft></app:control>")]
        )
    ]  # fmt: skip
    reading = read("blog.xml", BLOGGER.format("".join(entries)).encode())
    assert [one.id for one in reading.articles] == ["post0"]
    assert [skip.reason for skip in reading.skipped] == [
        "entry 4 (T): a draft",
        "1 of the type 'comment', which are no articles",
        "1 of the type 'template', which are no articles",
    ]


def test_shortcodes_in_an_ordinary_feed_stay() -> None:
    feed = f"<rss><channel><item><description>[vc_row] {POST}</description></item></channel></rss>"
    assert read("a.rss", feed.encode()).articles[0].text == f"[vc_row] {POST}"


@pytest.mark.parametrize(
    ("path", "raw", "what"),
    [
        ("a.opml", b'<?xml version="1.0"?><opml version="2.0"><body/></opml>', "a list of feeds (OPML)"),
        ("a.xml", b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url/></urlset>', "a sitemap"),
        ("a.xml", b"<sitemapindex/>", "a list of sitemaps"),
        ("a.html", b"<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<TITLE>Bookmarks</TITLE>", "a browser's bookmarks"),
    ],
)
def test_a_list_of_addresses_is_called_so(path: str, raw: bytes, what: str) -> None:
    (skip,) = read(path, raw).skipped
    assert skip.reason.startswith(f"{what}, with addresses and no articles: save ")
