"""Editing, deleting and reacting: what Telegram refuses, and what a message looks like afterwards."""

import time
from typing import Any

import pytest

from tests.telegram.server import BotApiServer, Chat
from tests.telegram.server.wire import Wire

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)
KEYBOARD = {"inline_keyboard": [[{"text": "Next", "callback_data": "n"}]]}


@pytest.fixture
def sent(wire: Wire, chat: Chat) -> dict[str, Any]:
    """Where the bot's message `page 1` with a button is."""
    message = wire.result("sendMessage", chat_id=42, text="<b>page</b> 1", parse_mode="HTML", reply_markup=KEYBOARD)
    return {"chat_id": 42, "message_id": message["message_id"]}


def test_an_edit_changes_the_message_in_place(
    server: BotApiServer, wire: Wire, chat: Chat, sent: dict[str, Any]
) -> None:
    before = int(time.time())
    edited = wire.result("editMessageText", **sent, text="page <i>2</i>", parse_mode="HTML", reply_markup=KEYBOARD)
    assert (edited["message_id"], edited["text"]) == (sent["message_id"], "page 2")
    assert before <= edited["edit_date"] <= time.time()
    message = server.messages(chat)[-1]
    assert (message.html, message.buttons, message.edit_date) == ("page <i>2</i>", ["Next"], edited["edit_date"])
    assert len(server.messages(chat)) == 2


def test_an_edit_without_a_keyboard_removes_it(
    server: BotApiServer, wire: Wire, chat: Chat, sent: dict[str, Any]
) -> None:
    assert "reply_markup" not in wire.result("editMessageText", **sent, text="page 2")
    assert server.messages(chat)[-1].buttons == []


def test_an_edit_that_changes_nothing_is_refused(wire: Wire, sent: dict[str, Any]) -> None:
    same = {"text": "<strong>page</strong> 1 ", "parse_mode": "HTML", "reply_markup": KEYBOARD}
    assert wire.refusal("editMessageText", **sent, **same) == NOT_MODIFIED
    assert wire.refusal("editMessageReplyMarkup", **sent, reply_markup=KEYBOARD) == NOT_MODIFIED
    assert wire.result("editMessageText", **sent, text="page 1", reply_markup=KEYBOARD)["text"] == "page 1"
    assert "reply_markup" not in wire.result("editMessageReplyMarkup", **sent)
    assert wire.refusal("editMessageReplyMarkup", **sent) == NOT_MODIFIED


def test_only_the_bots_own_messages_that_are_there_can_be_edited(
    server: BotApiServer, wire: Wire, chat: Chat, sent: dict[str, Any]
) -> None:
    assert wire.refusal("editMessageText", chat_id=42, message_id=999, text="x") == (
        "Bad Request: message to edit not found"
    )
    assert wire.refusal("editMessageText", chat_id=42, message_id=1, text="x") == (
        "Bad Request: message can't be edited"
    )
    assert wire.refusal("editMessageText", chat_id=42, text="x") == ("Bad Request: message identifier is not specified")
    assert wire.refusal("editMessageText", inline_message_id="none", text="x") == "Bad Request: MESSAGE_ID_INVALID"
    server.forbid_edit(server.messages(chat)[-1])
    assert wire.refusal("editMessageText", **sent, text="x") == "Bad Request: message can't be edited"
    assert wire.result("deleteMessage", **sent) is True
    assert wire.refusal("editMessageText", **sent, text="x") == "Bad Request: message to edit not found"


def test_a_message_that_forces_a_reply_cannot_be_edited(wire: Wire, chat: Chat) -> None:
    forced = wire.result("sendMessage", chat_id=42, text="what?", reply_markup={"force_reply": True})
    assert wire.refusal("editMessageText", chat_id=42, message_id=forced["message_id"], text="x") == (
        "Bad Request: message can't be edited"
    )


def test_an_edit_is_checked_like_a_new_text(wire: Wire, sent: dict[str, Any]) -> None:
    assert wire.refusal("editMessageText", **sent, text="") == "Bad Request: message text is empty"
    assert wire.refusal("editMessageText", **sent, text="x" * 4097) == "Bad Request: message is too long"
    assert wire.refusal("editMessageText", **sent, text="<q>", parse_mode="HTML") == (
        'Bad Request: can\'t parse entities: Unsupported start tag "q" at byte offset 0'
    )
    assert wire.refusal("editMessageText", **sent, text="x", reply_markup={"force_reply": True}) == (
        "Bad Request: inline keyboard expected"
    )
    assert wire.refusal("editMessageCaption", **sent, caption="x") == (
        "Bad Request: there is no caption in the message to edit"
    )


def test_a_caption_and_a_file_can_be_replaced(server: BotApiServer, wire: Wire, chat: Chat) -> None:
    document = wire.result("sendDocument", files={"document": ("a.txt", b"a", "text/plain")}, chat_id=42, caption="a")
    place = {"chat_id": 42, "message_id": document["message_id"]}
    assert wire.refusal("editMessageText", **place, text="x") == (
        "Bad Request: there is no text in the message to edit"
    )
    assert wire.refusal("editMessageCaption", **place, caption="a") == NOT_MODIFIED
    assert wire.result("editMessageCaption", **place, caption="b")["caption"] == "b"
    replaced = wire.result(
        "editMessageMedia",
        files={"new": ("b.txt", b"bb", "text/plain")},
        **place,
        media={"type": "document", "media": "attach://new", "caption": "<b>c</b>", "parse_mode": "HTML"},
    )
    assert (replaced["document"]["file_name"], replaced["caption"]) == ("b.txt", "c")
    message = server.messages(chat)[-1]
    assert (message.file_bytes, message.html) == (b"bb", "<b>c</b>")
    assert server.surprises == []


def test_the_bot_deletes_its_own_messages_and_others_only_as_an_admin(server: BotApiServer, wire: Wire) -> None:
    ada = server.person("Ada")
    group = server.group("Group", ada)
    spam = ada.writes(group, "spam")
    own = wire.result("sendMessage", chat_id=group.id, text="x")["message_id"]
    assert wire.refusal("deleteMessage", chat_id=group.id, message_id=spam.id) == (
        "Bad Request: message can't be deleted"
    )
    assert wire.result("deleteMessage", chat_id=group.id, message_id=own) is True
    assert wire.refusal("deleteMessage", chat_id=group.id, message_id=own) == (
        "Bad Request: message to delete not found"
    )
    server.promote_bot(group, ada)
    assert wire.result("deleteMessage", chat_id=group.id, message_id=spam.id) is True
    assert server.messages(group) == []
    assert spam.deleted


def test_messages_older_than_two_days_cannot_be_deleted(server: BotApiServer, wire: Wire, chat: Chat) -> None:
    ada = server.person("Ada", id=42)
    old = ada.writes(chat, "old", date=time.time() - 48 * 3600 - 60)
    young = ada.writes(chat, "young", date=time.time() - 47 * 3600)
    assert wire.refusal("deleteMessage", chat_id=42, message_id=old.id) == (
        "Bad Request: message can't be deleted for everyone"
    )
    assert wire.result("deleteMessage", chat_id=42, message_id=young.id) is True


def test_the_bot_reacts_with_one_emoji_of_those_there_are(server: BotApiServer, wire: Wire, chat: Chat) -> None:
    def reaction(*emoji: str) -> list[dict[str, str]]:
        return [{"type": "emoji", "emoji": one} for one in emoji]

    place = {"chat_id": 42, "message_id": 1}
    assert wire.result("setMessageReaction", **place, reaction=reaction("👀")) is True
    assert server.messages(chat)[0].reactions == {server.bot.id: ["👀"]}
    assert wire.refusal("setMessageReaction", **place, reaction=reaction("🥝")) == "Bad Request: REACTION_INVALID"
    assert wire.refusal("setMessageReaction", **place, reaction=reaction("👍", "👎")) == (
        "Bad Request: REACTIONS_TOO_MANY"
    )
    assert wire.refusal("setMessageReaction", chat_id=42, message_id=9, reaction=reaction("👍")) == (
        "Bad Request: message to react not found"
    )
