"""The inbox as several workers share it: whose turn an update has to wait for, and how much waits there already."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.state.connection import Connection
from bot.state.inbox import MOST_TRIES, Body, mark_finished

# Lanes in which updates wait or are in hand, longest waiting first, with the number of the oldest one; how many updates
# there are in all; whether one waits in a lane. Each is asked outside of a transaction, and so collides with none.
WAITING: Final = """
    SELECT lane, min(update_id) FROM inbox WHERE body IS NOT NULL AND lane IS NOT NULL
    GROUP BY lane ORDER BY min(update_id) LIMIT 500
"""
TOTAL: Final = "SELECT count(*) FROM inbox WHERE body IS NOT NULL"
WAITS: Final = "SELECT 1 FROM inbox WHERE lane = %s AND body IS NOT NULL LIMIT 1"


@dataclass(frozen=True, slots=True)
class Arrival:
    """An update that is to be stored.

    Attributes:
        lane: within which it is handled in order.
        sender: whose other updates it counts with; None: with nobody's.
        lane_bound, sender_bound: how many may wait there, this one among them; None: any number.
    """

    body: Body
    lane: str
    sender: str | None
    lane_bound: int | None
    sender_bound: int | None


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of arrivals, by the numbers of their updates.

    Attributes:
        known: stored before.
        lane_full, sender_full: not stored, since as many as may wait there already.
    """

    known: frozenset[int]
    lane_full: frozenset[int]
    sender_full: frozenset[int]

    @property
    def left_out(self) -> frozenset[int]:
        """Return those that were not stored, for want of room."""
        return self.lane_full | self.sender_full


@dataclass(frozen=True, slots=True)
class Next:
    """The oldest unfinished update of a lane.

    Attributes:
        received: when it was stored, seconds since 1970.
        tries: how many workers ended while they handled it.
        given_up: whether that was its last try; it is finished then.
    """

    update_id: int
    body: Body
    received: float
    tries: int
    given_up: bool


def store(db: Connection, arrivals: Iterable[Arrival], now: float) -> Stored:
    """Write updates down for which there is room."""
    known, lane_full, sender_full = set(), set(), set()
    for one in arrivals:
        update_id = int(one.body["update_id"])
        if _is_full(db, "lane", one.lane, one.lane_bound):
            lane_full.add(update_id)
            continue
        if _is_full(db, "sender", one.sender, one.sender_bound):
            sender_full.add(update_id)
            continue
        stored = db.execute(
            """INSERT INTO inbox (update_id, received, body, lane, sender) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT DO NOTHING""",
            [update_id, now, json.dumps(one.body), one.lane, one.sender],
        )
        if not stored.rowcount:
            known.add(update_id)
    return Stored(frozenset(known), frozenset(lane_full), frozenset(sender_full))


def _is_full(db: Connection, column: str, key: str | None, bound: int | None) -> bool:
    if key is None or bound is None:
        return False
    query = f"SELECT count(*) FROM inbox WHERE {column} = ? AND body IS NOT NULL"
    return bool(db.execute(query, [key]).fetchone()[0] >= bound)


def advance(db: Connection, lane: str, finished: int | None) -> Next | None:
    """Mark an update of a lane as finished; return the next one, None if there is none.

    One that was in hand, of a worker that no longer holds the lane, has had a try.
    """
    if finished is not None:
        mark_finished(db, finished)
    row = db.execute(
        "SELECT update_id, body, received, begun, tries FROM inbox WHERE lane = ? AND body IS NOT NULL "
        "ORDER BY update_id LIMIT 1",
        [lane],
    ).fetchone()
    if row is None:
        return None
    update_id, body, received, begun, tries = row
    tries += bool(begun)
    given_up = tries >= MOST_TRIES
    if given_up:
        mark_finished(db, update_id)
    elif begun:
        db.execute("UPDATE inbox SET tries = ?, begun = 0 WHERE update_id = ?", [tries, update_id])
    return Next(update_id, json.loads(body), received, tries, given_up)


def is_finished(db: Connection, update_id: int) -> bool:
    """Return whether an update is stored and dealt with."""
    row = db.execute("SELECT body IS NULL FROM inbox WHERE update_id = ?", [update_id]).fetchone()
    return row is not None and bool(row[0])


def without_lane(db: Connection) -> list[Body]:
    """Return the unfinished updates that a bot alone stored, which needs no lanes."""
    rows = db.execute("SELECT body FROM inbox WHERE body IS NOT NULL AND lane IS NULL ORDER BY update_id")
    return [json.loads(body) for (body,) in rows]


def assign(db: Connection, lanes: Sequence[tuple[int, str, str | None]], unreadable: Collection[int]) -> None:
    """Note the lane and the sender of updates that have none; finish those that nobody can read."""
    for update_id, lane, sender in lanes:
        db.execute("UPDATE inbox SET lane = ?, sender = ? WHERE update_id = ?", [lane, sender, update_id])
    for update_id in unreadable:
        mark_finished(db, update_id)
