"""Erasure of everything that is stored about a person, for /forget."""

import sqlite3
from dataclasses import dataclass
from typing import Final

from bot.state import broadcasts, cards, inbox
from bot.state.database import count_note

# The note that counts the erasures since the file was last rewritten.
FORGOTTEN: Final = "forgotten"


@dataclass(frozen=True, slots=True)
class Erased:
    """Numbers of deleted rows."""

    answers: int
    turns: int
    feedback: int
    settings: int


def erase(db: sqlite3.Connection, person: int, update_id: int | None = None) -> Erased:
    """Delete everything about a person, in others' cards too, but a ban and the times of their latest questions.

    Those two hold no words, and stay: a command must not lift a limit or a ban. Copies of what is
    deleted may stand in the file and in its log until it is rewritten.

    Parameters:
        update_id: the update that asks for it, which may hold words itself.
    """
    who = {"person": person}
    quoting = "SELECT card FROM words_of WHERE person = :person"
    # Verdicts of others on the person's answers hold the person's questions.
    db.execute(f"DELETE FROM feedback WHERE person <> :person AND (author = :person OR card IN ({quoting}))", who)
    db.execute(f"DELETE FROM turns WHERE person <> :person AND card IN ({quoting} AND asked)", who)
    db.execute(f"DELETE FROM cards WHERE owner <> :person AND id IN ({quoting})", who)
    # A trigger deletes the cards by which others opened these answers.
    erased = Erased(
        answers=db.execute("DELETE FROM cards WHERE owner = ?", [person]).rowcount,
        turns=db.execute("DELETE FROM turns WHERE person = ?", [person]).rowcount,
        feedback=db.execute("DELETE FROM feedback WHERE person = ?", [person]).rowcount,
        settings=db.execute("DELETE FROM people WHERE id = ?", [person]).rowcount,
    )
    cards.forget_words(db)
    broadcasts.forget_sender(db, person)
    for table in ("seen_today", "told_to_wait", "broadcast_to", "exports", "words_of"):
        db.execute(f"DELETE FROM {table} WHERE person = ?", [person])
    db.execute("UPDATE bans SET banned_by = 0 WHERE banned_by = ?", [person])
    count_note(db, FORGOTTEN)
    if update_id is not None:
        inbox.mark_finished(db, update_id)
    return erased
