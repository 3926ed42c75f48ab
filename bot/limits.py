"""Limits on questions of a person and of a chat, by Telegram's time of the messages, not by this machine's clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MINUTE: Final = 60
DAY: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` questions within `seconds`."""

    most: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on a person's questions, and on those of a chat.

    Attributes:
        inline: queries a person may send from the message field of any chat; typing sends one after another.
    """

    person: tuple[Limit, ...] = (Limit(10, MINUTE), Limit(200, DAY))
    chat: tuple[Limit, ...] = (Limit(30, MINUTE), Limit(1000, DAY))
    inline: Limit = Limit(60, MINUTE)
    characters: int = 1000


def wait(asked: Sequence[int], now: int, limits: Sequence[Limit]) -> int:
    """Return the seconds until another question may be asked, 0 if it may be now.

    Parameters:
        asked: when questions were asked, seconds, in order.
        now: when this one is asked.
        limits: each of them holds over any stretch of its length.
    """
    longest = 0
    for limit in limits:
        # Questions farther away, before or after, do not count: a clock may have jumped.
        within = [at for at in asked if now - limit.seconds < at < now + limit.seconds]
        if len(within) >= limit.most:
            # One more fits once the oldest of the last `most` lies outside.
            longest = max(longest, within[-limit.most] + limit.seconds - now)
    return longest
