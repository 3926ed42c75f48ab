"""Groups: who is in them, what a bot in privacy mode hears, and files, commands and texts of the bot."""

import httpx
import pytest

from tests.telegram.server import BotApiServer
from tests.telegram.server.wire import Wire

TWENTY_MEGABYTES = 20 * 1024 * 1024


def heard(server: BotApiServer) -> list[str]:
    return [update["message"].get("text", "") for update in server.pending_updates if "message" in update]


def test_in_a_group_the_bot_hears_only_what_is_meant_for_it(server: BotApiServer, wire: Wire) -> None:
    ada, bob = server.person("Ada"), server.person("Bob")
    group = server.group("Group", ada, bob)
    ada.writes(group, "just talk")
    ada.writes(group, "/ask@Verbatim_Bot why")
    ada.writes(group, "/ask@other_bot why")
    ada.writes(group, "what says @verbatim_bot?")
    ada.writes(group, "what says @verbatim_bot2?")
    own = wire.result("sendMessage", chat_id=group.id, text="x")["message_id"]
    bob.writes(group, "and then?", reply_to=group.messages[own])
    bob.writes(group, "no, Ada", reply_to=group.messages[1])
    expected = ["/ask@Verbatim_Bot why", "what says @verbatim_bot?", "and then?"]
    assert heard(server) == expected
    server.promote_bot(group, ada)
    ada.writes(group, "talk to an admin")
    assert heard(server) == [*expected, "talk to an admin"]


def test_a_command_for_any_bot_reaches_the_one_that_wrote_last(server: BotApiServer, wire: Wire) -> None:
    ada = server.person("Ada")
    group = server.group("Group", ada)
    ada.writes(group, "/ask one")
    wire.result("sendMessage", chat_id=group.id, text="x")
    ada.writes(group, "/ask two")
    server.another_bot_writes(group, "y")
    ada.writes(group, "/ask three")
    ada.writes(group, "/ask@verbatim_bot four")
    ada.sends(group, "photo", caption="/ask@verbatim_bot five")
    assert heard(server) == ["/ask two", "/ask@verbatim_bot four", ""]
    assert server.pending_updates[-1]["message"]["caption"] == "/ask@verbatim_bot five"


def test_a_reply_tells_what_it_quotes_and_of_another_chat_nothing_else(server: BotApiServer) -> None:
    ada, bob = server.person("Ada"), server.person("Bob")
    group, private = server.group("Group", ada, bob), server.private(ada)
    said = bob.writes(group, "🙂 The ferry sails at nine. Or so.")
    own = ada.writes(private, "Red herring, and more")
    ada.writes(private, "When?", reply_to=said, quote="The ferry sails at nine.")
    ada.writes(private, "Why?", reply_to=own, quote="and more")
    elsewhere, here = (update["message"] for update in server.pending_updates[-2:])
    assert elsewhere["quote"] == {"text": "The ferry sails at nine.", "position": 3, "is_manual": True}
    assert elsewhere["external_reply"]["origin"]["sender_user"]["id"] == bob.id
    assert "reply_to_message" not in elsewhere
    assert here["quote"]["text"] == "and more"
    assert here["reply_to_message"]["text"] == "Red herring, and more"
    with pytest.raises(ValueError, match="people quote what a message says"):
        ada.writes(private, "When?", reply_to=said, quote="The ferry sails at ten.")


def test_without_privacy_mode_the_bot_hears_everything(server: BotApiServer, wire: Wire) -> None:
    ada = server.person("Ada")
    group = server.group("Group", ada)
    server.world.privacy = False
    ada.writes(group, "just talk")
    assert heard(server) == ["just talk"]
    assert wire.result("getMe")["can_read_all_group_messages"] is True


def test_a_message_in_a_topic_says_so(server: BotApiServer) -> None:
    ada = server.person("Ada")
    forum = server.group("Forum", ada, forum=True)
    thread = forum.topic("Economy")
    ada.writes(forum, "/ask@verbatim_bot why", thread=thread)
    ada.writes(forum, "/ask@verbatim_bot general")
    in_topic, general = (update["message"] for update in server.pending_updates)
    assert (in_topic["message_thread_id"], in_topic["is_topic_message"]) == (thread, True)
    assert in_topic["reply_to_message"]["message_id"] == thread
    assert in_topic["chat"]["is_forum"] is True
    assert not general.keys() & {"message_thread_id", "is_topic_message", "reply_to_message"}


def test_an_edit_reaches_the_bot_and_a_deletion_does_not(server: BotApiServer) -> None:
    ada = server.person("Ada")
    chat = server.private(ada)
    question = ada.writes(chat, "whi?", date=1_700_000_000)
    ada.edits(question, "why?", date=1_700_000_060)
    ada.deletes(question)
    first, second = server.pending_updates
    assert (first["message"]["text"], first["message"]["date"]) == ("whi?", 1_700_000_000)
    edited = second["edited_message"]
    assert (edited["text"], edited["date"], edited["edit_date"]) == ("why?", 1_700_000_000, 1_700_000_060)
    assert server.messages(chat) == []


def test_reactions_come_only_to_a_bot_that_asks_and_in_groups_is_an_admin(server: BotApiServer, wire: Wire) -> None:
    ada = server.person("Ada")
    private, group = server.private(ada), server.group("Group", ada)
    in_private, in_group = ada.writes(private, "x"), ada.writes(group, "x")
    start = len(server.pending_updates)
    ada.reacts(in_private, "👍")
    assert len(server.pending_updates) == start
    wire.result("getUpdates", allowed_updates=["message", "message_reaction"])
    ada.reacts(in_private, "👎")
    ada.reacts(in_group, "👍")
    [reaction] = [update["message_reaction"] for update in server.pending_updates[start:]]
    assert (reaction["message_id"], reaction["user"]["id"]) == (in_private.id, ada.id)
    assert reaction["old_reaction"] == [{"type": "emoji", "emoji": "👍"}]
    assert reaction["new_reaction"] == [{"type": "emoji", "emoji": "👎"}]
    server.promote_bot(group, ada)
    ada.reacts(in_group)
    assert server.pending_updates[-1]["message_reaction"]["new_reaction"] == []


def test_the_bot_is_told_when_it_joins_and_can_leave(server: BotApiServer, wire: Wire) -> None:
    ada = server.person("Ada")
    group = server.group("Group", ada, bot=False)
    server.add_bot(group, ada)
    change, service = server.pending_updates
    assert change["my_chat_member"]["from"]["id"] == ada.id
    assert change["my_chat_member"]["old_chat_member"]["status"] == "left"
    assert change["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert service["message"]["new_chat_members"][0]["id"] == server.bot.id
    assert wire.result("leaveChat", chat_id=group.id) is True
    assert wire.refusal("sendMessage", chat_id=group.id, text="x") == (
        "Forbidden: bot is not a member of the supergroup chat"
    )
    private = server.private(ada)
    assert "can't be changed in private chats" in wire.refusal("leaveChat", chat_id=private.id)


def test_members_and_admins_are_told_apart(server: BotApiServer, wire: Wire) -> None:
    ada, bob, eve = server.person("Ada"), server.person("Bob"), server.person("Eve")
    group = server.group("Group", ada, admins=[bob])

    def status(user_id: int) -> str:
        return str(wire.result("getChatMember", chat_id=group.id, user_id=user_id)["status"])

    assert [status(person.id) for person in (ada, bob, eve)] == ["member", "administrator", "left"]
    assert wire.refusal("getChatMember", chat_id=group.id, user_id=9) == "Bad Request: invalid user_id specified"
    admins = wire.result("getChatAdministrators", chat_id=group.id)
    assert [(one["status"], one["user"]["id"]) for one in admins] == [
        ("creator", server.world.owner.id),
        ("administrator", bob.id),
    ]
    server.demote(group, bob)
    server.promote(group, ada)
    assert [status(person.id) for person in (ada, bob)] == ["administrator", "member"]
    assert wire.result("getChat", chat_id=group.id)["title"] == "Group"
    private = server.private(eve)
    assert "no administrators in the private chat" in wire.refusal("getChatAdministrators", chat_id=private.id)


def test_a_file_of_twenty_megabytes_can_be_downloaded_and_no_larger(server: BotApiServer, wire: Wire) -> None:
    ada = server.person("Ada")
    chat = server.private(ada)
    ada.sends_file(chat, "note.txt", b"hello", caption="see /this", mime_type="text/plain", size=TWENTY_MEGABYTES)
    ada.sends_file(chat, "film.mkv", b"...", size=TWENTY_MEGABYTES + 1)
    small, large = (update["message"]["document"] for update in server.pending_updates)
    assert (small["file_name"], small["mime_type"], small["file_size"]) == ("note.txt", "text/plain", TWENTY_MEGABYTES)
    path = wire.result("getFile", file_id=small["file_id"])["file_path"]
    address = f"{server.url}/file/bot{server.token}/{path}"
    assert httpx.get(address).content == b"hello"
    assert wire.refusal("getFile", file_id=large["file_id"]) == "Bad Request: file is too big"
    assert wire.refusal("getFile", file_id="x") == ("Bad Request: wrong file_id or the file is temporarily unavailable")
    assert httpx.get(f"{server.url}/file/bot1:wrong/{path}").status_code == 404


@pytest.mark.parametrize("kind", ["voice", "photo", "sticker", "poll", "location", "contact", "video"])
def test_each_kind_of_message_reaches_the_bot_under_its_name(server: BotApiServer, kind: str) -> None:
    ada = server.person("Ada")
    ada.sends(server.private(ada), kind)
    [update] = server.pending_updates
    assert update["message"][kind]
    assert "text" not in update["message"]


def test_a_forwarded_message_names_its_origin(server: BotApiServer) -> None:
    ada, bob = server.person("Ada"), server.person("Bob")
    original = ada.writes(server.private(ada), "see https://example.com/a")
    bob.forwards(original, server.private(bob))
    forwarded = server.pending_updates[-1]["message"]
    assert (forwarded["text"], forwarded["from"]["id"]) == ("see https://example.com/a", bob.id)
    assert forwarded["forward_origin"]["sender_user"]["id"] == ada.id
    assert forwarded["entities"] == [{"type": "url", "offset": 4, "length": 21}]


def test_people_write_only_where_they_are(server: BotApiServer) -> None:
    ada, bob = server.person("Ada"), server.person("Bob")
    group = server.group("Group", ada)
    with pytest.raises(ValueError, match="Bob cannot write to Group"):
        bob.writes(group, "hello")
    with pytest.raises(ValueError, match="4096"):
        ada.writes(group, "x" * 4097)


def test_commands_are_kept_by_scope_and_language(server: BotApiServer, wire: Wire) -> None:
    ask, stats = {"command": "ask", "description": "Ask"}, {"command": "stats", "description": "Numbers"}
    ada = server.person("Ada", id=42)
    server.private(ada)
    group = server.group("Group", ada)
    narrow = {"type": "chat_member", "chat_id": group.id, "user_id": 42}
    wire.result("setMyCommands", commands=[ask])
    wire.result("setMyCommands", commands=[ask], scope={"type": "all_group_chats"}, language_code="de")
    wire.result("setMyCommands", commands=[ask, stats], scope={"type": "chat", "chat_id": 42})
    wire.result("setMyCommands", commands=[stats], scope=narrow)
    assert server.commands == {
        ("default", ""): [ask],
        ("all_group_chats", "de"): [ask],
        ("chat:42", ""): [ask, stats],
        (f"chat_member:{group.id}:42", ""): [stats],
    }
    assert wire.result("getMyCommands", scope=narrow) == [stats]
    assert wire.result("getMyCommands", language_code="fr") == []
    assert wire.result("deleteMyCommands", scope=narrow) is True
    assert wire.result("getMyCommands", scope=narrow) == []


@pytest.mark.parametrize(
    ("commands", "more", "why"),
    [
        ([{"command": "Ask", "description": "x"}], {}, "BOT_COMMAND_INVALID"),
        ([{"command": "a" * 33, "description": "x"}], {}, "BOT_COMMAND_INVALID"),
        ([{"command": "", "description": "x"}], {}, "BOT_COMMAND_INVALID"),
        ([{"command": "ask", "description": ""}], {}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([{"command": "ask", "description": "x" * 257}], {}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([{"command": f"c{n}", "description": "x"} for n in range(101)], {}, "BOT_COMMANDS_TOO_MUCH"),
        ([], {"language_code": "english"}, "invalid language code specified"),
        ([], {"scope": {"type": "chat", "chat_id": 9}}, "chat not found"),
        ([], {"scope": {"type": "galaxy"}}, "can't parse BotCommandScope: unsupported type specified"),
    ],
)
def test_commands_telegram_does_not_take_are_refused(
    server: BotApiServer, wire: Wire, commands: list[dict[str, str]], more: dict[str, object], why: str
) -> None:
    assert wire.refusal("setMyCommands", commands=commands, **more) == f"Bad Request: {why}"
    assert server.commands == {}


def test_a_hundred_commands_of_the_longest_names_are_taken(wire: Wire) -> None:
    commands = [{"command": f"c_{n:030d}", "description": "x" * 256} for n in range(100)]
    assert wire.result("setMyCommands", commands=commands) is True


@pytest.mark.parametrize(
    ("what", "parameter", "limit"),
    [("Description", "description", 512), ("ShortDescription", "short_description", 120), ("Name", "name", 64)],
)
def test_the_bots_texts_are_kept_by_language_up_to_their_limits(
    wire: Wire, what: str, parameter: str, limit: int
) -> None:
    assert wire.result(f"setMy{what}", **{parameter: "e" * limit}) is True
    assert wire.result(f"setMy{what}", **{parameter: "d"}, language_code="de") is True
    assert wire.refusal(f"setMy{what}", **{parameter: "e" * (limit + 1)}).endswith("is too long")
    assert wire.result(f"getMy{what}", language_code="de") == {parameter: "d"}
    assert wire.result(f"getMy{what}", language_code="fr") == {parameter: "e" * limit}


def test_after_signing_off_nothing_is_answered(wire: Wire) -> None:
    assert wire.result("close") is True
    assert wire.result("logOut") is True
    assert wire.refusal("getMe") == "Bad Request: Logged out"
