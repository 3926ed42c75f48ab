"""One of several workers that share a state in PostgreSQL: what they divide among them, and the one of them that leads.

Every worker takes updates by webhook and handles those of the lanes whose locks it gets. The leader alone does what one
bot does once: it sets the webhook, tells commands, sends news and broadcasts, follows feeds, builds the index, tidies
up, and handles the updates that begin such work. When it ends, another takes over within seconds.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from psycopg import OperationalError
from telegram import Update

from bot.errors import BotError
from bot.handlers.export import PAYLOAD
from bot.pacing import SharedPace
from bot.services import Peers
from bot.state.coordination import Bell, Coordination
from bot.state.inbox import Body
from bot.state.postgres_server import reason, shown
from bot.state.state import State
from bot.updates.origin import Lanes, person_of
from bot.updates.shared import LANES, Handlers, SharedInbox
from bot.updates.wording import words_in

_LEADER: Final = "leader"
_LEADS_WITHIN: Final = 1.0
_TURN_EVERY: Final = 0.05
# Commands of everybody's that only the leader carries out: it goes on with them after a restart.
_LEADS: Final = re.compile(rf"/(export\b|start(@\w+)?\s+{PAYLOAD}\b)", re.IGNORECASE)

log = logging.getLogger("verbatim.bot")


class Workers:
    """The other workers, as one of them sees them.

    Parameters:
        address: of PostgreSQL.
        admins: whose updates the leader handles, since they begin work of which there is to be one.
        read: parses an update's JSON; None if that fails.
        end: is called where this worker can go on no longer.
    """

    def __init__(
        self,
        address: str,
        state: State,
        admins: Collection[int],
        read: Callable[[Body], Update | None],
        end: Callable[[], None],
    ) -> None:
        self.coordination = Coordination(address, self._lost)
        self.inbox = SharedInbox(state, self.coordination, read)
        self.pace = SharedPace(self.coordination)
        self.peers = Peers(
            turns=SharedTurns(self.coordination),
            leads=lambda: self._leads,
            ring=self.coordination.ring,
            is_finished=self.inbox.is_finished,
        )
        self._leads = False
        self._address = address
        self._admins = admins
        self._end = end
        self._bell = Bell(address, self._heard)
        self._calls: Mapping[str, Callable[[], None]] = {}
        self._lost_lead = False

    @property
    def failure(self) -> BotError | None:
        """Return why this worker had to end, None where it did not."""
        if not self._lost_lead:
            return None
        return BotError(
            "another worker leads by now, since PostgreSQL was out of this one's reach for long: start it again"
        )

    async def open(self) -> None:
        """Connect.

        Raises:
            BotError: if PostgreSQL cannot be reached.
        """
        try:
            await self.coordination.open()
        except OperationalError as error:
            raise BotError(f"{shown(self._address)} cannot be reached ({reason(error)}): see to the server") from None
        await self.pace.open()

    async def run(
        self,
        handle: Callable[[Update], Awaitable[None]],
        set_aside: Callable[[Sequence[Update]], None],
        calls: Mapping[str, Callable[[], None]],
        lead: Callable[[], None],
    ) -> None:
        """Take part until cancelled.

        Parameters:
            calls: what is done when a word is rung, by any worker.
            lead: begins what the leader does.
        """
        self._calls = calls
        handlers = Handlers(handle, set_aside, self._is_ours)
        parts = (self.coordination.run(), self._bell.run(), self.inbox.run(handlers), self._lead(lead))
        running = [asyncio.create_task(part) for part in parts]
        try:
            await asyncio.gather(*running)
        finally:
            for task in running:
                task.cancel()

    async def drain(self, seconds: float) -> int:
        """Finish what is in hand, as `SharedInbox.drain` does; leave all else to others."""
        left = await self.inbox.drain(seconds)
        await self.coordination.ring(LANES)
        return left

    async def close(self) -> None:
        """Free every lock."""
        await self.coordination.close()

    async def _lead(self, lead: Callable[[], None]) -> None:
        while not await self.coordination.take(_LEADER):
            await asyncio.sleep(_LEADS_WITHIN)
        self._leads = True
        log.info("this worker leads")
        await self.inbox.take_over()
        self.inbox.wake()
        lead()

    def _is_ours(self, update: Update) -> bool:
        if self._leads:
            return True
        return person_of(update) not in self._admins and not _LEADS.match(words_in(update.message))

    def _heard(self, word: str) -> None:
        if word in ("", LANES):
            self.inbox.wake()
        for name, call in self._calls.items():
            if word in ("", name):
                call()

    def _lost(self, name: str) -> None:
        if name == _LEADER:
            # What it has begun as the leader cannot be taken back but by ending.
            log.error("another worker leads by now; this one ends")
            self._lost_lead = True
            self._end()
        else:
            self.inbox.lose(name)


class SharedTurns(Lanes):
    """The turns of people, of which one is held at a time by all workers together."""

    def __init__(self, coordination: Coordination) -> None:
        super().__init__()
        self._coordination = coordination

    @asynccontextmanager
    async def __call__(self, key: object) -> AsyncIterator[None]:
        """Wait for the turn of `key`."""
        name = f"turn {key}"
        async with super().__call__(key):
            while not await self._coordination.take(name):
                await asyncio.sleep(_TURN_EVERY)
            try:
                yield
            finally:
                await self._coordination.free(name)
