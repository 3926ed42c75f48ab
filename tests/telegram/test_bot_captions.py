"""Captions as questions, and replies that quote a part of a message and ask about it."""

from typing import Final

import pytest

from tests.telegram import articles
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import PATIENCE, Meet
from tests.telegram.server import BotApiServer

pytestmark = pytest.mark.usefixtures("bot")

NOT_TEXT: Final = "I can only read "
FOLLOWED: Final = "And when did she say that?"
# As a question of its own, after that about the harbour.
UNDERSTOOD: Final = "When did Mayor Runa Aasheim say that?"


@pytest.mark.parametrize("kind", ["photo", "voice", "video"])
def test_the_caption_of_a_picture_or_a_voice_message_is_a_question(meet: Meet, kind: str) -> None:
    ada = meet()
    sent = ada.person.sends(ada.chat, kind, caption=articles.COMET_QUESTION)
    assert articles.COMET_ANSWER in ada.answer_to(sent).text


def test_the_caption_of_a_document_is_a_question_and_editing_it_changes_the_answer(
    meet: Meet, server: BotApiServer
) -> None:
    ada = meet()
    sent = ada.person.sends_file(ada.chat, "comet.pdf", b"%PDF", caption=articles.COMET_QUESTION)
    answer = ada.answer_to(sent)
    assert articles.COMET_ANSWER in answer.text
    ada.person.edits(sent, articles.HARBOUR_QUESTION)
    server.wait(lambda: articles.HARBOUR_ANSWER in answer.text, PATIENCE)


def test_a_command_in_a_caption_is_a_command(meet: Meet) -> None:
    ada = meet()
    asked = ada.person.sends(ada.chat, "photo", caption=f"/ask {articles.COMET_QUESTION}")
    assert articles.COMET_ANSWER in ada.answer_to(asked).text
    unknown = ada.person.sends(ada.chat, "photo", caption="/dance")
    assert ada.answer_to(unknown).text.startswith("I do not know that command")


def test_a_follow_up_in_a_caption_goes_on_from_the_conversation(meet: Meet) -> None:
    ada = meet()
    ada.asks(articles.HARBOUR_QUESTION)
    sent = ada.person.sends(ada.chat, "photo", caption=FOLLOWED)
    assert UNDERSTOOD in ada.answer_to(sent).text


def picture(number: int, talk_id: int, **more: object) -> dict[str, object]:
    """A photo that a person sends, as Telegram tells the bot of it."""
    person, chat = {"id": talk_id, "first_name": "Ada"}, {"id": talk_id, "type": "private", "first_name": "Ada"}
    photo = {"file_id": "x", "file_unique_id": "y", "width": 1, "height": 1}
    sent = {"message_id": number, "from": person | {"is_bot": False}, "chat": chat, "date": 1_790_000_000}
    return {"message": {**sent, "photo": [photo], **more}}


def test_a_picture_without_a_caption_is_told_so_and_one_of_an_album_is_not(
    meet: Meet, server: BotApiServer, bot: BotProcess
) -> None:
    ada = meet()
    sent = ada.person.sends(ada.chat, "photo")
    assert ada.answer_to(sent).text.startswith(NOT_TEXT)
    said = len(ada.said_by_bot())
    server.send_update(picture(99_001, ada.person.id, media_group_id="7"))
    server.wait(bot.is_idle, PATIENCE)
    assert len(ada.said_by_bot()) == said


def test_a_caption_of_1_024_emoji_gets_one_line(meet: Meet, server: BotApiServer, bot: BotProcess) -> None:
    """Telegram counts the characters of a caption, and an emoji is one of them."""
    ada = meet()
    ada.asks("/privacy")
    said = len(ada.said_by_bot())
    server.send_update(picture(99_002, ada.person.id, caption="😀" * 1024))
    server.wait(lambda: len(ada.said_by_bot()) == said + 1, PATIENCE)
    assert ada.said_by_bot()[-1].text.partition(" has ")[2].startswith("1,024 characters")


# Replies that quote.


def test_a_reply_that_quotes_a_part_asks_about_that_part(meet: Meet) -> None:
    ada = meet()
    note = ada.writes(f"{articles.COMET_QUESTION} {articles.HARBOUR_QUESTION}")
    ada.answer_to(note)
    answer = ada.asks(FOLLOWED, reply_to=note, quote=articles.HARBOUR_QUESTION)
    assert UNDERSTOOD in answer.text


def test_a_bare_ask_as_a_reply_asks_the_part_that_it_quotes(meet: Meet) -> None:
    ada = meet()
    note = ada.writes(f"{articles.ORCHARD_QUESTION} {articles.COMET_QUESTION}")
    ada.answer_to(note)
    assert articles.COMET_ANSWER in ada.asks("/ask", reply_to=note, quote=articles.COMET_QUESTION).text


def test_what_is_quoted_of_another_chat_is_asked_about_and_goes_when_its_author_forgets(
    meet: Meet, server: BotApiServer, bot: BotProcess
) -> None:
    ada, ben = meet(), meet("Ben")
    elsewhere = ben.in_group(server.group("Elsewhere", ada.person, ben.person, bot=False))
    said = elsewhere.writes(f"I wonder. {articles.HARBOUR_QUESTION}")
    answer = ada.asks(FOLLOWED, reply_to=said, quote=articles.HARBOUR_QUESTION)
    assert UNDERSTOOD in answer.text
    kept = "SELECT 1 FROM cards WHERE chat = ?"
    assert bot.kept(kept, ada.chat.id)
    ben.asks("/forget")
    assert not bot.kept(kept, ada.chat.id)


def test_a_name_alone_in_a_group_asks_the_part_that_it_quotes(meet: Meet, server: BotApiServer) -> None:
    ada, ben = meet(), meet("Ben")
    group = server.group("Quoting", ada.person, ben.person)
    here, there = ada.in_group(group), ben.in_group(group)
    said = there.writes(f"No idea. {articles.COMET_QUESTION}")
    assert articles.COMET_ANSWER in here.asks("@verbatim_bot", reply_to=said, quote=articles.COMET_QUESTION).text
