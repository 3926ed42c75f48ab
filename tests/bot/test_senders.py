"""Who an update counts for: the person, or the chat that they write in the name of."""

from typing import Any

import pytest
from telegram import Chat, Update, User

from bot.updates.origin import Sender, sender_of

GROUP: dict[str, Any] = {"id": -1001, "type": "supergroup", "title": "Readers"}
CHANNEL: dict[str, Any] = {"id": -1002, "type": "channel", "title": "News"}
ADA: dict[str, Any] = {"id": 42, "is_bot": False, "first_name": "Ada", "language_code": "nb"}
# The accounts that Telegram shows instead of whoever it is.
ANONYMOUS: dict[str, Any] = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
AS_CHANNEL: dict[str, Any] = {"id": 136817688, "is_bot": True, "first_name": "Channel"}
SERVICE: dict[str, Any] = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
BOT: dict[str, Any] = {"id": 7, "is_bot": True, "first_name": "Another"}


def read(kind: str, **fields: Any) -> Update:
    return Update.de_json({"update_id": 1, kind: fields}, None)


def message(**fields: Any) -> dict[str, Any]:
    return {"message_id": 5, "date": 1_700_000_000, "chat": GROUP, "text": "Who?", **fields}


@pytest.mark.parametrize("kind", ["message", "edited_message"])
@pytest.mark.parametrize(
    ("fields", "who"),
    [
        ({"from": ADA}, Sender(42, "nb")),
        ({"from": ANONYMOUS, "sender_chat": GROUP}, Sender(-1001)),
        ({"from": AS_CHANNEL, "sender_chat": CHANNEL}, Sender(-1002)),
        ({"from": SERVICE, "sender_chat": CHANNEL, "is_automatic_forward": True}, Sender(-1002)),
        ({"from": BOT}, Sender(7, is_bot=True)),
    ],
)
def test_a_message_counts_for_the_chat_it_is_written_in_the_name_of(
    kind: str, fields: dict[str, Any], who: Sender
) -> None:
    assert sender_of(read(kind, **message(**fields))) == who


@pytest.mark.parametrize(("by", "who"), [({"user": ADA}, Sender(42, "nb")), ({"actor_chat": GROUP}, Sender(-1001))])
def test_so_does_a_reaction(by: dict[str, Any], who: Sender) -> None:
    changed = {"chat": GROUP, "message_id": 5, "date": 1_700_000_000, "old_reaction": [], "new_reaction": []}
    assert sender_of(read("message_reaction", **changed, **by)) == who


def test_a_press_counts_for_the_person_whatever_the_message_is() -> None:
    shown = message(**{"from": ANONYMOUS, "sender_chat": GROUP})
    pressed = read("callback_query", id="1", chat_instance="1", data="x", message=shown, **{"from": ADA})
    assert sender_of(pressed) == Sender(42, "nb")


def test_what_comes_from_nobody_has_no_sender() -> None:
    counted = {"chat": GROUP, "message_id": 5, "date": 1_700_000_000, "reactions": []}
    assert sender_of(read("message_reaction_count", **counted)) is None


def test_only_a_chat_is_a_chat() -> None:
    assert Sender.of(Chat(-1001, Chat.SUPERGROUP)).is_chat
    assert not Sender.of(User(42, "Ada", is_bot=False)).is_chat
