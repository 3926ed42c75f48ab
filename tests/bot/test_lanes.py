"""What an update takes up while it waits."""

from typing import Any

from telegram import Update

from bot.updates.origin import PER_LANE, PER_PERSON, claim_of, person_of

ADA = {"id": 42, "is_bot": False, "first_name": "Ada"}
# The account that Telegram shows for every admin who writes in the name of a group.
ANONYMOUS = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group"}
GROUP = {"id": -9, "type": "supergroup", "title": "Lindvik"}


def read(**update: Any) -> Update:
    return Update.de_json({"update_id": 1, **update}, None)


def written(**more: Any) -> dict[str, Any]:
    return {"message_id": 1, "date": 1_700_000_000, "chat": GROUP, "from": ADA, "text": "Who?", **more}


def test_a_message_an_edit_a_press_and_a_reaction_count_towards_their_chat_and_their_person() -> None:
    press = {"id": "1", "from": ADA, "chat_instance": "1", "data": "x", "message": written()}
    reaction = {"chat": GROUP, "message_id": 1, "user": ADA, "date": 1, "old_reaction": [], "new_reaction": []}
    for update in (
        read(message=written()),
        read(edited_message=written()),
        read(callback_query=press),
        read(message_reaction=reaction),
    ):
        assert claim_of(update).bounds == ((("chat", -9), PER_LANE), (("by", 42), PER_PERSON))


def test_an_inline_query_counts_towards_those_of_its_person_alone() -> None:
    update = read(inline_query={"id": "1", "from": ADA, "query": "ferry", "offset": ""})
    assert claim_of(update).bounds == ((("typing", 42), PER_LANE),)


def test_who_writes_in_the_name_of_a_chat_counts_as_that_chat() -> None:
    """Else the anonymous admins of all groups would share one person's room."""
    assert person_of(read(message=written(**{"from": ANONYMOUS, "sender_chat": GROUP}))) == -9
    assert person_of(read(message=written())) == 42
    assert person_of(read()) is None


def test_that_a_group_moved_has_twice_the_room() -> None:
    moved = {key: value for key, value in written(migrate_to_chat_id=-10).items() if key != "text"}
    assert claim_of(read(message=moved)).bounds == ((("chat", -9), 2 * PER_LANE), (("by", 42), 2 * PER_PERSON))
