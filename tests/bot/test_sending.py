"""Messages arrive as HTML, plain where the markup is refused, and never in a chat that is closed."""

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable, Iterator

import pytest
from telegram import ForceReply
from telegram.error import BadRequest

from bot.messages.markup import LONGEST, Piece, Screen, bold, button, keyboard, plain
from bot.sender import Courier, Edited
from bot.state import people
from bot.state.state import State
from tests.bot.line import AnyBot, speak
from tests.telegram.server import BotApiServer, Chat, Message, Person, errors

BROKEN = Piece("<b>Half & <half", "Half & half")
HELLO = Screen(plain("Hello"))
# The smallest PNG there is: one transparent point.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e5"
    "27d4a20000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        running.flood = None
        yield running


@pytest.fixture
def ada(server: BotApiServer) -> Person:
    """Somebody who has started the bot."""
    person = server.person("Ada")
    person.writes(server.private(person), "/start")
    return person


@pytest.fixture
def chat(server: BotApiServer, ada: Person) -> Chat:
    """Her chat with the bot."""
    return server.private(ada)


@pytest.fixture
def group(server: BotApiServer, ada: Person) -> Chat:
    """A basic group that she and the bot are in."""
    return server.group("Lindvik", ada, supergroup=False)


def deliver(server: BotApiServer, state: State, test: Callable[[Courier], Awaitable[None]]) -> None:
    """Run a test with a courier."""

    async def with_bot(bot: AnyBot) -> None:
        await test(Courier(bot, state))

    speak(server, with_bot)


def last(server: BotApiServer, chat: Chat) -> Message:
    return server.messages(chat)[-1]


def writable(state: State) -> list[int]:
    return asyncio.run(state.run(people.writable))


def test_a_message_arrives_with_its_markup_its_buttons_and_without_a_preview(
    server: BotApiServer, state: State, ada: Person, chat: Chat
) -> None:
    question = ada.writes(chat, "When?")
    screen = Screen(plain("A & ") + bold(plain("<b>")), keyboard([button("Press", "card", "x")]))

    async def test(courier: Courier) -> None:
        assert await courier.send(chat.id, screen, reply_to=question.id) == last(server, chat).id

    deliver(server, state, test)
    sent = last(server, chat)
    assert (sent.text, sent.html, sent.buttons) == ("A & <b>", "A &amp; <b>&lt;b&gt;</b>", ["Press"])
    assert sent.reply_to is question
    assert sent.link_preview_options == {"is_disabled": True}


def test_what_telegram_cannot_read_as_html_is_sent_plain_with_the_same_buttons(
    server: BotApiServer, state: State, ada: Person, chat: Chat
) -> None:
    question = ada.writes(chat, "When?")
    screen = Screen(BROKEN, keyboard([button("Press", "card", "x")]))

    async def test(courier: Courier) -> None:
        assert await courier.send(chat.id, screen, reply_to=question.id) is not None
        sent = last(server, chat)
        assert (sent.text, sent.entities, sent.buttons) == ("Half & half", [], ["Press"])
        assert sent.reply_to is question
        assert await courier.edit(chat.id, sent.id, Screen(plain("Other"))) is Edited.DONE
        assert await courier.edit(chat.id, sent.id, screen) is Edited.DONE
        assert (sent.text, sent.entities, sent.buttons) == ("Half & half", [], ["Press"])

    deliver(server, state, test)


def test_a_message_that_is_wrong_in_another_way_is_an_error(server: BotApiServer, state: State, chat: Chat) -> None:
    async def test(courier: Courier) -> None:
        with pytest.raises(BadRequest, match="too long"):
            await courier.say(chat.id, plain("x" * (LONGEST + 1)))
        await courier.say(chat.id, plain("x" * LONGEST))

    deliver(server, state, test)
    assert len(last(server, chat).text) == 4096


def test_who_has_blocked_the_bot_is_remembered_and_no_longer_written_to(
    server: BotApiServer, state: State, ada: Person, chat: Chat
) -> None:
    asyncio.run(state.run(people.note_visit, ada.id, 1000.0, private=True))
    ada.blocks()

    async def test(courier: Courier) -> None:
        assert await courier.send(chat.id, HELLO) is None
        assert await courier.say(chat.id, plain("Hello")) is None
        assert not await courier.send_file(chat.id, io.BytesIO(b"{}"), "export.json", "Everything")

    assert writable(state) == [ada.id]
    deliver(server, state, test)
    assert writable(state) == []
    ada.unblocks()
    asyncio.run(state.run(people.note_visit, ada.id, 2000.0, private=True))
    assert writable(state) == [ada.id]


def test_an_edit_in_a_chat_that_is_closed_finds_nothing_and_is_remembered(
    server: BotApiServer, state: State, ada: Person, chat: Chat
) -> None:
    asyncio.run(state.run(people.note_visit, ada.id, 1000.0, private=True))

    async def test(courier: Courier) -> None:
        message = await courier.say(chat.id, plain("Hello"))
        assert message is not None
        ada.blocks()
        assert await courier.edit(chat.id, message, Screen(plain("Other"))) is Edited.GONE
        assert await courier.edit_or_send(chat.id, message, Screen(plain("Other"))) is None
        await courier.set_keyboard(chat.id, message, None)

    deliver(server, state, test)
    assert writable(state) == []


def test_a_group_that_has_removed_the_bot_is_forgotten(
    server: BotApiServer, state: State, ada: Person, group: Chat
) -> None:
    asyncio.run(state.run(people.join, group.id, 1000.0))
    server.remove_bot(group, ada)

    async def test(courier: Courier) -> None:
        assert await courier.say(group.id, plain("Hello")) is None

    assert asyncio.run(state.run(people.how_many)).groups == 1
    deliver(server, state, test)
    assert asyncio.run(state.run(people.how_many)).groups == 0


@pytest.mark.parametrize(
    "error",
    [
        errors.BadRequest("not enough rights to send text messages to the chat"),
        errors.BadRequest("have no rights to send a message"),
        errors.BadRequest("need administrator rights in the channel chat"),
        errors.BadRequest("CHAT_WRITE_FORBIDDEN"),
        errors.Forbidden("CHAT_WRITE_FORBIDDEN"),
        errors.BadRequest("CHAT_RESTRICTED"),
        errors.BadRequest("CHAT_SEND_PLAIN_FORBIDDEN"),
        errors.BadRequest("CHAT_ADMIN_REQUIRED"),
        errors.BadRequest("TOPIC_CLOSED"),
        errors.Forbidden("ALLOW_PAYMENT_REQUIRED_5"),
        errors.BadRequest("group chat was deactivated"),
        errors.BadRequest("CHANNEL_PRIVATE"),
    ],
    ids=str,
)
def test_a_group_that_does_not_let_the_bot_write_is_neither_an_error_nor_forgotten_and_is_logged_once(
    server: BotApiServer,
    state: State,
    ada: Person,
    group: Chat,
    caplog: pytest.LogCaptureFixture,
    error: errors.ApiError,
) -> None:
    asyncio.run(state.run(people.join, group.id, 1000.0))
    question = ada.writes(group, "/ask When?")
    caplog.set_level(logging.INFO, "verbatim.bot")

    async def test(courier: Courier) -> None:
        before = await courier.send(group.id, HELLO)
        assert before is not None
        server.refuse_messages(group, error)
        for _ in range(3):
            assert await courier.send(group.id, HELLO, reply_to=question.id) is None
            assert await courier.edit(group.id, before, Screen(plain("Other"))) is Edited.GONE
            assert await courier.edit_or_send(group.id, before, Screen(plain("Other"))) is None
            assert not await courier.send_file(group.id, io.BytesIO(b"{}"), "export.json", "Everything")
            await courier.send_picture(group.id, PNG, plain("30 days"), thread=None, reply_to=question.id)
            await courier.set_keyboard(group.id, before, None)
        server.refuse_messages(group, None)
        assert await courier.send(group.id, HELLO) is not None

    deliver(server, state, test)
    noted = [record for record in caplog.records if "does not let the bot write" in record.message]
    assert [record.levelname for record in noted] == ["INFO"]
    assert not [record for record in caplog.records if record.levelno > logging.INFO]
    assert asyncio.run(state.run(people.how_many)).groups == 1


@pytest.mark.parametrize(
    "error",
    [
        errors.Forbidden("user is deactivated"),
        errors.BadRequest("USER_IS_BLOCKED"),
        errors.BadRequest("PEER_ID_INVALID"),
    ],
    ids=str,
)
def test_a_person_who_is_gone_is_no_longer_written_to(
    server: BotApiServer, state: State, ada: Person, chat: Chat, error: errors.ApiError
) -> None:
    asyncio.run(state.run(people.note_visit, ada.id, 1000.0, private=True))
    server.refuse_messages(chat, error)

    async def test(courier: Courier) -> None:
        assert await courier.send(chat.id, HELLO) is None
        # Nobody has this number.
        assert await courier.say(999, plain("x")) is None

    deliver(server, state, test)
    assert writable(state) == []


def test_a_message_to_a_group_that_has_become_a_supergroup_goes_there(
    server: BotApiServer, state: State, ada: Person, group: Chat
) -> None:
    asyncio.run(state.run(people.join, group.id, 1000.0))
    question = ada.writes(group, "/ask When?")
    new = server.migrate(group)

    async def test(courier: Courier) -> None:
        screen = Screen(plain("On Monday"), keyboard([button("Press", "card", "x")]))
        assert await courier.send(group.id, screen, reply_to=question.id) == last(server, new).id

    deliver(server, state, test)
    assert (last(server, new).text, last(server, new).buttons) == ("On Monday", ["Press"])
    assert asyncio.run(state.run(lambda db: db.execute("SELECT id FROM groups").fetchall())) == [(new.id,)]


def test_an_answer_to_a_message_that_was_deleted_arrives_all_the_same(
    server: BotApiServer, state: State, ada: Person, chat: Chat
) -> None:
    question = ada.writes(chat, "When?")
    ada.deletes(question)

    async def test(courier: Courier) -> None:
        assert await courier.send(chat.id, HELLO, reply_to=question.id) is not None

    deliver(server, state, test)
    assert (last(server, chat).text, last(server, chat).reply_to) == ("Hello", None)


def test_an_answer_stays_in_its_topic_and_goes_to_the_group_where_that_is_gone(
    server: BotApiServer, state: State, ada: Person
) -> None:
    forum = server.group("Forum", ada, forum=True)
    topic = forum.topic("Ferries")

    async def test(courier: Courier) -> None:
        await courier.send(forum.id, HELLO, thread=topic)
        assert last(server, forum).thread == topic
        await courier.send(forum.id, Screen(bold(plain("Still"))), thread=topic + 1000)
        assert (last(server, forum).html, last(server, forum).thread) == ("<b>Still</b>", None)

    deliver(server, state, test)


def test_an_edit_that_changes_nothing_is_done_already(server: BotApiServer, state: State, chat: Chat) -> None:
    async def test(courier: Courier) -> None:
        message = await courier.send(chat.id, HELLO)
        assert message is not None
        assert await courier.edit(chat.id, message, HELLO) is Edited.DONE
        assert await courier.edit_or_send(chat.id, message, HELLO) == message
        await courier.set_keyboard(chat.id, message, None)
        assert len([sent for sent in server.messages(chat) if sent.sender == server.bot]) == 1

    deliver(server, state, test)


def test_what_can_no_longer_be_edited_is_gone_and_is_shown_in_a_new_message(
    server: BotApiServer, state: State, ada: Person, chat: Chat
) -> None:
    async def test(courier: Courier) -> None:
        first = await courier.send(chat.id, HELLO)
        assert first is not None
        server.forbid_edit(last(server, chat))
        assert await courier.edit(chat.id, first, Screen(plain("Other"))) is Edited.GONE
        second = await courier.edit_or_send(chat.id, first, Screen(plain("Other")))
        assert second is not None
        assert second != first
        assert last(server, chat).text == "Other"
        ada.deletes(last(server, chat))
        assert await courier.edit(chat.id, second, HELLO) is Edited.GONE
        # Buttons alone are worth no error and no new message.
        await courier.set_keyboard(chat.id, second, None)
        assert last(server, chat).id == first

    deliver(server, state, test)


def test_buttons_alone_are_changed(server: BotApiServer, state: State, chat: Chat) -> None:
    async def test(courier: Courier) -> None:
        message = await courier.send(chat.id, Screen(plain("Hello"), keyboard([button("One", "card", "x")])))
        assert message is not None
        await courier.set_keyboard(chat.id, message, keyboard([button("Two", "card", "y")]))

    deliver(server, state, test)
    assert (last(server, chat).text, last(server, chat).buttons) == ("Hello", ["Two"])


class Noticing(io.BytesIO):
    """A file that notices how much of it is read at once."""

    most = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """As of any file."""
        found = super().read(size)
        self.most = max(self.most, len(found))
        return found


def test_a_large_file_is_read_as_it_goes(server: BotApiServer, state: State, ada: Person, chat: Chat) -> None:
    ada.writes(chat, "/export")
    file = Noticing(b"0123456789" * 500_000)

    async def test(courier: Courier) -> None:
        assert await courier.send_file(chat.id, file, "export.zip", "Everything")

    deliver(server, state, test)
    assert last(server, chat).file_bytes == file.getvalue()
    assert file.most <= 100_000


def test_a_file_a_picture_and_a_question_back_are_sent_with_their_words(
    server: BotApiServer, state: State, ada: Person, chat: Chat
) -> None:
    question = ada.writes(chat, "/stats")

    async def test(courier: Courier) -> None:
        assert await courier.send_file(chat.id, io.BytesIO(b'{"a": 1}'), "export.json", "Everything")
        file = last(server, chat)
        assert (file.file_bytes, file.text, file.extra["file_name"]) == (b'{"a": 1}', "Everything", "export.json")
        await courier.send_picture(chat.id, PNG, bold(plain("<30 days>")), thread=None, reply_to=question.id)
        picture = last(server, chat)
        assert (picture.kind, picture.file_bytes, picture.html) == ("photo", PNG, "<b>&lt;30 days&gt;</b>")
        assert picture.reply_to is question
        force = ForceReply(selective=True, input_field_placeholder="Your question")
        await courier.send(chat.id, Screen(plain("What?")), force_reply=force)
        assert last(server, chat).markup == {
            "force_reply": True,
            "selective": True,
            "input_field_placeholder": "Your question",
        }

    deliver(server, state, test)
