"""Turns at something costly: a few at a time, people one after another, and of each person's only the newest waits."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class FairTurns:
    """Turns for one event loop.

    Parameters:
        at_once: turns that go on side by side; of one person's only one.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        # The people who wait, in order: the number of what waits, and whether its turn has come.
        self._waiting: OrderedDict[int, tuple[int, asyncio.Future[bool]]] = OrderedDict()
        self._busy: set[int] = set()

    @asynccontextmanager
    async def turn(self, person: int, number: int) -> AsyncIterator[bool]:
        """Wait for a turn; yield False at once if something newer of the same person waits instead.

        Parameters:
            number: grows with time.
        """
        has_turn = await self._come(person, number)
        try:
            yield has_turn
        finally:
            if has_turn:
                self._leave(person)

    async def _come(self, person: int, number: int) -> bool:
        mine: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        before = self._waiting.get(person)
        if before is not None and before[0] > number:
            return False
        # The person keeps the place of what waited before.
        self._waiting[person] = (number, mine)
        if before is not None and not before[1].done():
            before[1].set_result(False)
        self._go_on()
        try:
            return await mine
        except asyncio.CancelledError:
            if self._waiting.get(person) == (number, mine):
                del self._waiting[person]
            elif not mine.cancelled() and mine.result():
                self._leave(person)
            raise

    def _leave(self, person: int) -> None:
        self._free += 1
        self._busy.discard(person)
        self._go_on()

    def _go_on(self) -> None:
        for person in [person for person in self._waiting if person not in self._busy][: self._free]:
            _, turn = self._waiting.pop(person)
            if turn.done():
                continue
            self._free -= 1
            self._busy.add(person)
            turn.set_result(True)
