"""Everything that is kept about a person: handed out by /export, deleted by /forget."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was deleted."""

    answers: int
    turns: int
    feedback: int
    settings: int

    @property
    def total(self) -> int:
        """Everything taken together."""
        return self.answers + self.turns + self.feedback + self.settings


def erase(db: sqlite3.Connection, person: int) -> Erased:
    """Delete everything about a person but a ban and the times of their questions of the last day.

    Those two stay since a limit or a ban that a command lifts is none; they hold no words.
    """
    # Verdicts of others on the person's answers hold the person's questions.
    answered = "SELECT id FROM cards WHERE owner = ?"
    db.execute(f"DELETE FROM feedback WHERE person <> ? AND card IN ({answered})", [person, person])
    # Whoever opened a shared answer has a card of their own; the person's are gone.
    erased = Erased(
        answers=db.execute("DELETE FROM cards WHERE owner = ?", [person]).rowcount,
        turns=db.execute("DELETE FROM turns WHERE person = ?", [person]).rowcount,
        feedback=db.execute("DELETE FROM feedback WHERE person = ?", [person]).rowcount,
        settings=db.execute("DELETE FROM people WHERE id = ?", [person]).rowcount,
    )
    db.execute("DELETE FROM seen_today WHERE person = ?", [person])
    db.execute("DELETE FROM told_to_wait WHERE person = ?", [person])
    db.execute("DELETE FROM broadcast_to WHERE person = ?", [person])
    return erased


def exported(db: sqlite3.Connection, person: int) -> dict[str, object]:
    """Everything about a person, as plain JSON values; times are ISO 8601."""
    known = db.execute(
        "SELECT since, language, passages, started, blocked FROM people WHERE id = ?", [person]
    ).fetchone()
    since, language, passages, started, blocked = known or (None, None, None, 0, 0)
    banned = db.execute("SELECT since FROM bans WHERE id = ?", [person]).fetchone()
    return {
        "person": {
            "id": person,
            "first_seen": _time(since),
            "language": language,
            "passages_per_answer": passages,
            "started": bool(started),
            "blocked_the_bot": bool(blocked),
            "banned_since": _time(banned[0]) if banned else None,
        },
        "conversation": [
            {"chat": chat, "question": question, "reply": reply, "at": _time(at)}
            for chat, question, reply, at in db.execute(
                "SELECT chat, question, reply, created FROM turns WHERE person = ? ORDER BY id", [person]
            )
        ],
        "messages_with_buttons": [
            {"chat": chat, "kind": kind, "at": _time(at), "content": json.loads(body)}
            for chat, kind, at, body in db.execute(
                "SELECT chat, kind, created, body FROM cards WHERE owner = ? ORDER BY created, id", [person]
            )
        ],
        "feedback": [
            {"verdict": verdict, "rank": rank, "at": _time(at), "content": json.loads(body)}
            for verdict, rank, at, body in db.execute(
                "SELECT verdict, rank, created, body FROM feedback WHERE person = ? ORDER BY created", [person]
            )
        ],
        "questions_of_the_last_two_days": [
            {"chat": chat, "at": _time(at)}
            for chat, at in db.execute("SELECT chat, at FROM asked WHERE person = ? ORDER BY at", [person])
        ],
    }


def _time(seconds: Any) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
