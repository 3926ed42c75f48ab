"""Exports of WordPress and Blogger: published posts and pages, and nothing that nobody was to read."""

import pytest

from index.article import UNKNOWN, Article
from index.parsers import Parsed, read

TEXT = "The river rose on Monday and flooded the streets of the old town. Nobody was hurt, the mayor said."
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
    one = only(f"<p>{TEXT}</p>", pubDate="Wed, 03 Mar 2021 10:00:00 +0000")
    assert (one.text, one.title.value, one.author.value, one.source.value) == (TEXT, "Flood", "Jane Doe", "Town Blog")
    assert one.published.value == "2021-03-03T10:00:00+00:00"


def test_the_name_somebody_logs_in_with_is_not_told_as_an_author() -> None:
    assert only(TEXT, **{"dc:creator": "admin"}).author == UNKNOWN


@pytest.mark.parametrize("status", ["draft", "private", "pending", "future", "trash", "auto-draft", "inherit"])
def test_what_is_not_published_is_left_out_and_reported(status: str) -> None:
    reading = export(item(TEXT), item(TEXT, status, title="Secret", link="https://blog.example/?p=2"))
    assert [one.title.value for one in reading.articles] == ["Flood"]
    assert [skip.reason.partition(":")[0] for skip in reading.skipped] == ["entry 2 (Secret)"]


def test_what_a_password_protects_is_left_out() -> None:
    reading = export(item(TEXT, **{"wp:post_password": "<![CDATA[secret]]>"}))
    assert reading.articles == ()
    assert reading.skipped[0].reason == "entry 1 (Flood): protected by a password"


def test_pictures_menus_and_forms_are_counted_and_no_articles() -> None:
    links = (f"https://blog.example/{number}" for number in range(9))
    kinds = ("attachment", "attachment", "nav_menu_item", "feedback", "page", "story")
    reading = export(*(item(TEXT, "publish", kind, link=link) for kind, link in zip(kinds, links, strict=False)),
                     item(TEXT, kind="letter", link="https://blog.example/?post_type=letter&amp;p=9"))  # fmt: skip
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
        f"<entry><id>{kind}{number}</id>{KIND.format(kind)}<title>T</title>{draft}<content>{TEXT}</content></entry>"
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
    feed = f"<rss><channel><item><description>[vc_row] {TEXT}</description></item></channel></rss>"
    assert read("a.rss", feed.encode()).articles[0].text == f"[vc_row] {TEXT}"


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
