"""Keyboards: which buttons Telegram takes."""

from typing import Any

import pytest

from tests.telegram.server import BotApiServer, Chat
from tests.telegram.server.wire import Wire

# Ada has written, so that the bot may.
pytestmark = pytest.mark.usefixtures("chat")


def button(**action: Any) -> dict[str, Any]:
    return {"text": "Go", **action}


def sending(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"chat_id": 42, "text": "x", "reply_markup": {"inline_keyboard": list(rows)}}


@pytest.mark.parametrize(
    "action",
    [
        {"callback_data": "x"},
        {"callback_data": "x" * 64},
        {"callback_data": "é" * 32},
        {"url": "https://example.com/a"},
        {"url": "tg://user?id=42"},
        {"copy_text": {"text": "x" * 256}},
        {"web_app": {"url": "https://example.com/a#quote"}},
        {"switch_inline_query": ""},
        {"switch_inline_query_current_chat": "who"},
    ],
)
def test_a_right_button_is_kept_as_it_is(wire: Wire, action: dict[str, Any]) -> None:
    sent = wire.result("sendMessage", **sending([button(**action)]))
    assert sent["reply_markup"] == {"inline_keyboard": [[button(**action)]]}


@pytest.mark.parametrize(
    ("action", "why"),
    [
        ({"callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"callback_data": "x" * 65}, "BUTTON_DATA_INVALID"),
        ({"callback_data": "é" * 33}, "BUTTON_DATA_INVALID"),
        ({"url": "javascript://x"}, "is invalid: Unsupported URL protocol"),
        ({"url": "http://localhost/"}, "is invalid: Wrong HTTP URL"),
        ({"web_app": {"url": "http://example.com/"}}, "Only HTTPS links are allowed"),
        ({"web_app": {"url": "https://localhost/"}}, "Only HTTPS links are allowed"),
        ({"web_app": {"url": ""}}, "URL must be non-empty"),
        ({"web_app": "https://example.com/"}, "URL must be non-empty"),
        ({"copy_text": {"text": ""}}, "BUTTON_COPY_TEXT_INVALID"),
        ({"copy_text": {"text": "x" * 257}}, "BUTTON_COPY_TEXT_INVALID"),
        ({}, "Text buttons are unallowed in the inline keyboard"),
        ({"callback_data": "x", "url": "https://example.com/"}, "only one action is allowed"),
        ({"callback_data": "x", "colour": "red"}, "unknown field colour"),
        ({"callback_data": "x", "text": " "}, "BUTTON_TEXT_INVALID"),
        ({"callback_data": "x", "style": "red"}, "unsupported style"),
    ],
)
def test_a_wrong_button_is_refused(wire: Wire, action: dict[str, Any], why: str) -> None:
    refusal = wire.refusal("sendMessage", **sending([{"text": "Go"} | action]))
    assert refusal.startswith("Bad Request: ")
    assert why in refusal


def test_a_keyboard_holds_a_hundred_buttons_eight_in_a_row(wire: Wire) -> None:
    one = button(callback_data="x")
    full = [[one] * 8 for _ in range(12)] + [[one] * 4]
    assert wire.result("sendMessage", **sending(*full))["reply_markup"]["inline_keyboard"] == full
    assert wire.refusal("sendMessage", **sending(*full, [one])) == "Bad Request: reply markup is too long"
    assert wire.refusal("sendMessage", **sending([one] * 9)) == "Bad Request: reply markup is too long"


def test_force_reply_has_a_short_placeholder(server: BotApiServer, wire: Wire) -> None:
    forced = {"force_reply": True, "selective": True, "input_field_placeholder": "p" * 64}
    sent = wire.result("sendMessage", chat_id=42, text="x", reply_markup=forced)
    # Telegram shows bots inline keyboards alone.
    assert "reply_markup" not in sent
    assert server.messages(server.world.chats[42])[-1].markup == forced
    for length in (0, 65):
        wrong = forced | {"input_field_placeholder": "p" * length}
        assert "placeholder" in wire.refusal("sendMessage", chat_id=42, text="x", reply_markup=wrong)


def test_reply_keyboards_are_taken_and_removed(wire: Wire) -> None:
    for markup in ({"keyboard": [[{"text": "A"}]]}, {"remove_keyboard": True}):
        assert wire.result("sendMessage", chat_id=42, text="x", reply_markup=markup)["text"] == "x"
    assert "can't parse" in wire.refusal("sendMessage", chat_id=42, text="x", reply_markup="{")
    assert "can't parse" in wire.refusal("sendMessage", chat_id=42, text="x", reply_markup={"inline_keyboard": ["x"]})


def test_a_button_that_opens_a_mini_app_is_taken_in_private_chats_alone(server: BotApiServer, wire: Wire) -> None:
    markup = {"inline_keyboard": [[button(web_app={"url": "https://example.com/"})]]}
    group = server.group("Readers", server.person("Ada", id=42))
    assert wire.refusal("sendMessage", chat_id=group.id, text="x", reply_markup=markup) == (
        "Bad Request: BUTTON_TYPE_INVALID"
    )
    sent = wire.result("sendMessage", chat_id=group.id, text="x")["message_id"]
    refusal = wire.refusal("editMessageReplyMarkup", chat_id=group.id, message_id=sent, reply_markup=markup)
    assert refusal == "Bad Request: BUTTON_TYPE_INVALID"
    own = wire.result("sendMessage", chat_id=42, text="x")["message_id"]
    assert wire.result("editMessageReplyMarkup", chat_id=42, message_id=own, reply_markup=markup)


def test_the_menu_button_of_private_chats_opens_a_mini_app_by_https_alone(server: BotApiServer, wire: Wire) -> None:
    right = {"type": "web_app", "text": "Ask", "web_app": {"url": "https://example.com/"}}
    assert wire.result("setChatMenuButton", menu_button=right) is True
    assert server.world.menu_buttons == {0: right}
    assert "Only HTTPS" in wire.refusal(
        "setChatMenuButton", menu_button=right | {"web_app": {"url": "http://example.com/"}}
    )
    assert "text must be non-empty" in wire.refusal("setChatMenuButton", menu_button=right | {"text": " "})
    assert "Unsupported type" in wire.refusal("setChatMenuButton", menu_button={"type": "door"})
    assert wire.result("setChatMenuButton") is True
    assert server.world.menu_buttons == {0: {"type": "default"}}


def test_an_inline_result_may_be_sent_anywhere_so_that_it_opens_no_mini_app(
    server: BotApiServer, wire: Wire, chat: Chat
) -> None:
    query = server.person("Ben", id=43).asks_inline("who")
    result = {
        "type": "article",
        "id": "1",
        "title": "T",
        "input_message_content": {"message_text": "t"},
        "reply_markup": {"inline_keyboard": [[button(web_app={"url": "https://example.com/"})]]},
    }
    refusal = wire.refusal("answerInlineQuery", inline_query_id=query.query.id, results=[result])
    assert refusal == "Bad Request: BUTTON_TYPE_INVALID"
