"""What several threads want done at the same time is done together: batches form under load, and nobody waits for one.

Whoever finds nothing going on does its own work at once. What comes in meanwhile is kept, and the one who came first
does it for all of them when that is over. There is no thread of its own, and no time is waited for others to come.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# At once. Measured with questions: eight take three times as long as one, sixteen twice as long as eight.
MOST: Final = 8


class _Waiting(Generic[Item, Result]):
    """One thread's item, and what became of it."""

    __slots__ = ("error", "item", "result", "turn")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.result: Result | None = None
        self.error: BaseException | None = None
        # Held until the item is done, or its thread has to go on with the work.
        self.turn = threading.Lock()
        self.turn.acquire()

    @property
    def is_done(self) -> bool:
        return self.result is not None or self.error is not None


class Together(Generic[Item, Result]):
    """Calls `work` for one thread at a time, with what all threads want of it.

    Parameters:
        work: gives a result, which is not None, for each of several items, in their order.
        most: items at once.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Result]], most: int = MOST) -> None:
        self._work = work
        self._most = most
        self._lock = threading.Lock()
        self._queue: deque[_Waiting[Item, Result]] = deque()
        self._busy = False
        # Whose turn it is to go on with the work.
        self._following: _Waiting[Item, Result] | None = None

    def __call__(self, item: Item) -> Result:
        """The result for one item; raises what `work` raises for the items it was done with."""
        mine = _Waiting[Item, Result](item)
        with self._lock:
            self._queue.append(mine)
            waits, self._busy = self._busy, True
        if waits:
            try:
                mine.turn.acquire()
            except BaseException:  # Ctrl-C
                self._leave(mine)
                raise
        if not mine.is_done:
            self._do()
        if mine.error is not None:
            raise mine.error
        assert mine.result is not None
        return mine.result

    def _do(self) -> None:
        """Do what waits, the first of which is this thread's own, and hand on to whoever waits then."""
        with self._lock:
            batch = [self._queue.popleft() for _ in range(min(self._most, len(self._queue)))]
        try:
            for waiting, result in zip(batch, self._work([waiting.item for waiting in batch]), strict=True):
                waiting.result = result
        except Exception as error:
            for waiting in batch:
                waiting.error = error
        except BaseException:  # Ctrl-C means this thread and no other: they go on with their own
            with self._lock:
                self._queue.extendleft(reversed(batch[1:]))
                self._hand_on()
            raise
        with self._lock:
            self._hand_on()
        # The next batch is on its way before the results of this one are looked at.
        for waiting in batch[1:]:
            waiting.turn.release()

    def _hand_on(self) -> None:
        self._following = self._queue[0] if self._queue else None
        self._busy = self._following is not None
        if self._following is not None:
            self._following.turn.release()

    def _leave(self, mine: _Waiting[Item, Result]) -> None:
        """Nobody waits for this one any more; where it was its turn, it is the next one's."""
        with self._lock:
            if mine in self._queue:
                self._queue.remove(mine)
                if self._following is mine:
                    self._hand_on()
