"""A deaf bot is not ready, and a supervisor is told why."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter

from bot.health import HealthServer, Pulse


class Clock:
    """A clock that is set by hand, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def well(clock: Clock, limit: float = 90.0) -> Pulse:
    pulse = Pulse(limit, clock)
    pulse.heard()
    pulse.index_open(True)
    return pulse


def test_a_bot_is_ready_once_telegram_was_heard_and_an_index_is_open() -> None:
    pulse = Pulse(clock=Clock())
    assert pulse.reason() == "Telegram has not been heard yet"
    pulse.heard()
    assert pulse.reason() == "no index is open"
    pulse.index_open(True)
    assert pulse.reason() is None
    pulse.index_open(False)
    assert pulse.reason() == "no index is open"


def test_silence_up_to_the_limit_is_nothing_and_beyond_it_the_bot_is_deaf() -> None:
    clock = Clock()
    pulse = well(clock)
    clock.now += 90
    assert pulse.reason() is None
    clock.now += 5
    assert pulse.reason() == "Telegram has not been heard for 95 s"
    pulse.heard()
    assert pulse.reason() is None


def test_the_limit_of_silence_can_be_set() -> None:
    clock = Clock()
    pulse = well(clock, limit=5)
    clock.now += 6
    assert pulse.reason() == "Telegram has not been heard for 6 s"


def test_an_alarm_comes_before_all_and_stays_until_it_is_cleared() -> None:
    pulse = well(Clock())
    pulse.alarm("another bot polls with this token")
    pulse.heard()
    assert pulse.reason() == "another bot polls with this token"
    pulse.clear()
    assert pulse.reason() is None


def test_an_update_that_waits_for_long_is_told_of() -> None:
    waits = [300.0]
    pulse = Pulse(clock=Clock(), waits=lambda: waits[0])
    pulse.heard()
    pulse.index_open(True)
    assert pulse.reason() is None
    waits[0] = 301.0
    assert pulse.reason() == "an update has waited for 301 s"


def served(pulse: Pulse, talk: Callable[[httpx.AsyncClient, HealthServer], Awaitable[None]]) -> None:
    """Talk to a running server."""

    async def run() -> None:
        registry = CollectorRegistry()
        Counter("verbatim_pears", "Pears", registry=registry).inc(3)
        server = HealthServer(0, pulse, registry)
        server.start()
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
                await talk(client, server)
        finally:
            await server.stop()

    asyncio.run(run())


def test_healthz_says_ready_or_why_not() -> None:
    clock = Clock()
    pulse = well(clock)

    async def talk(client: httpx.AsyncClient, _: HealthServer) -> None:
        answer = await client.get("/healthz")
        assert (answer.status_code, answer.json()) == (200, {"ready": True})
        clock.now += 120
        answer = await client.get("/healthz")
        assert answer.status_code == 503
        assert answer.json() == {"ready": False, "reason": "Telegram has not been heard for 120 s"}

    served(pulse, talk)


def test_metrics_are_told_in_the_words_of_prometheus() -> None:
    async def talk(client: httpx.AsyncClient, _: HealthServer) -> None:
        answer = await client.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        assert "verbatim_pears_total 3.0\n" in answer.text

    served(Pulse(), talk)


def test_head_says_the_same_without_a_body() -> None:
    async def talk(client: httpx.AsyncClient, _: HealthServer) -> None:
        ready = await client.head("/healthz")
        assert (ready.status_code, ready.content) == (503, b"")
        metrics = await client.head("/metrics")
        assert (metrics.status_code, metrics.content) == (200, b"")
        assert int(metrics.headers["Content-Length"]) > 0

    served(Pulse(), talk)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/healthz/", 404),
        ("GET", "/metrics/../etc/passwd", 404),
        ("POST", "/healthz", 405),
        ("PUT", "/metrics", 405),
        ("DELETE", "/healthz", 405),
        ("OPTIONS", "/healthz", 405),
        ("BREW", "/healthz", 405),
    ],
)
def test_all_else_is_refused(method: str, path: str, status: int) -> None:
    async def talk(client: httpx.AsyncClient, _: HealthServer) -> None:
        answer = await client.request(method, path)
        assert answer.status_code == status
        assert answer.headers.get("Allow") == ("GET, HEAD" if status == 405 else None)

    served(Pulse(), talk)


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/nowhere"])
def test_the_server_does_not_tell_what_it_is_made_of(path: str) -> None:
    async def talk(client: httpx.AsyncClient, _: HealthServer) -> None:
        answer = await client.get(path)
        assert "Server" not in answer.headers
        assert "tornado" not in answer.text.lower()

    served(Pulse(), talk)


def test_a_body_of_any_size_is_not_taken() -> None:
    async def talk(client: httpx.AsyncClient, _: HealthServer) -> None:
        answer = await client.request("GET", "/healthz", content=b"x" * 2000)
        assert answer.status_code == 400

    served(well(Clock()), talk)


def test_the_server_listens_on_loopback_alone_and_no_longer_once_stopped() -> None:
    async def run() -> None:
        server = HealthServer(0, Pulse(), CollectorRegistry())
        with pytest.raises(RuntimeError, match="start"):
            _ = server.port
        server.start()
        with pytest.raises(OSError, match="in use"):
            HealthServer(server.port, Pulse(), CollectorRegistry()).start()
        # Were it listening everywhere, this address of the loopback network would answer as well.
        for address in ("127.0.0.2", "::1"):
            with pytest.raises(OSError, match=r"refused|assign|unreachable"):
                socket.create_connection((address, server.port), timeout=2).close()
        await server.stop()
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", server.port), timeout=2).close()

    asyncio.run(run())


# Whoever connects and says nothing.


def test_a_crowd_that_only_stands_there_is_shown_out_and_whoever_asks_is_answered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def talk(client: httpx.AsyncClient, server: HealthServer) -> None:
        crowd = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(300)]
        answer = await client.get("/healthz", headers={"Connection": "close"})
        assert answer.status_code == 200
        standing = 0
        for reader, writer in crowd:
            with suppress(TimeoutError):
                async with asyncio.timeout(0.01):
                    standing -= await reader.read(1) == b""
            standing += 1
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
        assert standing < 32

    served(well(Clock()), talk)
    assert caplog.records == []


def test_whoever_is_idle_is_shown_out_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.health._IDLE_SECONDS", 0.2)

    async def talk(client: httpx.AsyncClient, server: HealthServer) -> None:
        silent, other = await asyncio.open_connection("127.0.0.1", server.port)
        slow, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /healthz HTTP/1.1\r\nX-Letter: ")
        for reader in (silent, slow):
            async with asyncio.timeout(10):
                assert await reader.read() == b""
        writer.close()
        other.close()

    served(well(Clock()), talk)
