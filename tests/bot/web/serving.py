"""The page's real server on loopback, in a thread of its own, over real articles."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from bot.library import Library
from bot.options import Options
from bot.state.usage import MINUTE, Limit, Limits
from bot.web.access import Access, Counter, Visitors, local_visitors
from bot.web.links import PageLinks
from bot.web.server import Site, WebServer

PUBLIC: Final = "https://articles.example"
SECRET: Final = bytes(range(32))
MEMBER: Final = 4711
GENEROUS: Final = Limits(person=(Limit(1_000, MINUTE),))
# What a Mini App says of its user, as the tests' own check takes it.
INIT_DATA: Final = "user=4711&hash=good"


# One for all: a client takes a tenth of a second to make.
CLIENT: Final = httpx.Client(timeout=60)


class Served:
    """A server that listens, the library it shows, and the links that open it."""

    def __init__(self, options: Options, access: Access, now: list[float]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.now = now
        self._options = options
        self.library = Library(options)
        self.access = access
        self._server = self.run(self._start())
        self.url = f"http://127.0.0.1:{self._server.port}"

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Return what something in the server's loop comes to."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _start(self) -> WebServer:
        await self.library.look()
        server = WebServer(Site(self.library, self._options, self.access), "127.0.0.1", 0)
        server.start()
        return server

    @property
    def links(self) -> PageLinks:
        """Return the links of a public site."""
        assert self.access.links is not None
        return self.access.links

    def here(self, link: str) -> str:
        """Return a public link as an address of this server, which a proxy would bring there."""
        return link.replace(PUBLIC, self.url)

    def stop(self) -> None:
        """Listen no longer, and end the thread."""
        self.run(self._server.stop())
        self.library.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@contextmanager
def served(data: Path, *, public: bool = False, limits: Limits = GENEROUS, threshold: float = 0.5) -> Iterator[Served]:
    """Serve the articles of a data folder, on loopback alone or as a public site."""
    now = [1_790_000_000.0]
    access = Access(None, local_visitors(limits, lambda: now[0]), lambda: now[0])
    if public:
        counter = Counter(limits, lambda: now[0])
        visitors = Visitors(_is_member, counter.seconds_to_wait, _entered)
        access = Access(PageLinks(PUBLIC, SECRET, 30 * 86_400), visitors, lambda: now[0])
    options = Options(data=data, state=data, seeds=data / "none", model="auto", threshold=threshold, limits=limits)
    site = Served(options, access, now)
    try:
        yield site
    finally:
        site.stop()


async def _is_member(person: int) -> bool:
    return person == MEMBER


async def _entered(init_data: str) -> int | None:
    return MEMBER if init_data == INIT_DATA else None
