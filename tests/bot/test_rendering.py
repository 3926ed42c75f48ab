"""The message of an answer, as Telegram's own rules read it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards import AnswerCard
from bot.cited import StoredBefore, StoredCitation, StoredNearest
from bot.language.phrases import ENGLISH, LANGUAGES, NORWEGIAN, Phrases
from bot.messages.answer import answer_screen, citation_text, share_link
from bot.messages.markup import Screen, units
from retrieval.answer import Citation
from tests.bot.samples import ANSWER, ARTICLE, CARD_ID, END, QUOTE, START, answer, quoted
from tests.bot.texts import HOSTILE
from tests.telegram.server.formatting import text_of
from tests.telegram.server.html_parse_mode import parse_html
from tests.telegram.server.keyboards import checked_inline

LONG = "First one. Second one. Third one. Fourth one. Fifth one."
MAYBE = st.none() | HOSTILE


def shown(screen: Screen) -> str:
    """What Telegram shows of a message, after it has read its markup as strictly as it does.

    Raises:
        BadRequest: if it refuses the text or the keyboard.
    """
    _, entities = parse_html(screen.piece.html)
    assert len(entities) <= 100
    if screen.keyboard:
        assert checked_inline(screen.keyboard.to_dict())
    assert text_of(screen.piece.text, None, None).text == text_of(screen.piece.html, "HTML", None).text
    return text_of(screen.piece.html, "HTML", None).text


def keys(screen: Screen) -> list[list[dict[str, Any]]]:
    return [list(map(dict, row)) for row in screen.keyboard.to_dict()["inline_keyboard"]] if screen.keyboard else []


def labels(screen: Screen) -> list[list[str]]:
    return [[key["text"] for key in row] for row in keys(screen)]


@pytest.mark.parametrize(("phrases", "page"), [(ENGLISH, "p. 12"), (NORWEGIAN, "s. 12")])
def test_of_a_pdf_the_page_is_told(phrases: Phrases, page: str) -> None:
    of_a_page = quoted(path="a.pdf", url=None, link="", page=12)
    text = shown(answer_screen(CARD_ID, answer(citations=(of_a_page,)), phrases, "verbatim_bot"))
    assert f"a.pdf · {page} · " in text
    assert citation_text(of_a_page, phrases).endswith(f"a.pdf {page}")
    assert StoredCitation.of(of_a_page.citation()).page == 12


def test_an_answer_is_title_passage_and_place() -> None:
    screen = answer_screen(CARD_ID, ANSWER, ENGLISH, "verbatim_bot")
    assert screen.piece.html == (
        '<b><a href="https://news.example.org/ferry#:~:text=The%20ferry">Ferry cancelled</a></b>\n'
        "<blockquote><b>The ferry was cancelled 🎉 on Monday.</b> Nobody was hurt.</blockquote>\n"
        "Northern Post · 14 Mar 2023 · ¶ 2 · 87\N{NO-BREAK SPACE}%"
    )
    assert shown(screen) == (
        "Ferry cancelled\nThe ferry was cancelled 🎉 on Monday. Nobody was hurt.\n"
        "Northern Post · 14 Mar 2023 · ¶ 2 · 87\N{NO-BREAK SPACE}%"
    )
    shared = "https://t.me/share/url?url=https%3A%2F%2Ft.me%2Fverbatim_bot%3Fstart%3DaAAAAAAAAAAAAAAA1"
    copied = (
        "“The ferry was cancelled 🎉 on Monday.” — Ferry cancelled, Northern Post, 14 Mar 2023. "
        "https://news.example.org/ferry"
    )
    assert keys(screen) == [
        [
            {"text": "👍", "callback_data": "AAAAAAAAAAAAAAA1:u"},
            {"text": "👎", "callback_data": "AAAAAAAAAAAAAAA1:d"},
            {"text": "🔔", "callback_data": "AAAAAAAAAAAAAAA1:w"},
        ],
        [
            {"text": "More", "callback_data": "AAAAAAAAAAAAAAA1:m"},
            {"text": "Article", "callback_data": "AAAAAAAAAAAAAAA1:a"},
            {"text": "Copy", "copy_text": {"text": copied}},
            {"text": "Share", "url": shared},
        ],
    ]


@pytest.mark.parametrize(("verdicts", "first"), [(True, ["1/2", "▶", "👍", "👎", "🔔"]), (False, ["1/2", "▶", "🔔"])])
def test_an_answer_has_two_rows_of_buttons_and_thumbs_only_where_they_are_wanted(
    verdicts: bool, first: list[str]
) -> None:
    card = answer(citations=(quoted(), quoted()))
    screen = answer_screen(CARD_ID, card, ENGLISH, "b", verdicts=verdicts)
    assert labels(screen) == [first, ["More", "Article", "Copy", "Share"]]


def test_the_answering_part_is_always_open_and_the_rest_of_the_passage_folded_below_it() -> None:
    def passage(brief: tuple[int, int], **more: Any) -> str:
        card = answer(citations=(quoted(quote=LONG, start=0, end=len(LONG), brief=brief, **more),))
        return answer_screen(CARD_ID, card, ENGLISH, "b").piece.html.partition("\n")[2].rpartition("\n")[0]

    third = LONG.index("Third")
    middle = (third, third + len("Third one. Fourth one."))
    assert passage(middle, highlights=((third, third + 10),)) == (
        "<blockquote>… <b>Third one.</b> Fourth one. …</blockquote>\n"
        "<blockquote expandable>First one. Second one. […] Fifth one.</blockquote>"
    )
    assert passage((0, 10), highlights=((0, 10),)) == (
        "<blockquote><b>First one.</b> …</blockquote>\n"
        "<blockquote expandable>Second one. Third one. Fourth one. Fifth one.</blockquote>"
    )
    assert passage((0, len(LONG)), highlights=((0, 10),)) == (
        "<blockquote><b>First one.</b> Second one. Third one. Fourth one. Fifth one.</blockquote>"
    )


def test_where_there_is_no_room_the_rest_is_cut_and_the_answering_part_is_not() -> None:
    rest = "Some words that stand behind it, and more of them. " * 200
    card = answer(citations=(quoted(quote=QUOTE + " " + rest, end=START + 54 + len(rest), brief=(START, END)),))
    screen = answer_screen(CARD_ID, card, ENGLISH, "b")
    assert "Nobody was hurt. …</blockquote>\n<blockquote expandable>Some words" in screen.piece.html
    assert screen.piece.html.count(" …</blockquote>") == 2
    assert 3900 <= screen.piece.units <= 4096


def test_what_is_not_sure_is_said_to_be_so_with_its_place_and_without_an_underlined_answer() -> None:
    card = answer(
        answered=False,
        unsure=True,
        confidence=0.34,
        citations=(quoted(answer=(START, START + 9)), quoted(paragraph=9)),
    )
    first, second = (answer_screen(CARD_ID, replace(card, shown=place), ENGLISH, "b") for place in range(2))
    assert first.piece.html == (
        "Not sure. The closest sentence:\n"
        '<b><a href="https://news.example.org/ferry#:~:text=The%20ferry">Ferry cancelled</a></b>\n'
        "<blockquote><b>The ferry was cancelled 🎉 on Monday.</b> Nobody was hurt.</blockquote>\n"
        "Northern Post · 14 Mar 2023 · ¶ 2 · 34\N{NO-BREAK SPACE}%"
    )
    assert second.piece.text.startswith("Not sure. Another passage that comes close:\nFerry cancelled\n")
    assert labels(first) == [["1/2", "▶", "👍", "👎", "🔔"], ["More", "Article", "Copy", "Share"]]
    around = (quoted().citation(), neighbour(72, 99, ARTICLE[72:99]))
    assert "<u>" not in answer_screen(CARD_ID, card, ENGLISH, "b", around).piece.html
    assert shown(answer_screen(CARD_ID, card, NORWEGIAN, "b")).startswith("Usikkert. Den nærmeste setningen:\n")


def test_what_is_not_known_is_said_and_without_an_address_the_file_is_named() -> None:
    bare = quoted(title="", source=None, published=None, url=None, link="")
    assert answer_screen(CARD_ID, answer(citations=(bare,)), NORWEGIAN, "b").piece.html == (
        "<b>(uten tittel)</b>\n"
        "<blockquote><b>The ferry was cancelled 🎉 on Monday.</b> Nobody was hurt.</blockquote>\n"
        "ukjent kilde · ukjent dato · north/ferry.txt · ¶ 2 · 87\N{NO-BREAK SPACE}%"
    )
    assert citation_text(bare, ENGLISH) == "“The ferry was cancelled 🎉 on Monday.” — (no title). north/ferry.txt ¶ 2"


def test_an_address_that_may_not_be_followed_is_no_link() -> None:
    bad = quoted(url="javascript:alert(1)", link="javascript:alert(1)#:~:text=The")
    html = answer_screen(CARD_ID, answer(citations=(bad,)), ENGLISH, "b").piece.html
    assert "javascript" not in html
    assert "north/ferry.txt" in html


def test_only_the_first_passage_carries_the_confidence() -> None:
    card = answer(citations=(quoted(), quoted(paragraph=9), quoted(paragraph=4)))
    first, second, third = (
        answer_screen(CARD_ID, replace(card, shown=place), ENGLISH, "b").piece.text.rpartition("\n")[2]
        for place in range(3)
    )
    assert first == "Northern Post · 14 Mar 2023 · ¶ 2 · 87\N{NO-BREAK SPACE}%"
    assert second == "Northern Post · 14 Mar 2023 · ¶ 9"
    assert third == "Northern Post · 14 Mar 2023 · ¶ 4"


def test_pages_are_turned_as_far_as_they_go() -> None:
    card = answer(citations=(quoted(), quoted(), quoted()))
    turning = [
        keys(answer_screen(CARD_ID, replace(card, shown=place), ENGLISH, "b", verdicts=False))[0] for place in range(3)
    ]
    assert [[(key["text"], key["callback_data"].partition(":")[2]) for key in row] for row in turning] == [
        [("1/3", "-"), ("▶", "p1"), ("🔔", "w")],
        [("◀", "p0"), ("2/3", "-"), ("▶", "p2"), ("🔔", "w")],
        [("◀", "p1"), ("3/3", "-"), ("🔔", "w")],
    ]


def test_how_it_was_understood_is_said_where_that_differs_and_the_question_where_no_message_shows_it() -> None:
    def head(**changed: object) -> str:
        return answer_screen(CARD_ID, answer(**changed), ENGLISH, "b").piece.html.partition("<b>")[0]

    assert (
        head(question="And  when was\nthe ferry cancelled?", interpreted_as="And when was the ferry cancelled?") == ""
    )
    assert head(question="And when?", interpreted_as="When <was> it?") == "<i>Understood as: When &lt;was&gt; it?</i>\n"
    assert head(on_behalf=True) == "<i>Question: When was the ferry cancelled?</i>\n"
    assert head(question="And when?", interpreted_as="When?", on_behalf=True) == (
        "<i>Question: And when?</i>\n<i>Understood as: When?</i>\n"
    )
    went_on = {"question": "And when?", "interpreted_as": "And when?", "follows": "Who <was> it?"}
    assert head(**went_on) == "<i>Following up on: Who &lt;was&gt; it?</i>\n"
    # One of the two says enough.
    assert head(**{**went_on, "interpreted_as": "When was it?"}) == "<i>Understood as: When was it?</i>\n"
    assert head(question="And when? source:post", interpreted_as="And when?") == ""


def test_copies_are_named_and_many_are_counted() -> None:
    def foot(*also_in: str) -> str:
        return answer_screen(CARD_ID, answer(citations=(quoted(also_in=also_in),)), ENGLISH, "b").piece.text

    assert foot("Copy", "a/b.txt").endswith("· ¶ 2 · 87\N{NO-BREAK SPACE}%\nAlso in: Copy; a/b.txt")
    assert foot("A", "B", "C", "D").endswith("\nAlso in: A; B; and 2 more")


def test_a_verdict_is_seen_on_its_button() -> None:
    def thumbs(verdict: str) -> list[str]:
        return labels(answer_screen(CARD_ID, answer(verdict=verdict), ENGLISH, "b"))[0][:2]

    assert [thumbs(verdict) for verdict in ("", "up", "down")] == [["👍", "👎"], ["✓ 👍", "👎"], ["👍", "✓ 👎"]]


def neighbour(start: int, end: int, quote: str) -> Citation:
    return replace(quoted().citation(), start=start, end=end, quote=quote, highlights=())


def test_the_neighbours_stand_around_the_passage_in_order() -> None:
    around = (neighbour(0, 15, "Ferry cancelled"), quoted().citation(), neighbour(72, 99, ARTICLE[72:99]))
    screen = answer_screen(CARD_ID, ANSWER, ENGLISH, "b", around)
    assert (
        "<blockquote>Ferry cancelled\n\n<b>The ferry was cancelled 🎉 on Monday.</b> Nobody was hurt.\n\n"
        "The mayor of Lindvik spoke.</blockquote>"
    ) in screen.piece.html
    assert keys(screen)[1][0] == {"text": "Less", "callback_data": "AAAAAAAAAAAAAAA1:l"}


def test_where_there_is_no_room_the_neighbours_are_cut_and_the_passage_is_not() -> None:
    long = "Some words that stand around it, and more of them. " * 200
    before, after = neighbour(0, 10_200, long), neighbour(10_300, 20_500, long)
    here = quoted(start=10_200, end=10_253, highlights=((10_200, 10_236),))
    screen = answer_screen(CARD_ID, answer(citations=(here,)), ENGLISH, "b", (before, here.citation(), after))
    assert QUOTE in shown(screen)
    assert 3500 <= screen.piece.units <= 4096


def test_what_is_not_answered_shows_no_passage_and_offers_the_nearest_articles() -> None:
    # Even a card that has passages: a weak hit is never dressed up as an answer.
    near = (StoredNearest("ferry.txt", "Ferry\ncancelled", 17), StoredNearest("b", ""), StoredNearest("c", "x" * 100))
    screen = answer_screen(CARD_ID, answer(answered=False, nearest=near), ENGLISH, "b")
    assert shown(screen) == "I could not find the answer in the articles. These come closest:"
    assert [[key["callback_data"] for key in row] for row in keys(screen)] == [
        ["AAAAAAAAAAAAAAA1:n0"],
        ["AAAAAAAAAAAAAAA1:n1"],
        ["AAAAAAAAAAAAAAA1:n2"],
        ["AAAAAAAAAAAAAAA1:w"],
    ]
    tell = "🔔 Tell me when it comes"
    assert labels(screen) == [["Ferry cancelled"], ["(no title)"], ["x" * 59 + "…"], [tell]]
    alone = answer_screen(CARD_ID, answer(answered=False, nearest=()), ENGLISH, "b")
    assert (shown(alone), labels(alone)) == ("I could not find the answer in the articles.", [[tell]])
    kept = answer_screen(CARD_ID, answer(answered=False, nearest=(), watch="kept"), ENGLISH, "b")
    assert labels(kept) == [[f"✓ {tell}"]]


@pytest.mark.parametrize(
    ("watch", "label", "action"),
    [("", "🔔", "w"), ("kept", "✓ 🔔", "w"), ("news", "🔕", "s"), ("stopped", "✓ 🔕", "s")],
)
def test_the_bell_says_what_was_done_and_a_second_press_does_nothing_else(watch: str, label: str, action: str) -> None:
    bell = keys(answer_screen(CARD_ID, answer(watch=watch), ENGLISH, "b"))[0][-1]
    assert bell == {"text": label, "callback_data": f"{CARD_ID}:{action}"}


def test_news_says_which_question_it_answers_and_what_answered_before() -> None:
    before = StoredBefore("Ferry <runs>", "2023-03-01", "https://news.example.org/runs")
    news = answer(watch="news", before=before, on_behalf=True)
    assert answer_screen(CARD_ID, news, ENGLISH, "b").piece.html == (
        "<i>🔔 News on your question: When was the ferry cancelled?</i>\n"
        '<b><a href="https://news.example.org/ferry#:~:text=The%20ferry">Ferry cancelled</a></b>\n'
        "<blockquote><b>The ferry was cancelled 🎉 on Monday.</b> Nobody was hurt.</blockquote>\n"
        "Northern Post · 14 Mar 2023 · ¶ 2 · 87\N{NO-BREAK SPACE}%\n"
        'Before: <a href="https://news.example.org/runs">Ferry &lt;runs&gt;</a>, 1 Mar 2023'
    )
    bare = answer_screen(CARD_ID, answer(watch="news", before=StoredBefore("", None, "")), NORWEGIAN, "b")
    assert shown(bare).startswith("🔔 Nytt om spørsmålet ditt: When was the ferry cancelled?\n")
    assert shown(bare).endswith("\nFør: (uten tittel), ukjent dato")


@st.composite
def passages(draw: st.DrawFn) -> StoredCitation:
    quote = draw(HOSTILE.filter(lambda text: bool(text.strip())))
    start = draw(st.integers(0, 10**9))
    first = draw(st.integers(0, len(quote) - 1))
    last = draw(st.integers(first + 1, len(quote)))
    brief = (start + draw(st.integers(0, first)), start + draw(st.integers(last, len(quote))))
    addresses = st.none() | HOSTILE | HOSTILE.map("https://example.org/".__add__)
    return StoredCitation(
        article_id=draw(HOSTILE),
        title=draw(HOSTILE),
        source=draw(MAYBE),
        published=draw(MAYBE),
        url=draw(addresses),
        path=draw(HOSTILE),
        start=start,
        end=start + len(quote),
        quote=quote,
        highlights=((start + first, start + last),),
        paragraph=draw(st.integers(1, 10**9)),
        link=draw(addresses) or "",
        also_in=tuple(draw(st.lists(HOSTILE, max_size=4))),
        brief=draw(st.sampled_from([None, brief])),
    )


CARDS = st.builds(
    AnswerCard,
    question=HOSTILE,
    interpreted_as=HOSTILE,
    history=st.just(()),
    answered=st.booleans(),
    confidence=st.floats(0, 1),
    citations=st.lists(passages(), min_size=1, max_size=2).map(tuple),
    nearest=st.lists(st.builds(StoredNearest, HOSTILE, HOSTILE), max_size=3).map(tuple),
    generation=st.just("g"),
    verdict=st.sampled_from(["", "up", "down"]),
    on_behalf=st.booleans(),
    unsure=st.booleans(),
    follows=st.just("") | HOSTILE,
)


@given(CARDS, st.sampled_from(LANGUAGES), st.booleans(), HOSTILE, HOSTILE)
def test_whatever_stands_in_an_article_telegram_takes_the_message(
    card: AnswerCard, phrases: Any, wide: bool, before: str, after: str
) -> None:
    here = card.citations[0]
    around = [here.citation()]
    if wide:
        if before.strip() and here.start >= len(before):
            around.insert(0, neighbour(here.start - len(before), here.start, before))
        if after.strip():
            around.append(neighbour(here.end, here.end + len(after), after))
    screen = answer_screen(CARD_ID, card, phrases, "verbatim_bot", around if wide else ())
    assert shown(screen)
    assert screen.piece.units <= 4096
    for row in keys(screen):
        for key in row:
            assert len(key.get("callback_data", "").encode()) <= 64
            assert units(key.get("copy_text", {}).get("text", "")) <= 256
            assert units(key["text"]) <= 60


@given(passages())
def test_what_is_copied_fits_and_is_one_line(passage: StoredCitation) -> None:
    copied = citation_text(passage, ENGLISH)
    assert 1 <= units(copied) <= 256
    assert len(copied.splitlines()) == 1


def test_a_long_sentence_is_copied_shortened_and_where_it_stands_whole() -> None:
    long = quoted(quote="word " * 200, start=0, end=1000, highlights=((0, 1000),))
    copied = citation_text(long, ENGLISH)
    assert copied.startswith("“word word")
    assert copied.endswith("word…” — Ferry cancelled, Northern Post, 14 Mar 2023. https://news.example.org/ferry")
    assert units(copied) <= 256


@pytest.mark.parametrize("payload", ["aAAAAAAAAAAAAAAA1", "a" * 64])
def test_a_link_to_share_opens_the_bot_with_its_payload(payload: str) -> None:
    assert share_link("verbatim_bot", payload) == f"https://t.me/verbatim_bot?start={payload}"
