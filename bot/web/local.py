"""The page on this machine alone: no Telegram, no token, no signed links, and nothing is written."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from bot.errors import StartError
from bot.library import Library
from bot.options import Options
from bot.web.access import Access, local_visitors
from bot.web.server import Site, WebServer

_LOOPBACK: Final = "127.0.0.1"

log = logging.getLogger("verbatim.bot.web")


def serve(options: Options, port: int, say: Callable[[str], None]) -> None:
    """Serve the page on loopback until SIGINT or SIGTERM.

    Parameters:
        port: 0 picks a free one.
        say: is given the address, once it can be opened.

    Raises:
        StartError: if the port cannot be listened on.
    """
    asyncio.run(_serve(options, port, say))


async def _serve(options: Options, port: int, say: Callable[[str], None]) -> None:
    stopped = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
    library = Library(options)
    server = WebServer(Site(library, options, Access(None, local_visitors(options.limits))), _LOOPBACK, port)
    try:
        start(server, port, "--port or VERBATIM_WEB_PORT")
        watching = asyncio.create_task(library.watch())
        library.on_change(lambda: _note_missing(library))
        say(f"http://localhost:{server.port}/")
        await stopped.wait()
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await server.stop()
    finally:
        await asyncio.to_thread(library.close)


def start(server: WebServer, port: int, setting: str) -> None:
    """Let a server listen.

    Parameters:
        setting: by which another port is chosen.

    Raises:
        StartError: if the port cannot be listened on.
    """
    try:
        server.start()
    except OSError as error:
        raise StartError(
            f"port {port} cannot be listened on ({os.strerror(error.errno or 0)}): choose another with {setting}"
        ) from error


def _note_missing(library: Library) -> None:
    if library.missing:
        log.warning("there is no index to answer from yet", extra={"reason": library.missing})
