"""Of a page nothing is stated that it does not state of its article: no other date, no other name, no other title."""

import pytest

from index.article import UNKNOWN, Found
from tests.index.parsers.pages import FIRST, HEADING, HEADLINE, REPORT, article, linked, page


@pytest.mark.parametrize(
    "body",
    [
        f"<article>{HEADING}{REPORT}<section class=comment-list><article class=comment>"
        "<time datetime=2019-01-02>2 Jan</time>"
        "<p>I have waited for this for years.</p></article></section></article>",
        f"<main>{HEADING}{REPORT}<ol id=respond><li>Ola, 3 March 2019<p>Finally somebody does something.</p>"
        "</li></ol></main>",
        f"<main>{HEADING}{REPORT}</main><div class=more-news><a href=x>Fire</a> "
        "<time datetime=2018-05-05>5 May</time></div>",
        f"<div class=ticker><time datetime=2018-05-05>5 May</time> <a href=x>Fire</a></div>"
        f"<main>{HEADING}{REPORT}</main>",
        f"<main>{HEADING}<div class=related><a href=x>Fire</a> <time datetime=2018-05-05>5 May</time>"
        f"</div>{REPORT}</main>",
        f"<main>{HEADING}{REPORT}<p>It opens on <time datetime=2031-01-02>2 January 2031</time>.</p></main>",
        f"<main>{HEADING}<p>Date: 21 June 2031</p><p>Time: 19:00</p><p>Venue: Fish hall</p>{REPORT}</main>",
        f"<main>{HEADING}<p>When: 21 June 2031, 19:00</p><p>Where: Fish hall</p>{REPORT}</main>",
        f"<main>{HEADING}<p>Last modified: <time datetime=2024-01-07>7 January 2024</time></p>{REPORT}</main>",
        f"<main>{HEADING}<p class=date>7 January 2024 (updated)</p>{REPORT}</main>",
        f"<main>{HEADING}<p>Received 3 May 2022; accepted 16 December 2022</p>{REPORT}</main>",
        f"<main>{HEADING}<p>The club was founded on 5 May 1992 by two brothers.</p>{REPORT}</main>",
        f"<header>Friday, 3 May 2024 <a href=/>Tidende</a></header><main>{HEADING}{REPORT}</main>",
        f"<main>{HEADING}<figure><figcaption>The hall on 3 May 2019. Photo: Ola Lie</figcaption>"
        f"</figure>{REPORT}</main>",
        f"<main>{HEADING}{REPORT}</main><footer>© 2009–2024 Tidende. Made on 3 May 2019.</footer>",
        f"<main>{HEADING}<p class=meta>Exhibition from 9 to 23 February 2017</p>{REPORT}</main>",
        f"<main>{HEADING}<p class=meta>© 3 May 2019 Tidende</p>{REPORT}</main>",
    ],
)
def test_the_day_of_anything_else_does_not_date_the_article(body: str) -> None:
    assert article(page(body)).published == UNKNOWN


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("<time datetime=2024-05-03>3 May</time>", "2024-05-03"),
        ("<p>3 May 2024</p>", "2024-05-03"),
        ("<p>Publisert 3. mai 2024 kl. 10.15, oppdatert 5. mai 2024</p>", "2024-05-03"),
        (
            "<p>Updated <time datetime=2024-05-07>7 May</time>. Published <time datetime=2024-05-03>3 May</time></p>",
            "2024-05-03",
        ),
        ("<p>Eingegangen: 3. Mai 2022 / Angenommen: 16. Juni 2022 / Veröffentlicht: 2. Januar 2023</p>", "2023-01-02"),
        ("<ul><li>Received 3 May 2022</li><li>Published online 2 January 2023</li></ul>", "2023-01-02"),
        ("<p>Kari Moe - May 3, 2024, 10:31 pm CST</p>", "2024-05-03"),
        ("<p>By Kari Moe May 3, 2024</p>", "2024-05-03"),
        ("<p class=entry-meta>3 May 2024 Kari Moe, Handball, News</p>", "2024-05-03"),
        ("<span itemprop=datePublished content=2024-05-03>on Friday</span>", "2024-05-03"),
    ],
)
def test_what_stands_at_the_headline_dates_the_article(line: str, day: str) -> None:
    assert article(page(f"<article>{HEADING}{line}{REPORT}</article>")).published.value == day


def test_a_date_below_the_text_counts_where_it_is_called_that_of_publication() -> None:
    entry = f"<div class=entry-content>{REPORT}</div>"
    foot = "<footer>Posted on <time class=entry-date datetime=2024-05-03>3 May</time></footer>"
    assert article(page(f"<article>{HEADING}{entry}{foot}</article>")).published == Found("2024-05-03", "time element")


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("2024/05/03/hall/", "2024-05-03"),
        ("news/2024-05-03-hall.html", "2024-05-03"),
        ("news/20240503/hall.html", "2024-05-03"),
        ("news/20249903/hall.html", None),
        ("events/2031/06/21/concert", None),
        ("2024/05/hall.html", None),
    ],
)
def test_an_address_with_a_day_dates_the_article(path: str, day: str | None) -> None:
    head = f"<link rel=canonical href='https://selvik.example/{path}'>"
    assert article(page(HEADING + REPORT, head)).published.value == day


def test_an_address_is_believed_rather_than_a_date_that_differs_from_it() -> None:
    head = "<link rel=canonical href='https://selvik.example/2024/05/03/hall/'>"
    for shown, expected in (("2018-01-01", "2024-05-03"), ("2024-05-02", "2024-05-02")):
        source = page(f"<article>{HEADING}<time datetime={shown}>then</time>{REPORT}</article>", head)
        assert article(source).published.value == expected


def test_json_ld_of_the_page_dates_an_article_and_its_last_change_does_not() -> None:
    head = linked({"@type": "WebPage", "datePublished": "2021-05-04", "dateModified": "2024-01-01"})
    assert article(page(HEADING + REPORT, head)).published == Found("2021-05-04", "JSON-LD")
    head = linked({"@type": "Article", "headline": HEADLINE, "dateModified": "2024-01-01"})
    assert article(page(HEADING + REPORT, head)).published == UNKNOWN


def test_a_page_that_announces_an_event_is_not_dated_by_it() -> None:
    head = linked({"@type": "MusicEvent", "name": HEADLINE, "startDate": "2031-06-21"})
    body = f"<main>{HEADING}<time datetime=2031-06-21>21 June</time>{REPORT}</main>"
    assert article(page(body, head)).published == UNKNOWN


@pytest.mark.parametrize(
    "body",
    [
        f"<div class=top><span class=author-name>User Name</span></div><article>{HEADING}{REPORT}</article>",
        f"<article>{HEADING}<span class=author>Posted</span>{REPORT}</article>",
        f"<article>{HEADING}<div class=byline>Monday, May 3, 2024</div>{REPORT}</article>",
        f"<article>{HEADING}<div class=author>February</div>{REPORT}</article>",
        f"<article>{HEADING}{REPORT}<p class=author>Kari Moe writes about sports. She lives in Selvik.</p></article>",
        f"<article>{HEADING}{REPORT}</article><div class=card><span class=author>Per Dal</span> "
        "<a href=x>Fire</a></div>",
        f"<article>{HEADING}{REPORT}<div class=comments><b class=comment-author>Per Dal</b><p>So long!</p>"
        "</div></article>",
    ],
)
def test_what_is_no_name_of_the_author_is_not_taken_for_one(body: str) -> None:
    assert article(page(body)).author == UNKNOWN


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("<div class=byline>By <a>Kari Moe</a> and <a>Ola van Lie</a>, staff writers</div>", "Kari Moe, Ola van Lie"),
        ("<a rel=author href=x>Kari Moe</a> <a rel=author href=y>Ola Lie</a>", "Kari Moe, Ola Lie"),
        ("<div class=author>Kari Moe<br>Senior reporter</div>", "Kari Moe"),
        ("<div class=byline>Posted by Kari Moe on May 3, 2024</div>", "Kari Moe"),
        ("<p>By Kari Moe</p>", "Kari Moe"),
    ],
)
def test_a_by_line_names_the_authors_and_nothing_else(line: str, author: str) -> None:
    assert article(page(f"<article>{HEADING}{line}{REPORT}</article>")).author == Found(author, "byline")


def test_json_ld_may_name_people_by_reference() -> None:
    head = linked(
        {
            "@type": "NewsArticle",
            "headline": HEADLINE,
            "author": [{"@id": "#a"}, {"@id": "#b"}],
            "isPartOf": {"@id": "#w"},
        },
        {"@type": "Person", "@id": "#a", "name": "Kari Moe"},
        {"@type": "Person", "@id": "#b", "name": "Ola Lie"},
        {"@type": "Person", "@id": "#c", "name": "Somebody Else"},
        {"@type": "WebSite", "@id": "#w", "publisher": {"@id": "#o"}},
        {"@type": "Organization", "@id": "#o", "name": "Selvik Tidende"},
    )
    read_from = article(page(HEADING + REPORT, head))
    assert read_from.author == Found("Kari Moe, Ola Lie", "JSON-LD")
    assert read_from.source == Found("Selvik Tidende", "JSON-LD")


def test_a_reference_to_nobody_names_nobody() -> None:
    head = linked({"@type": "Article", "headline": HEADLINE, "author": {"@id": "#nobody"}})
    assert article(page(HEADING + REPORT, head)).author == UNKNOWN


@pytest.mark.parametrize("value", ["admin", "Super User", "kari@selvik.example", "May 3, 2024", "Username"])
def test_a_field_of_a_template_is_no_author(value: str) -> None:
    assert article(page(HEADING + REPORT, f"<meta name=author content='{value}'>")).author == UNKNOWN


def test_several_elements_name_several_authors() -> None:
    head = "<meta name=citation_author content='Moe, Kari'><meta name=citation_author content='Lie, Ola'>"
    assert article(page(HEADING + REPORT, head)).author == Found("Kari Moe, Ola Lie", "meta citation_author")


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (
            f"<h1><a href=/>The Selvik County Gazette</a></h1><h2>{HEADLINE}</h2>{REPORT}",
            f"The Selvik County Gazette » {HEADLINE}",
        ),
        (
            f"<header><h1>Selvik Tidende</h1></header><div><h2>{HEADLINE}</h2>{REPORT}</div>",
            f"{HEADLINE} | Selvik Tidende",
        ),
        (f"<h1>Selvik</h1><h2>Sports</h2><h3>{HEADLINE}</h3>{REPORT}", f"{HEADLINE} | Sports | Selvik"),
        (f"<div>{REPORT}</div>", f"{HEADLINE} - Selvik"),
        (f"<div>{REPORT}</div>", f"Selvik | {HEADLINE}"),
        (f"<h2>{HEADLINE}</h2>{REPORT}<aside><h1>Newsletter</h1></aside>", HEADLINE),
    ],
)
def test_the_headline_is_what_the_page_and_its_title_agree_on(body: str, title: str) -> None:
    assert article(page(body, title=title)).title.value == HEADLINE


def test_a_title_that_is_the_name_of_the_site_is_none() -> None:
    head = "<meta property=og:title content=Tidende><meta property=og:site_name content=Tidende>"
    assert article(page(HEADING + REPORT, head, title=f"{HEADLINE} - Tidende")).title.value == HEADLINE


def test_of_several_stories_in_json_ld_the_one_is_meant_that_the_page_shows() -> None:
    head = linked(
        {"@type": "NewsArticle", "headline": "Fire at the dairy", "datePublished": "2018-05-05"},
        {"@type": "NewsArticle", "headline": HEADLINE, "datePublished": "2024-05-03"},
    )
    assert article(page(HEADING + REPORT, head)).published.value == "2024-05-03"


@pytest.mark.parametrize(
    "comment",
    [
        "<!-- saved from url=(0029)https://selvik.example/hall -->",
        "<!--\n Page saved with SingleFile \n url: https://selvik.example/hall \n saved date: Mon May 22 2023\n-->",
        "<!-- Saved from https://selvik.example/hall at 2023-05-22T10:11:12Z using monolith v2.7.0 -->",
    ],
)
def test_the_address_of_a_saved_page_is_known(comment: str) -> None:
    source = page(HEADING + REPORT).replace("<!doctype html>", f"<!doctype html>{comment}")
    assert article(source).url == Found("https://selvik.example/hall", "saved page")
    canonical = "<link rel=canonical href=https://selvik.example/canonical>"
    own = page(HEADING + REPORT, canonical).replace("<!doctype html>", f"<!doctype html>{comment}")
    assert article(own).url == Found("https://selvik.example/canonical", "canonical link")


def test_a_page_saved_from_a_folder_has_no_address() -> None:
    source = "<!-- saved from url=(0014)about:internet -->" + page(f"{HEADING}<p>{FIRST}</p>{REPORT}")
    assert article(source).url == UNKNOWN


def test_a_headline_is_no_label_though_it_reads_like_one() -> None:
    headline = "Source: a river from its spring"
    read_from = article(page(f"<main><h1>{headline}</h1>{REPORT}</main>", title=headline))
    assert (read_from.title.value, read_from.source) == (headline, UNKNOWN)


def test_the_name_of_the_site_below_the_headline_is_not_the_title() -> None:
    body = f"<main>{HEADING}<h2 class=site-title>Selvik Tidende</h2>{REPORT}</main>"
    assert article(page(body, title=f"{HEADLINE} - Selvik Tidende")).title == Found(HEADLINE, "page heading")


def test_a_headline_in_capitals_is_the_one_that_the_page_title_names() -> None:
    body = f"<main><h2>Other news</h2><h3>{HEADLINE.upper()}</h3>{REPORT}</main>"
    assert article(page(body)).title == Found(HEADLINE.upper(), "page heading")
