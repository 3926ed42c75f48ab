"""HTML pages: the main text with its headings, of which nothing is lost, and metadata in order of trust."""

import json

import pytest

from index.article import UNKNOWN, Found
from index.parsers import Skipped, read
from tests.index.parsers.articles import headings, only
from tests.index.parsers.pages import FIRST, HEADING, HEADLINE, REPORT, SECOND, THIRD, article, linked, page

LEAD = "The river rose on Monday and flooded the streets of the old town, where nobody was hurt, the mayor said."
NEXT = "Some forty houses had to be cleared before the fire service expected the water to fall within two days."
CONTENT = f"<h1>River floods town</h1><p>{LEAD}</p><h2>What comes next</h2><p>{NEXT}</p>"
NO_ARTICLE = (Skipped("page.html", "no article found in the page"),)


def flooded(content: str = CONTENT, head: str = "", lang: str = "") -> str:
    body = f"<nav><a href=/>Home</a></nav><article>{content}</article>"
    return f"<!doctype html><html{lang}><head>{head}</head><body>{body}</body></html>"


def test_paragraphs_are_parted_by_blank_lines_and_headings_are_known() -> None:
    read_from = article(flooded())
    assert read_from.text == f"River floods town\n\n{LEAD}\n\nWhat comes next\n\n{NEXT}"
    assert headings(read_from) == ["River floods town", "What comes next"]
    assert read_from.title == Found("River floods town", "page heading")


def test_list_items_and_rows_stand_on_lines_of_their_own() -> None:
    content = (
        f"<p>{LEAD}</p><ul><li>One <b>thing</b> is here</li><li>Another is there</li></ul><p>{NEXT}</p>"
        "<table><tr><th>Town</th><th>Water</th></tr><tr><td>Old</td><td>2 m</td></tr></table>"
    )
    assert article(flooded(content)).text == (
        f"{LEAD}\n\n- One thing is here\n- Another is there\n\n{NEXT}\n\nTown | Water\nOld | 2 m"
    )


def test_json_ld_is_trusted_before_meta_and_meta_before_the_page() -> None:
    head = (
        linked(
            {
                "@type": "NewsArticle",
                "headline": "From &amp; JSON-LD",
                "author": [{"@type": "Person", "name": "Jane Doe"}, "Ola Berg"],
                "publisher": {"name": "The Town Post"},
                "datePublished": "2021-03-03T10:00:00+01:00",
                "mainEntityOfPage": {"@id": "https://a.example/linked"},
            }
        )
        + '<meta property="og:title" content="From meta"><meta name="author" content="Somebody Else">'
        + '<meta property="article:published_time" content="2020-01-01">'
    )
    read_from = article(flooded(head=head))
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
    read_from = article(flooded(head=head))
    assert read_from.title == Found("River floods town", "meta og:title")
    assert read_from.author == Found("Jane Doe", "meta dc.creator")
    assert read_from.source == Found("The Town Post", "meta og:site_name")
    assert read_from.published == Found("2021-03-03T10:00:00+00:00", "meta article:published_time")
    assert read_from.url == Found("https://a.example/flood", "canonical link")


def test_json_ld_within_a_graph_is_found_and_wrong_types_are_unknown() -> None:
    graph = {
        "@graph": [{"@type": "WebSite", "name": "No"}, {"@type": ["Article"], "headline": 7, "author": {"name": []}}]
    }
    read_from = article(flooded(head=f'<script type="application/ld+json">{json.dumps([graph])}</script>'))
    assert read_from.title.where == "page heading"
    assert read_from.author == UNKNOWN


def test_a_date_must_be_borne_out_by_the_page() -> None:
    assert article(flooded() + "<footer>Copyright 2019 The Town Post, © 1 May 2019</footer>").published == UNKNOWN
    stamped = flooded(f'<time datetime="2021-03-03T10:00:00Z">3 March</time>{CONTENT}')
    assert article(stamped).published == Found("2021-03-03T10:00:00+00:00", "time element")


def test_a_page_that_says_nothing_is_dated_by_nothing() -> None:
    read_from = article(flooded(f"<p>{LEAD}</p><p>{NEXT}</p>"))
    assert (read_from.published, read_from.author, read_from.url, read_from.source) == (UNKNOWN,) * 4
    assert read_from.title.where == "lead sentence"


def test_the_declared_encoding_is_respected() -> None:
    text = (
        "Министр иностранных дел заявил в пятницу, что переговоры о границе продолжатся в Женеве на следующей неделе. "
    )
    source = flooded(
        f"<p>{text * 2}</p><p>{text}</p>",
        head='<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">',
    )
    assert text.strip() in article(source.encode("cp1251")).text


def test_a_page_in_xhtml_may_declare_its_encoding() -> None:
    assert article('<?xml version="1.0" encoding="utf-8"?>' + flooded()).title.value == "River floods town"


def test_the_language_is_declared_or_told_by_a_long_text() -> None:
    assert article(flooded(lang=' lang="en-GB"')).language == Found("en", "html lang")
    assert article(flooded(lang=' lang="de"')).language == Found("de", "html lang")
    more = "<p>The bridges stay closed until then, and people were asked to keep away from them.</p>"
    longer = flooded(CONTENT + more, lang=' lang="de"')
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
    assert "evil" not in article(flooded(CONTENT + "<script>evil()</script><style>.evil{}</style>")).text


def test_lone_surrogates_in_references_never_come_into_the_text() -> None:
    assert article(flooded(CONTENT.replace("Monday", "Mon&#xd800;day"))).text.encode()


FEED = (
    "<?xml version='1.0'?><rss><channel><item>"
    f"<title>Hall</title><description>{FIRST}</description></item></channel></rss>"
)
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
VERSE = (
    "Under the pier the water waits,",
    "green as a bottle and as old,",
    "a gull goes over, counting boats",
    "that no one bought and no one sold",
)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("mr", "ग्रामपंचायतीने क्रीडागृह नऊ आठवडे बंद ठेवण्याचा निर्णय घेतला। भिंतींच्या मागे ओल आढळली असून तीन तुळया बदलाव्या लागतील।"),
        ("lo", "ສະພາບ້ານຕົກລົງປິດຫໍກິລາເປັນເວລາເກົ້າອາທິດ ເພາະພົບຄວາມຊຸ່ມຢູ່ຫລັງຝາໃນເດືອນສິງຫາ ແລະຕ້ອງປ່ຽນຂື່ສາມອັນກ່ອນລະດູໜາວ"),
        ("my", "ရွာကောင်စီက အားကစားခန်းမကို ကိုးပတ်ကြာ ပိတ်ရန် ဆုံးဖြတ်ခဲ့သည်။ ဩဂုတ်လတွင် နံရံနောက်၌ စိုထိုင်းမှု တွေ့ရှိခဲ့သည်။"),
        (
            "hy",
            "Համայնքի խորհուրդը ինը շաբաթով կփակի մարզադահլիճը։ Օգոստոսին պատերի հետևում խոնավություն է հայտնաբերվել։",
        ),
        ("am", "የመንደሩ ምክር ቤት የስፖርት አዳራሹን ለዘጠኝ ሳምንታት ለመዝጋት ወሰነ። በነሐሴ ወር ከግድግዳው ጀርባ እርጥበት ተገኝቷል። ሦስት ምሰሶዎች መቀየር አለባቸው።"),
        ("bo", "གྲོང་ཚོའི་ལྷན་ཚོགས་ཀྱིས་ལུས་རྩལ་ཁང་དེ་བདུན་ཕྲག་དགུའི་རིང་སྒོ་རྒྱག་རྒྱུའི་ཐག་གཅོད་བྱས་སོ། །ཟླ་བརྒྱད་པར་རྩིག་པའི་རྒྱབ་ཏུ་བཞའ་ཚན་རྙེད།"),
        (
            "zh",
            "塞尔维克教区委员会星期四晚上表示，体育馆今年秋天将关闭九周。八月发现墙板后面有潮气，三根屋顶横梁必须更换。",
        ),
    ],
)
def test_a_short_report_is_an_article_in_every_script(language: str, words: str) -> None:
    assert words in article(page(f"<article><p>{words}</p></article>", title="", lang=language)).text


@pytest.mark.parametrize(
    "body",
    [
        f"<div class=top><form><input type=password></form></div><div class=story>{HEADING}{REPORT}</div>",
        f"<main>{HEADING}{REPORT}<div class=modal><form><input type=password></form></div></main>",
        f"<form><input type=password></form>{HEADING}{REPORT}",
    ],
)
def test_a_form_for_members_beside_a_report_takes_nothing_from_it(body: str) -> None:
    text = article(page(body)).text
    assert all(words in text for words in (FIRST, SECOND, THIRD))


def test_a_page_that_asks_for_a_password_is_no_article_for_its_directions() -> None:
    directions = (
        "Sign in to your account to read the whole of this newspaper on all of your devices. If you are a subscriber "
        "on paper, digital access is included in what you pay. Have you forgotten your password? We will "
        "send you a new "
        "one by mail within a few minutes."
    )
    source = page(
        f"<main><h1>Sign in</h1><p>{directions}</p><form><input type=password></form></main>", title="Sign in"
    )
    assert read("page.html", source.encode()).skipped == NO_ARTICLE


@pytest.mark.parametrize(
    "verse",
    [
        f"<p>{'<br>'.join(VERSE)}</p>",
        f"<div>{''.join(f'<div>{line}</div>' for line in VERSE)}</div>",
        f"<pre>{chr(10).join(VERSE)}</pre>",
    ],
)
def test_a_poem_needs_no_sentences(verse: str) -> None:
    text = article(page(f"<article><h1>The pier</h1>{verse}</article>", title="The pier")).text
    assert "\n".join(VERSE) in text


@pytest.mark.parametrize(
    ("points", "written"),
    [
        ("<ol><li>to paint the kiosk</li><li>to buy a plough</li></ol>", "- to paint the kiosk\n- to buy a plough"),
        ("<ul><li>Choir</li><li>Bingo</li></ul>", "- Choir\n- Bingo"),
        ("<dl><dt>Beams</dt><dd>Two million kroner.</dd></dl>", "- Beams\n- Two million kroner."),
    ],
)
@pytest.mark.parametrize(
    "after", ["", "<p>The library stays where it is, in the dry wing of the building, until May.</p>"]
)
def test_a_list_that_the_text_announces_is_kept_in_its_place(points: str, written: str, after: str) -> None:
    text = article(page(f"{HEADING}{REPORT}<p>The council also decided:</p>{points}{after}")).text
    assert f"The council also decided:\n\n{written}" in text


def test_a_list_of_links_is_not_put_back() -> None:
    links = "<ul><li><a href=a>Fire at the old dairy</a></li><li><a href=b>Bishop visits the school</a></li></ul>"
    assert "dairy" not in article(page(f"{HEADING}{REPORT}{links}")).text


@pytest.mark.parametrize(
    "top",
    [
        f"<header>{HEADING}<p>{{}}</p></header><main>{REPORT}</main>",
        f"<header><hgroup>{HEADING}<h2 class=standfirst>{{}}</h2></hgroup><p>By Kari Moe</p></header>"
        f"<main>{REPORT}</main>",
        f"{HEADING}<p><strong>{{}}</strong></p>{REPORT}",
        f"<div class=top>{HEADING}<div class=article__lead>{{}}</div></div><div class=share><a href=x>Mail</a></div>"
        f"<div class=body>{REPORT}</div>",
    ],
)
def test_the_standfirst_comes_before_the_text(top: str) -> None:
    standfirst = "Handball players and the winter market will have to move while the beams are replaced."
    text = article(page(top.format(standfirst))).text
    assert text.index(standfirst) < text.index(FIRST)
    assert text.count(standfirst) == 1


def test_what_no_browser_shows_is_no_part_of_the_text() -> None:
    unseen = (
        "<p hidden>one</p>",
        "<div hidden=''><p>two</p></div>",
        "<p style='color: red; display : none'>three</p>",
        "<template><p>four</p></template>",
        "<dialog><p>five</p></dialog>",
        "<noscript><p>six</p></noscript>",
        "<section aria-hidden=true><p>seven</p></section>",
        "<p class='note visually-hidden'>eight</p>",
        "<p style='visibility:hidden'>nine</p>",
    )
    secret = "This is secret number {}, which no reader of the page sees on any screen."
    body = "".join(part.replace(word, secret.format(word)) for part, word in zip(unseen, NUMBERS, strict=True))
    text = article(page(f"<article>{HEADING}<p>{FIRST}</p>{body}<p>{SECOND}</p><p>{THIRD}</p></article>")).text
    assert "secret" not in text
    assert SECOND in text


def test_what_a_question_about_cookies_had_hidden_is_the_article() -> None:
    more = "".join(f"<p>{words} It was said in the hall.</p>" for words in (FIRST, SECOND, THIRD))
    assert SECOND in article(page(f"<main aria-hidden=true>{HEADING}{REPORT}{more}</main>")).text


def test_a_nul_in_a_page_is_passed_over_as_browsers_do() -> None:
    source = page(HEADING + REPORT).replace("sports hall for", "sports\0 ha\0ll for").encode() + bytes(3000)
    assert FIRST in article(source).text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_markup_in_a_wide_encoding_needs_no_mark(encoding: str) -> None:
    assert SECOND in article(page(HEADING + REPORT).encode(encoding)).text
    feed = FEED.replace("1.0'", "1.0' encoding='utf-16'")
    assert only("feed.xml", feed.encode(encoding)).text == FIRST


@pytest.mark.parametrize(
    "body", [f"{FIRST}\n{SECOND}", f"<p>{FIRST}</p>\n<p>{SECOND}</p>", f"&lt;p&gt;{FIRST}&lt;/p&gt; {SECOND}"]
)
def test_the_text_may_stand_in_json_ld_alone(body: str) -> None:
    head = linked({"@type": "NewsArticle", "headline": HEADLINE, "articleBody": body})
    text = article(page("<div id=root><p>Loading, one moment please.</p></div>", head)).text
    assert FIRST in text
    assert SECOND in text
    assert "<" not in text


@pytest.mark.parametrize(
    "source",
    [
        page(HEADING + REPORT),
        f"\n<!-- kept -->\n<HTML>\n<BODY>{HEADING}{REPORT}</BODY></HTML>",
        f"<div class=story>{HEADING}{REPORT}</div>",
    ],
)
def test_a_page_under_the_name_of_a_text_is_read_as_a_page(source: str) -> None:
    read_from = only("saved.txt", source)
    assert read_from.title.value == HEADLINE
    assert "<" not in read_from.text


def test_a_feed_under_the_name_of_a_text_is_read_as_a_feed() -> None:
    assert only("feed.txt", FEED).title.value == "Hall"


def test_a_text_that_begins_with_a_tag_is_still_a_text() -> None:
    source = f"<p align=center>*</p>\n\n{FIRST}"
    assert only("note.txt", source).text == source


def test_a_text_that_another_node_of_json_ld_holds_is_the_articles() -> None:
    head = linked({"@type": "WebPage", "name": HEADLINE}, {"@type": "CreativeWork", "articleBody": f"{FIRST} {SECOND}"})
    assert article(page("<div id=app></div>", head)).text.startswith(FIRST)
