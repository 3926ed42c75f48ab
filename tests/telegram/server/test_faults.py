"""Trouble on the line and flood limits: each kind does what it says, and how often it says."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.telegram.server import BotApiServer, Chat
from tests.telegram.server.errors import TooManyRequests
from tests.telegram.server.limits import Flood, Rate
from tests.telegram.server.wire import Wire


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        yield running


def sent(server: BotApiServer, chat: Chat) -> list[str]:
    return [message.text for message in server.messages(chat) if message.sender == server.bot]


def test_a_status_comes_instead_of_the_answer_as_often_as_it_says(server: BotApiServer, wire: Wire, chat: Chat) -> None:
    server.faults.add(method="sendMessage", kind="status", status=502, times=2)
    statuses = [wire.answer("sendMessage", chat_id=42, text=text)["status"] for text in "abc"]
    assert statuses == [502, 502, 200]
    assert sent(server, chat) == ["c"]
    assert server.faults.injected == {"status": 2}
    assert [call.fault for call in server.calls_of("sendMessage")] == ["status", "status", None]


def test_a_connection_dropped_before_leaves_nothing_done(server: BotApiServer, wire: Wire, chat: Chat) -> None:
    server.faults.add(method="sendMessage", kind="drop_before", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        wire.answer("sendMessage", chat_id=42, text="a")
    assert sent(server, chat) == []
    wire.result("sendMessage", chat_id=42, text="b")
    assert sent(server, chat) == ["b"]


def test_a_connection_dropped_after_leaves_the_message_sent(server: BotApiServer, wire: Wire, chat: Chat) -> None:
    server.faults.add(method="sendMessage", kind="drop_after", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        wire.answer("sendMessage", chat_id=42, text="a")
    assert sent(server, chat) == ["a"]
    assert [(call.status, call.fault) for call in server.calls_of("sendMessage")] == [(200, "drop_after")]


def test_updates_lost_with_the_connection_are_delivered_again(server: BotApiServer, wire: Wire, chat: Chat) -> None:
    server.faults.add(method="getUpdates", kind="drop_after", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        wire.answer("getUpdates")
    assert [update["message"]["text"] for update in wire.result("getUpdates")] == ["/start"]


def test_latency_delays_the_answer_and_goes_with_other_trouble(server: BotApiServer, wire: Wire) -> None:
    server.faults.add(kind="latency", seconds=0.4, times=1)
    server.faults.add(kind="status", status=500, times=1)
    started = time.monotonic()
    assert wire.answer("getMe")["status"] == 500
    assert time.monotonic() - started >= 0.4
    assert server.faults.injected == {"latency": 1, "status": 1}


def test_an_injected_wait_names_its_seconds(server: BotApiServer, wire: Wire, chat: Chat) -> None:
    server.faults.add(method="sendMessage", kind="retry_after", seconds=7, times=1)
    assert wire.answer("sendMessage", chat_id=42, text="a") == {
        "ok": False,
        "status": 429,
        "error_code": 429,
        "description": "Too Many Requests: retry after 7",
        "parameters": {"retry_after": 7},
    }
    assert sent(server, chat) == []


def test_a_fault_of_one_method_leaves_the_others_alone(server: BotApiServer, wire: Wire) -> None:
    server.faults.add(method="sendMessage", kind="status", status=500)
    assert wire.answer("getMe")["status"] == 200
    with pytest.raises(ValueError, match="'explode' is none of"):
        server.faults.add(kind="explode")  # type: ignore[arg-type]


def test_chance_is_drawn_from_the_seed() -> None:
    def outcomes(seed: int) -> list[int]:
        with BotApiServer(seed=seed) as server:
            server.faults.add(kind="status", status=500, probability=0.5)
            wire = Wire(server)
            return [wire.answer("getMe")["status"] for _ in range(20)]

    first = outcomes(1)
    assert outcomes(1) == first
    assert outcomes(2) != first
    assert set(first) == {200, 500}


def test_while_the_line_is_down_every_connection_is_dropped(server: BotApiServer, wire: Wire) -> None:
    with ThreadPoolExecutor() as others:
        poll = others.submit(wire.answer, "getUpdates", timeout=20)
        time.sleep(0.3)
        server.faults.down()
        with pytest.raises(httpx.RemoteProtocolError):
            poll.result(5)
    with pytest.raises(httpx.RemoteProtocolError):
        wire.answer("getMe")
    assert server.faults.injected == {"down": 1}
    server.faults.up()
    assert wire.result("getMe")["is_bot"] is True


def test_a_chat_takes_a_short_burst_and_then_asks_to_wait(server: BotApiServer, wire: Wire, chat: Chat) -> None:
    for n in range(5):
        wire.result("sendMessage", chat_id=42, text=str(n))
    answer = wire.answer("sendMessage", chat_id=42, text="5")
    seconds = answer["parameters"]["retry_after"]
    assert 1 <= seconds <= 3
    assert (answer["status"], answer["description"]) == (429, f"Too Many Requests: retry after {seconds}")
    message = server.messages(chat)[-1].id
    assert wire.answer("editMessageText", chat_id=42, message_id=message, text="x")["status"] == 429
    assert wire.result("sendChatAction", chat_id=42, action="typing") is True
    assert sent(server, chat) == list("01234")
    server.flood = None
    wire.result("sendMessage", chat_id=42, text="6")


def test_one_chat_takes_five_messages_in_three_seconds() -> None:
    flood = Flood()
    for now in (0.0, 0.1, 0.2, 0.3, 0.4):
        flood.count(1, now)
    with pytest.raises(TooManyRequests) as refused:
        flood.count(1, 1.0)
    # The first of the five is three seconds old at 3.0.
    assert refused.value.parameters == {"retry_after": 2}
    flood.count(2, 1.0)
    flood.count(1, 3.0)
    with pytest.raises(TooManyRequests):
        flood.count(1, 3.05)


def test_a_group_takes_twenty_messages_a_minute() -> None:
    flood = Flood()
    for n in range(20):
        flood.count(-7, 2.0 * n)
    with pytest.raises(TooManyRequests) as refused:
        flood.count(-7, 40.0)
    assert refused.value.parameters == {"retry_after": 20}
    flood.count(-7, 60.0)


def test_all_chats_together_take_thirty_messages_a_second() -> None:
    flood = Flood()
    for chat in range(30):
        flood.count(chat, 0.5)
    with pytest.raises(TooManyRequests):
        flood.count(30, 1.4)
    flood.count(30, 1.5)


def test_limits_can_be_changed_and_what_is_refused_does_not_count() -> None:
    flood = Flood(overall=None, chat=Rate(1, 10.0), group=None)
    flood.count(1, 0.0)
    for _ in range(5):
        with pytest.raises(TooManyRequests):
            flood.count(1, 9.0)
    flood.count(1, 10.0)
