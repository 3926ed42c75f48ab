"""Presses of buttons and inline queries: one answer each, in time and within limits."""

from typing import Any

import pytest

from tests.telegram.server import BotApiServer, Message, Person
from tests.telegram.server.wire import Wire

TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


@pytest.fixture
def ada(server: BotApiServer) -> Person:
    person = server.person("Ada", id=42)
    person.writes(server.private(person), "/start")
    return person


@pytest.fixture
def answer(server: BotApiServer, wire: Wire, ada: Person) -> Message:
    """The bot's message with the buttons Next and Site."""
    row = [{"text": "Next", "callback_data": "n:1"}, {"text": "Site", "url": "https://example.com/"}]
    wire.result("sendMessage", chat_id=42, text="x", reply_markup={"inline_keyboard": [row]})
    return server.messages(server.private(ada))[-1]


def article(identifier: str = "1", **fields: Any) -> dict[str, Any]:
    content = {"message_text": "<b>t</b>", "parse_mode": "HTML"}
    return {"type": "article", "id": identifier, "title": "T", "input_message_content": content} | fields


def test_a_press_reaches_the_bot_with_the_message_and_its_data(
    server: BotApiServer, ada: Person, answer: Message
) -> None:
    ada.presses(answer, "Next")
    pressed = server.pending_updates[-1]["callback_query"]
    assert (pressed["data"], pressed["from"]["id"]) == ("n:1", 42)
    assert (pressed["message"]["message_id"], pressed["message"]["text"]) == (answer.id, "x")
    assert pressed["chat_instance"]


def test_data_that_no_button_has_can_be_forged(server: BotApiServer, ada: Person, answer: Message) -> None:
    ada.presses_data(answer, "admin:yes")
    assert server.pending_updates[-1]["callback_query"]["data"] == "admin:yes"


def test_buttons_that_are_not_there_or_tell_the_bot_nothing_cannot_be_pressed(ada: Person, answer: Message) -> None:
    with pytest.raises(LookupError, match="no button 'Back'"):
        ada.presses(answer, "Back")
    with pytest.raises(ValueError, match="sends nothing"):
        ada.presses(answer, "Site")


def test_a_press_is_answered_once(server: BotApiServer, wire: Wire, ada: Person, answer: Message) -> None:
    press = ada.presses(answer, "Next")
    assert press.answer(0.05) is None
    query = press.query.id
    assert wire.refusal("answerCallbackQuery", callback_query_id=query, text="x" * 201) == (
        "Bad Request: MESSAGE_TOO_LONG"
    )
    assert wire.refusal("answerCallbackQuery", callback_query_id=query, url="https://example.com/") == (
        "Bad Request: URL_INVALID"
    )
    told = {"callback_query_id": query, "text": "x" * 200, "show_alert": True}
    assert wire.result("answerCallbackQuery", **told) is True
    assert press.answer(1) == told | {"url": "", "cache_time": 0}
    assert server.callback_answers == [press.answer(1)]
    assert wire.refusal("answerCallbackQuery", callback_query_id=query) == TOO_OLD
    assert wire.refusal("answerCallbackQuery", callback_query_id="17") == TOO_OLD


def test_a_press_that_is_too_old_cannot_be_answered(
    server: BotApiServer, wire: Wire, ada: Person, answer: Message
) -> None:
    press = ada.presses(answer, "Next")
    server.expire_queries()
    assert wire.refusal("answerCallbackQuery", callback_query_id=press.query.id) == TOO_OLD
    server.expire_queries(60)
    assert wire.result("answerCallbackQuery", callback_query_id=press.query.id) is True


def test_an_inline_query_is_cut_at_256_characters(server: BotApiServer, ada: Person) -> None:
    ada.asks_inline("q" * 300, offset="10")
    asked = server.pending_updates[-1]["inline_query"]
    assert (asked["query"], asked["offset"], asked["from"]["id"]) == ("q" * 256, "10", 42)


def test_an_inline_query_is_answered_once(server: BotApiServer, wire: Wire, ada: Person) -> None:
    inline = ada.asks_inline("why")
    call = {
        "inline_query_id": inline.query.id,
        "results": [article(str(n)) for n in range(50)],
        "cache_time": 5,
        "next_offset": "50",
        "button": {"text": "Ask", "start_parameter": "a_B-9"},
    }
    assert wire.result("answerInlineQuery", **call) is True
    given = inline.answer(1)
    assert (len(given["results"]), given["next_offset"], given["cache_time"]) == (50, "50", 5)
    assert server.inline_answers == [given]
    assert wire.refusal("answerInlineQuery", **call) == TOO_OLD


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ({"results": [article(str(n)) for n in range(51)]}, "RESULTS_TOO_MUCH"),
        ({"results": [article("a"), article("a")]}, "RESULT_ID_DUPLICATE"),
        ({"results": [article("")]}, "RESULT_ID_INVALID"),
        ({"results": [article("é" * 33)]}, "RESULT_ID_INVALID"),
        ({"results": [article(title="")]}, "ARTICLE_TITLE_EMPTY"),
        ({"results": [article(type="essay")]}, "invalid inline query result type specified"),
        ({"results": [article(input_message_content=None)]}, 'Can\'t find field "input_message_content"'),
        ({"results": [article(input_message_content={"message_text": ""})]}, "message text is empty"),
        ({"results": [article(input_message_content={"message_text": "x" * 4097})]}, "message is too long"),
        (
            {"results": [article(input_message_content={"message_text": "<b>x", "parse_mode": "HTML"})]},
            "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        (
            {"results": [article(reply_markup={"inline_keyboard": [[{"text": "x", "callback_data": "x" * 65}]]})]},
            "BUTTON_DATA_INVALID",
        ),
        ({"results": [], "next_offset": "x" * 65}, "NEXT_OFFSET_INVALID"),
        ({"results": [], "button": {"text": "x", "start_parameter": "a b"}}, "START_PARAM_INVALID"),
        ({"results": [], "button": {"text": "x", "start_parameter": "a" * 65}}, "START_PARAM_INVALID"),
    ],
)
def test_inline_answers_telegram_does_not_take_are_refused(
    wire: Wire, ada: Person, call: dict[str, Any], why: str
) -> None:
    inline = ada.asks_inline("why")
    refusal = wire.refusal("answerInlineQuery", inline_query_id=inline.query.id, **call)
    assert refusal.startswith("Bad Request: ")
    assert refusal.endswith(why)
    # A refused answer leaves the query open.
    assert wire.result("answerInlineQuery", inline_query_id=inline.query.id, results=[]) is True


def test_a_picked_result_is_sent_and_can_be_edited_by_its_inline_id(
    server: BotApiServer, wire: Wire, ada: Person
) -> None:
    bob = server.person("Bob")
    group = server.group("Group", ada, bob)
    inline = ada.asks_inline("why")
    keyboard = {"inline_keyboard": [[{"text": "More", "callback_data": "m"}]]}
    results = [article("7", reply_markup=keyboard)]
    wire.result("answerInlineQuery", inline_query_id=inline.query.id, results=results)
    sent = ada.picks(inline, "7", group)
    assert (sent.html, sent.sender.id, sent.via_bot) == ("<b>t</b>", 42, server.bot)
    bob.presses(sent, "More")
    pressed = server.pending_updates[-1]["callback_query"]
    assert "message" not in pressed
    edited = wire.result("editMessageText", inline_message_id=pressed["inline_message_id"], text="more")
    assert edited is True
    assert sent.text == "more"


# Guests.


def test_a_message_that_names_the_bot_reaches_it_as_a_guest_where_it_is_no_member(
    server: BotApiServer, ada: Person
) -> None:
    elsewhere, here = server.group("Elsewhere", ada, bot=False), server.group("Here", ada)
    called = ada.calls_bot(elsewhere, "@verbatim_bot why?")
    told = server.pending_updates[-1]["guest_message"]
    assert (told["text"], told["chat"]["id"], told["guest_query_id"]) == (
        "@verbatim_bot why?",
        elsewhere.id,
        called.guest_query_id,
    )
    for chat, text in ((here, "@verbatim_bot why?"), (elsewhere, "why?")):
        with pytest.raises(ValueError, match="no guest there"):
            ada.calls_bot(chat, text)
    server.world.guest_mode = False
    with pytest.raises(ValueError, match="no guest there"):
        ada.calls_bot(elsewhere, "@verbatim_bot why?")


def test_a_guest_answers_once_with_a_message_in_that_chat_and_cannot_write_there_otherwise(
    server: BotApiServer, wire: Wire, ada: Person
) -> None:
    elsewhere = server.group("Elsewhere", ada, bot=False)
    called = ada.calls_bot(elsewhere, "@verbatim_bot why?")
    query = called.guest_query_id
    assert wire.refusal("sendMessage", chat_id=elsewhere.id, text="x") == (
        "Forbidden: bot is not a member of the supergroup chat"
    )
    assert wire.refusal("answerGuestQuery", guest_query_id=query, result=article(title="")) == (
        "Bad Request: ARTICLE_TITLE_EMPTY"
    )
    sent = wire.result("answerGuestQuery", guest_query_id=query, result=article())["inline_message_id"]
    assert server.wait_for_reply(called).html == "<b>t</b>"
    assert wire.refusal("answerGuestQuery", guest_query_id=query, result=article()) == TOO_OLD
    assert wire.result("editMessageText", inline_message_id=sent, text="y") is True
    assert server.wait_for_reply(called).text == "y"
