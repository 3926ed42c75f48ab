"""Inline: what `@verbatim_bot question` offers in any chat, and what is sent when a passage is picked."""

from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.telegram import articles
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import PATIENCE, Meet, Talk
from tests.telegram.server import BotApiServer
from tests.telegram.server.rendering import without_answer

pytestmark = pytest.mark.usefixtures("bot")

MOST_A_MINUTE: Final = 60
# More of the articles' 26 passages hold some word of this than fit on a page.
BROAD: Final = "lock keeper barges canal harbour comet lantern frost bridge sailors"


def offered(talk: Talk, query: str, offset: str = "") -> dict[str, Any]:
    """The answer to an inline query."""
    answer: dict[str, Any] = talk.person.asks_inline(query, offset).answer(PATIENCE)
    return answer


def said(result: dict[str, Any]) -> str:
    """What would be sent if this result were picked, as HTML."""
    return str(result["input_message_content"]["message_text"])


@pytest.mark.parametrize("query", ["", " ", "a", "ab", "  ab  ", "🙂"])
def test_under_three_characters_nothing_is_offered(meet: Meet, query: str) -> None:
    answer = offered(meet(), query)
    assert (answer["results"], answer["next_offset"]) == ([], "")


@pytest.mark.parametrize("query", ["???", "🙂🙂🙂"])
def test_without_words_nothing_is_offered(meet: Meet, query: str) -> None:
    assert offered(meet(), query)["results"] == []


def test_ten_passages_are_offered_at_a_time_and_the_rest_page_by_page(meet: Meet) -> None:
    ada = meet()
    texts: list[str] = []
    offset, pages = "", 0
    while True:
        answer = offered(ada, BROAD, offset)
        assert len(answer["results"]) <= 10
        texts += [said(result) for result in answer["results"]]
        pages += 1
        if not answer["next_offset"]:
            break
        assert len(answer["results"]) == 10
        offset = answer["next_offset"]
    assert pages >= 2
    # No passage is offered twice.
    assert len(set(texts)) == len(texts) > 10


def test_of_queries_that_are_typed_at_once_the_newest_is_answered_and_not_all(
    meet: Meet, bot: BotProcess, server: BotApiServer
) -> None:
    ada, ben = meet(), meet("Ben")
    with server.world.lock:
        typed = [ada.person.asks_inline(f"{BROAD} number {letter}") for letter in range(30)]
        question = ben.writes(articles.COMET_QUESTION)
    assert typed[-1].answer(PATIENCE)["results"]
    assert articles.COMET_ANSWER in ben.answer_to(question).text
    server.wait(bot.is_idle, PATIENCE)
    # An empty answer to an older one would be shown again when the person goes back to it.
    answers = [one.query.answer for one in typed if one.query.answer is not None]
    assert all(answer["results"] for answer in answers)
    assert len(answers) < 30


@pytest.mark.parametrize("offset", ["-1", "50", "1000", "99999999999", "x", "1e3", "٣"])
def test_an_offset_of_somebodys_own_making_does_no_harm(meet: Meet, offset: str) -> None:
    assert len(offered(meet(), articles.HARBOUR_QUESTION, offset)["results"]) <= 10


def test_what_is_offered_is_kept_a_short_time_and_for_that_person_alone(meet: Meet) -> None:
    answer = offered(meet(), articles.HARBOUR_QUESTION)
    assert answer["cache_time"] == 10
    assert answer["is_personal"] is True


def test_an_answer_is_offered_first_with_its_sentence_as_the_description(meet: Meet) -> None:
    first = offered(meet(), articles.HARBOUR_QUESTION)["results"][0]
    assert first["title"] == articles.HARBOUR_TITLE
    assert first["description"] == f"Example Wire · 14 Mar 2023 · {articles.HARBOUR_ANSWER}"


def test_a_picked_passage_is_sent_whole_with_its_place_and_a_way_to_the_article(
    meet: Meet, server: BotApiServer
) -> None:
    ada, ben = meet(), meet("Ben")
    club = server.group("Club", ada.person, ben.person, bot=False)
    inline = ada.person.asks_inline(articles.HARBOUR_QUESTION)
    sent = ada.person.picks(inline, inline.answer(PATIENCE)["results"][0]["id"], club)
    passage = f"{articles.HARBOUR_OPEN}\n{articles.HARBOUR_FOLDED}"
    assert sent.text == f"{articles.HARBOUR_TITLE}\n{passage}\nExample Wire · 14 Mar 2023 · ¶ 1"
    assert f"<b>{articles.HARBOUR_ANSWER}</b>" in without_answer(sent.html)
    assert f'<a href="{articles.HARBOUR_URL}#:~:text=' in sent.html
    link = urlsplit(sent.button("Article")["url"])
    assert (link.netloc, link.path) == ("t.me", "/verbatim_bot")
    opened = ben.next_after(ben.writes(f"/start {parse_qs(link.query)['start'][0]}"))
    assert opened.text.startswith(f"{articles.HARBOUR_TITLE}\n\n")


def test_a_passage_picked_in_the_chat_with_the_bot_is_not_taken_for_a_question(meet: Meet) -> None:
    ada = meet()
    inline = ada.person.asks_inline(articles.HARBOUR_QUESTION)
    ada.person.picks(inline, inline.answer(PATIENCE)["results"][0]["id"], ada.chat)
    help_ = ada.asks("/help")
    assert ada.said_by_bot() == [help_]


def test_related_passages_are_called_so_and_nothing_in_them_is_marked_as_an_answer(meet: Meet) -> None:
    results = offered(meet(), articles.UNANSWERABLE)["results"]
    assert results[0]["description"].startswith("Related passage, perhaps not an answer · ")
    for result in results:
        assert said(result).startswith("Related passage, perhaps not an answer\n")
        passage = said(result).partition("<blockquote>")[2]
        assert passage
        assert "<b>" not in passage
        assert "%" not in passage.rpartition("</blockquote>")[2]


def test_beside_an_answer_the_other_passages_are_not_marked_as_answers(meet: Meet) -> None:
    first, *others = offered(meet(), articles.HARBOUR_QUESTION)["results"]
    assert "<b>Mayor Runa" in said(first)
    assert others
    assert all("<b>" not in said(other).partition("<blockquote>")[2] for other in others)


def test_what_may_be_the_answer_is_offered_as_the_closest_sentence(meet: Meet) -> None:
    first, *others = offered(meet(), articles.UNSURE_QUESTION)["results"]
    assert first["description"] == f"Not sure · Northern Sky · 9 Feb 2024 · {articles.UNSURE_SENTENCE}"
    assert said(first).startswith("Not sure. The closest sentence:\n")
    assert f"<b>{articles.UNSURE_SENTENCE}</b>" in said(first)
    assert "<u>" not in said(first)
    assert all("Not sure" not in said(other) for other in others)


def test_an_article_that_means_harm_is_offered_letter_for_letter(meet: Meet, server: BotApiServer) -> None:
    ada = meet()
    club = server.group("Club", ada.person, bot=False)
    inline = ada.person.asks_inline(articles.LANTERN_QUESTION)
    first = inline.answer(PATIENCE)["results"][0]
    assert len(first["title"]) == 100
    assert articles.LANTERN_TITLE.startswith(first["title"].removesuffix("…"))
    assert "\n" not in first["description"]
    assert not {"\u202e", "\u202c"} & set(first["description"])
    sent = ada.person.picks(inline, first["id"], club)
    assert sent.text.startswith(f"{articles.LANTERN_TITLE}\n")
    assert '</blockquote><script>alert("lit")</script>' in sent.text
    assert {entity["type"] for entity in sent.entities} == {"bold", "blockquote", "underline"}


def test_markup_in_a_query_does_no_harm(meet: Meet) -> None:
    first = offered(meet(), f"<b>{articles.COMET_QUESTION}</b> & *_`")["results"][0]
    assert first["title"] == "Schoolteacher finds a comet"


def test_a_query_is_offered_passages_in_the_persons_language(meet: Meet) -> None:
    first = offered(meet(language_code="nb"), articles.HARBOUR_QUESTION)["results"][0]
    assert first["description"].startswith("Example Wire · 14 mars 2023 · ")
    assert first["reply_markup"]["inline_keyboard"][0][0]["text"] == "Artikkel"


def test_inline_queries_are_no_questions_of_the_conversation(meet: Meet) -> None:
    ada = meet()
    offered(ada, articles.HARBOUR_QUESTION)
    assert "Understood as" not in ada.asks("And when did she say that?").text


def test_over_the_limit_nothing_is_offered_but_the_query_is_answered(meet: Meet) -> None:
    ada = meet()
    asked = [ada.person.asks_inline(articles.COMET_QUESTION) for _ in range(MOST_A_MINUTE)]
    assert asked[-1].answer(PATIENCE)["results"]
    over = offered(ada, articles.COMET_QUESTION)
    assert (over["results"], over["cache_time"]) == ([], 10)
    # Somebody else is served, and so are the same person's questions.
    assert offered(meet("Ben"), articles.COMET_QUESTION)["results"]
    assert articles.COMET_ANSWER in ada.asks(articles.COMET_QUESTION).text
