"""HTML pages: the main text with its headings, and metadata in order of trust."""

import json

import pytest

from index.article import UNKNOWN, Article, Found
from index.parsers import Skipped, read

LEAD = "The river rose on Monday and flooded the streets of the old town, where nobody was hurt, the mayor said."
NEXT = "Some forty houses had to be cleared before the fire service expected the water to fall within two days."
CONTENT = f"<h1>River floods town</h1><p>{LEAD}</p><h2>What comes next</h2><p>{NEXT}</p>"
NO_ARTICLE = (Skipped("page.html", "no article found in the page"),)


def page(content: str = CONTENT, head: str = "", lang: str = "") -> str:
    body = f"<nav><a href=/>Home</a></nav><article>{content}</article>"
    return f"<!doctype html><html{lang}><head>{head}</head><body>{body}</body></html>"


def article(source: str | bytes) -> Article:
    reading = read("page.html", source if isinstance(source, bytes) else source.encode())
    assert reading.skipped == ()
    return reading.articles[0]


def linked(**fields: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **fields})}</script>'


def test_paragraphs_are_parted_by_blank_lines_and_headings_are_known() -> None:
    read_from = article(page())
    assert read_from.text == f"River floods town\n\n{LEAD}\n\nWhat comes next\n\n{NEXT}"
    assert [span.of(read_from.text) for span in read_from.headings] == ["River floods town", "What comes next"]
    assert read_from.title == Found("River floods town", "page heading")


def test_list_items_and_rows_stand_on_lines_of_their_own() -> None:
    content = (
        f"<p>{LEAD}</p><ul><li>One <b>thing</b> is here</li><li>Another is there</li></ul><p>{NEXT}</p>"
        "<table><tr><th>Town</th><th>Water</th></tr><tr><td>Old</td><td>2 m</td></tr></table>"
    )
    assert article(page(content)).text == (
        f"{LEAD}\n\n- One thing is here\n- Another is there\n\n{NEXT}\n\nTown | Water\nOld | 2 m"
    )


def test_json_ld_is_trusted_before_meta_and_meta_before_the_page() -> None:
    head = (
        linked(
            headline="From &amp; JSON-LD",
            author=[{"@type": "Person", "name": "Jane Doe"}, "Ola Berg"],
            publisher={"name": "The Town Post"},
            datePublished="2021-03-03T10:00:00+01:00",
            mainEntityOfPage={"@id": "https://a.example/linked"},
        )
        + '<meta property="og:title" content="From meta"><meta name="author" content="Somebody Else">'
        + '<meta property="article:published_time" content="2020-01-01">'
    )
    read_from = article(page(head=head))
    assert read_from.title == Found("From & JSON-LD", "JSON-LD")
    assert read_from.author == Found("Jane Doe, Ola Berg", "JSON-LD")
    assert read_from.source == Found("The Town Post", "JSON-LD")
    assert read_from.published == Found("2021-03-03T10:00:00+01:00", "JSON-LD")
    assert read_from.url == Found("https://a.example/linked", "JSON-LD")


def test_meta_says_what_json_ld_does_not() -> None:
    head = (
        '<script type="application/ld+json">{broken</script><title>River floods town - The Town Post</title>'
        '<meta property="og:title" content="River floods town | The Town Post">'
        '<meta property="og:site_name" content="The Town Post"><meta name="author" content="https://a.example/jane">'
        '<meta name="DC.creator" content="Jane Doe">'
        '<meta property="article:published_time" content="2021-03-03T10:00:00Z">'
        '<link rel="canonical" href="https://a.example/flood"><meta property="og:url" content="https://a.example/other">'
    )
    read_from = article(page(head=head))
    assert read_from.title == Found("River floods town", "meta og:title")
    assert read_from.author == Found("Jane Doe", "meta dc.creator")
    assert read_from.source == Found("The Town Post", "meta og:site_name")
    assert read_from.published == Found("2021-03-03T10:00:00+00:00", "meta article:published_time")
    assert read_from.url == Found("https://a.example/flood", "canonical link")


def test_json_ld_within_a_graph_is_found_and_wrong_types_are_unknown() -> None:
    graph = {
        "@graph": [{"@type": "WebSite", "name": "No"}, {"@type": ["Article"], "headline": 7, "author": {"name": []}}]
    }
    read_from = article(page(head=f'<script type="application/ld+json">{json.dumps([graph])}</script>'))
    assert read_from.title.where == "page heading"
    assert read_from.author == UNKNOWN


def test_a_date_must_be_borne_out_by_the_page() -> None:
    assert article(page() + "<footer>Copyright 2019 The Town Post, © 1 May 2019</footer>").published == UNKNOWN
    stamped = page(f'<time datetime="2021-03-03T10:00:00Z">3 March</time>{CONTENT}')
    assert article(stamped).published == Found("2021-03-03T10:00:00+00:00", "time element")


def test_a_page_that_says_nothing_is_dated_by_nothing() -> None:
    read_from = article(page(f"<p>{LEAD}</p><p>{NEXT}</p>"))
    assert (read_from.published, read_from.author, read_from.url, read_from.source) == (UNKNOWN,) * 4
    assert read_from.title.where == "lead sentence"


def test_the_declared_encoding_is_respected() -> None:
    text = (
        "Министр иностранных дел заявил в пятницу, что переговоры о границе продолжатся в Женеве на следующей неделе. "
    )
    source = page(
        f"<p>{text * 2}</p><p>{text}</p>",
        head='<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">',
    )
    assert text.strip() in article(source.encode("cp1251")).text


def test_a_page_in_xhtml_may_declare_its_encoding() -> None:
    assert article('<?xml version="1.0" encoding="utf-8"?>' + page()).title.value == "River floods town"


def test_the_language_is_declared_or_told_by_a_long_text() -> None:
    assert article(page(lang=' lang="en-GB"')).language == Found("en", "html lang")
    assert article(page(lang=' lang="de"')).language == Found("de", "html lang")
    more = "<p>The bridges stay closed until then, and people were asked to keep away from them.</p>"
    longer = page(CONTENT + more, lang=' lang="de"')
    assert article(longer).language == Found("en", "detected")


@pytest.mark.parametrize(
    "source",
    [
        "<html><body><nav><ul><li><a href=/>Home</a></li><li><a href=/news>News</a></li></ul></nav></body></html>",
        "<form><p>Please log in to go on. Enter your address and your password below, then press the button. "
        "Forgot your password? Reset it here. New here? Make an account in a minute.</p>"
        "<input name=a><input type=password></form>",
        "<html><body><h1>Not found</h1><p>Sorry, this page is not here any more.</p></body></html>",
        "<html></html>",
        "<!-- nothing -->",
        "<script>var words = 'The river rose on Monday.';</script>",
    ],
)
def test_a_page_without_an_article_is_reported(source: str) -> None:
    assert read("page.html", source.encode()).skipped == NO_ARTICLE


def test_scripts_never_come_into_the_text() -> None:
    assert "evil" not in article(page(CONTENT + "<script>evil()</script><style>.evil{}</style>")).text


def test_lone_surrogates_in_references_never_come_into_the_text() -> None:
    assert article(page(CONTENT.replace("Monday", "Mon&#xd800;day"))).text.encode()
