"""Questions that wait: asked for, listed, stopped, and told once when an article answers them."""

from collections.abc import Iterator
from html import escape

import pytest

from tests.conftest import BuildData, write_seeds
from tests.telegram.articles import RESCUE_COPY, WELL_ANSWER
from tests.telegram.bad_days import PATIENCE, QUESTION, STORIES, UNLIMITED, WORDS, copied
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import Meet, Talk, running_bot
from tests.telegram.server import BotApiServer
from tests.telegram.watches import (
    ALREADY,
    COMET,
    FROST,
    HUT,
    KEPT_PRESSED,
    NOT_FOUND,
    ORGAN,
    SAILORS,
    TELL,
    TRAIN,
    WELL,
    news,
    publish,
    settled,
    told,
)

PAGE = "https://read.example.org"
BOOKS = "How many books does Nora Feld put on the shelf?"
ASK = "/ask@verbatim_bot"
WATCH = "/watch@verbatim_bot"
REFUSED = {("editMessageReplyMarkup", "Bad Request: message is not modified")}


@pytest.fixture(scope="module")
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        running.flood = None
        yield running
        assert running.surprises == []


@pytest.fixture(scope="module")
def bot(server: BotApiServer, build_data: BuildData, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    """A bot over a few stories; more come while it runs."""
    folder = tmp_path_factory.mktemp("watches")
    data = copied(build_data(STORIES), folder / "data")
    write_seeds(folder / "seeds", STORIES)
    with running_bot(server, data, public_url=PAGE, web_port=0, **UNLIMITED) as running:
        yield running


@pytest.fixture
def ada(meet: Meet, bot: BotProcess) -> Talk:
    return meet()


def test_who_presses_the_button_under_not_answered_is_told_once_when_the_article_comes(
    server: BotApiServer, bot: BotProcess, ada: Talk
) -> None:
    question = ada.writes(WELL)
    answer = ada.answer_to(question)
    assert answer.text.startswith(NOT_FOUND)
    assert ada.presses(answer, TELL)["text"] == KEPT_PRESSED
    assert answer.buttons[-1] == f"✓ {TELL}"
    # Twice does what once does.
    assert ada.presses(answer, f"✓ {TELL}")["text"] == ALREADY
    assert bot.kept("SELECT count(*) FROM watches WHERE person = ?", ada.person.id) == [(1,)]
    settled(server, bot)
    publish(bot, WELL)
    message = told(server, ada.chat, WELL)
    # Its page opens within Telegram, as below any answer in private.
    page = message.button("Article")["web_app"]["url"]
    assert page.startswith(f"{PAGE}/a/")
    assert message.html.startswith(
        f"<i>🔔 News on your question: {WELL}</i>\n"
        f'<a href="{escape(page)}"><b>Village of Orrin digs its well again</b></a>\n<blockquote>'
    )
    assert WELL_ANSWER in message.text
    assert message.reply_to is question
    assert [[button["text"] for button in row] for row in message.keyboard] == [
        ["👍", "👎", "🔕"],
        ["More", "Article", "Copy", "Share"],
    ]
    # Its buttons work as those of any answer, and a reply to it goes on from it.
    ada.presses(message, "👍")
    assert "✓ 👍" in message.buttons
    settled(server, bot)
    publish(bot, more="# The well of Orrin\n\nThe old well of Orrin had run dry in 1998, and nobody knew why.\n")
    settled(server, bot)
    assert len(news(server, ada.chat, WELL)) == 1
    # The bell below news stops it; it does nothing but that.
    assert ada.presses(message, "🔕")["text"] == "Stopped: I no longer watch for that."
    assert ada.presses(message, "✓ 🔕")["text"] == "I do not watch for that any more."
    assert bot.kept("SELECT 1 FROM watches WHERE person = ?", ada.person.id) == []


def test_copies_are_no_news_and_another_story_is_with_what_answered_before(
    server: BotApiServer, bot: BotProcess, ada: Talk
) -> None:
    assert ada.asks(f"/watch {SAILORS}").text == (
        f"I will tell you here when an article answers this: “{SAILORS}”. /watches lists what you wait for."
    )
    settled(server, bot)
    publish(bot, SAILORS)
    first = told(server, ada.chat, SAILORS)
    assert "Before:" not in first.text
    settled(server, bot)
    publish(bot, copy=RESCUE_COPY)
    settled(server, bot)
    assert len(news(server, ada.chat, SAILORS)) == 1
    corrected = (
        "---\ntitle: Havlyn rescued twenty-three sailors\ndate: 2022-11-20\n---\n\nThe trawler Havlyn rescued "
        "twenty-three sailors, and not nineteen as was said at first, the coast guard found when it had counted.\n"
    )
    publish(bot, corrected=corrected)
    server.wait(lambda: len(news(server, ada.chat, SAILORS)) == 2, PATIENCE)
    second = news(server, ada.chat, SAILORS)[1]
    assert "twenty-three sailors" in second.text
    assert second.text.split("\n")[-1] == "Before: Trawler rescues nineteen sailors, 7 Nov 2022"


def test_watch_takes_the_last_question_or_the_answer_replied_to(
    server: BotApiServer, bot: BotProcess, ada: Talk, meet: Meet
) -> None:
    answer = ada.asks(QUESTION)
    assert WORDS in answer.text
    ada.asks(BOOKS)
    assert f"“{BOOKS}”" in ada.asks("/watch").text
    assert f"“{QUESTION}”" in ada.asks("/watch", reply_to=answer).text
    assert ada.presses(answer, "🔔")["text"] == ALREADY
    ben = meet("Ben")
    usage = ben.asks("/watch").text
    assert usage.startswith("Send /watch and a question")
    assert ben.asks("/watch hello").text == usage
    # An answer that is there already is shown.
    first = ben.asks("/watch How many otters did Jonas Reber count in a week?")
    assert first.text.endswith("\nThe articles hold an answer already:")
    assert "fourteen of them in a week" in ben.next_after(first).text


def test_a_follow_up_waits_as_it_was_understood(bot: BotProcess, ada: Talk) -> None:
    ada.asks("Where do otters live?")
    followed = ada.asks("And goats?")
    assert followed.text.startswith("Following up on: Where do otters live?\n")
    ada.presses(followed, TELL if TELL in followed.buttons else "🔔")
    ((question,),) = bot.kept("SELECT question FROM watches WHERE person = ?", ada.person.id)
    assert question == "Where do otters live? And goats?"


def test_watches_are_listed_and_stopped_one_by_one_and_all_at_once(bot: BotProcess, ada: Talk) -> None:
    assert ada.asks("/watches").text.startswith("You wait for nothing.")
    for number in range(1, 20):
        bot.change(
            """INSERT INTO watches (person, chat, question, same, asked, language, since)
               VALUES (?1, ?1, 'Race ' || ?2, 'race ' || ?2, '2026-01-02', 'en', 1e10)""",
            ada.person.id,
            number,
        )
    assert "I will tell you here" in ada.asks("/watch Who won the race of Askholm?").text
    refused = ada.asks("/watch Who won the last race of Askholm?").text
    assert refused.startswith("I can watch for 20 questions of yours at a time.")
    listed = ada.asks("/watches")
    lines = listed.text.split("\n")
    assert lines[0] == "You wait for 20 questions"
    assert lines[1] == "1. Who won the race of Askholm?"
    assert lines[2:] == [*(f"{n}. Race {21 - n}" for n in range(2, 21)), "Press ✕ to stop one."]
    assert [len(row) for row in listed.keyboard] == [5, 5, 5, 5, 1]
    third = listed.button("✕ 3")["callback_data"]
    assert ada.presses(listed, "✕ 3")["text"] == "Stopped: I no longer watch for that."
    # A second press finds it gone, and stops no other.
    assert ada.presses_data(listed, third)["text"] == "I do not watch for that any more."
    assert listed.text.split("\n") == ["You wait for 19 questions", *lines[1:3], *lines[4:]]
    assert "✕ 3" not in listed.buttons
    ada.presses(listed, "Stop all")
    assert listed.text.startswith("You wait for nothing.")
    assert listed.buttons == []


def test_in_a_group_news_comes_to_its_topic_and_each_sees_their_own(
    server: BotApiServer, bot: BotProcess, meet: Meet, ada: Talk
) -> None:
    ben, cat = meet("Ben"), meet("Cat")
    forum = server.group("Forum", ada.person, ben.person, cat.person, forum=True)
    topic = forum.topic("Organs")
    here, there, hers = ada.in_group(forum), ben.in_group(forum), cat.in_group(forum)
    question = here.writes(f"{ASK} {ORGAN}", thread=topic)
    answer = here.answer_to(question)
    said = there.presses(answer, TELL)
    assert said["text"].startswith("Only the person who asked")
    here.presses(answer, TELL)
    # By command anybody may wait for what another asked; a private watch is not listed here.
    asked = there.writes(f"{WATCH}", reply_to=answer, thread=topic)
    assert "I will tell you here" in there.answer_to(asked).text
    hers.asks(f"{WATCH} {ORGAN}", thread=topic)
    ada.asks(f"/watch {COMET}")
    listed = here.asks("/watches@verbatim_bot", thread=topic)
    assert listed.text.startswith("You wait for 1 question\n1. ")
    assert COMET not in listed.text
    assert f"1. {COMET}" in ada.asks("/watches").text
    # Cat leaves the group, and nobody is told on her behalf.
    with server.world.lock:
        forum.members[cat.person.id] = "left"
    settled(server, bot)
    publish(bot, ORGAN)
    server.wait(lambda: len(news(server, forum, ORGAN)) == 2, PATIENCE)
    settled(server, bot)
    first, second = news(server, forum, ORGAN)
    assert (first.thread, second.thread) == (topic, topic)
    assert (first.reply_to, second.reply_to) == (question, asked)
    assert bot.kept("SELECT 1 FROM watches WHERE person = ?", cat.person.id) == []
    assert there.presses(first, "🔕")["text"].startswith("Only the person who asked")


def test_news_follows_a_group_into_its_supergroup_and_a_removed_bot_forgets(
    server: BotApiServer, bot: BotProcess, ada: Talk
) -> None:
    group, left = (server.group(name, ada.person, supergroup=False) for name in ("Fishermen", "Left"))
    for chat in (group, left):
        ada.in_group(chat).asks(f"{WATCH} {HUT if chat is group else TRAIN}")
    supergroup = server.migrate(group)
    server.remove_bot(left, ada.person)
    server.wait(lambda: not bot.kept("SELECT 1 FROM watches WHERE chat = ?", left.id), PATIENCE)
    settled(server, bot)
    publish(bot, HUT, TRAIN)
    assert "two bunks, a stove and a tin of sardines" in told(server, supergroup, HUT).text
    settled(server, bot)
    assert news(server, left, TRAIN) == []


def test_who_has_blocked_the_bot_is_not_told_and_their_watch_wakes_up_with_them(
    server: BotApiServer, bot: BotProcess, ada: Talk, meet: Meet
) -> None:
    ben = meet("Ben")
    for one in (ada, ben):
        one.asks(f"/watch {FROST}")
        one.asks(f"/watch {COMET}")
    settled(server, bot)
    # Telegram has not told the bot yet that Ada blocked it: it finds out once.
    with server.world.lock:
        ada.chat.blocked = True
    publish(bot, FROST)
    told(server, ben.chat, FROST)
    settled(server, bot)
    assert bot.kept("SELECT blocked FROM people WHERE id = ?", ada.person.id) == [(1,)]
    refused = [call for call in server.calls_of("sendMessage") if call.status == 403]
    assert len(refused) == 1
    ada.person.unblocks()
    server.wait(lambda: bot.kept("SELECT blocked FROM people WHERE id = ?", ada.person.id) == [(0,)], PATIENCE)
    publish(bot, COMET)
    told(server, ben.chat, COMET)
    told(server, ada.chat, COMET)
    assert news(server, ada.chat, FROST) == []


def test_a_watch_in_norwegian_is_told_in_norwegian(server: BotApiServer, bot: BotProcess, meet: Meet) -> None:
    kari = meet("Kari", language_code="nb")
    answer = kari.asks("Who keeps the bees of Varden?")
    kari.presses(answer, "🔔 Si fra når svaret kommer")
    settled(server, bot)
    publish(bot, bees="# Bees of Varden\n\nThe bees of Varden are kept by the retired postman Ulf Dale.\n")
    beginning = "🔔 Nytt om spørsmålet ditt: Who keeps the bees of Varden?\n"
    server.wait(lambda: any(one.text.startswith(beginning) for one in kari.said_by_bot()), PATIENCE)


def test_forget_deletes_the_vectors_of_what_somebody_waited_for_and_stopped(
    server: BotApiServer, bot: BotProcess, ada: Talk
) -> None:
    ada.asks(f"/watch {BOOKS}")
    vectors = bot.data / "watches"
    server.wait(lambda: any(vectors.glob("*.sqlite")), PATIENCE)
    listed = ada.asks("/watches")
    ada.presses(listed, listed.buttons[0])
    assert bot.kept("SELECT 1 FROM watches WHERE person = ?", ada.person.id) == []
    ada.asks("/forget")
    assert not vectors.exists()
