"""A bot of the library's over the strict server, as the program makes it, for as long as one test takes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from telegram.ext import ExtBot

from bot.rate_limiter import RateLimiter, Requests
from tests.telegram.server import BotApiServer

AnyBot = ExtBot[Any]


def speak(server: BotApiServer, test: Callable[[AnyBot], Awaitable[None]], pacing: RateLimiter | None = None) -> None:
    """Run a test with a bot that talks to the server; without pacing, every refusal comes at once."""

    async def main() -> None:
        request = Requests(connection_pool_size=64, read_timeout=20, connect_timeout=10, pool_timeout=30)
        bot: AnyBot = ExtBot(server.token, base_url=f"{server.url}/bot", request=request, rate_limiter=pacing)
        async with bot:
            await test(bot)

    asyncio.run(main())
