"""The library's application and its bot, made as this program runs them."""

import asyncio
from typing import Final

from telegram.ext import Application, ExtBot

from bot.rate_limiter import RateLimiter, Requests
from bot.routing import AnyApplication
from bot.updates.processing import ChatProcessor

_CONNECTIONS: Final = 64


class _Bot(ExtBot[None]):
    """The library's bot; its token is in no text that is made of it, nor of whatever holds it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Bot[{self.token.partition(':')[0]}]"


def application(
    bot: ExtBot[None],
    queue: "asyncio.Queue[object]",
    processor: ChatProcessor,
) -> AnyApplication:
    """Return the library's application over this program's queue and processor."""
    return (
        Application.builder()
        .bot(bot)
        .updater(None)
        .job_queue(None)
        .update_queue(queue)
        .concurrent_updates(processor)
        .build()
    )


def telegram_bot(token: str, api_url: str, proxy: str | None, rate_limiter: RateLimiter) -> ExtBot[None]:
    """Return the library's bot, which speaks to Telegram at the pace of a limiter."""
    root = api_url.rstrip("/")
    # Each message waits for its own answer only; a long fetch has a connection of its own.
    requests = Requests(
        connection_pool_size=_CONNECTIONS, proxy=proxy, read_timeout=20, connect_timeout=10, pool_timeout=30
    )
    fetches = Requests(connection_pool_size=2, proxy=proxy, connect_timeout=10)
    return _Bot(
        token,
        base_url=f"{root}/bot",
        base_file_url=f"{root}/file/bot",
        request=requests,
        get_updates_request=fetches,
        rate_limiter=rate_limiter,  # type: ignore[arg-type]  # the library's generic argument is the type of its own limits
    )
