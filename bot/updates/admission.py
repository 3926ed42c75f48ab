"""What comes from Telegram on its way into the inbox: read, let in or turned away, and only then stored."""

import asyncio
from collections.abc import Callable, Sequence

from telegram import Update

from bot.handlers.gate import Gate
from bot.updates.inbox import Body, Inbox


class Intake:
    """Takes updates from whichever source brings them.

    Parameters:
        taken: is told of every update that was stored.
    """

    def __init__(self, inbox: Inbox, gate: Gate, taken: Callable[[Update], None]) -> None:
        self._inbox = inbox
        self._gate = gate
        self._taken = taken
        # A webhook brings several at once: each is measured against all that came before it.
        self._one = asyncio.Lock()

    async def take(self, bodies: Sequence[Body]) -> None:
        """Keep what is let in. It returns once that is safe, and there was room for it."""
        read = {}
        async with self._one:
            for body in bodies:
                # What cannot be read will not be readable when it comes again, and stops nobody.
                if (update := self._inbox.read(body)) is None:
                    continue
                # The state is not even asked about what a flood brings: that has to cost as little as it can.
                if self._inbox.is_full_for(update) and not self._gate.is_exempt(update):
                    self._gate.turn_away(update)
                else:
                    read[update.update_id] = body, update
            if not read:
                return
            for update_id in await self._inbox.known(read):
                del read[update_id]
            admitted = await self._gate.sift([update for _, update in read.values()])
            left_out = await self._inbox.accept([read[update.update_id] for update in admitted], self._gate.is_exempt)
        for update in left_out:
            self._gate.turn_away(update)
        turned_away = {update.update_id for update in left_out}
        for update in admitted:
            if update.update_id not in turned_away:
                self._taken(update)
