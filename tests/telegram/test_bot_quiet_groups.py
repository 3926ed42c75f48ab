"""A bot that says nothing in groups where there is no answer, and whose answers have no buttons for votes."""

from collections.abc import Iterator
from typing import Final

import pytest

from tests.telegram import articles
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import PATIENCE, Meet, NewData, running_bot
from tests.telegram.server import BotApiServer

pytestmark = pytest.mark.usefixtures("bot")

ASK: Final = "/ask@verbatim_bot"


@pytest.fixture(scope="module")
def bot(server: BotApiServer, bot_data: NewData) -> Iterator[BotProcess]:
    """A bot with both settings."""
    with running_bot(server, bot_data(), silent_in_groups="on", feedback_buttons="off") as running:
        yield running


def test_in_a_group_nothing_is_said_where_there_is_no_answer(meet: Meet, bot: BotProcess, server: BotApiServer) -> None:
    ada = meet()
    group = ada.in_group(server.group("Fishermen", ada.person))
    group.writes(f"{ASK} {articles.UNANSWERABLE}")
    answer = group.asks(f"{ASK} {articles.HARBOUR_QUESTION}")
    server.wait(bot.is_idle, PATIENCE)
    assert group.said_by_bot() == [answer]
    # What may be the answer is shown, and in private everything is told.
    assert group.asks(f"{ASK} {articles.UNSURE_QUESTION}").text.startswith("Not sure.")
    assert ada.asks(articles.UNANSWERABLE).text.startswith("I could not find the answer")


def test_an_answer_in_a_group_is_taken_back_where_its_question_becomes_one_without_an_answer(
    meet: Meet, server: BotApiServer
) -> None:
    ada = meet()
    group = ada.in_group(server.group("Fishermen", ada.person))
    question = group.writes(f"{ASK} {articles.HARBOUR_QUESTION}")
    answer = group.answer_to(question)
    ada.person.edits(question, f"{ASK} {articles.UNANSWERABLE}")
    assert server.wait(lambda: answer.text.startswith("I could not find the answer"), PATIENCE)


def test_a_reaction_counts_where_there_are_no_buttons_for_it(meet: Meet, bot: BotProcess, server: BotApiServer) -> None:
    ada = meet()
    answer = ada.asks(articles.HARBOUR_QUESTION)
    assert [[button["text"] for button in row] for row in answer.keyboard] == [
        ["1/5", "▶", "🔔"],
        ["More", "Article", "Copy", "Share"],
    ]
    ada.person.reacts(answer, "👍")
    server.wait(bot.is_idle, PATIENCE)
    given = "SELECT verdict FROM feedback WHERE person = ?"
    assert server.wait(lambda: bot.kept(given, ada.person.id) == [("up",)], PATIENCE)
