"""Small talk, requests for articles, misspelt words, and questions in a language that the model does not know."""

from typing import Final

import pytest

from tests.telegram import articles
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import PATIENCE, Meet
from tests.telegram.server import BotApiServer
from tests.telegram.test_bot_questions import marked

pytestmark = pytest.mark.usefixtures("bot")

FOLLOWED: Final = "And when did she say that?"
UNDERSTOOD: Final = "Understood as: When did Mayor Runa Aasheim say that?"


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("hi", "Hello! What would you like to know?"),
        ("Good morning!", "Hello! What would you like to know?"),
        ("thank you very much", "You are welcome!"),
        ("who are you?", "I am a bot that answers questions from a collection of articles, always word for word."),
        ("What can you do?", "I answer questions with the exact words of an article, and say where they stand."),
        ("help", "Just type a question."),
        ("stop", "All right. I write when you ask me something, and when there is news"),
        ("bye", "Goodbye!"),
        ("😀👍", "🙂 I am best at questions about the articles."),
    ],
)
def test_small_talk_gets_a_friendly_line_and_is_not_searched(meet: Meet, said: str, reply: str) -> None:
    answer = meet().asks(said)
    assert answer.text.startswith(reply)
    assert "come nearest" not in answer.text
    assert "%" not in answer.text


def test_a_greeting_offers_questions_that_can_be_asked_by_a_button(meet: Meet) -> None:
    ada = meet()
    hello = ada.asks("hello")
    assert hello.text.endswith("You could ask, for example:")
    assert 1 <= len(hello.buttons) <= 3
    ada.presses(hello, hello.buttons[0])
    assert "%" in ada.next_after(hello).text


def test_small_talk_in_norwegian(meet: Meet) -> None:
    kari = meet("Kari", language_code="nb")
    assert kari.asks("tusen takk").text == "Bare hyggelig!"
    assert kari.asks("Hvem er du?").text.startswith("Jeg er en bot som svarer på spørsmål")


def test_small_talk_is_no_turn_of_the_conversation(meet: Meet, server: BotApiServer, bot: BotProcess) -> None:
    ada = meet()
    ada.asks(articles.HARBOUR_QUESTION)
    for said in ("great, thank you", "hi", "what articles do you have?"):
        ada.asks(said)
    assert ada.asks(FOLLOWED).text.startswith(UNDERSTOOD)
    server.wait(bot.is_idle, PATIENCE)
    asked = bot.kept("SELECT question FROM turns WHERE person = ? ORDER BY id", ada.person.id)
    assert asked == [(articles.HARBOUR_QUESTION,), (FOLLOWED,)]


def test_in_a_group_small_talk_with_the_bot_is_short_and_among_people_unheard(
    meet: Meet, server: BotApiServer, bot: BotProcess
) -> None:
    ada = meet()
    here = ada.in_group(server.group("Readers", ada.person))
    assert here.asks("@verbatim_bot thanks").text == "You are welcome!"
    here.writes("thanks")
    server.wait(bot.is_idle, PATIENCE)
    assert len(here.said_by_bot()) == 1


def test_a_question_edited_into_small_talk_keeps_its_answer(meet: Meet, server: BotApiServer, bot: BotProcess) -> None:
    ada = meet()
    asked = ada.writes(articles.COMET_QUESTION)
    answer = ada.answer_to(asked)
    ada.person.edits(asked, "thanks")
    server.wait(bot.is_idle, PATIENCE)
    assert articles.COMET_ANSWER in answer.text
    assert ada.said_by_bot() == [answer]


# Articles that are asked for.


@pytest.mark.parametrize("asked", ["What articles do you have?", "How many articles are there?", "latest news"])
def test_a_request_for_all_articles_lists_them_newest_first(meet: Meet, asked: str) -> None:
    ada = meet()
    listed, sources = ada.asks(asked), ada.asks("/sources")
    assert "articles, newest first" in listed.text.partition("\n")[0]
    assert listed.text == sources.text
    ada.presses(listed, "▶")
    assert "9. " in listed.text


def test_articles_from_a_source_come_with_their_first_sentences_page_by_page(meet: Meet) -> None:
    ada = meet()
    for asked in ("everything from Example Wire", 'source:"Example Wire"'):
        listed = ada.asks(asked)
        assert "articles from Example Wire" in listed.text.partition("\n")[0]
        assert articles.HARBOUR_TITLE in listed.text
        (lead,) = [one for one in marked(listed, "blockquote") if one.startswith("The council of Lindvik")]
        assert lead.endswith("at the mouth of the harbour.")
        assert "Kystposten" not in listed.text


def test_articles_of_a_day(meet: Meet) -> None:
    listed = meet().asks("What happened on 14 March 2023?")
    assert listed.text.startswith("1 article, on 14 March 2023\n")
    assert articles.HARBOUR_TITLE in listed.text


def test_articles_about_something_and_one_by_its_title(meet: Meet) -> None:
    ada = meet()
    listed = ada.asks("articles about the comet")
    assert "Schoolteacher finds a comet" in listed.text
    ada.presses(listed, "1")
    assert "page 1 of" in ada.next_after(listed).text
    opened = ada.asks("show me the article about Schoolteacher finds a comet")
    assert "Schoolteacher finds a comet" in opened.text


def test_a_request_that_fits_no_article_is_searched_as_a_question(meet: Meet) -> None:
    answer = meet().asks("articles about Antarctic penguins")
    assert "articles about “" not in answer.text


# A wrong letter, and another language.


def test_one_wrong_letter_is_put_right_and_said(meet: Meet, server: BotApiServer, bot: BotProcess) -> None:
    ada = meet()
    answer = ada.asks("Who lit some 9,000 paraffin cantles between the rows?")
    assert answer.text.startswith("Did you mean candles?\n")
    assert articles.ORCHARD_ANSWER in answer.text
    assert "Understood as" not in answer.text


def test_a_question_in_a_language_that_the_model_does_not_know_says_so_in_that_language(meet: Meet) -> None:
    answer = meet().asks("Hvem vant sjakkmesterskapet i Ostmark med to tårn?")
    assert answer.text.startswith("Jeg kan ikke norsk så godt: modellen min er laget for andre språk.")
    assert answer.buttons


def test_a_language_without_phrases_is_named_in_the_persons_own(meet: Meet) -> None:
    answer = meet().asks("Wer gewann warum die Schachmeisterschaft und wo war das?")
    assert answer.text.startswith("I do not know German well: my model was made for other languages.")
