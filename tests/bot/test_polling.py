"""How often Telegram is asked for updates."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from bot.health import Pulse
from bot.updates.polling import Poller
from tests.bot.line import AnyBot, speak
from tests.telegram.server import BotApiServer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BotApiServer]:
    """A server that holds no fetch."""
    monkeypatch.setattr("tests.telegram.server.polling.TIMEOUT_LIMIT", 0)
    with BotApiServer() as running:
        yield running


async def nobody() -> None:
    """Nobody is told of conflicts."""


def test_a_server_that_answers_at_once_with_nothing_is_asked_once_a_second(server: BotApiServer) -> None:
    async def test(bot: AnyBot) -> None:
        async def accept(bodies: list[Any]) -> None:
            raise AssertionError(bodies)

        polling = asyncio.create_task(Poller(bot, accept, Pulse(), nobody).run())
        await asyncio.sleep(2.5)
        polling.cancel()

    speak(server, test)
    assert 2 <= len(server.calls_of("getUpdates")) <= 3


def test_what_there_is_is_fetched_without_a_pause(server: BotApiServer) -> None:
    ada = server.person("Ada")
    for number in range(1000):
        ada.writes(server.private(ada), str(number))

    async def test(bot: AnyBot) -> None:
        taken: list[Any] = []
        enough = asyncio.Event()

        async def accept(bodies: list[Any]) -> None:
            taken.extend(bodies)
            if len(taken) == 1000:
                enough.set()

        began = time.monotonic()
        polling = asyncio.create_task(Poller(bot, accept, Pulse(), nobody).run())
        await enough.wait()
        # Ten fetches of a hundred: with a pause after each they would take ten seconds.
        assert time.monotonic() - began < 9
        polling.cancel()

    speak(server, test)


def test_a_server_that_brings_the_same_for_ever_is_asked_once_a_second(
    server: BotApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = server.person("Ada")
    ada.writes(server.private(ada), "Again and again")
    monkeypatch.setattr("tests.telegram.server.updates.UpdateQueue.confirm", lambda queue, offset: None)

    async def test(bot: AnyBot) -> None:
        async def accept(bodies: list[Any]) -> None:
            """Known or not, it is taken."""

        polling = asyncio.create_task(Poller(bot, accept, Pulse(), nobody).run())
        await asyncio.sleep(2.5)
        polling.cancel()

    speak(server, test)
    assert 2 <= len(server.calls_of("getUpdates")) <= 4
