"""The inbox's table: one row an update, whose body goes once the update is finished and whose number stays."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from bot.state.connection import Connection

# Telegram keeps what was not confirmed for 24 hours; numbers of finished updates are remembered longer than that.
_REMEMBERED: Final = 3 * 24 * 3600.0
MOST_TRIES: Final = 3

# An update as Telegram sends it.
Body = Mapping[str, Any]


def known_among(db: Connection, update_ids: Sequence[int]) -> set[int]:
    """Return those of some numbers that stand in the inbox."""
    return {
        update_id
        for update_id in update_ids
        if db.execute("SELECT 1 FROM inbox WHERE update_id = ?", [update_id]).fetchone()
    }


def store(db: Connection, updates: Sequence[Body], now: float) -> list[int]:
    """Write updates down; return the numbers of those that were not there yet."""
    new = []
    for body in updates:
        # In ASCII: half a surrogate pair is JSON, and no text that SQLite takes.
        row = (body["update_id"], now, json.dumps(body))
        query = "INSERT INTO inbox (update_id, received, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        if db.execute(query, row).rowcount:
            new.append(int(body["update_id"]))
    return new


def unfinished(db: Connection) -> list[Body]:
    """Return unfinished updates, oldest first."""
    rows = db.execute("SELECT body FROM inbox WHERE body IS NOT NULL ORDER BY update_id")
    return [json.loads(body) for (body,) in rows]


def mark_begun(db: Connection, update_ids: Iterable[int], begun: bool) -> None:
    """Note whether updates are being handled."""
    db.executemany("UPDATE inbox SET begun = ? WHERE update_id = ?", [(int(begun), number) for number in update_ids])


def count_tries(db: Connection) -> tuple[list[Body], list[int]]:
    """Count a try of each update that was in hand when the last run ended; finish those that had their last try.

    Returns:
        the updates that are set aside; the numbers of the others that have had a try, most tries first.
    """
    db.execute("UPDATE inbox SET tries = tries + 1, begun = 0 WHERE begun <> 0 AND body IS NOT NULL")
    tried = db.execute(
        "SELECT update_id, tries, body FROM inbox WHERE tries > 0 AND body IS NOT NULL ORDER BY tries DESC, update_id"
    ).fetchall()
    given_up = [json.loads(body) for _, tries, body in tried if tries >= MOST_TRIES]
    for body in given_up:
        mark_finished(db, body["update_id"])
    return given_up, [update_id for update_id, tries, _ in tried if tries < MOST_TRIES]


def mark_finished(db: Connection, update_id: int) -> None:
    """Forget what an update said; keep its number."""
    db.execute("UPDATE inbox SET body = NULL, lane = NULL, sender = NULL WHERE update_id = ?", [update_id])


def forget_old(db: Connection, now: float) -> None:
    """Drop the numbers of updates that Telegram cannot deliver again."""
    db.execute("DELETE FROM inbox WHERE body IS NULL AND received < ?", [now - _REMEMBERED])
