"""Sending: what Telegram refuses and in which words, and what a message that went through looks like."""

import io
import time
from typing import Any

import pytest
from PIL import Image

from tests.telegram.server import BotApiServer, Chat
from tests.telegram.server.wire import Wire


@pytest.fixture
def chat(server: BotApiServer) -> Chat:
    """Ada's chat, in which she has written `hello`."""
    ada = server.person("Ada", id=42, username="ada_l")
    chat = server.private(ada)
    ada.writes(chat, "hello")
    return chat


def picture(width: int, height: int) -> bytes:
    written = io.BytesIO()
    Image.new("1", (width, height)).save(written, "PNG")
    return written.getvalue()


def test_a_text_arrives_as_telegram_shows_it(server: BotApiServer, wire: Wire, chat: Chat) -> None:
    before = int(time.time())
    sent = wire.result(
        "sendMessage",
        chat_id=42,
        text="<b>Hi</b> there",
        parse_mode="HTML",
        reply_parameters={"message_id": 1},
        reply_markup={"inline_keyboard": [[{"text": "More", "callback_data": "m1"}]]},
        link_preview_options={"is_disabled": True},
    )
    assert before <= sent.pop("date") <= time.time()
    assert before <= sent["reply_to_message"].pop("date") <= time.time()
    ada = {"id": 42, "is_bot": False, "first_name": "Ada", "username": "ada_l", "language_code": "en"}
    private = {"id": 42, "type": "private", "first_name": "Ada", "username": "ada_l"}
    assert sent == {
        "message_id": 2,
        "from": {"id": 110201543, "is_bot": True, "first_name": "Verbatim", "username": "verbatim_bot"},
        "chat": private,
        "text": "Hi there",
        "entities": [{"type": "bold", "offset": 0, "length": 2}],
        "reply_to_message": {"message_id": 1, "from": ada, "chat": private, "text": "hello"},
        "link_preview_options": {"is_disabled": True},
        "reply_markup": {"inline_keyboard": [[{"text": "More", "callback_data": "m1"}]]},
    }
    message = server.messages(chat)[-1]
    assert (message.html, message.buttons, message.thread) == ("<b>Hi</b> there", ["More"], None)
    assert message.reply_to is server.messages(chat)[0]
    assert server.surprises == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Bad Request: message text is empty"),
        (" \n ", "Bad Request: message text is empty"),
        ("<b></b>", "Bad Request: message text is empty"),
        ("x" * 4097, "Bad Request: message is too long"),
        ("😀" * 2049, "Bad Request: message is too long"),
        ("<p>x</p>", 'Bad Request: can\'t parse entities: Unsupported start tag "p" at byte offset 0'),
    ],
)
def test_a_text_telegram_does_not_take_is_refused(
    server: BotApiServer, wire: Wire, chat: Chat, text: str, why: str
) -> None:
    assert wire.refusal("sendMessage", chat_id=42, text=text, parse_mode="HTML") == why
    assert len(server.messages(chat)) == 1


@pytest.mark.parametrize("text", ["x" * 4096, "😀" * 2048, "<b>" + "x" * 4096 + "</b>"])
def test_a_text_of_4096_units_after_its_markup_is_taken(wire: Wire, chat: Chat, text: str) -> None:
    sent = wire.result("sendMessage", chat_id=42, text=text, parse_mode="HTML")
    assert len(sent["text"].encode("utf-16-le")) == 2 * 4096


def test_entities_can_be_sent_as_they_are(wire: Wire, chat: Chat) -> None:
    bold = {"type": "bold", "offset": 2, "length": 1}
    assert wire.result("sendMessage", chat_id=42, text="😀x", entities=[bold])["entities"] == [bold]
    late = {"type": "bold", "offset": 2, "length": 9}
    assert wire.refusal("sendMessage", chat_id=42, text="😀x", entities=[late]) == (
        "Bad Request: entity beginning at UTF-16 offset 2 ends after the end of the text"
    )
    split = {"type": "bold", "offset": 1, "length": 1}
    assert "in a middle of a UTF-16 symbol" in wire.refusal("sendMessage", chat_id=42, text="😀x", entities=[split])
    assert "can't parse entities" in wire.refusal("sendMessage", chat_id=42, text="x", entities=[{"type": "huge"}])
    assert wire.refusal("sendMessage", chat_id=42, text="x", parse_mode="Brackets") == (
        "Bad Request: unsupported parse_mode"
    )


def test_a_chat_nobody_knows_is_not_found(wire: Wire) -> None:
    assert wire.refusal("sendMessage", chat_id=999, text="x") == "Bad Request: chat not found"
    assert wire.refusal("sendMessage", chat_id="@nobody", text="x") == "Bad Request: chat not found"
    assert wire.refusal("sendMessage", text="x") == "Bad Request: chat_id is empty"


def test_the_bot_may_write_only_after_the_person_did(server: BotApiServer, wire: Wire) -> None:
    bob = server.person("Bob")
    assert wire.refusal("sendMessage", chat_id=bob.id, text="x") == (
        "Forbidden: bot can't initiate conversation with a user"
    )
    bob.writes(server.private(bob), "/start")
    assert wire.result("sendMessage", chat_id=bob.id, text="x")["text"] == "x"


def test_a_person_who_blocked_the_bot_gets_nothing_until_they_unblock_it(
    server: BotApiServer, wire: Wire, chat: Chat
) -> None:
    ada = server.person("Ada", id=42)
    ada.blocks()
    assert wire.answer("sendMessage", chat_id=42, text="x")["status"] == 403
    assert wire.refusal("sendMessage", chat_id=42, text="x") == "Forbidden: bot was blocked by the user"
    assert wire.refusal("sendChatAction", chat_id=42, action="typing") == "Forbidden: bot was blocked by the user"
    ada.unblocks()
    assert wire.result("sendMessage", chat_id=42, text="x")["text"] == "x"
    changes = [update["my_chat_member"] for update in server.pending_updates if "my_chat_member" in update]
    assert [change["new_chat_member"]["status"] for change in changes] == ["kicked", "member"]
    assert [change["old_chat_member"]["status"] for change in changes] == ["member", "kicked"]


def test_a_group_the_bot_is_not_in_takes_nothing(server: BotApiServer, wire: Wire) -> None:
    ada = server.person("Ada")
    closed = server.group("Closed", ada, bot=False)
    assert wire.refusal("sendMessage", chat_id=closed.id, text="x") == (
        "Forbidden: bot is not a member of the supergroup chat"
    )
    for supergroup, kind in ((True, "supergroup"), (False, "group")):
        group = server.group("Group", ada, supergroup=supergroup)
        assert wire.result("sendMessage", chat_id=group.id, text="x")["chat"]["type"] == kind
        server.remove_bot(group, ada)
        assert wire.refusal("sendMessage", chat_id=group.id, text="x") == (
            f"Forbidden: bot was kicked from the {kind} chat"
        )


def test_a_group_that_became_a_supergroup_says_where_it_is_now(server: BotApiServer, wire: Wire) -> None:
    group = server.group("Readers", server.person("Ada"), supergroup=False)
    new = server.migrate(group)
    answer = wire.answer("sendMessage", chat_id=group.id, text="x")
    assert answer == {
        "ok": False,
        "status": 400,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": new.id},
    }
    assert wire.result("sendMessage", chat_id=new.id, text="x")["chat"]["id"] == new.id
    told = [update["message"] for update in server.pending_updates]
    assert [(one["chat"]["id"], one.get("migrate_to_chat_id"), one.get("migrate_from_chat_id")) for one in told] == [
        (group.id, new.id, None),
        (new.id, None, group.id),
    ]


def test_a_reply_to_a_message_that_is_gone_needs_leave(server: BotApiServer, wire: Wire, chat: Chat) -> None:
    ada = server.person("Ada", id=42)
    question = ada.writes(chat, "why?")
    ada.deletes(question)
    gone = {"message_id": question.id}
    assert wire.refusal("sendMessage", chat_id=42, text="x", reply_parameters=gone) == (
        "Bad Request: message to be replied not found"
    )
    allowed = gone | {"allow_sending_without_reply": True}
    assert "reply_to_message" not in wire.result("sendMessage", chat_id=42, text="x", reply_parameters=allowed)


def test_a_replied_message_is_shown_without_what_it_replies_to_itself(
    server: BotApiServer, wire: Wire, chat: Chat
) -> None:
    question, ada = server.messages(chat)[0], server.person("Ada", id=42)
    second = ada.writes(chat, "and then?", reply_to=question)
    sent = wire.result("sendMessage", chat_id=42, text="x", reply_parameters={"message_id": second.id})
    assert sent["reply_to_message"]["text"] == "and then?"
    assert "reply_to_message" not in sent["reply_to_message"]


def test_messages_go_to_topics_that_there_are(server: BotApiServer, wire: Wire) -> None:
    ada = server.person("Ada")
    forum = server.group("Forum", ada, forum=True)
    thread = forum.topic("Economy")
    sent = wire.result("sendMessage", chat_id=forum.id, text="x", message_thread_id=thread)
    assert (sent["message_thread_id"], sent["is_topic_message"]) == (thread, True)
    # What replies to nothing in a topic replies to the message that opened it.
    assert sent["reply_to_message"]["forum_topic_created"]["name"] == "Economy"
    for wrong in (thread + 100, 1 if thread != 1 else 2):
        assert wire.refusal("sendMessage", chat_id=forum.id, text="x", message_thread_id=wrong) == (
            "Bad Request: message thread not found"
        )
    question = ada.writes(forum, "/ask why", thread=thread)
    reply = wire.result("sendMessage", chat_id=forum.id, text="x", reply_parameters={"message_id": question.id})
    assert reply["message_thread_id"] == thread
    general = wire.result("sendMessage", chat_id=forum.id, text="x")
    assert not general.keys() & {"message_thread_id", "is_topic_message", "reply_to_message"}


def test_private_chats_and_basic_groups_share_a_counter_and_each_supergroup_has_its_own(
    server: BotApiServer, wire: Wire, chat: Chat
) -> None:
    bob = server.person("Bob")
    basic, first, second = (
        server.group("Basic", bob, supergroup=False),
        server.group("First", bob),
        server.group("Second", bob),
    )
    places = [42, basic.id, first.id, second.id, first.id, 42]
    ids = [wire.result("sendMessage", chat_id=place, text="x")["message_id"] for place in places]
    # Ada's hello was message 1 of the shared counter.
    assert ids == [2, 3, 1, 1, 2, 4]


def test_a_photo_and_a_document_are_uploaded_with_their_captions(server: BotApiServer, wire: Wire, chat: Chat) -> None:
    image = picture(30, 20)
    sent = wire.result(
        "sendPhoto",
        files={"photo": ("chart.png", image, "image/png")},
        chat_id=42,
        caption="<i>c</i>",
        parse_mode="HTML",
    )
    assert [(size["width"], size["height"], size["file_size"]) for size in sent["photo"]] == [(30, 20, len(image))]
    assert (sent["caption"], sent["caption_entities"][0]["type"]) == ("c", "italic")
    again = wire.result("sendPhoto", chat_id=42, photo=sent["photo"][0]["file_id"])
    assert again["photo"] == sent["photo"]
    document = wire.result(
        "sendDocument",
        files={"attached1": ("export.json", b"{}", "application/json")},
        chat_id=42,
        document="attach://attached1",
    )["document"]
    assert (document["file_name"], document["mime_type"], document["file_size"]) == (
        "export.json",
        "application/json",
        2,
    )
    assert server.messages(chat)[-1].file_bytes == b"{}"
    assert server.surprises == []


def test_files_telegram_does_not_take_are_refused(wire: Wire, chat: Chat) -> None:
    def refused(name: str, content: bytes, **parameters: Any) -> str:
        files = {"photo": (name, content, "image/png")}
        return wire.refusal("sendPhoto", files=files, chat_id=42, **parameters)

    assert refused("x.png", b"no picture") == "Bad Request: IMAGE_PROCESS_FAILED"
    assert refused("x.png", picture(2100, 100)) == "Bad Request: PHOTO_INVALID_DIMENSIONS"
    assert refused("x.png", picture(6000, 4001)) == "Bad Request: PHOTO_INVALID_DIMENSIONS"
    assert refused("x.png", b"") == "Bad Request: file must be non-empty"
    assert refused("x.png", picture(9, 9), caption="c" * 1025) == "Bad Request: message caption is too long"
    assert wire.refusal("sendPhoto", chat_id=42) == "Bad Request: there is no photo in the request"
    assert wire.refusal("sendDocument", chat_id=42, document="nonsense") == (
        "Bad Request: wrong file identifier/HTTP URL specified"
    )


def test_only_actions_that_exist_are_shown(server: BotApiServer, wire: Wire, chat: Chat) -> None:
    assert wire.result("sendChatAction", chat_id=42, action="typing") is True
    assert wire.refusal("sendChatAction", chat_id=42, action="thinking") == (
        "Bad Request: wrong parameter action in request"
    )
    assert server.chat_actions == [(42, "typing")]


def test_a_wrong_token_and_an_unknown_method_are_told_apart(server: BotApiServer, wire: Wire) -> None:
    assert Wire(server, "1:wrong").answer("getMe") == {
        "ok": False,
        "status": 401,
        "error_code": 401,
        "description": "Unauthorized",
    }
    assert wire.answer("sendHugs")["status"] == 404
    assert wire.refusal("sendHugs").startswith("Not Found")
    assert wire.result("getme")["username"] == "verbatim_bot"


def test_parameters_no_method_has_are_noted(server: BotApiServer, wire: Wire, chat: Chat) -> None:
    wire.result("sendMessage", chat_id=42, text="x", colour="red")
    assert server.surprises == ["sendMessage: colour"]


def test_calls_are_recorded_with_what_they_said(server: BotApiServer, wire: Wire, chat: Chat) -> None:
    wire.result("sendMessage", chat_id=42, text="12")
    wire.refusal("sendMessage", chat_id=42, text="")
    first, second = server.calls_of("sendMessage")
    assert first.params == {"chat_id": 42, "text": "12"}
    assert (first.status, second.status) == (200, 400)
    assert second.description == "Bad Request: message text is empty"
