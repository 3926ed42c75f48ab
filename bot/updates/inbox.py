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
from typing import Any, Final

from telegram import Update

from bot.handlers.gate import Gate
from bot.state import inbox as stored
from bot.state.database import Database
from bot.state.inbox import Body
from bot.updates.origin import Claim, claim_of

# Updates in hand from which fetching waits: the last resort, since each lane and each person has a bound of its own.
MOST_IN_HAND: Final = 2_000
# Updates read from the disk at once.
_CHUNK: Final = 100

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
        claim: gives the room that an update takes up.
    """

    def __init__(
        self,
        state: Database,
        queue: "asyncio.Queue[object]",
        read: Callable[[Body], Update | None],
        claim: Callable[[Update], Claim] = claim_of,
    ) -> None:
        self._state = state
        self._queue = queue
        self._claim = claim
        self._in_hand: dict[int, tuple[float, Claim]] = {}
        # Stored and not loaded yet: a start may find more of one lane than is to be in memory.
        self._left_over: dict[int, Claim] = {}
        self._loaded: Counter[Hashable] = Counter()
        self._stored: Counter[Hashable] = Counter()
        self._room = asyncio.Condition()
        self._full_since: float | None = None
        self.read = read

    @property
    def pending(self) -> int:
        """Return the number of updates that are stored and not finished."""
        return len(self._in_hand) + len(self._left_over)

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

        Of each lane and person only as much as may wait is kept in memory; the rest follows as that is finished. Call
        it before fetching.
        """
        given_up, suspects = await self._state.run(stored.count_tries)
        after = -1
        while bodies := await self._state.run(stored.unfinished, after, _CHUNK):
            for body in bodies:
                await self._load_later(body)
            after = int(bodies[-1]["update_id"])
        found = Unfinished(
            self.pending,
            tuple(update_id for update_id in suspects if update_id in self._left_over),
            tuple(update for body in given_up if (update := self.read(body)) is not None),
        )
        await self._load([self._take_in(update_id) for update_id in found.suspects])
        await self._refill()
        if found.unfinished:
            log.info("took up unfinished updates", extra={"updates": found.unfinished})
        return found

    async def known(self, update_ids: Iterable[int]) -> set[int]:
        """Return the numbers whose updates were stored before."""
        return await self._state.run(stored.known_among, list(update_ids))

    def is_full_for(self, update: Update) -> bool:
        """Return whether an update that is not in hand would find no room."""
        if update.update_id in self._in_hand or update.update_id in self._left_over:
            return False
        return any(self._stored[key] >= most for key, most in self._claim(update).bounds)

    async def accept(
        self, updates: Sequence[tuple[Body, Update]], exempt: Callable[[Update], bool] = lambda update: False
    ) -> list[Update]:
        """Store updates, then queue those that are new; return those that were left out, for want of room.

        It waits while too many are in hand, and returns once those that were taken are safe.

        Parameters:
            exempt: tells the updates that no bounds of lanes and people hold for.
        """
        await self._wait_for_room()
        taken: dict[int, tuple[Update, Claim]] = {}
        bodies, left_out, more = [], [], Counter[Hashable]()
        for body, update in updates:
            claim = self._claim(update)
            if update.update_id in taken:
                continue
            if not exempt(update) and any(self._stored[key] + more[key] >= most for key, most in claim.bounds):
                left_out.append(update)
                continue
            taken[update.update_id] = update, claim
            more.update(claim.keys)
            bodies.append(body)
        if bodies:
            held_back = {claim.lane for claim in self._left_over.values()}
            for update_id in await self._state.run(stored.store, bodies, time.time()):
                update, claim = taken[update_id]
                self._stored.update(claim.keys)
                if claim.lane in held_back:
                    self._left_over[update_id] = claim
                else:
                    self._hold(update_id, claim)
                    self._queue.put_nowait(update)
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
            self._release(self._loaded, held[1])
            self._release(self._stored, held[1])
        if len(self._in_hand) < MOST_IN_HAND // 2:
            # Just below the bound, fetching is still held back by what fills the inbox.
            self._full_since = None
        await self._refill()
        async with self._room:
            self._room.notify_all()

    async def _wait_for_room(self) -> None:
        async with self._room:
            if len(self._in_hand) >= MOST_IN_HAND:
                self._full_since = self._full_since or time.monotonic()
                await self._room.wait_for(lambda: len(self._in_hand) < MOST_IN_HAND)

    async def _load_later(self, body: Body) -> None:
        update_id = int(body["update_id"])
        update = self.read(body)
        if update is None:
            # It was stored by a newer version, and cannot be parsed by this one.
            await self._state.run(stored.mark_finished, update_id)
        else:
            self._left_over[update_id] = claim = self._claim(update)
            self._stored.update(claim.keys)

    async def _refill(self) -> None:
        """Read and queue what was left over and has room now, each lane in its order."""
        blocked: set[Hashable] = set()
        ready = []
        for update_id, claim in list(self._left_over.items()):
            full = any(self._loaded[key] >= most for key, most in claim.bounds)
            if full or claim.lane in blocked or len(self._in_hand) >= MOST_IN_HAND:
                blocked.add(claim.lane)
            else:
                ready.append(self._take_in(update_id))
        await self._load(ready)

    def _take_in(self, update_id: int) -> int:
        self._hold(update_id, self._left_over.pop(update_id))
        return update_id

    async def _load(self, update_ids: Sequence[int]) -> None:
        for start in range(0, len(update_ids), _CHUNK):
            for body in await self._state.run(stored.bodies_of, update_ids[start : start + _CHUNK]):
                update = self.read(body)
                assert update is not None  # it was read to be left over
                self._queue.put_nowait(update)

    def _hold(self, update_id: int, claim: Claim) -> None:
        self._in_hand[update_id] = time.monotonic(), claim
        self._loaded.update(claim.keys)

    @staticmethod
    def _release(load: Counter[Hashable], claim: Claim) -> None:
        load.subtract(claim.keys)
        for key in claim.keys:
            if load[key] <= 0:
                del load[key]


class Admission:
    """The way of new updates into the inbox: parsed, let in or turned away, and only then stored.

    Parameters:
        taken: is called with every update that was stored.
    """

    def __init__(self, inbox: Inbox, gate: Gate, taken: Callable[[Update], None]) -> None:
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
