"""Groups: what the bot hears there, where it answers, where it stays, and what a group takes along when it moves."""

import itertools
import time
from collections.abc import Iterator
from typing import Final

import pytest

from tests.telegram import articles
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import PATIENCE, Meet, NewData, Talk, refused, running_bot
from tests.telegram.server import BotApiServer, Chat, Message
from tests.telegram.server.errors import BadRequest

pytestmark = pytest.mark.usefixtures("bot")

# How the bot learns that a group has moved while it was looking for an answer.
REFUSED: Final = {
    *(
        (method, "Bad Request: group chat was upgraded to a supergroup chat")
        for method in ("sendMessage", "sendChatAction", "editMessageText", "editMessageReplyMarkup")
    ),
    # Groups that keep the bot from writing.
    *(
        (method, f"Bad Request: {why}")
        for method in ("sendMessage", "sendChatAction", "editMessageText")
        for why in ("not enough rights to send text messages to the chat", "TOPIC_CLOSED")
    ),
}
CHAT_LIMIT: Final = 4
HELLO: Final = (
    "Hello! To ask me something, write /ask@verbatim_bot and your question, mention @verbatim_bot, or reply to one of "
    "my messages. /help tells more."
)
FOLLOWED: Final = "And when did she say that?"
UNDERSTOOD: Final = "Understood as: When did Mayor Runa Aasheim say that?"


@pytest.fixture(scope="module")
def bot(server: BotApiServer, bot_data: NewData, admin: Talk) -> Iterator[BotProcess]:
    """A bot that takes few questions a minute from one chat."""
    with running_bot(
        server, bot_data(), telegram_admins=admin.person.id, chat_questions_a_minute=CHAT_LIMIT
    ) as running:
        yield running


@pytest.fixture
def ada(meet: Meet, server: BotApiServer) -> Talk:
    """Ada in a supergroup."""
    ada = meet()
    return ada.in_group(server.group("Readers", ada.person))


def heard_until(talk: Talk) -> list[Message]:
    """The bot's messages in a group once it has dealt with everything said there so far; its help is not counted."""
    last = talk.asks("/help@verbatim_bot")
    return [message for message in talk.said_by_bot() if message is not last]


# Privacy mode.


@pytest.mark.parametrize(
    "words",
    [
        f"/ask@verbatim_bot {articles.COMET_QUESTION}",
        f"@verbatim_bot {articles.COMET_QUESTION}",
        f"@Verbatim_Bot, {articles.COMET_QUESTION}",
        f"{articles.COMET_QUESTION} @verbatim_bot",
        f"🙂🙂 @verbatim_bot {articles.COMET_QUESTION}",
    ],
)
def test_a_command_or_a_mention_is_answered_in_the_group(ada: Talk, words: str) -> None:
    answer = ada.asks(words)
    assert articles.COMET_ANSWER in answer.text
    assert "Understood as" not in answer.text


def test_a_bare_command_is_answered_where_it_reaches_the_bot(ada: Talk, server: BotApiServer) -> None:
    server.another_bot_writes(ada.chat, "I wrote last")
    ada.writes(f"/ask {articles.HARBOUR_QUESTION}")
    helped = ada.asks("/help@verbatim_bot")
    assert ada.said_by_bot() == [helped]
    assert "In a group, write /ask@verbatim_bot and your question" in helped.text
    assert articles.COMET_ANSWER in ada.asks(f"/ask {articles.COMET_QUESTION}").text


@pytest.mark.parametrize("kind", ["photo", "voice", "video"])
def test_a_caption_that_names_the_bot_is_a_question(ada: Talk, kind: str) -> None:
    for caption in (f"@verbatim_bot {articles.COMET_QUESTION}", f"/ask@verbatim_bot {articles.COMET_QUESTION}"):
        sent = ada.person.sends(ada.chat, kind, caption=caption)
        assert articles.COMET_ANSWER in ada.answer_to(sent).text


def test_a_reply_to_the_bot_is_a_question(ada: Talk) -> None:
    first = ada.asks(f"/ask@verbatim_bot {articles.HARBOUR_QUESTION}")
    answer = ada.asks(FOLLOWED, reply_to=first)
    assert answer.text.startswith(UNDERSTOOD)


def test_a_bare_mention_asks_back_and_as_a_reply_asks_what_it_replies_to(ada: Talk) -> None:
    asked_back = ada.asks("@verbatim_bot")
    assert asked_back.text == "What would you like to know?"
    assert asked_back.markup is not None
    assert asked_back.markup["selective"] is True
    assert articles.COMET_ANSWER in ada.asks(articles.COMET_QUESTION, reply_to=asked_back).text
    wondered = ada.writes(articles.HARBOUR_QUESTION)
    assert articles.HARBOUR_ANSWER in ada.asks("@verbatim_bot", reply_to=wondered).text


def test_what_people_say_to_each_other_is_not_answered_even_where_the_bot_hears_all(
    ada: Talk, meet: Meet, server: BotApiServer
) -> None:
    ben = meet("Ben")
    group = server.group("Gossip", ada.person, ben.person)
    server.promote_bot(group, ada.person)
    here, there = ada.in_group(group), ben.in_group(group)
    said = here.writes(articles.COMET_QUESTION)
    there.writes("By Elin Varga, I think", reply_to=said)
    here.writes(f"/ask@another_bot {articles.COMET_QUESTION}")
    here.writes("@another_bot what do you say?")
    here.writes("/dance")
    ada.person.sends(group, "photo", caption="@another_bot look at that")
    ada.person.sends(group, "photo", caption=f"/ask@another_bot {articles.COMET_QUESTION}")
    ada.person.sends(group, "voice")
    assert heard_until(here) == []


def test_people_in_a_group_have_conversations_of_their_own(ada: Talk, meet: Meet, server: BotApiServer) -> None:
    ben = meet("Ben")
    group = server.group("Readers", ada.person, ben.person)
    ada.in_group(group).asks(f"/ask@verbatim_bot {articles.HARBOUR_QUESTION}")
    assert "Understood as" not in ben.in_group(group).asks(f"/ask@verbatim_bot {FOLLOWED}").text


def test_a_message_stays_in_its_language_whoever_presses(meet: Meet, admin: Talk, server: BotApiServer) -> None:
    kari = meet("Kari", language_code="nb")
    server.world.private(admin.person.user)
    group = server.group("Lesere", kari.person, admin.person)
    here, there = kari.in_group(group), admin.in_group(group)
    listed = here.asks("/sources@verbatim_bot")
    assert "nyeste først" in listed.text
    there.presses(listed, "▶")
    assert "nyeste først" in listed.text
    there.presses(listed, "9")
    assert "side 1 av" in there.next_after(listed).text


# Topics.


@pytest.fixture
def forum(ada: Talk, server: BotApiServer) -> Chat:
    """A group with topics."""
    return server.group("Forum", ada.person, forum=True)


def test_an_answer_stays_in_its_topic_with_everything_its_buttons_open(ada: Talk, forum: Chat) -> None:
    topic, here = forum.topic("Harbours"), ada.in_group(forum)
    answer = here.asks(f"/ask@verbatim_bot {articles.HARBOUR_QUESTION}", thread=topic)
    assert answer.thread == topic
    here.presses(answer, "Article")
    assert here.next_after(answer).thread == topic
    asked_back = here.asks("/ask@verbatim_bot", thread=topic)
    assert asked_back.thread == topic


def test_in_general_no_thread_is_named(ada: Talk, forum: Chat, server: BotApiServer) -> None:
    forum.topic("Harbours")
    answer = ada.in_group(forum).asks(f"/ask@verbatim_bot {articles.HARBOUR_QUESTION}")
    assert answer.thread is None
    sent = [call for call in server.calls_of("sendMessage") if str(call.params["chat_id"]) == str(forum.id)]
    assert len(sent) == 1
    assert "message_thread_id" not in sent[0].params


def test_every_topic_has_a_conversation_of_its_own(ada: Talk, forum: Chat) -> None:
    harbours, comets, here = forum.topic("Harbours"), forum.topic("Comets"), ada.in_group(forum)
    here.asks(f"/ask@verbatim_bot {articles.HARBOUR_QUESTION}", thread=harbours)
    here.asks(f"/ask@verbatim_bot {articles.COMET_QUESTION}", thread=comets)
    answer = here.asks(f"/ask@verbatim_bot {FOLLOWED}", thread=harbours)
    assert answer.text.startswith(UNDERSTOOD)
    # /new in one topic leaves the other.
    here.asks("/new@verbatim_bot", thread=comets)
    again = here.asks(f"/ask@verbatim_bot {FOLLOWED}", thread=harbours)
    assert again.text.startswith("Understood as: ")


# Coming and going.


def test_the_bot_says_hello_once_when_it_is_added(meet: Meet, server: BotApiServer) -> None:
    ada = meet()
    group = server.group("New here", ada.person, bot=False)
    here = ada.in_group(group)
    server.add_bot(group, ada.person)
    assert server.wait_for_message(group, seconds=PATIENCE).text == HELLO
    server.promote_bot(group, ada.person)
    assert len(heard_until(here)) == 1


def test_hello_is_in_the_language_of_who_added_it(meet: Meet, server: BotApiServer) -> None:
    kari = meet("Kari", language_code="nb")
    group = server.group("Nye her", kari.person, bot=False)
    server.add_bot(group, kari.person)
    assert server.wait_for_message(group, seconds=PATIENCE).text.startswith("Hei! Vil du spørre meg om noe, ")


def test_a_group_that_removes_the_bot_is_forgotten(ada: Talk, bot: BotProcess, server: BotApiServer) -> None:
    ada.asks(f"/ask@verbatim_bot {articles.HARBOUR_QUESTION}")
    server.wait(bot.is_idle, PATIENCE)
    assert bot.kept("SELECT 1 FROM cards WHERE chat = ?", ada.chat.id)
    server.remove_bot(ada.chat, ada.person)
    server.wait(bot.is_idle, PATIENCE)
    assert not bot.kept("SELECT 1 FROM cards WHERE chat = ?", ada.chat.id)
    assert not bot.kept("SELECT 1 FROM turns WHERE chat = ?", ada.chat.id)


# Groups that keep the bot from writing, and people it does not listen to.


def test_a_group_that_mutes_the_bot_rings_no_alarm_and_is_answered_when_it_lets_the_bot_write_again(
    meet: Meet, admin: Talk, bot: BotProcess, server: BotApiServer
) -> None:
    ada = meet()
    here = ada.in_group(server.group("Muted", ada.person))
    answer = here.asks(f"/ask@verbatim_bot {articles.HARBOUR_QUESTION}")
    server.mute_bot(here.chat, ada.person)
    log, told_admin = bot.said.count("does not let the bot write"), len(admin.said_by_bot())
    for words in (f"/ask@verbatim_bot {articles.COMET_QUESTION}", "/ask@verbatim_bot", "/sources@verbatim_bot"):
        here.writes(words)
        here.writes("/start@verbatim_bot")
    assert here.presses(answer, "▶")["text"] == ""
    assert here.presses(answer, "Article")["text"] == ""
    server.wait(bot.is_idle, PATIENCE)
    assert here.said_by_bot() == [answer]
    assert bot.said.count("does not let the bot write") == log + 1
    # The fixture looks for incidents at the end; nothing is logged as more than a note.
    assert not [line for line in bot.said.splitlines() if '"level": "error"' in line]
    assert len(admin.said_by_bot()) == told_admin
    server.set_bot_status(here.chat, ada.person, "member")
    here.presses(answer, "▶")
    assert "2/5" in answer.buttons
    # The limit of a minute is the group's own.
    later = here.asks(f"/ask@verbatim_bot {articles.COMET_QUESTION}", date=time.time() + 120)
    assert articles.COMET_ANSWER in later.text


def test_a_topic_that_is_closed_rings_no_alarm(ada: Talk, forum: Chat, bot: BotProcess, server: BotApiServer) -> None:
    here = ada.in_group(forum)
    server.refuse_messages(forum, BadRequest("TOPIC_CLOSED"))
    here.writes(f"/ask@verbatim_bot {articles.HARBOUR_QUESTION}", thread=forum.topic("Closed"))
    server.wait(bot.is_idle, PATIENCE)
    assert here.said_by_bot() == []
    assert "Topic_closed" in bot.said


def test_the_group_of_a_banned_person_serves_the_others_and_not_them(
    meet: Meet, admin: Talk, bot: BotProcess, server: BotApiServer
) -> None:
    mallory, ada = meet("Mallory"), meet()
    admin.asks(f"/ban {mallory.person.id}")
    group = server.group("Mallory's", ada.person, admins=[mallory.person], bot=False)
    server.add_bot(group, mallory.person)
    server.promote_bot(group, mallory.person)
    theirs, hers = mallory.in_group(group), ada.in_group(group)
    answer = hers.asks(f"/ask@verbatim_bot {articles.HARBOUR_QUESTION}")
    assert articles.HARBOUR_ANSWER in answer.text
    # Nobody was greeted, and a ban holds for whatever the person does there.
    question = theirs.writes(f"/ask@verbatim_bot {articles.COMET_QUESTION}")
    mallory.person.edits(question, f"/ask@verbatim_bot {articles.RESCUE_QUESTION}")
    theirs.writes("And then?", reply_to=answer)
    theirs.writes("/sources@verbatim_bot")
    mallory.person.reacts(answer, "👎")
    assert theirs.presses(answer, "▶")["text"] == ""
    assert mallory.person.asks_inline(articles.COMET_QUESTION).answer(PATIENCE)["results"] == []
    server.wait(bot.is_idle, PATIENCE)
    assert theirs.said_by_bot() == [answer]
    assert "1/5" in answer.buttons
    assert bot.kept("SELECT 1 FROM feedback WHERE person = ?", mallory.person.id) == []
    assert articles.COMET_ANSWER in hers.asks(f"/ask@verbatim_bot {articles.COMET_QUESTION}").text


# Moving.


def test_a_group_that_becomes_a_supergroup_keeps_conversation_cards_and_limits(
    meet: Meet, server: BotApiServer, bot: BotProcess
) -> None:
    ada, ben = meet(), meet("Ben")
    old = server.group("Small", ada.person, ben.person, supergroup=False)
    # Telegram's own time is what limits go by: all of this happens at one moment.
    now = 1_790_000_000.0
    answer = ada.in_group(old).asks(f"/ask@verbatim_bot {articles.HARBOUR_QUESTION}", date=now)
    ben.in_group(old).asks(f"/ask@verbatim_bot {articles.COMET_QUESTION}", date=now)
    card = answer.button("▶")["callback_data"]
    new = server.migrate(old)
    server.wait(bot.is_idle, PATIENCE)
    here = ada.in_group(new)
    followed = here.asks(f"/ask@verbatim_bot {FOLLOWED}", date=now)
    assert followed.text.startswith(UNDERSTOOD)
    # Telegram shows the old messages in the new chat under other numbers: their buttons still find their card.
    here.presses_data(followed, card)
    assert followed.buttons[:3] == ["◀", "2/5", "▶"]
    assert "Understood as" not in followed.text
    # Two questions there and two here are as many as one chat may ask.
    ben.in_group(new).asks(f"/ask@verbatim_bot {articles.RESCUE_QUESTION}", date=now)
    over = ben.in_group(new).asks(f"/ask@verbatim_bot {articles.COMET_QUESTION}", date=now + 10)
    assert over.text == "That was a lot of questions in a short time. Please ask again in 50 seconds."


def test_what_is_sent_to_a_group_that_moved_meanwhile_arrives_in_the_new_one(
    meet: Meet, server: BotApiServer, bot: BotProcess
) -> None:
    ada = meet()
    old = server.group("Moving", ada.person, supergroup=False)
    with server.world.lock:
        ada.in_group(old).writes(f"/ask@verbatim_bot {articles.HARBOUR_QUESTION}")
        new = server.migrate(old)
    answer = server.wait_for_message(new, seconds=PATIENCE)
    assert articles.HARBOUR_ANSWER in answer.text
    ada.in_group(new).presses(answer, "▶")
    assert "2/5" in answer.buttons


def test_buttons_below_messages_of_the_old_group_go_on_in_the_new_one(
    meet: Meet, server: BotApiServer, bot: BotProcess
) -> None:
    """Telegram shows the old messages above the new ones, and a press there names the old group."""
    ada = meet()
    old = server.group("Pressing", ada.person, supergroup=False)
    before = ada.in_group(old)
    answer = before.asks(f"/ask@verbatim_bot {articles.HARBOUR_QUESTION}")
    new = server.migrate(old)
    server.wait(bot.is_idle, PATIENCE)
    here = ada.in_group(new)
    # Another message of the bot has the number of the old one there.
    new.message_ids = itertools.count(answer.id - 1)
    other = here.asks("/help@verbatim_bot")
    assert other.id == answer.id
    helped = other.text
    for shown in ("2/5", "2/5"):
        last = here.said_by_bot()[-1]
        before.presses(answer, "▶")
        assert shown in here.next_after(last).buttons
    turned = here.said_by_bot()[-1]
    here.presses(turned, "▶")
    assert "3/5" in turned.buttons
    assert before.presses(answer, "👍")["text"] == "Thank you! Noted: this passage answers the question."
    before.presses(answer, "Article")
    assert "page" in here.next_after(turned).text
    assert other.text == helped
    # Nobody else's press counts there either.
    assert meet("Ben").in_group(old).presses(answer, "▶")["text"].startswith("Only the person who asked")


def test_a_broadcast_from_a_group_that_moves_reaches_everybody_and_says_so_in_the_new_one(
    meet: Meet, admin: Talk, server: BotApiServer, bot: BotProcess
) -> None:
    people = [meet(), meet("Ben"), meet("Cai")]
    for talk in (admin, *people):
        talk.asks("/privacy")
    old = server.group("Office", admin.person, supergroup=False)
    preview = admin.in_group(old).asks("/broadcast@verbatim_bot The harbour is open again.")
    n = preview.buttons[0].removeprefix("Send to ")
    new = server.migrate(old)
    server.wait(bot.is_idle, PATIENCE)
    admin.in_group(old).presses(preview, preview.buttons[0])
    assert server.wait(lambda: [m for m in server.messages(new) if m.text.startswith("Sent to")], PATIENCE)
    told = admin.in_group(new).said_by_bot()
    assert [message.text for message in told] == [f"Sent to {n.split()[0]} of {n}. Blocked the bot: 0. Failed: 0."]
    for talk in people:
        assert [message.text for message in talk.said_by_bot()[1:]] == ["The harbour is open again."]
    assert server.wait(lambda: bot.kept("SELECT count(*) FROM broadcasts") == [(0,)], PATIENCE)


# Groups that may.


@pytest.fixture(scope="module")
def choosy(bot_data: NewData) -> Iterator[tuple[BotApiServer, Talk, Chat]]:
    """A bot for one group alone: its server, Ada, and that group."""
    with BotApiServer() as server:
        person = server.person("Ada")
        ada = Talk(server, person, server.private(person))
        admitted = server.group("Admitted", ada.person)
        with running_bot(server, bot_data(), telegram_groups=admitted.id):
            yield server, ada, admitted
        assert server.surprises == []
        assert refused(server) == set()


LEAVING: Final = "I only work in certain groups, and this is not one of them."


def test_a_group_on_the_list_is_served(choosy: tuple[BotApiServer, Talk, Chat]) -> None:
    _, ada, admitted = choosy
    assert articles.COMET_ANSWER in ada.in_group(admitted).asks(f"/ask@verbatim_bot {articles.COMET_QUESTION}").text


def test_a_group_on_the_list_is_still_served_when_it_has_become_a_supergroup(bot_data: NewData) -> None:
    with BotApiServer() as server:
        person = server.person("Ada")
        ada = Talk(server, person, server.private(person))
        old = server.group("Admitted", ada.person, supergroup=False)
        with running_bot(server, bot_data(), telegram_groups=old.id) as bot:
            new = ada.in_group(server.migrate(old))
            server.wait(bot.is_idle, PATIENCE)
            assert articles.COMET_ANSWER in new.asks(f"/ask@verbatim_bot {articles.COMET_QUESTION}").text
            assert bot.stop() == 0
            bot.start()
            assert articles.HARBOUR_ANSWER in new.asks(f"/ask@verbatim_bot {articles.HARBOUR_QUESTION}").text


def test_the_bot_leaves_a_group_that_is_not_on_the_list_when_it_is_added(
    choosy: tuple[BotApiServer, Talk, Chat],
) -> None:
    server, ada, _ = choosy
    group = server.group("Elsewhere", ada.person, bot=False)
    server.add_bot(group, ada.person)
    assert server.wait(lambda: group.members[server.bot.id] == "left", PATIENCE)
    assert [message.text for message in ada.in_group(group).said_by_bot()] == [LEAVING]


def test_the_bot_leaves_a_group_that_is_not_on_the_list_when_it_is_asked_there(
    choosy: tuple[BotApiServer, Talk, Chat],
) -> None:
    server, ada, _ = choosy
    group = server.group("Since long ago", ada.person)
    ada.in_group(group).writes(f"/ask@verbatim_bot {articles.COMET_QUESTION}")
    assert server.wait(lambda: group.members[server.bot.id] == "left", PATIENCE)
    assert [message.text for message in ada.in_group(group).said_by_bot()] == [LEAVING]


def test_private_chats_are_served_whatever_groups_are_listed(choosy: tuple[BotApiServer, Talk, Chat]) -> None:
    _, ada, _ = choosy
    assert articles.COMET_ANSWER in ada.asks(articles.COMET_QUESTION).text
