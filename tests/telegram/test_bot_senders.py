"""People who write in the name of a chat: anonymous admins and channels are strangers to each other and to all else."""

from collections.abc import Iterator
from typing import Final

import pytest

from tests.telegram import articles
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import PATIENCE, Meet, NewData, Talk, running_bot
from tests.telegram.server import ANONYMOUS, AS_CHANNEL, BotApiServer, Chat, Message

pytestmark = pytest.mark.usefixtures("bot")

# How the bot learns that it cannot know who is behind a channel.
REFUSED: Final = {("getChatMember", "Forbidden: bot is not a member of the channel chat")}
A_MINUTE: Final = 3
NOT_YOURS: Final = "Only the person who asked can use these buttons. Ask with /ask to get your own."
ASK: Final = "/ask@verbatim_bot"
FOLLOWED: Final = "And when did she say that?"


@pytest.fixture(scope="module")
def bot(server: BotApiServer, bot_data: NewData, admin: Talk) -> Iterator[BotProcess]:
    """A bot that takes few questions a minute from one person."""
    with running_bot(
        server, bot_data(), telegram_admins=admin.person.id, questions_a_minute=A_MINUTE, chat_questions_a_minute=100
    ) as running:
        yield running


class Group:
    """A group with an admin, who writes in its name unless another speaker is given."""

    def __init__(self, server: BotApiServer, meet: Meet, title: str) -> None:
        self.server = server
        self.ada, self.ben = meet("Ada"), meet("Ben")
        self.chat = server.group(title, self.ben.person, admins=[self.ada.person])
        self.here, self.there = self.ada.in_group(self.chat), self.ben.in_group(self.chat)

    def asks(self, text: str, speaker: Chat | None = None, reply_to: Message | None = None) -> Message:
        """Ask in the name of a chat, and wait for the reply."""
        return self.here.answer_to(self.writes(text, speaker, reply_to))

    def writes(self, text: str, speaker: Chat | None = None, reply_to: Message | None = None) -> Message:
        """Write in the name of a chat."""
        return self.ada.person.writes_as(speaker or self.chat, self.chat, text, reply_to)


@pytest.fixture
def readers(server: BotApiServer, meet: Meet) -> Group:
    """A group."""
    return Group(server, meet, "Readers")


@pytest.fixture
def writers(server: BotApiServer, meet: Meet) -> Group:
    """Another group."""
    return Group(server, meet, "Writers")


def test_forget_of_an_anonymous_admin_leaves_what_those_of_other_groups_asked(
    readers: Group, writers: Group, bot: BotProcess, server: BotApiServer
) -> None:
    gone, left = readers.asks(f"{ASK} {articles.HARBOUR_QUESTION}"), writers.asks(f"{ASK} {articles.COMET_QUESTION}")
    own = readers.here.asks(f"{ASK} {articles.RESCUE_QUESTION}")
    assert "your messages with buttons (1)" in readers.asks("/forget@verbatim_bot").text
    assert readers.here.presses(gone, "▶")["text"].startswith("This button has expired")
    # A press may be acknowledged before Telegram lets the bot write to the group again.
    writers.here.presses(left, "▶")
    server.wait(lambda: "2/5" in left.buttons, PATIENCE)
    # What she asked under her own name is another matter.
    readers.here.presses(own, "▶")
    server.wait(lambda: "2/5" in own.buttons, PATIENCE)
    server.wait(bot.is_idle, PATIENCE)
    for table, column in (("cards", "owner"), ("people", "id"), ("asked", "person"), ("turns", "person")):
        shared = f"SELECT 1 FROM {table} WHERE {column} IN (?, ?)"
        assert not bot.kept(shared, ANONYMOUS.id, AS_CHANNEL.id)


def test_channels_have_limits_of_their_own(readers: Group, server: BotApiServer) -> None:
    news, sports = server.channel("News"), server.channel("Sports")
    for _ in range(A_MINUTE):
        assert articles.COMET_ANSWER in readers.asks(f"{ASK} {articles.COMET_QUESTION}", news).text
    assert "Please ask again in" in readers.asks(f"{ASK} {articles.COMET_QUESTION}", news).text
    assert articles.COMET_ANSWER in readers.asks(f"{ASK} {articles.COMET_QUESTION}", sports).text
    assert articles.COMET_ANSWER in readers.asks(f"{ASK} {articles.COMET_QUESTION}").text


def test_a_question_of_one_channel_is_not_read_into_that_of_another(readers: Group, server: BotApiServer) -> None:
    news, sports = server.channel("News"), server.channel("Sports")
    readers.asks(f"{ASK} {articles.HARBOUR_QUESTION}", news)
    assert "Understood as" not in readers.asks(f"{ASK} {FOLLOWED}", sports).text
    assert readers.asks(f"{ASK} {FOLLOWED}", news).text.startswith("Understood as: ")


def test_a_ban_hits_one_channel_alone(readers: Group, server: BotApiServer, admin: Talk) -> None:
    news, sports = server.channel("News"), server.channel("Sports")
    asked = readers.writes(f"{ASK} {articles.COMET_QUESTION}", news)
    readers.here.answer_to(asked)
    server.world.private(admin.person.user)
    readers.chat.members[admin.person.id] = "member"
    banned = admin.in_group(readers.chat).asks("/ban@verbatim_bot", reply_to=asked)
    assert str(news.id) in banned.text
    silenced = readers.writes(f"{ASK} {articles.COMET_QUESTION}", news)
    assert articles.COMET_ANSWER in readers.asks(f"{ASK} {articles.COMET_QUESTION}", sports).text
    assert articles.COMET_ANSWER in readers.asks(f"{ASK} {articles.COMET_QUESTION}").text
    assert not [said for said in readers.here.said_by_bot() if said.reply_to is silenced]
    assert str(news.id) in admin.asks(f"/unban {news.id}").text
    assert articles.COMET_ANSWER in readers.asks(f"{ASK} {articles.COMET_QUESTION}", news).text


def test_admins_of_the_group_press_what_was_asked_in_its_name_and_act_in_its_name(
    readers: Group, bot: BotProcess, server: BotApiServer
) -> None:
    answer = readers.asks(f"{ASK} {articles.HARBOUR_QUESTION}")
    assert readers.there.presses(answer, "▶")["text"] == NOT_YOURS
    readers.here.presses(answer, "▶")
    assert "2/5" in answer.buttons
    readers.here.presses(answer, "👍")
    readers.here.presses(answer, "Article")
    opened = readers.here.next_after(answer)
    server.wait(bot.is_idle, PATIENCE)
    assert bot.kept("SELECT person FROM feedback WHERE person IN (?, ?)", readers.chat.id, readers.ada.person.id) == [
        (readers.chat.id,)
    ]
    owners = bot.kept("SELECT owner FROM cards WHERE message = ? AND chat = ?", opened.id, readers.chat.id)
    assert owners == [(readers.chat.id,)]


def test_admins_of_the_group_press_what_a_channel_asked_there_and_nobody_else_does(
    readers: Group, server: BotApiServer
) -> None:
    answer = readers.asks(f"{ASK} {articles.HARBOUR_QUESTION}", server.channel("News"))
    assert readers.there.presses(answer, "▶")["text"] == NOT_YOURS
    readers.here.presses(answer, "▶")
    assert "2/5" in answer.buttons


def test_an_anonymous_reaction_counts_for_the_chat(readers: Group, bot: BotProcess, server: BotApiServer) -> None:
    server.promote_bot(readers.chat, readers.ada.person)
    answer = readers.asks(f"{ASK} {articles.HARBOUR_QUESTION}")
    server.wait(bot.is_idle, PATIENCE)
    readers.ada.person.reacts(answer, "👍", speaker=readers.chat)
    query = "SELECT verdict FROM feedback WHERE person = ?"
    assert server.wait(lambda: bot.kept(query, readers.chat.id), PATIENCE) == [("up",)]


def test_settings_in_the_name_of_a_chat_are_the_chats(readers: Group) -> None:
    settings = readers.asks("/settings@verbatim_bot")
    readers.here.presses(settings, "1")
    assert "Passages per answer: 1" in settings.text
    assert "1/5" not in readers.asks(f"{ASK} {articles.HARBOUR_QUESTION}").buttons
    assert "1/5" in readers.here.asks(f"{ASK} {articles.HARBOUR_QUESTION}").buttons


def test_an_export_in_the_name_of_a_chat_is_refused_where_it_is_asked_for(readers: Group, server: BotApiServer) -> None:
    for speaker in (readers.chat, server.channel("News")):
        said = readers.asks("/export@verbatim_bot", speaker).text
        assert said.startswith("I hand out an export only in a private chat")
    assert not [message for message in readers.here.said_by_bot() if message.kind == "document"]


def test_an_admin_of_the_bot_has_no_rights_in_the_name_of_a_chat(readers: Group, server: BotApiServer) -> None:
    assert readers.asks("/stats@verbatim_bot").text == "That command is only for the admins of this bot."
