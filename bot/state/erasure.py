"""Deletes everything that is kept about a person: what /forget does."""

import sqlite3
from dataclasses import dataclass


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
    answered = "SELECT id FROM cards WHERE owner = :person"
    opened = f"SELECT id FROM cards WHERE source IN ({answered})"
    db.execute(
        f"DELETE FROM feedback WHERE person <> :person AND card IN ({answered} UNION {opened})", {"person": person}
    )
    # What others opened of the person's answers goes with these.
    erased = Erased(
        answers=db.execute("DELETE FROM cards WHERE owner = ?", [person]).rowcount,
        turns=db.execute("DELETE FROM turns WHERE person = ?", [person]).rowcount,
        feedback=db.execute("DELETE FROM feedback WHERE person = ?", [person]).rowcount,
        settings=db.execute("DELETE FROM people WHERE id = ?", [person]).rowcount,
    )
    db.execute("DELETE FROM seen_today WHERE person = ?", [person])
    db.execute("DELETE FROM told_to_wait WHERE person = ?", [person])
    db.execute("DELETE FROM broadcast_to WHERE person = ?", [person])
    db.execute("DELETE FROM exports WHERE person = ?", [person])
    return erased
