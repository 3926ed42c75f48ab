"""Guest mode: "@verbatim_bot question" in chats that the bot is no member of."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.telegram import articles
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import PATIENCE, Meet, NewData, Talk, running_bot
from tests.telegram.server import BotApiServer, Chat, Message

pytestmark = pytest.mark.usefixtures("bot")

A_MINUTE: Final = 3
# A query that has been answered, and one that Telegram no longer waits for.
REFUSED: Final = {
    (
        "answerGuestQuery",
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    )
}


@pytest.fixture(scope="module")
def bot(server: BotApiServer, bot_data: NewData, admin: Talk) -> Iterator[BotProcess]:
    """A bot that answers three questions a minute of one person."""
    with running_bot(server, bot_data(), telegram_admins=admin.person.id, questions_a_minute=A_MINUTE) as running:
        yield running


@pytest.fixture
def ada(meet: Meet) -> Talk:
    return meet()


@pytest.fixture
def elsewhere(server: BotApiServer, ada: Talk) -> Chat:
    """A group that the bot is not in."""
    return server.group("Elsewhere", ada.person, bot=False)


def answer(server: BotApiServer, called: Message) -> Message:
    """What the bot answered as a guest."""
    return server.wait_for_reply(called, PATIENCE)


def test_a_question_is_answered_where_the_bot_is_no_member(server: BotApiServer, ada: Talk, elsewhere: Chat) -> None:
    said = answer(server, ada.person.calls_bot(elsewhere, f"@verbatim_bot {articles.COMET_QUESTION}"))
    assert articles.COMET_ANSWER in said.text
    assert said.buttons == ["Article"]
    # The button opens the article in the bot's own chat.
    link = urlsplit(said.button("Article")["url"])
    assert (link.netloc, link.path) == ("t.me", "/verbatim_bot")
    (payload,) = parse_qs(link.query)["start"]
    assert "Elin Varga" in ada.asks(f"/start {payload}").text or "comet" in ada.said_by_bot()[-1].text.lower()


def test_what_is_not_in_the_articles_says_so_and_links_the_nearest(
    server: BotApiServer, ada: Talk, elsewhere: Chat
) -> None:
    said = answer(server, ada.person.calls_bot(elsewhere, "@verbatim_bot Which comet won the Ostmark chess cup?"))
    assert articles.COMET_ANSWER not in said.text
    assert said.buttons
    assert all(button["url"].startswith("https://t.me/verbatim_bot?start=d") for row in said.keyboard for button in row)


def test_the_name_alone_asks_what_it_replies_to_and_without_that_asks_back(
    server: BotApiServer, ada: Talk, meet: Meet
) -> None:
    ben = meet("Ben")
    group = server.group("Elsewhere", ada.person, ben.person, bot=False)
    wondered = ben.in_group(group).writes(f"Hm. {articles.COMET_QUESTION}")
    said = answer(
        server, ada.person.calls_bot(group, "@verbatim_bot", reply_to=wondered, quote=articles.COMET_QUESTION)
    )
    assert articles.COMET_ANSWER in said.text
    assert answer(server, ada.person.calls_bot(group, "@verbatim_bot")).text == "What would you like to know?"


def test_small_talk_with_a_guest_is_short(server: BotApiServer, ada: Talk, elsewhere: Chat) -> None:
    assert answer(server, ada.person.calls_bot(elsewhere, "thank you @verbatim_bot")).text == "You are welcome!"


def test_nothing_of_a_guests_question_is_kept_and_the_person_has_not_started_the_bot(
    server: BotApiServer, ada: Talk, elsewhere: Chat, bot: BotProcess
) -> None:
    answer(server, ada.person.calls_bot(elsewhere, f"@verbatim_bot {articles.COMET_QUESTION}"))
    server.wait(bot.is_idle, PATIENCE)
    for table, column in (("cards", "owner"), ("turns", "person")):
        assert not bot.kept(f"SELECT 1 FROM {table} WHERE {column} = ?", ada.person.id)
    assert bot.kept("SELECT started FROM people WHERE id = ?", ada.person.id) == [(0,)]
    assert not bot.kept("SELECT 1 FROM asked WHERE chat = ?", elsewhere.id)
    assert not bot.kept("SELECT 1 FROM inbox WHERE body LIKE '%Tolna%'")


def test_the_limit_of_a_person_holds_in_every_chat(server: BotApiServer, ada: Talk, elsewhere: Chat) -> None:
    for _ in range(A_MINUTE - 1):
        said = answer(server, ada.person.calls_bot(elsewhere, f"@verbatim_bot {articles.COMET_QUESTION}"))
        assert articles.COMET_ANSWER in said.text
    assert articles.COMET_ANSWER in ada.asks(articles.COMET_QUESTION).text
    over = answer(server, ada.person.calls_bot(elsewhere, f"@verbatim_bot {articles.COMET_QUESTION}"))
    assert over.text.startswith("That was a lot of questions in a short time.")


def test_too_long_a_question_and_one_without_words_get_one_line(
    server: BotApiServer, ada: Talk, elsewhere: Chat
) -> None:
    long = answer(server, ada.person.calls_bot(elsewhere, f"@verbatim_bot {'why ' * 300}"))
    assert " has 1,199 characters" in long.text
    assert " no word" in answer(server, ada.person.calls_bot(elsewhere, "@verbatim_bot ???")).text


def test_a_banned_person_and_a_query_that_is_too_old_get_nothing_and_ring_no_alarm(
    server: BotApiServer, meet: Meet, admin: Talk, elsewhere: Chat, bot: BotProcess
) -> None:
    mallory = meet("Mallory")
    admin.asks(f"/ban {mallory.person.id}")
    elsewhere.members[mallory.person.id] = "member"
    called = mallory.person.calls_bot(elsewhere, f"@verbatim_bot {articles.COMET_QUESTION}")
    server.wait(bot.is_idle, PATIENCE)
    assert server.world.replies(called) == []
    server.expire_queries()
    ben = meet("Ben")
    elsewhere.members[ben.person.id] = "member"
    late = ben.person.calls_bot(elsewhere, f"@verbatim_bot {articles.COMET_QUESTION}")
    bot.wait_for_log("a guest's question could not be answered")
    server.expire_queries(60)
    assert server.world.replies(late) == []


def test_a_bot_for_invited_people_or_groups_is_no_guest_of_others(
    server: BotApiServer, meet: Meet, bot: BotProcess, bot_data: NewData
) -> None:
    """The number of a chat in which the bot is a guest may be another chat's: it lets nobody in."""
    bot.stop()
    ada, ben = meet(), meet("Ben")
    group = server.group("Invited", ada.person, ben.person, bot=False)
    try:
        with running_bot(server, bot_data(), telegram_groups=group.id, telegram_people=ada.person.id) as invited:
            hers = ada.person.calls_bot(group, f"@verbatim_bot {articles.COMET_QUESTION}")
            his = ben.person.calls_bot(group, f"@verbatim_bot {articles.COMET_QUESTION}")
            assert articles.COMET_ANSWER in answer(server, hers).text
            server.wait(invited.is_idle, PATIENCE)
        assert server.world.replies(his) == []
        with running_bot(server, bot_data(), telegram_groups=group.id) as grouped:
            hers = ada.person.calls_bot(group, f"@verbatim_bot {articles.COMET_QUESTION}")
            server.wait(grouped.is_idle, PATIENCE)
        assert server.world.replies(hers) == []
    finally:
        bot.start()
