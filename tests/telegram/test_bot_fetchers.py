"""Somebody else fetches the bot's updates: a moment of it is forgiven, and more is the end."""

import asyncio
import threading

import httpx
import pytest
from telegram import Bot
from telegram.ext import ExtBot

from bot.errors import BotError
from bot.health import Pulse
from bot.updates.polling import Poller
from tests.telegram.bad_days import (
    PATIENCE,
)
from tests.telegram.server import BotApiServer


class Other(threading.Thread):
    """Another program that fetches the updates of the same token, until it is stopped."""

    def __init__(self, server: BotApiServer) -> None:
        super().__init__(daemon=True)
        self._url = f"{server.url}/bot{server.token}/getUpdates"
        self._stopping = threading.Event()

    def run(self) -> None:
        with httpx.Client(timeout=PATIENCE) as client:
            while not self._stopping.is_set():
                client.post(self._url, data={"timeout": 1})

    def stop(self) -> None:
        self._stopping.set()
        self.join(PATIENCE)


class Listening:
    """A fetcher alone, with what it was given and told."""

    def __init__(self, bot: Bot, conflict_lasts: float, conflict_over: float = 0.0) -> None:
        self.taken: list[str] = []
        self.conflicts = 0
        self.pulse = Pulse()
        self.pulse.index_open(True)
        self.poller = Poller(bot, self._take, self.pulse, self._conflict, conflict_lasts, conflict_over)

    async def _take(self, updates: list[dict[str, dict[str, str]]]) -> None:
        self.taken += [update["message"]["text"] for update in updates]

    async def _conflict(self) -> None:
        self.conflicts += 1

    async def until(self, text: str) -> None:
        while text not in self.taken:
            await asyncio.sleep(0.02)


def test_a_second_fetcher_that_stays_is_the_end(alone: BotApiServer) -> None:
    other = Other(alone)

    async def listen() -> Listening:
        async with ExtBot[None](alone.token, base_url=f"{alone.url}/bot") as bot:
            listening = Listening(bot, conflict_lasts=0.5)
            other.start()
            with pytest.raises(BotError, match="another process fetches this bot's updates"):
                await asyncio.wait_for(listening.poller.run(), PATIENCE)
        return listening

    try:
        assert asyncio.run(listen()).conflicts == 1
    finally:
        other.stop()


def test_a_second_fetcher_that_goes_away_is_forgiven(alone: BotApiServer) -> None:
    other = Other(alone)
    ada = alone.person()
    chat = alone.private(ada)

    async def listen() -> Listening:
        async with ExtBot[None](alone.token, base_url=f"{alone.url}/bot") as bot:
            listening = Listening(bot, conflict_lasts=600.0)
            fetching = asyncio.create_task(listening.poller.run())
            other.start()
            while not listening.conflicts:
                await asyncio.sleep(0.02)
            assert listening.pulse.reason() == "somebody else fetches the updates of this token"
            await asyncio.to_thread(other.stop)
            ada.writes(chat, "are you there?")
            await asyncio.wait_for(listening.until("are you there?"), PATIENCE)
            fetching.cancel()
            await asyncio.gather(fetching, return_exceptions=True)
        return listening

    listening = asyncio.run(listen())
    assert listening.conflicts == 1
    assert listening.pulse.reason() is None


def test_two_that_fetch_in_turn_get_something_each_and_are_a_conflict_all_the_same(alone: BotApiServer) -> None:
    """While people write, either gets an answer now and then: that is no end of the conflict."""
    other = Other(alone)
    ada = alone.person()
    chat = alone.private(ada)

    async def listen() -> Listening:
        async with ExtBot[None](alone.token, base_url=f"{alone.url}/bot") as bot:
            listening = Listening(bot, conflict_lasts=600.0, conflict_over=600.0)
            fetching = asyncio.create_task(listening.poller.run())
            other.start()
            for number in range(4):
                before = len([call for call in alone.calls if call.status == 409])
                while len([call for call in alone.calls if call.status == 409]) == before:
                    await asyncio.sleep(0.02)
                ada.writes(chat, f"message {number}")
                await asyncio.wait_for(listening.until(f"message {number}"), PATIENCE)
            fetching.cancel()
            await asyncio.gather(fetching, return_exceptions=True)
        return listening

    try:
        listening = asyncio.run(listen())
    finally:
        other.stop()
    assert listening.conflicts == 1
    assert listening.pulse.reason() == "somebody else fetches the updates of this token"


def test_a_clash_after_a_long_outage_is_not_taken_for_one_that_lasted(alone: BotApiServer) -> None:
    """After an outage the connection of before may still be held: the first clash begins the count."""
    ada = alone.person()
    chat = alone.private(ada)
    alone.faults.add(method="getUpdates", kind="drop_before", times=2)
    alone.faults.add(method="getUpdates", kind="status", status=409, times=1)
    ada.writes(chat, "hello")

    async def listen() -> Listening:
        async with ExtBot[None](alone.token, base_url=f"{alone.url}/bot") as bot:
            # Two pauses of the fetcher are longer than this.
            listening = Listening(bot, conflict_lasts=0.5)
            fetching = asyncio.create_task(listening.poller.run())
            await asyncio.wait({fetching, asyncio.create_task(listening.until("hello"))}, return_when="FIRST_COMPLETED")
            fetching.cancel()
            await asyncio.gather(fetching, return_exceptions=True)
        return listening

    listening = asyncio.run(listen())
    assert listening.taken == ["hello"]
    assert listening.conflicts == 1
