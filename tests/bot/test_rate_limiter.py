"""How fast the bot talks, and what it does when Telegram or the line says no."""

import asyncio
import time
from collections.abc import Iterator
from contextvars import ContextVar

import pytest
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.rate_limiter import RateLimiter, Requests
from tests.bot.line import AnyBot, speak
from tests.telegram.server import TOKEN, BotApiServer, Chat

ADA, BO = 42, 43


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        yield running


@pytest.fixture
def chats(server: BotApiServer) -> list[Chat]:
    """Ada's and Bo's chats with the bot, who have both written to it."""
    found = []
    for name, number in (("Ada", ADA), ("Bo", BO)):
        person = server.person(name, id=number)
        found.append(server.private(person))
        person.writes(found[-1], "/start")
    return found


def sent(server: BotApiServer, chat: Chat) -> list[str]:
    return [message.text for message in server.messages(chat) if message.sender == server.bot]


def outcomes(server: BotApiServer, method: str) -> list[tuple[int, int]]:
    """How each call of a method was answered, with its chat."""
    return [(int(call.params["chat_id"]), call.status) for call in server.calls_of(method)]


def test_ten_messages_to_one_chat_keep_within_the_limits(server: BotApiServer, chats: list[Chat]) -> None:
    async def test(bot: AnyBot) -> None:
        await asyncio.gather(*(bot.send_message(ADA, str(number)) for number in range(10)))

    speak(server, test, RateLimiter())
    assert server.flood is not None
    assert outcomes(server, "sendMessage") == [(ADA, 200)] * 10
    # Those that may go out at once go by connections of their own, of which none is the first.
    assert sorted(sent(server, chats[0]), key=int) == [str(number) for number in range(10)]


def test_many_chats_do_not_wait_for_each_other(server: BotApiServer, chats: list[Chat]) -> None:
    async def test(bot: AnyBot) -> None:
        slow = asyncio.gather(*(bot.send_message(ADA, str(number)) for number in range(4)))
        await bot.send_message(BO, "at once")
        assert not slow.done()
        await slow

    speak(server, test, RateLimiter())
    assert sent(server, chats[1]) == ["at once"]


def test_a_refusal_for_going_too_fast_is_waited_out_in_that_chat_alone(server: BotApiServer, chats: list[Chat]) -> None:
    heard: list[tuple[str, str]] = []
    pacing = RateLimiter(lambda method, error: heard.append((method, type(error).__name__)))

    async def test(bot: AnyBot) -> None:
        server.faults.add(method="sendMessage", kind="retry_after", seconds=2, times=1)
        first = asyncio.create_task(bot.send_message(ADA, "first"))
        while not server.calls_of("sendMessage"):
            await asyncio.sleep(0.01)
        await bot.send_message(BO, "beside it")
        # What comes later to the chat that waits, waits too.
        await asyncio.gather(first, bot.send_message(ADA, "second"))

    speak(server, test, pacing)
    assert outcomes(server, "sendMessage") == [(ADA, 429), (BO, 200), (ADA, 200), (ADA, 200)]
    assert sorted(sent(server, chats[0])) == ["first", "second"]
    refused, _, *again = server.calls_of("sendMessage")
    assert all(call.time - refused.time >= 2 for call in again)
    assert [result for method, result in heard if method == "sendMessage"] == ["RetryAfter", *["NoneType"] * 3]


def test_a_wait_that_is_too_long_is_not_sat_out(server: BotApiServer, chats: list[Chat]) -> None:
    async def test(bot: AnyBot) -> None:
        server.faults.add(method="sendMessage", kind="retry_after", seconds=7200, times=1)
        with pytest.raises(RetryAfter):
            await bot.send_message(ADA, "after two hours")
        # A press that old is refused anyway.
        server.faults.add(method="answerCallbackQuery", kind="retry_after", seconds=30, times=1)
        with pytest.raises(RetryAfter):
            await bot.answer_callback_query("1")

    speak(server, test, RateLimiter())


@pytest.mark.parametrize("status", [500, 502, 504])
def test_trouble_of_telegrams_own_is_waited_out(server: BotApiServer, chats: list[Chat], status: int) -> None:
    async def test(bot: AnyBot) -> None:
        server.faults.add(method="sendMessage", kind="status", status=status, times=2)
        await bot.send_message(ADA, "at last")

    speak(server, test, RateLimiter())
    assert outcomes(server, "sendMessage") == [(ADA, status), (ADA, status), (ADA, 200)]
    assert sent(server, chats[0]) == ["at last"]


def test_dropped_connections_are_waited_out(server: BotApiServer, chats: list[Chat]) -> None:
    async def test(bot: AnyBot) -> None:
        server.faults.add(kind="drop_before", times=2)
        await bot.send_message(ADA, "at last")
        server.faults.down()
        waiting = asyncio.create_task(bot.send_message(ADA, "after the outage"))
        while server.faults.injected["down"] < 2:
            await asyncio.sleep(0.01)
        server.faults.up()
        await waiting

    speak(server, test, RateLimiter())
    assert sent(server, chats[0]) == ["at last", "after the outage"]


def test_what_is_wrong_for_good_is_raised_at_once(server: BotApiServer, chats: list[Chat]) -> None:
    heard: list[TelegramError | None] = []

    async def test(bot: AnyBot) -> None:
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(999, "nobody")
        with pytest.raises(BadRequest, match="Message text is empty"):
            await bot.send_message(ADA, " ")
        server.private(server.person("Cy", id=44))
        with pytest.raises(Forbidden):
            await bot.send_message(44, "never wrote")

    speak(server, test, RateLimiter(lambda method, error: heard.append(error)))
    assert len(server.calls_of("sendMessage")) == 3
    assert [type(error) for error in heard if error] == [BadRequest, BadRequest, Forbidden]


def test_typing_gives_up_at_once_and_is_not_paced_as_messages_are(server: BotApiServer, chats: list[Chat]) -> None:
    group = server.group("Lindvik")

    async def test(bot: AnyBot) -> None:
        for kind in ("status", "drop_before", "retry_after"):
            server.faults.add(method="sendChatAction", kind=kind, times=1)
            with pytest.raises((NetworkError, RetryAfter)):
                await bot.send_chat_action(ADA, "typing")
        # Eight messages take six seconds; forty of typing would take forty, and a minute more in a group.
        messages = asyncio.gather(*(bot.send_message(ADA, str(number)) for number in range(8)))
        await asyncio.gather(*(bot.send_chat_action(chat, "typing") for chat in (ADA, group.id) for _ in range(40)))
        assert not messages.done()
        await messages

    speak(server, test, RateLimiter())
    assert len(server.calls_of("sendChatAction")) == 83


def test_who_waits_for_a_group_is_known_and_nobody_else_waits(
    server: BotApiServer, chats: list[Chat], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.rate_limiter._IN_A_GROUP", (2, 60.0))
    group = server.group("Lindvik")
    pacing = RateLimiter()

    async def test(bot: AnyBot) -> None:
        assert pacing.free_since(group.id) == 0
        sending = [asyncio.create_task(bot.send_message(group.id, str(number))) for number in range(3)]
        await asyncio.gather(*sending[:2])
        await asyncio.sleep(1.2)
        # A chat would let it through by now.
        assert not sending[2].done()
        assert pacing.is_waiting_for(group.id)
        assert time.monotonic() - pacing.free_since(group.id) < 0.5
        assert not pacing.is_waiting_for(ADA)
        await bot.send_message(ADA, "at once")
        sending[2].cancel()
        await asyncio.gather(*sending, return_exceptions=True)
        assert not pacing.is_waiting_for(group.id)
        freed = pacing.free_since(group.id)
        await asyncio.sleep(0.05)
        assert pacing.free_since(group.id) == freed < time.monotonic()

    speak(server, test, pacing)


def test_whoever_is_told_to_wait_is_known_to_and_whoever_only_sends_is_not(
    server: BotApiServer, chats: list[Chat]
) -> None:
    who: ContextVar[str] = ContextVar("who")
    waited: list[tuple[str, bool]] = []

    async def waits(begins: bool) -> None:
        waited.append((who.get(), begins))

    async def say(bot: AnyBot, name: str, chat: int) -> None:
        who.set(name)
        await bot.send_message(chat, name)

    async def test(bot: AnyBot) -> None:
        server.faults.add(method="sendMessage", kind="retry_after", seconds=1, times=1)
        held = asyncio.create_task(say(bot, "held", ADA))
        while not server.calls_of("sendMessage"):
            await asyncio.sleep(0.01)
        await asyncio.gather(held, asyncio.create_task(say(bot, "free", BO)))
        server.faults.add(method="sendMessage", kind="drop_before", times=1)
        await asyncio.create_task(say(bot, "dropped", BO))

    speak(server, test, RateLimiter(waits=waits))
    assert waited == [("held", True), ("held", False), ("dropped", True), ("dropped", False)]


@pytest.mark.parametrize("status", [200, 502])
def test_a_page_of_a_proxy_is_trouble_on_the_way_and_not_logged(status: int, caplog: pytest.LogCaptureFixture) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        page = b"<html><h1>Bad Gateway</h1></html>"
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(page)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + page)
        await writer.drain()
        writer.close()

    async def test() -> None:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as proxy:
            port = proxy.sockets[0].getsockname()[1]
            bot: AnyBot = ExtBot(TOKEN, f"http://127.0.0.1:{port}/bot", request=Requests())
            with pytest.raises(NetworkError):
                await bot.get_me()

    asyncio.run(test())
    assert caplog.records == []
