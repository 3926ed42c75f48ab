"""Flood limits. Source: Bot API, "Bots FAQ", "My bot is hitting limits": 30 a second, 1 a second in a chat, 20 a
minute in a group; Telegram allows short bursts in one chat."""

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field

from tests.telegram.server.errors import TooManyRequests


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` in any `seconds`."""

    count: int
    seconds: float


@dataclass(slots=True)
class Flood:
    """The limits, and what was sent lately. Each limit can be set to something else, or to None."""

    overall: Rate | None = Rate(30, 1.0)
    chat: Rate | None = Rate(5, 3.0)
    group: Rate | None = Rate(20, 60.0)
    _sent: dict[tuple[str, int], deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def count(self, chat_id: int, now: float) -> None:
        """Count one message to a chat, or refuse it; what is refused is not counted.

        Args:
            chat_id: negative for groups.
            now: seconds on any clock that does not go back.

        Raises:
            TooManyRequests: with the whole seconds to wait.
        """
        group = self.group if chat_id < 0 else None
        limits = [(("overall", 0), self.overall), (("chat", chat_id), self.chat), (("group", chat_id), group)]
        applied = [(self._sent[key], rate) for key, rate in limits if rate]
        wait = max((_wait(sent, rate, now) for sent, rate in applied), default=0.0)
        if wait > 0:
            raise TooManyRequests(math.ceil(wait))
        for sent, _ in applied:
            sent.append(now)


def _wait(sent: deque[float], rate: Rate, now: float) -> float:
    """How many seconds until one more fits."""
    while sent and sent[0] <= now - rate.seconds:
        sent.popleft()
    if len(sent) < rate.count:
        return 0.0
    return sent[len(sent) - rate.count] + rate.seconds - now
