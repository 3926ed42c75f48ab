"""The durable inbox: an update is stored before it is confirmed to Telegram, and marked when it is finished.

An update that a kill left unfinished is resumed at the next start; one that Telegram delivers twice is stored once. One
that was being handled when a run was killed has had a try, and after three it is set aside: it may be what killed them.
"""

import asyncio
import json
import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from telegram import Update

from bot.handlers.gate import Gate
from bot.state import inbox as stored
from bot.state.inbox import Body
from bot.state.state import State
from bot.updates.origin import Claim, claim_of

# Updates in hand from which fetching waits: the last resort, since each lane and each person has a bound of its own.
MOST_IN_HAND: Final = 2_000
_HALF: Final = re.compile("[\ud800-\udfff]")

log = logging.getLogger("verbatim.bot")


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Updates that an earlier run left.

    Attributes:
        unfinished: how many updates are dealt with again.
        suspects: the numbers of those that were being handled when a run was killed, most tries first.
        set_aside: those that had their last try.
    """

    unfinished: int
    suspects: tuple[int, ...] = ()
    set_aside: tuple[Update, ...] = ()


class Inbox:
    """Updates on their way from Telegram to the handlers.

    Parameters:
        queue: where the handlers take them from, in order.
        read: parses an update's JSON; None if that fails.
    """

    def __init__(
        self,
        state: State,
        queue: "asyncio.Queue[object]",
        read: Callable[[Body], Update | None],
    ) -> None:
        self._state = state
        self._queue = queue
        self._in_hand: dict[int, tuple[float, Claim]] = {}
        self._load: Counter[Hashable] = Counter()
        self._room = asyncio.Condition()
        self._full_since: float | None = None
        self.read = read

    @property
    def pending(self) -> int:
        """Return the number of updates that are stored and not finished."""
        return len(self._in_hand)

    def waited(self, update_id: int) -> float:
        """Return the seconds since an update in hand was taken in; 0 for any other."""
        now = time.monotonic()
        return now - self._in_hand[update_id][0] if update_id in self._in_hand else 0.0

    def longest_wait(self, free_since: Callable[[Hashable], float]) -> float:
        """Return the seconds that the oldest update in hand, or the next fetch, has waited for the bot.

        Parameters:
            free_since: since when Telegram lets the bot write to the chat of a lane, by `time.monotonic`. Waiting for
                that is no fault of the bot's, and anybody may bring it about in a chat of theirs.
        """
        now = time.monotonic()
        began = [max(since, free_since(claim.lane)) for since, claim in self._in_hand.values()]
        return now - min([now if self._full_since is None else self._full_since, *began])

    async def resume_unfinished(self) -> Unfinished:
        """Queue what an earlier run left unfinished: first what was being handled then, the rest oldest first.

        Call it before fetching. No more is found than may be in hand: beyond that nothing is stored.
        """
        given_up, suspects = await self._state.run(stored.count_tries)
        found = {}
        for body in await self._state.run(stored.unfinished):
            if (update := self.read(body)) is not None:
                found[update.update_id] = update
            else:
                # It was stored by a newer version, and cannot be parsed by this one.
                await self._state.run(stored.mark_finished, int(body["update_id"]))
        first = tuple(update_id for update_id in suspects if update_id in found)
        for update_id in dict.fromkeys((*first, *found)):
            self._take_in(found[update_id])
        if found:
            log.info("took up unfinished updates", extra={"updates": len(found)})
        set_aside = tuple(update for body in given_up if (update := self.read(body)) is not None)
        return Unfinished(len(found), first, set_aside)

    async def known(self, update_ids: Iterable[int]) -> set[int]:
        """Return the numbers whose updates were stored before."""
        return await self._state.run(stored.known_among, list(update_ids))

    def is_full_for(self, update: Update) -> bool:
        """Return whether an update that is not in hand would find no room."""
        if update.update_id in self._in_hand:
            return False
        return any(self._load[key] >= most for key, most in claim_of(update).bounds)

    async def accept(
        self, updates: Sequence[tuple[Body, Update]], exempt: Callable[[Update], bool] = lambda update: False
    ) -> list[Update]:
        """Store updates, then queue those that are new; return those that were left out, for want of room.

        It waits while too many are in hand, and returns once those that were taken are safe.

        Parameters:
            exempt: tells the updates that no bounds of lanes and people hold for.
        """
        await self._wait_for_room()
        taken: dict[int, Update] = {}
        bodies, left_out, more = [], [], Counter[Hashable]()
        for body, update in updates:
            claim = claim_of(update)
            if update.update_id in taken:
                continue
            if not exempt(update) and any(self._load[key] + more[key] >= most for key, most in claim.bounds):
                left_out.append(update)
                continue
            taken[update.update_id] = update
            more.update(claim.keys)
            bodies.append(body)
        if bodies:
            for update_id in await self._state.run(stored.store, bodies, time.time()):
                self._take_in(taken[update_id])
        return left_out

    async def begin(self, update_id: int) -> None:
        """Note that an update is about to be handled: if the process is killed before it is done, that was a try."""
        await self._state.run_unsynced(stored.mark_begun, [update_id], True)

    async def pardon(self, update_ids: Iterable[int]) -> None:
        """Note that these updates are not the cause if the process is killed now."""
        if update_ids := list(update_ids):
            await self._state.run_unsynced(stored.mark_begun, update_ids, False)

    async def finish(self, update_id: int) -> None:
        """Mark an update as dealt with: it is never taken up again."""
        await self._state.run(stored.mark_finished, update_id)
        if (held := self._in_hand.pop(update_id, None)) is not None:
            for key in held[1].keys:
                self._load[key] -= 1
                if not self._load[key]:
                    del self._load[key]
        if len(self._in_hand) < MOST_IN_HAND // 2:
            # Just below the bound, fetching is still held back by what fills the inbox.
            self._full_since = None
        async with self._room:
            self._room.notify_all()

    async def _wait_for_room(self) -> None:
        async with self._room:
            if len(self._in_hand) >= MOST_IN_HAND:
                self._full_since = self._full_since or time.monotonic()
                await self._room.wait_for(lambda: len(self._in_hand) < MOST_IN_HAND)

    def _take_in(self, update: Update) -> None:
        claim = claim_of(update)
        self._in_hand[update.update_id] = time.monotonic(), claim
        self._load.update(claim.keys)
        self._queue.put_nowait(update)


class Intake(Protocol):
    """What stores updates: the inbox of a bot alone, or that of several workers."""

    read: Callable[[Body], Update | None]

    def is_full_for(self, update: Update) -> bool:
        """Return whether an update would find no room."""

    async def known(self, update_ids: Iterable[int]) -> set[int]:
        """Return the numbers whose updates were stored before."""

    async def accept(
        self, updates: Sequence[tuple[Body, Update]], exempt: Callable[[Update], bool] = ...
    ) -> list[Update]:
        """Store updates; return those that were left out, for want of room."""


class Admission:
    """The way of new updates into the inbox: parsed, let in or turned away, and only then stored.

    Parameters:
        taken: is called with every update that was stored.
    """

    def __init__(self, inbox: Intake, gate: Gate, taken: Callable[[Update], None]) -> None:
        self._inbox = inbox
        self._gate = gate
        self._taken = taken
        # A webhook brings several at once: each is counted after all that came before it.
        self._one = asyncio.Lock()

    async def take(self, bodies: Sequence[Body]) -> None:
        """Store the updates that are let in; return once they are safe."""
        read = {}
        async with self._one:
            for body in bodies:
                # An update that cannot be parsed now cannot be parsed when it comes again either.
                if (update := self._inbox.read(body)) is None:
                    continue
                # No query of the state for a flood's updates: they have to cost as little as possible.
                if self._inbox.is_full_for(update) and not self._gate.is_exempt(update):
                    self._gate.turn_away(update)
                else:
                    read[update.update_id] = body, update
            if not read:
                return
            for update_id in await self._inbox.known(read):
                del read[update_id]
            admitted = await self._gate.admit([update for _, update in read.values()])
            left_out = await self._inbox.accept([read[update.update_id] for update in admitted], self._gate.is_exempt)
        for update in left_out:
            self._gate.turn_away(update)
        turned_away = {update.update_id for update in left_out}
        for update in admitted:
            if update.update_id not in turned_away:
                self._taken(update)


def well_formed(body: Body) -> dict[str, Any]:
    """Return an update whose texts can be written in UTF-8: half a surrogate pair, which JSON may hold, becomes U+FFFD.

    Both count as one UTF-16 unit, so that the places of entities stay right.
    """
    read: dict[str, Any] = json.loads(_HALF.sub("\ufffd", json.dumps(body, ensure_ascii=False)))
    return read


def kind_of(body: Body) -> str:
    """Return the kind of an update, such as `message`."""
    return next((name for name in body if name != "update_id"), "")
