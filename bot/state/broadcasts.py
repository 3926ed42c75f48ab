"""Broadcasts and the people who are still to get them, so that a restart neither forgets nor repeats."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.state.connection import Connection


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A broadcast that runs.

    Attributes:
        chat, message: where its progress is shown.
    """

    id: int
    text: str
    sent_by: int
    chat: int
    message: int | None


@dataclass(frozen=True, slots=True)
class Tally:
    """Progress of a broadcast."""

    total: int
    sent: int
    blocked: int
    failed: int

    @property
    def done(self) -> int:
        """Return the number of people who have been dealt with."""
        return self.sent + self.blocked + self.failed


@dataclass(frozen=True, slots=True)
class Shown:
    """The message that shows a broadcast's progress; None in a group that has not been shown it yet."""

    chat: int
    message: int | None


def begin(db: Connection, text: str, by: int, chat: int, message: int | None, people: Sequence[int], now: float) -> int:
    """Write down a broadcast and everybody who is to get it; return its number."""
    (number,) = db.execute(
        """INSERT INTO broadcasts (text, sent_by, chat, message, running, created) VALUES (?, ?, ?, ?, 1, ?)
           RETURNING id""",
        [text, by, chat, message, now],
    ).fetchone()
    db.executemany("INSERT INTO broadcast_to VALUES (?, ?, NULL)", [(number, person) for person in people])
    return int(number)


def running(db: Connection) -> list[Broadcast]:
    """Return the broadcasts that have not ended."""
    rows = db.execute("SELECT id, text, sent_by, chat, message FROM broadcasts WHERE running <> 0 ORDER BY id")
    return [Broadcast(*row) for row in rows]


def next_person(db: Connection, broadcast: int) -> int | None:
    """Return somebody who has not got it yet, None if everybody has."""
    query = "SELECT person FROM broadcast_to WHERE broadcast = ? AND outcome IS NULL ORDER BY person LIMIT 1"
    row = db.execute(query, [broadcast]).fetchone()
    return row[0] if row else None


def note(db: Connection, broadcast: int, person: int, outcome: str) -> None:
    """Note what became of it for a person: 'sent', 'blocked' or 'failed'."""
    db.execute("UPDATE broadcast_to SET outcome = ? WHERE broadcast = ? AND person = ?", [outcome, broadcast, person])


def tally(db: Connection, broadcast: int) -> Tally:
    """Return its progress."""
    counts = dict(
        db.execute(
            "SELECT coalesce(outcome, ''), count(*) FROM broadcast_to WHERE broadcast = ? GROUP BY 1", [broadcast]
        )
    )
    return Tally(sum(counts.values()), counts.get("sent", 0), counts.get("blocked", 0), counts.get("failed", 0))


def place(db: Connection, broadcast: int) -> Shown | None:
    """Return where its progress is shown; None if it is not, or no longer."""
    row = db.execute("SELECT chat, message FROM broadcasts WHERE id = ? AND chat <> 0", [broadcast]).fetchone()
    return Shown(*row) if row else None


def show(db: Connection, broadcast: int, message: int | None) -> None:
    """Note the message that shows its progress."""
    db.execute("UPDATE broadcasts SET message = ? WHERE id = ?", [message, broadcast])


def end(db: Connection, broadcast: int) -> None:
    """Forget the text and the recipients of a broadcast that has ended."""
    db.execute("DELETE FROM broadcasts WHERE id = ?", [broadcast])
    db.execute("DELETE FROM broadcast_to WHERE broadcast = ?", [broadcast])


def forget_sender(db: Connection, person: int) -> None:
    """Stop what a person broadcasts, and forget what it said; whoever sends it finds nobody left, and ends it."""
    db.execute("DELETE FROM broadcast_to WHERE broadcast IN (SELECT id FROM broadcasts WHERE sent_by = ?)", [person])
    db.execute("UPDATE broadcasts SET text = '', sent_by = 0, chat = 0, message = NULL WHERE sent_by = ?", [person])


def forget_old(db: Connection, before: float) -> None:
    """Delete those begun before that time."""
    db.execute("DELETE FROM broadcasts WHERE created < ?", [before])
    db.execute("DELETE FROM broadcast_to WHERE broadcast NOT IN (SELECT id FROM broadcasts)")
