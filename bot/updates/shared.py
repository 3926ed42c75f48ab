"""The inbox of several workers: who received an update stores it, and who has the lock of a lane handles its updates.

A worker that has stored an update takes the lock of its lane. Where another has it, that one comes upon the update: it
looks once more after it has given the lock back. What nobody took, since a worker had no room or has ended, is found
within a second by any.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from telegram import Update

from bot.state import inbox, lanes
from bot.state.coordination import Coordination
from bot.state.inbox import Body
from bot.state.lanes import Arrival, Next
from bot.state.state import State
from bot.updates.inbox import MOST_IN_HAND
from bot.updates.origin import claim_of, lane_of
from bot.updates.processing import HANDLED

_SWEPT_EVERY: Final = 1.0
# Lanes in which a worker handles updates at a time; most of them wait for Telegram then.
_LANES: Final = 200
# Lanes that a look takes at most: what a worker left is shared by all others.
_TAKEN_AT_ONCE: Final = 8
# Seconds for which a full lane is not asked about again.
_FULL_FOR: Final = 1.0
_PARDONED_WITHIN: Final = 3.0
# Seconds that one suspect is alone.
_ALONE: Final = 3.0
_ALONE_LOCK: Final = "suspect"
# Rung where lanes wait for a worker.
LANES: Final = "lanes"

log = logging.getLogger("verbatim.bot")


@dataclass(frozen=True, slots=True)
class Handlers:
    """What becomes of updates.

    Attributes:
        handle: handles one.
        set_aside: tells of those that had their last try.
        is_ours: returns whether this worker may handle one; another one may, else.
    """

    handle: Callable[[Update], Awaitable[None]]
    set_aside: Callable[[Sequence[Update]], None]
    is_ours: Callable[[Update], bool]


class SharedInbox:
    """Updates on their way from Telegram to the handlers of several workers.

    Parameters:
        read: parses an update's JSON; None if that fails.
    """

    def __init__(self, state: State, coordination: Coordination, read: Callable[[Body], Update | None]) -> None:
        self._state = state
        self._coordination = coordination
        self.read = read
        self._handlers: Handlers | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._in_hand: dict[str, tuple[Update, float]] = {}
        # Lanes whose oldest update is for the leader, with its number.
        self._not_ours: dict[str, int] = {}
        # Lanes in hand for which an update was stored since their last look.
        self._again: set[str] = set()
        self._has_left_some = False
        self._full: dict[Hashable, float] = {}
        self._room = asyncio.Event()
        self._room.set()
        self._woken = asyncio.Event()
        self._alone: set[asyncio.Task[None]] = set()
        self._stopping = False

    @property
    def pending(self) -> int:
        """Return the number of updates that this worker handles."""
        return len(self._in_hand)

    def waited(self, update_id: int) -> float:
        """Return the seconds since an update in hand was stored; 0 for any other."""
        stored = [since for update, since in self._in_hand.values() if update.update_id == update_id]
        return max(0.0, time.time() - stored[0]) if stored else 0.0

    def longest_wait(self, free_since: Callable[[Hashable], float]) -> float:
        """Return the seconds that the oldest update in hand has waited for the bot, as `Inbox.longest_wait` does."""
        now, ticks = time.time(), time.monotonic()
        held = self._in_hand.values()
        return max((min(now - since, ticks - free_since(lane_of(update))) for update, since in held), default=0.0)

    async def known(self, update_ids: Iterable[int]) -> set[int]:
        """Return the numbers whose updates were stored before."""
        return await self._state.run(inbox.known_among, list(update_ids))

    def is_full_for(self, update: Update) -> bool:
        """Return whether an update would find no room, as far as this worker knows."""
        now = time.monotonic()
        return any(self._full.get(key, 0.0) > now for key in claim_of(update).keys)

    async def accept(
        self, updates: Sequence[tuple[Body, Update]], exempt: Callable[[Update], bool] = lambda update: False
    ) -> list[Update]:
        """Store updates, and handle what is new; return those that were left out, for want of room.

        It waits while too many wait altogether, and returns once those that were taken are safe.

        Parameters:
            exempt: tells the updates that no bounds of lanes and people hold for.
        """
        await self._room.wait()
        arrivals = [_arrival(body, update, exempt=exempt(update)) for body, update in updates]
        stored = await self._state.run(lanes.store, arrivals, time.time())
        left_out = [update for _, update in updates if update.update_id in stored.left_out]
        self._full = {key: until for key, until in self._full.items() if until > time.monotonic()}
        for update in left_out:
            # The lane comes first, and the sender last.
            keys = claim_of(update).keys
            full = keys[0] if update.update_id in stored.lane_full else keys[-1]
            self._full[full] = time.monotonic() + _FULL_FOR
        new = [one.lane for one in arrivals if one.body["update_id"] not in stored.known | stored.left_out]
        self._again.update(lane for lane in new if lane in self._running)
        await self._take(dict.fromkeys(new), _LANES)
        if any(lane not in self._running for lane in new) and self._has_no_room():
            await self._coordination.ring(LANES)
        return left_out

    async def begin(self, update_id: int) -> None:
        """Note that an update is about to be handled: if the worker is killed before it is done, that was a try."""
        await self._state.run_unsynced(inbox.mark_begun, [update_id], True)

    async def pardon(self, update_ids: Iterable[int]) -> None:
        """Note that these updates are not the cause if the worker is killed now."""
        if update_ids := list(update_ids):
            await self._state.run_unsynced(inbox.mark_begun, update_ids, False)

    async def is_finished(self, update_id: int) -> bool:
        """Return whether any worker has dealt with an update."""
        return await self._state.run(lanes.is_finished, update_id)

    async def take_over(self) -> None:
        """Take up, as the leader, what others left to it, and what a bot alone left unfinished."""
        self._not_ours.clear()
        found = {int(body["update_id"]): (body, self.read(body)) for body in await self._state.run(lanes.without_lane)}
        arrivals = [_arrival(body, update, exempt=True) for body, update in found.values() if update is not None]
        assigned = [(int(one.body["update_id"]), one.lane, one.sender) for one in arrivals]
        await self._state.run(lanes.assign, assigned, [number for number, (_, read) in found.items() if read is None])
        if found:
            log.info("took up unfinished updates", extra={"updates": len(found)})
            self.wake()

    def wake(self) -> None:
        """Look now for lanes that wait."""
        self._woken.set()

    def lose(self, lane: str) -> None:
        """Stop handling a lane that another worker has got."""
        if (running := self._running.get(lane)) is not None:
            log.warning("another worker has taken over a lane whose lock was lost")
            running.cancel()

    async def run(self, handlers: Handlers) -> None:
        """Handle updates until cancelled."""
        self._handlers = handlers
        while True:
            self._woken.clear()
            oldest = dict(await self._coordination.ask(lanes.WAITING))
            ((total,),) = await self._coordination.ask(lanes.TOTAL)
            if total < MOST_IN_HAND:
                self._room.set()
            else:
                self._room.clear()
            self._not_ours = {lane: number for lane, number in self._not_ours.items() if oldest.get(lane) == number}
            taken = await self._take([lane for lane in oldest if lane not in self._not_ours], _TAKEN_AT_ONCE)
            self._has_left_some = taken == _TAKEN_AT_ONCE
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), _SWEPT_EVERY)

    async def drain(self, seconds: float) -> int:
        """Begin nothing any more, and finish what is in hand; return how many were left unfinished after so long."""
        self._stopping = True
        if self._running:
            await asyncio.wait(set(self._running.values()), timeout=seconds)
        left, running = [update.update_id for update, _ in self._in_hand.values()], list(self._running.values())
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=5)
        # They are stopped on purpose, and that is no try. Where PostgreSQL is away, they have had one all the same.
        with suppress(TimeoutError):
            async with asyncio.timeout(_PARDONED_WITHIN):
                await self.pardon(left)
        return len(left)

    def _has_no_room(self) -> bool:
        return self._stopping or len(self._running) >= _LANES or self._handlers is None

    async def _take(self, wanted: Iterable[str], most: int) -> int:
        """Handle lanes whose locks are free, at most so many; return how many."""
        if self._has_no_room():
            return 0
        names = [lane for lane in wanted if lane not in self._running]
        taken = await self._coordination.take_of(names, min(most, _LANES - len(self._running)))
        for lane in taken:
            self._running[lane] = asyncio.create_task(self._run_lane(lane), name="lane")
        return len(taken)

    async def _run_lane(self, lane: str) -> None:
        """Handle the updates of a lane whose lock this worker has, then give that back."""
        finished: int | None = None
        try:
            while not self._stopping:
                self._again.discard(lane)
                following = await self._state.run(lanes.advance, lane, finished)
                self._in_hand.pop(lane, None)
                finished = None
                if following is None:
                    await self._coordination.free(lane)
                    # An update may have been stored since, by a worker that found the lock taken.
                    waits = await self._coordination.ask(lanes.WAITS, [lane])
                    if not (waits or lane in self._again) or not await self._coordination.take(lane):
                        return
                elif await self._handled(lane, following):
                    finished = following.update_id
                else:
                    self._not_ours[lane] = following.update_id
                    break
            if finished is not None:
                await self._state.run(inbox.mark_finished, finished)
            await self._coordination.free(lane)
            await self._coordination.ring(LANES)
        except Exception:
            log.exception("a lane is left to another try")
            await self._coordination.free(lane)
        finally:
            self._in_hand.pop(lane, None)
            self._running.pop(lane, None)
            if self._has_left_some and len(self._running) < _TAKEN_AT_ONCE:
                self.wake()

    async def _handled(self, lane: str, following: Next) -> bool:
        """Deal with an update; return False if it is not for this worker."""
        handlers, update = self._handlers, self.read(following.body)
        assert handlers is not None
        if update is None:
            # It was stored by a newer version, and cannot be parsed by this one.
            return True
        if following.given_up:
            handlers.set_aside([update])
            return True
        if not handlers.is_ours(update):
            return False
        self._in_hand[lane] = update, following.received
        async with self._by_itself(alone=following.tries > 0):
            await self.begin(update.update_id)
            HANDLED.set(update.update_id)
            await handlers.handle(update)
        return True

    @asynccontextmanager
    async def _by_itself(self, *, alone: bool) -> AsyncIterator[None]:
        """Let no two updates be handled at once, anywhere, that a worker ended with; each is alone for a while at most.

        So only the one that ends workers is in hand again and again, and is set aside.
        """
        if not alone:
            yield
            return
        while not await self._coordination.take(_ALONE_LOCK):
            await asyncio.sleep(0.1)
        over = asyncio.Event()
        freeing = asyncio.create_task(self._free_when(over))
        self._alone.add(freeing)
        freeing.add_done_callback(self._alone.discard)
        try:
            yield
        finally:
            over.set()

    async def _free_when(self, over: asyncio.Event) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), _ALONE)
        await self._coordination.free(_ALONE_LOCK)


def _arrival(body: Body, update: Update, *, exempt: bool) -> Arrival:
    claim, lane = claim_of(update), _written(lane_of(update))
    if update.inline_query is not None:
        # Each is a lane of its own; those of a person have a common bound.
        ((room, most),) = claim.bounds
        return Arrival(body, lane, _written(room), None, None if exempt else most)
    sender = f"by {claim.person}" if claim.person is not None else None
    bounds: list[Any] = [None if exempt else most for _, most in claim.bounds]
    return Arrival(body, lane, sender, bounds[0], bounds[1] if len(bounds) > 1 else None)


def _written(key: Hashable) -> str:
    """Return a lane in words, such as 'chat 42'."""
    assert isinstance(key, tuple)
    return " ".join(map(str, key))
