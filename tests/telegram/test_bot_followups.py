"""Conversations: questions that lean on earlier ones, and questions that are edited."""

from typing import Final

import pytest

from tests.telegram import articles
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import PATIENCE, Meet, Talk
from tests.telegram.server import BotApiServer

pytestmark = pytest.mark.usefixtures("bot")

REFUSED: Final = {("editMessageText", "Bad Request: message can't be edited")}
FOLLOWED: Final = "And when did she say that?"
# Put as a plain question: "she" is whom the question before is about.
UNDERSTOOD: Final = "Understood as: When did Mayor Runa Aasheim say that?"


def follows(question: str) -> str:
    """The first line of an answer to a follow-up that is understood in the light of a question before."""
    return f"Following up on: {question}"


def test_a_follow_up_is_understood_from_the_question_before_and_says_so(meet: Meet) -> None:
    ada = meet()
    ada.asks(articles.HARBOUR_QUESTION)
    answer = ada.asks(FOLLOWED)
    first = answer.text.partition("\n")[0]
    assert first == UNDERSTOOD
    assert answer.html.startswith(f"<i>{first}</i>\n")
    assert "She said on Monday evening" in answer.text


def test_a_question_that_stands_alone_is_left_as_it_is(meet: Meet) -> None:
    ada = meet()
    ada.asks(articles.HARBOUR_QUESTION)
    assert "Understood as" not in ada.asks(articles.COMET_QUESTION).text


def test_several_follow_ups_lean_on_the_same_question(meet: Meet) -> None:
    ada = meet()
    ada.asks(articles.HARBOUR_QUESTION)
    ada.asks(FOLLOWED)
    again = ada.asks("And why?")
    assert again.text.startswith(follows(articles.HARBOUR_QUESTION))


def test_new_forgets_the_conversation(meet: Meet) -> None:
    ada = meet()
    ada.asks(articles.HARBOUR_QUESTION)
    assert ada.asks("/new").text == "A fresh start: I have forgotten what we talked about here."
    assert "Understood as" not in ada.asks(FOLLOWED).text


def test_new_says_where_there_was_nothing_to_forget(meet: Meet) -> None:
    said = meet().asks("/new").text
    assert said == "There was nothing to forget. Just ask your question."


def test_a_reply_to_an_older_answer_goes_on_from_that_one(meet: Meet) -> None:
    ada = meet()
    older = ada.asks(articles.HARBOUR_QUESTION)
    ada.asks(articles.COMET_QUESTION)
    reply = ada.asks("And what does it cost?", reply_to=older)
    assert reply.text.startswith(follows(articles.HARBOUR_QUESTION))
    assert "48 million euros" in reply.text


def test_the_closest_sentence_is_remembered_as_a_reply(meet: Meet, bot: BotProcess, server: BotApiServer) -> None:
    ada = meet()
    assert ada.asks(articles.UNSURE_QUESTION).text.startswith("Not sure. The closest sentence:")
    server.wait(bot.is_idle, PATIENCE)
    said = bot.kept("SELECT question, reply FROM turns WHERE chat = ? ORDER BY id", ada.chat.id)
    assert said == [(articles.UNSURE_QUESTION, articles.UNSURE_SENTENCE)]
    assert "Following up on: " in ada.asks("And who found it?").text


def test_what_only_comes_near_is_not_remembered_as_a_reply(meet: Meet, bot: BotProcess, server: BotApiServer) -> None:
    ada = meet()
    ada.asks(articles.HARBOUR_QUESTION)
    ada.asks(articles.UNANSWERABLE)
    server.wait(bot.is_idle, PATIENCE)
    said = bot.kept("SELECT question, reply FROM turns WHERE chat = ? ORDER BY id", ada.chat.id)
    assert said == [(articles.HARBOUR_QUESTION, articles.HARBOUR_ANSWER), (articles.UNANSWERABLE, "")]


def test_without_a_reply_the_latest_question_counts(meet: Meet) -> None:
    ada = meet()
    ada.asks(articles.HARBOUR_QUESTION)
    ada.asks(articles.COMET_QUESTION)
    assert ada.asks("And when does it pass the Sun?").text.startswith(follows(articles.COMET_QUESTION))


def test_a_conversation_outlives_a_restart_of_the_bot(meet: Meet, bot: BotProcess, server: BotApiServer) -> None:
    ada = meet()
    ada.asks(articles.HARBOUR_QUESTION)
    server.wait(bot.is_idle, PATIENCE)
    bot.kill()
    bot.start()
    assert ada.asks(FOLLOWED).text.startswith(UNDERSTOOD)


def test_the_same_person_has_another_conversation_in_every_chat(meet: Meet, server: BotApiServer) -> None:
    ada = meet()
    group = ada.in_group(server.group("Fishermen", ada.person))
    ada.asks(articles.HARBOUR_QUESTION)
    assert "Understood as" not in group.asks(f"/ask@verbatim_bot {FOLLOWED}").text


# Edited questions.


def nothing_more(talk: Talk, how_many: int) -> None:
    """Whatever the bot has to say to what was done so far, it has said, in so many messages."""
    talk.asks("/privacy")
    assert len(talk.said_by_bot()) == how_many + 1


def test_an_edited_question_updates_the_same_answer(meet: Meet, server: BotApiServer) -> None:
    ada = meet()
    question = ada.writes(articles.HARBOUR_QUESTION)
    answer = ada.answer_to(question)
    ada.person.edits(question, articles.COMET_QUESTION)
    assert server.wait(lambda: articles.COMET_ANSWER in answer.text, PATIENCE)
    assert articles.HARBOUR_ANSWER not in answer.text
    nothing_more(ada, 1)
    ada.presses(answer, "▶")
    assert "2/5" in answer.buttons


def test_an_edit_takes_the_place_of_the_question_in_the_conversation(meet: Meet, server: BotApiServer) -> None:
    ada = meet()
    question = ada.writes(articles.HARBOUR_QUESTION)
    answer = ada.answer_to(question)
    ada.person.edits(question, articles.COMET_QUESTION)
    server.wait(lambda: articles.COMET_ANSWER in answer.text, PATIENCE)
    assert ada.asks("And when does it pass the Sun?").text.startswith(follows(articles.COMET_QUESTION))


def test_an_edited_follow_up_still_leans_on_what_came_before_it_and_not_on_itself(
    meet: Meet, server: BotApiServer
) -> None:
    ada = meet()
    ada.asks(articles.HARBOUR_QUESTION)
    question = ada.writes(FOLLOWED)
    answer = ada.answer_to(question)
    ada.asks(articles.COMET_QUESTION)
    ada.person.edits(question, "And what does it cost?")
    assert server.wait(lambda: answer.text.startswith(follows(articles.HARBOUR_QUESTION)), PATIENCE)


def test_an_answered_question_may_become_one_without_an_answer(meet: Meet, server: BotApiServer) -> None:
    ada = meet()
    question = ada.writes(articles.HARBOUR_QUESTION)
    answer = ada.answer_to(question)
    ada.person.edits(question, articles.UNANSWERABLE)
    assert server.wait(lambda: answer.text.startswith("I could not find the answer in the articles."), PATIENCE)
    assert articles.HARBOUR_TITLE not in answer.text
    ada.person.edits(question, articles.HARBOUR_QUESTION)
    assert server.wait(lambda: articles.HARBOUR_ANSWER in answer.text, PATIENCE)


def test_an_edit_that_changes_nothing_does_nothing(meet: Meet, server: BotApiServer) -> None:
    ada = meet()
    question = ada.writes(articles.HARBOUR_QUESTION)
    answer = ada.answer_to(question)
    ada.presses(answer, "▶")
    turned = answer.html
    edits = len(server.calls_of("editMessageText"))
    ada.person.edits(question, articles.HARBOUR_QUESTION)
    nothing_more(ada, 1)
    assert answer.html == turned
    assert len(server.calls_of("editMessageText")) == edits


def test_an_edit_whose_answer_can_no_longer_be_edited_gets_a_new_one(meet: Meet, server: BotApiServer) -> None:
    ada = meet()
    question = ada.writes(articles.HARBOUR_QUESTION)
    answer = ada.answer_to(question)
    before = answer.html
    server.forbid_edit(answer)
    ada.person.edits(question, articles.COMET_QUESTION)
    new = ada.next_after(answer)
    assert articles.COMET_ANSWER in new.text
    assert new.reply_to is question
    assert answer.html == before
    ada.presses(new, "▶")
    assert "2/5" in new.buttons


def test_a_bare_ask_that_is_edited_into_a_question_is_answered(meet: Meet) -> None:
    ada = meet()
    question = ada.writes("/ask")
    asked_back = ada.answer_to(question)
    ada.person.edits(question, f"/ask {articles.COMET_QUESTION}")
    assert articles.COMET_ANSWER in ada.next_after(asked_back).text


def test_another_command_that_is_edited_is_not_given_again(meet: Meet) -> None:
    ada = meet()
    command = ada.writes("/help")
    ada.answer_to(command)
    ada.person.edits(command, "/help me")
    nothing_more(ada, 1)
