"""The page of a running bot, at an address that people reach: only signed links and passes open it."""

import secrets
import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from bot.cited import StoredCitation
from bot.errors import StartError
from bot.library import Library, Options
from bot.state import people, usage
from bot.state.database import Database
from bot.state.usage import DAY
from bot.web.access import Access, Visitors
from bot.web.links import PageLinks, Place, secret_in
from bot.web.local import start
from bot.web.server import Site, WebServer

# Telegram numbers its updates from 0: questions of the page are counted beside them, below it.
_NUMBERS: Final = 1 << 62


class PublicPage:
    """The page beside a bot, in its asyncio loop.

    Parameters:
        public_url: where people reach it, through a proxy that speaks HTTPS.
        listen, port: where it listens.
        enter: checks what a Mini App says of its user, and returns who that is; None to let nobody in by it.

    Raises:
        StartError: if the secret of the links cannot be read, or made.
    """

    def __init__(
        self,
        state: Database,
        library: Library,
        options: Options,
        public_url: str,
        listen: str,
        port: int,
        enter: Callable[[str], Awaitable[int | None]] | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        try:
            secret = secret_in(options.state)
        except OSError as error:
            raise StartError(
                f"the secret of the page's links cannot be read or made ({error}): give the folder of the state to the "
                "user who runs the bot (chown -R)"
            ) from error
        # A link lives as long as the answer that it stands under.
        self.links = PageLinks(public_url, secret, options.keep_days * DAY)
        self._state = state
        self._options = options
        self._now = now
        visitors = Visitors(self._may_ask, self._seconds_to_wait, enter)
        self._port = port
        self._site = Site(library, options, Access(self.links, visitors, now))
        self._server = WebServer(self._site, listen, port)

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return self._server.port

    def start(self) -> None:
        """Listen.

        Raises:
            StartError: if the address cannot be listened on.
        """
        start(self._server, self._port, "VERBATIM_WEB_PORT or VERBATIM_WEB_LISTEN")

    def introduce(self, bot: str) -> None:
        """Lead whoever comes with a link that is too old, or with none, to the bot of this user name."""
        self._site.bot = f"https://t.me/{bot}"

    def address_of(self, citations: Sequence[StoredCitation], shown: int) -> str:
        """Return the address that opens one of an answer's passages in its article, signed and with an expiry."""
        places = [Place.of(citation.citation()) for citation in citations]
        return self.links.to(places[shown], places, now=self._now())

    async def stop(self) -> None:
        """Listen no longer."""
        await self._server.stop()

    async def _may_ask(self, person: int) -> bool:
        """Return whether the bot would answer this person in a private chat."""
        if person in self._options.admins:
            return True
        return self._options.invites(person) and not await self._state.run(people.is_banned, person)

    async def _seconds_to_wait(self, who: int | str) -> int:
        assert isinstance(who, int)  # nobody asks without a pass
        return await self._state.run(_counted, who, int(self._now()), self._options)


def _counted(db: sqlite3.Connection, person: int, now: int, options: Options) -> int:
    """Count a question within the limits that hold in a private chat with the bot; return how long it has to wait."""
    # Not noted as told: who is refused here is still told so in the chat.
    return usage.count_within(db, -1 - secrets.randbelow(_NUMBERS), person, person, now, options.limits)
