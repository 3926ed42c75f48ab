"""The last answers of a snapshot, and the cache that holds them."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

from retrieval.answer import Answer

# Answers cached by default.
CACHE_SIZE: Final = 256
# Characters of all cached answers, some 2 to 8 MB; an answer with more than a sixteenth of that is not cached.
_ROOM_FOR_ANSWERS: Final = 2_000_000
_SHARE: Final = 16
# About how many characters a citation holds beside its quote, and the name of an article.
_CITATION: Final = 1_000
_NAMED: Final = 400

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Cache(Generic[Key, Value]):
    """The values that were used last, as far as they fit, for use from several threads.

    Parameters:
        room: what the sizes of all values may add up to.
        most: the number of values; None for any.
    """

    def __init__(self, room: int, most: int | None = None) -> None:
        self._room = room
        self._most = most
        self._lock = threading.Lock()
        self._held: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._taken = 0

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Key) -> Value | None:
        """Return the value cached for a key, None where there is none."""
        with self._lock:
            if key not in self._held:
                return None
            self._held.move_to_end(key)
            return self._held[key][0]

    def put(self, key: Key, value: Value, size: int) -> None:
        """Cache a value, unless one is cached for the key; drop those not used for longest where there is no room."""
        with self._lock:
            if key not in self._held:
                self._held[key] = (value, size)
                self._taken += size
            while self._taken > self._room or (self._most is not None and len(self._held) > self._most):
                _, (_, least) = self._held.popitem(last=False)
                self._taken -= least


class AnswerCache:
    """The last answers of one generation, for use from several threads.

    The same question to the same generation always has the same answer: nothing in it depends on chance, and the day of
    the question is part of the key. Citations hold the text that was checked, so that they need not be checked again.

    Parameters:
        most: the number of answers; 0 for none.
        room: characters that they may have together.
    """

    def __init__(self, most: int, room: int = _ROOM_FOR_ANSWERS) -> None:
        self._largest = room // _SHARE if most else 0
        self._cached: Cache[Hashable, Answer] = Cache(room, most)

    def __len__(self) -> int:
        return len(self._cached)

    def of(self, asked: Hashable) -> Answer | None:
        """Return the answer cached for a key, None where there is none."""
        return self._cached.get(asked)

    def keep(self, asked: Hashable, answer: Answer) -> None:
        """Cache an answer, unless it is a large one."""
        size = _size(answer)
        if size <= self._largest:
            self._cached.put(asked, answer, size)


def _size(answer: Answer) -> int:
    """Return about how many characters an answer holds, the question and its facts included."""
    cited = sum(len(one.quote) + _CITATION + _NAMED * len(one.also_in) for one in answer.citations)
    return cited + 2 * len(answer.question) + len(answer.interpreted_as)
