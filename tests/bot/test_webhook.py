"""Only Telegram may bring updates, and it hears "got it" only when an update is kept."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from bot.updates.webhook import WebhookServer

SECRET = "a-secret_of_the_hook"
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
UPDATE = {"update_id": 7, "message": {"text": "Wer hat das gesagt? 🥝"}}


class Inbox:
    """Keeps updates; can be told to fail, or to take its time."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []
        self.failure: Exception | None = None
        self.came = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def __call__(self, update: dict[str, Any]) -> None:
        self.came.set()
        await self.may_go_on.wait()
        if self.failure:
            raise self.failure
        self.kept.append(update)


@asynccontextmanager
async def listening(inbox: Inbox, body_limit: int = 1_000_000) -> AsyncIterator[WebhookServer]:
    server = WebhookServer("127.0.0.1", 0, "/hook.1", SECRET, inbox, body_limit)
    server.start()
    try:
        yield server
    finally:
        await server.stop()


def served(talk: Callable[[httpx.AsyncClient, Inbox], Awaitable[None]], body_limit: int = 1_000_000) -> None:
    """Talk to a running server."""

    async def run() -> None:
        inbox = Inbox()
        async with (
            listening(inbox, body_limit) as server,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client,
        ):
            await talk(client, inbox)

    asyncio.run(run())


def refused(status: int, content: bytes = json.dumps(UPDATE).encode(), **request: Any) -> None:
    """A request is refused so, nothing is kept, and the next good one is taken."""

    async def talk(client: httpx.AsyncClient, inbox: Inbox) -> None:
        asked = {"method": "POST", "url": "/hook.1", "headers": HEADERS, "content": content, **request}
        answer = await client.request(**asked)
        assert answer.status_code == status
        assert inbox.kept == []
        assert "Server" not in answer.headers
        assert "tornado" not in answer.text.lower()
        assert SECRET not in answer.text
        assert (await client.post("/hook.1", headers=HEADERS, json=UPDATE)).status_code == 200
        assert inbox.kept == [UPDATE]

    served(talk, body_limit=2000)


def test_an_update_is_handed_on_as_it_came() -> None:
    async def talk(client: httpx.AsyncClient, inbox: Inbox) -> None:
        for number in (7, 8):
            answer = await client.post("/hook.1", headers=HEADERS, json={**UPDATE, "update_id": number})
            assert answer.status_code == 200
        assert inbox.kept == [UPDATE, {**UPDATE, "update_id": 8}]

    served(talk)


@pytest.mark.parametrize("given", ["", "A-secret_of_the_hook", SECRET[:-1], f"{SECRET}x", "ä".encode(), f"{SECRET},x"])
def test_a_wrong_secret_is_refused_and_nothing_is_kept(given: str | bytes) -> None:
    refused(403, headers={**HEADERS, "X-Telegram-Bot-Api-Secret-Token": given})


def test_a_missing_secret_is_refused_and_nothing_is_kept() -> None:
    refused(403, headers={"Content-Type": "application/json"})


def test_the_secret_given_twice_is_refused() -> None:
    refused(403, headers=[*HEADERS.items(), ("X-Telegram-Bot-Api-Secret-Token", "other")])


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"])
def test_another_content_type_is_refused(kind: str) -> None:
    refused(415, headers={**HEADERS, "Content-Type": kind})


def test_a_content_type_with_a_charset_is_taken() -> None:
    async def talk(client: httpx.AsyncClient, inbox: Inbox) -> None:
        headers = {**HEADERS, "Content-Type": "Application/JSON; charset=utf-8"}
        assert (await client.post("/hook.1", headers=headers, json=UPDATE)).status_code == 200
        assert inbox.kept == [UPDATE]

    served(talk)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"[1]",
        b'"update_id"',
        b"{}",
        b'{"update_id": "7"}',
        b'{"update_id": 7.0}',
        b'{"update_id": true}',
        b'{"update_id": null}',
        b'{"update_id": -1}',
        b'{"update_id": 9223372036854775808}',
        b'{"update_id": 7} {"update_id": 8}',
        b'{"update_id": 7, "text": "\xff\xfe"}',
        b"\x1f\x8b\x08\x00" + b"\x00" * 20,
        b"[" * 2000,
    ],
)
def test_a_body_that_is_no_update_is_refused(content: bytes) -> None:
    refused(400, content)


def padded(size: int) -> bytes:
    """An update of exactly so many bytes."""
    empty = json.dumps({"update_id": 7, "text": ""}).encode()
    return json.dumps({"update_id": 7, "text": "x" * (size - len(empty))}).encode()


def test_a_body_up_to_the_limit_is_taken() -> None:
    async def talk(client: httpx.AsyncClient, inbox: Inbox) -> None:
        answer = await client.post("/hook.1", headers=HEADERS, content=padded(2000))
        assert answer.status_code == 200
        assert len(inbox.kept) == 1

    served(talk, body_limit=2000)


@pytest.mark.parametrize("size", [2001, 300_000, 5_000_000])
def test_a_body_over_the_limit_is_refused(size: int) -> None:
    refused(413, padded(size))


def test_a_body_over_the_limit_that_comes_in_chunks_is_refused() -> None:
    async def talk(client: httpx.AsyncClient, inbox: Inbox) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b" " * 1000

        answer = await client.post("/hook.1", headers=HEADERS, content=chunks())
        assert answer.status_code == 413
        assert inbox.kept == []

    served(talk, body_limit=2000)


@pytest.mark.parametrize("path", ["/", "/hook", "/hook.1/", "/hookx1", "/hook.1/x", "/HOOK.1"])
def test_another_path_is_not_there(path: str) -> None:
    refused(404, url=path)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"])
def test_another_method_is_refused(method: str) -> None:
    refused(405, method=method)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [("/hook.1", {**HEADERS, "X-Telegram-Bot-Api-Secret-Token": "x"}, b"403"), ("/elsewhere", HEADERS, b"404")],
)
def test_a_stranger_is_refused_before_a_body_is_read(path: str, headers: dict[str, str], status: bytes) -> None:
    """A terabyte is announced and never sent: the refusal comes all the same, and the line is closed."""

    async def run() -> None:
        async with listening(Inbox()) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            lines = [f"POST {path} HTTP/1.1", "Host: x", "Content-Length: 1000000000000"]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            writer.write("\r\n".join([*lines, "", ""]).encode())
            answer = await asyncio.wait_for(reader.read(), 10)
            assert answer.split()[1] == status
            writer.close()
            await writer.wait_closed()

    asyncio.run(run())


def test_telegram_hears_nothing_until_the_update_is_kept() -> None:
    async def talk(client: httpx.AsyncClient, inbox: Inbox) -> None:
        inbox.may_go_on.clear()
        request = asyncio.create_task(client.post("/hook.1", headers=HEADERS, json=UPDATE))
        await inbox.came.wait()
        done, _ = await asyncio.wait([request], timeout=0.3)
        assert not done
        inbox.may_go_on.set()
        assert (await request).status_code == 200
        assert inbox.kept == [UPDATE]

    served(talk)


def test_an_update_that_could_not_be_kept_is_answered_so_that_it_comes_again(caplog: pytest.LogCaptureFixture) -> None:
    async def talk(client: httpx.AsyncClient, inbox: Inbox) -> None:
        inbox.failure = OSError("the disk is full")
        answer = await client.post("/hook.1", headers=HEADERS, json=UPDATE)
        assert answer.status_code == 500
        assert "disk" not in answer.text
        inbox.failure = None
        assert (await client.post("/hook.1", headers=HEADERS, json=UPDATE)).status_code == 200
        assert inbox.kept == [UPDATE]

    with caplog.at_level(logging.INFO, "verbatim"):
        served(talk)
    (record,) = [record for record in caplog.records if record.name == "verbatim.bot"]
    assert record.getMessage() == "an update could not be kept"
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "the disk is full"


def test_stopping_waits_for_the_update_in_hand_and_takes_no_other() -> None:
    async def run() -> None:
        inbox = Inbox()
        inbox.may_go_on.clear()
        server = WebhookServer("127.0.0.1", 0, "/hook.1", SECRET, inbox)
        server.start()
        base = f"http://127.0.0.1:{server.port}"
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        async with httpx.AsyncClient(base_url=base) as client:
            request = asyncio.create_task(client.post("/hook.1", headers=HEADERS, json=UPDATE))
            await inbox.came.wait()
            stopping = asyncio.create_task(server.stop())
            done, _ = await asyncio.wait([stopping], timeout=0.3)
            assert not done
            # A line that was open before may still speak, and is told to come again.
            body = json.dumps({"update_id": 8}).encode()
            lines = ["POST /hook.1 HTTP/1.1", "Host: x", f"Content-Length: {len(body)}"]
            lines += [f"{name}: {value}" for name, value in HEADERS.items()]
            writer.write("\r\n".join([*lines, "", ""]).encode() + body)
            assert (await asyncio.wait_for(reader.readline(), 10)).split()[1] == b"503"
            with pytest.raises(OSError, match="refused"):
                socket.create_connection(("127.0.0.1", server.port), timeout=2).close()
            inbox.may_go_on.set()
            assert (await request).status_code == 200
            await asyncio.wait_for(stopping, 10)
        writer.close()
        assert inbox.kept == [UPDATE]

    asyncio.run(run())


def test_an_update_whose_bringer_hangs_up_is_kept_all_the_same_and_stopping_waits_for_it() -> None:
    async def run() -> None:
        inbox = Inbox()
        inbox.may_go_on.clear()
        async with listening(inbox) as server:
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            body = json.dumps(UPDATE).encode()
            lines = ["POST /hook.1 HTTP/1.1", "Host: x", f"Content-Length: {len(body)}"]
            lines += [f"{name}: {value}" for name, value in HEADERS.items()]
            writer.write("\r\n".join([*lines, "", ""]).encode() + body)
            await inbox.came.wait()
            writer.close()
            await writer.wait_closed()
            asyncio.get_running_loop().call_later(0.2, inbox.may_go_on.set)
        assert inbox.kept == [UPDATE]

    asyncio.run(run())


def test_an_empty_secret_is_refused_at_once() -> None:
    async def accept(update: dict[str, Any]) -> None:
        raise AssertionError(update)

    with pytest.raises(ValueError, match="secret"):
        WebhookServer("127.0.0.1", 0, "/hook", "", accept)
    with pytest.raises(ValueError, match="'hook'"):
        WebhookServer("127.0.0.1", 0, "hook", SECRET, accept)
