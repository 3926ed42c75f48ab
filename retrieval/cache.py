"""A cache of what was used last, as far as it fits."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

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
