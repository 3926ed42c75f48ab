"""Limits on questions, by Telegram's time of the messages; counts of questions, by person and chat and by day."""

from collections import OrderedDict, deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, log
from typing import Final

from bot.state.connection import Connection

MINUTE: Final = 60
DAY: Final = 24 * 3600
# Times of answers are counted in buckets, each a tenth longer than the one before.
_STEP: Final = 1.1
# People and chats whose latest times are kept in memory.
_REMEMBERED: Final = 10_000


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


class Recent:
    """Times at which something happened, in memory, by whom or where; the least recent of very many are forgotten."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._times: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def is_over(self, key: Hashable, now: float) -> bool:
        """Return whether the limit was reached before; if not, this time counts too."""
        times = self._times.setdefault(key, deque())
        self._times.move_to_end(key)
        if len(self._times) > _REMEMBERED:
            self._times.popitem(last=False)
        while times and times[0] <= now - self._limit.seconds:
            times.popleft()
        if len(times) >= self._limit.most:
            return True
        times.append(now)
        return False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A question over the limit.

    Attributes:
        seconds: until another may be asked.
        told: whether the person was told so already.
    """

    seconds: int
    told: bool


@dataclass(frozen=True, slots=True)
class DayCount:
    """Counts of a day.

    Attributes:
        people: how many different ones asked.
        p50: the median time from a question's arrival to its answer, milliseconds; None where none was answered.
    """

    day: date
    counts: dict[str, int]
    people: int
    p50: float | None


def ask(db: Connection, update_id: int, person: int, chat: int, at: int, limits: Limits) -> Refusal | None:
    """Count a question, or refuse it. The same update is counted once, and admitted again.

    Parameters:
        at: Telegram's time of the question, seconds since 1970.
    """
    if db.execute("SELECT 1 FROM asked WHERE update_id = ?", [update_id]).fetchone():
        return None
    seconds = count_within(db, update_id, person, chat, at, limits)
    if not seconds:
        return None
    # Told once until the time is over: a flood is not to be answered by a flood.
    row = db.execute("SELECT until FROM told_to_wait WHERE person = ? AND chat = ?", [person, chat]).fetchone()
    # A time farther away than any limit lasts was noted by a clock that had jumped.
    told = row is not None and at < row[0] <= at + 2 * DAY
    if not told:
        db.execute(
            """INSERT INTO told_to_wait VALUES (?, ?, ?)
               ON CONFLICT (person, chat) DO UPDATE SET until = excluded.until""",
            [person, chat, at + seconds],
        )
    return Refusal(seconds, told)


def count_within(db: Connection, number: int, person: int, chat: int, at: int, limits: Limits) -> int:
    """Count a question that is within the limits; return the seconds until it would be, 0 if it is now.

    Parameters:
        number: of its own.
    """
    seconds = max(
        wait(_times(db, "person", person, at), at, limits.person), wait(_times(db, "chat", chat, at), at, limits.chat)
    )
    if not seconds:
        db.execute("INSERT INTO asked VALUES (?, ?, ?, ?)", [number, person, chat, at])
    return seconds


def count(db: Connection, day: date, what: str, person: int | None = None, milliseconds: float | None = None) -> None:
    """Count something on a day, such as 'answered'; whose it was and how long it took, where that is known."""
    _add(db, day, what)
    if person is not None:
        query = "INSERT INTO seen_today VALUES (?, ?) ON CONFLICT DO NOTHING"
        first = db.execute(query, [day.isoformat(), person]).rowcount
        if first:
            _add(db, day, "people")
    if milliseconds is not None:
        db.execute(
            "INSERT INTO timings VALUES (?, ?, 1) ON CONFLICT (day, bucket) DO UPDATE SET n = timings.n + 1",
            [day.isoformat(), ceil(log(max(1.0, milliseconds), _STEP))],
        )


def days(db: Connection, until: date, how_many: int) -> list[DayCount]:
    """Return the counts of the last days up to `until`, days on which nothing happened among them."""
    found = []
    for back in range(how_many - 1, -1, -1):
        day = until - timedelta(days=back)
        counts: dict[str, int] = dict(db.execute("SELECT what, n FROM days WHERE day = ?", [day.isoformat()]))
        timings = db.execute(
            "SELECT bucket, n FROM timings WHERE day = ? ORDER BY bucket", [day.isoformat()]
        ).fetchall()
        found.append(DayCount(day, counts, counts.pop("people", 0), _median(timings)))
    return found


def median(db: Connection, since: date) -> float | None:
    """Return the median time from question to answer since a day, milliseconds; None if there was none."""
    rows = db.execute(
        "SELECT bucket, CAST(sum(n) AS BIGINT) FROM timings WHERE day >= ? GROUP BY bucket", [since.isoformat()]
    )
    return _median(sorted(rows))


def forget_old(db: Connection, now: float, today: date) -> None:
    """Delete what no limit needs any more, and who asked on earlier days."""
    db.execute("DELETE FROM asked WHERE at < ?", [int(now) - 2 * DAY])
    db.execute("DELETE FROM told_to_wait WHERE until < ?", [int(now) - 2 * DAY])
    # Later days were noted by a clock that had jumped.
    yesterday, tomorrow = ((today + timedelta(days=days)).isoformat() for days in (-1, 1))
    db.execute("DELETE FROM seen_today WHERE day NOT BETWEEN ? AND ?", [yesterday, tomorrow])


def _times(db: Connection, column: str, id: int, at: int) -> list[int]:
    rows = db.execute(f"SELECT at FROM asked WHERE {column} = ? AND at > ? ORDER BY at", [id, at - DAY])
    return [time for (time,) in rows]


def _add(db: Connection, day: date, what: str) -> None:
    db.execute(
        "INSERT INTO days VALUES (?, ?, 1) ON CONFLICT (day, what) DO UPDATE SET n = days.n + 1",
        [day.isoformat(), what],
    )


def _median(timings: Sequence[tuple[int, int]]) -> float | None:
    half = sum(n for _, n in timings) / 2
    for bucket, n in timings:
        half -= n
        if half <= 0:
            return float(_STEP**bucket)
    return None
