"""Updates: fetched or posted, delivered again until they are confirmed, never two pollers at once."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from telegram import Bot, Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from tests.telegram.server import BotApiServer
from tests.telegram.server.parameters import Parameters
from tests.telegram.server.polling import Poller
from tests.telegram.server.wire import Wire

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


def write(server: BotApiServer, *texts: str) -> None:
    ada = server.person("Ada", id=42)
    for text in texts:
        ada.writes(server.private(ada), text)


def texts(updates: list[dict[str, Any]]) -> list[str]:
    return [update["message"]["text"] for update in updates]


def test_what_is_not_confirmed_is_delivered_again(server: BotApiServer, wire: Wire) -> None:
    write(server, "a", "b", "c")
    first = wire.result("getUpdates")
    assert texts(first) == ["a", "b", "c"]
    assert wire.result("getUpdates") == first
    ids = [update["update_id"] for update in first]
    assert ids == sorted(set(ids))
    assert texts(wire.result("getUpdates", offset=ids[0] + 1)) == ["b", "c"]
    # The first is confirmed for good, whatever the offset says later.
    assert texts(wire.result("getUpdates", offset=ids[0])) == ["b", "c"]
    assert texts(server.pending_updates) == ["b", "c"]
    assert texts(wire.result("getUpdates", offset=-1)) == ["c"]
    assert wire.result("getUpdates", offset=ids[2] + 1) == []
    assert server.pending_updates == []


def test_a_batch_holds_a_hundred_at_most(server: BotApiServer, wire: Wire) -> None:
    write(server, *(str(n) for n in range(120)))
    assert len(wire.result("getUpdates")) == 100
    assert len(wire.result("getUpdates", limit=500)) == 100
    assert texts(wire.result("getUpdates", limit=2)) == ["0", "1"]


def test_a_poll_waits_for_an_update_and_no_longer_than_it_says(server: BotApiServer, wire: Wire) -> None:
    with ThreadPoolExecutor() as others:
        started = time.monotonic()
        poll = others.submit(wire.result, "getUpdates", timeout=20)
        time.sleep(0.3)
        write(server, "late")
        assert texts(poll.result(5)) == ["late"]
        assert 0.3 <= time.monotonic() - started < 5
    started = time.monotonic()
    assert wire.result("getUpdates", offset=server.pending_updates[0]["update_id"] + 1, timeout=1) == []
    assert 0.9 <= time.monotonic() - started < 5


def test_the_older_of_two_polls_is_told_of_the_conflict(server: BotApiServer, wire: Wire) -> None:
    with ThreadPoolExecutor() as others:
        older = others.submit(wire.refusal, "getUpdates", timeout=20)
        time.sleep(0.3)
        newer = others.submit(wire.result, "getUpdates", timeout=20)
        assert older.result(5) == (
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
        )
        write(server, "x")
        assert texts(newer.result(5)) == ["x"]
    assert [call.status for call in server.calls_of("getUpdates")] == [409, 200]


def test_a_connection_whose_end_is_noticed_after_the_next_poll_has_come_is_no_conflict(server: BotApiServer) -> None:
    async def polls() -> tuple[Any, Any]:
        poller, gone = Poller(server.world), asyncio.Event()
        older = asyncio.create_task(poller.get_updates(Parameters({"timeout": "20"}), gone.is_set))
        await asyncio.sleep(0)
        newer = asyncio.create_task(poller.get_updates(Parameters({"timeout": "0"}), lambda: False))
        asyncio.get_running_loop().call_later(0.01, gone.set)
        return await older, await newer

    assert asyncio.run(polls()) == ([], [])


def test_a_poller_that_was_killed_is_in_nobodys_way(server: BotApiServer, wire: Wire) -> None:
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{server.url}/bot{server.token}/getUpdates", data={"timeout": "20"}, timeout=0.3)
    server.wait(lambda: server.calls_of("getUpdates"))
    write(server, "x")
    assert texts(wire.result("getUpdates", timeout=1)) == ["x"]
    assert [call.status for call in server.calls_of("getUpdates")] == [200, 200]


def test_the_kinds_of_updates_asked_for_are_remembered(server: BotApiServer, wire: Wire) -> None:
    ada = server.person("Ada", id=42)
    chat = server.private(ada)
    wire.result("getUpdates", allowed_updates=["edited_message"])
    wire.result("getUpdates")
    question = ada.writes(chat, "a")
    ada.edits(question, "b")
    assert [sorted(update) for update in server.pending_updates] == [["edited_message", "update_id"]]
    wire.result("getUpdates", allowed_updates=[])
    ada.reacts(ada.writes(chat, "c"), "👍")
    assert server.pending_updates[-1]["message"]["text"] == "c"


def test_raw_updates_keep_their_number(server: BotApiServer, wire: Wire) -> None:
    server.send_update({"update_id": 900_000_000, "poll": {"id": "1"}})
    server.send_update({"unheard_of": {}})
    assert wire.result("getUpdates") == [
        {"update_id": 900_000_000, "poll": {"id": "1"}},
        {"update_id": 900_000_001, "unheard_of": {}},
    ]


class Taken:
    """What a webhook got, and the statuses it answers with: the first ones given, then 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.bodies: list[bytes] = []
        self.secrets: list[str | None] = []
        self.url = ""


@contextmanager
def webhook(*statuses: int) -> Iterator[Taken]:
    taken = Taken(*statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            taken.secrets.append(self.headers[SECRET_HEADER])
            self.send_response(taken.statuses.pop(0) if taken.statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    taken.url = f"http://127.0.0.1:{listening.server_port}/hook"
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    try:
        yield taken
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def test_a_webhook_gets_each_update_once_in_order_with_the_secret(server: BotApiServer, wire: Wire) -> None:
    write(server, "a")
    with webhook() as taken:
        assert wire.result("setWebhook", url=taken.url, secret_token="s-1_A") is True
        write(server, "b", "c")
        server.wait(lambda: not server.pending_updates)
        posted = [httpx.Response(200, content=body).json() for body in taken.bodies]
    assert texts(posted) == ["a", "b", "c"]
    assert taken.secrets == ["s-1_A"] * 3
    info = wire.result("getWebhookInfo")
    assert (info["url"], info["pending_update_count"]) == (taken.url, 0)


def test_an_update_is_posted_until_it_is_taken(server: BotApiServer, wire: Wire) -> None:
    with webhook(500, 403, 302) as taken:
        wire.result("setWebhook", url=taken.url)
        write(server, "a", "b")
        server.wait(lambda: not server.pending_updates)
    posted = [httpx.Response(200, content=body).json() for body in taken.bodies]
    assert texts(posted) == ["a", "a", "a", "a", "b"]
    assert taken.secrets == [None] * 5
    assert wire.result("getWebhookInfo")["last_error_message"] == "Wrong response from the webhook: 302 Found"


def test_a_webhook_that_is_not_there_keeps_updates_pending(server: BotApiServer, wire: Wire) -> None:
    with webhook() as gone:
        pass
    wire.result("setWebhook", url=gone.url)
    write(server, "a")
    server.wait(lambda: "last_error_message" in wire.result("getWebhookInfo"))
    assert texts(server.pending_updates) == ["a"]
    assert wire.result("getWebhookInfo")["pending_update_count"] == 1
    assert wire.result("deleteWebhook") is True
    assert texts(wire.result("getUpdates")) == ["a"]


def test_polling_and_a_webhook_exclude_each_other(server: BotApiServer, wire: Wire) -> None:
    with webhook() as taken:
        with ThreadPoolExecutor() as others:
            poll = others.submit(wire.refusal, "getUpdates", timeout=20)
            time.sleep(0.3)
            wire.result("setWebhook", url=taken.url)
            assert poll.result(5) == "Conflict: terminated by setWebhook request"
        assert wire.refusal("getUpdates") == (
            "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook "
            "first"
        )
        wire.result("setWebhook", url="")
    assert wire.result("getUpdates") == []


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ({"url": "http://example.com/x"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "nonsense"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "https://example.com/", "secret_token": "a b"}, "secret token contains unallowed characters"),
        ({"url": "https://example.com/", "secret_token": "a" * 257}, "secret token is too long"),
    ],
)
def test_webhooks_telegram_does_not_take_are_refused(wire: Wire, call: dict[str, str], why: str) -> None:
    assert wire.refusal("setWebhook", **call) == f"Bad Request: {why}"
    assert wire.result("getWebhookInfo")["url"] == ""


@pytest.mark.parametrize("method", ["deleteWebhook", "setWebhook"])
def test_pending_updates_are_dropped_on_request(server: BotApiServer, wire: Wire, method: str) -> None:
    write(server, "a")
    wire.result(method, drop_pending_updates=True)
    assert server.pending_updates == []


def test_after_a_restart_the_server_is_where_it_was(server: BotApiServer, wire: Wire) -> None:
    write(server, "a")
    server.stop()
    with pytest.raises(httpx.ConnectError):
        wire.result("getUpdates")
    server.start()
    assert texts(wire.result("getUpdates")) == ["a"]


def test_python_telegram_bot_converses_over_polling(server: BotApiServer) -> None:
    ada = server.person("Ada", id=42)
    chat = server.private(ada)

    async def echo(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        await update.message.reply_html(f"<b>{update.message.text}</b>", do_quote=True)

    def talk() -> str:
        return server.wait_for_reply(ada.writes(chat, "hello")).html

    assert asyncio.run(_served(server, echo, talk)) == "<b>hello</b>"
    assert server.pending_updates == []
    assert server.surprises == []
    assert {call.status for call in server.calls} == {200}


async def _served(
    server: BotApiServer, answer: Callable[[Update, ContextTypes.DEFAULT_TYPE], Any], talk: Callable[[], str]
) -> str:
    """Run a bot while `talk` runs in a thread, and hand back what that returns."""
    builder = Application.builder().token(server.token)
    application = builder.base_url(f"{server.url}/bot").base_file_url(f"{server.url}/file/bot").build()
    application.add_handler(MessageHandler(filters.TEXT, answer))
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(timeout=5)
        try:
            return await asyncio.to_thread(talk)
        finally:
            await application.updater.stop()
            await application.stop()


def test_python_telegram_bot_reads_what_it_is_told(server: BotApiServer) -> None:
    ada = server.person("Ada", id=42)
    group = server.group("Group", ada, admins=[server.person("Bob", id=43)])
    ada.sends_file(server.private(ada), "a.txt", b"content")

    async def look() -> tuple[Any, ...]:
        async with Bot(server.token, f"{server.url}/bot", f"{server.url}/file/bot") as bot:
            [update] = await bot.get_updates()
            assert update.message is not None
            assert update.message.document is not None
            file = await bot.get_file(update.message.document.file_id)
            content = bytes(await file.download_as_bytearray())
            full = await bot.get_chat(group.id)
            admins = await bot.get_chat_administrators(group.id)
            sent = await bot.send_document(42, b"back", filename="b.txt")
            return content, full.title, [admin.user.id for admin in admins], sent.document

    content, title, admins, document = asyncio.run(look())
    assert (content, title, admins) == (b"content", "Group", [server.world.owner.id, 43])
    assert (document.file_name, document.file_size) == ("b.txt", 4)
    assert server.surprises == []
