"""No page of an article is lost, nor any of its words; what no browser shows is no part of it."""

import pytest

from index.parsers import Skipped, read
from tests.index.parsers.pages import FIRST, HEADING, HEADLINE, REPORT, SECOND, THIRD, article, linked, page

NO_ARTICLE = (Skipped("page.html", "no article found in the page"),)
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
    assert article(feed.encode(encoding), "feed.xml").text == FIRST


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
    read_from = article(source, "saved.txt")
    assert read_from.title.value == HEADLINE
    assert "<" not in read_from.text


def test_a_feed_under_the_name_of_a_text_is_read_as_a_feed() -> None:
    assert article(FEED, "feed.txt").title.value == "Hall"


def test_a_text_that_begins_with_a_tag_is_still_a_text() -> None:
    source = f"<p align=center>*</p>\n\n{FIRST}"
    assert article(source, "note.txt").text == source


def test_a_text_that_another_node_of_json_ld_holds_is_the_articles() -> None:
    head = linked({"@type": "WebPage", "name": HEADLINE}, {"@type": "CreativeWork", "articleBody": f"{FIRST} {SECOND}"})
    assert article(page("<div id=app></div>", head)).text.startswith(FIRST)
