"""Whose words a card holds beside its owner's, so that these people's /forget and nobody else's export reaches them.

A follow-up holds the conversation it is understood from, which may be somebody else's; /ask as a reply asks what
another wrote; a forwarded question is its author's.
"""

import sqlite3
from collections.abc import Iterable


def note(db: sqlite3.Connection, card: str, led: Iterable[int] = (), asked: int | None = None) -> None:
    """Note whose words a card holds beside its owner's.

    Parameters:
        led: who spoke in the conversation that led to it.
        asked: who worded the question itself, or the text.
    """
    query = "INSERT INTO words_of VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET asked = max(asked, excluded.asked)"
    db.executemany(query, [(card, person, 0) for person in led])
    if asked is not None:
        db.execute(query, [card, asked, 1])


def speakers(db: sqlite3.Connection, cards: Iterable[str]) -> set[int]:
    """The people whose words cards hold: who asked, who asked what was opened by a link, and those noted."""
    query = """SELECT owner FROM cards WHERE id IN (:card, (SELECT source FROM cards WHERE id = :card))
               UNION SELECT person FROM words_of WHERE card = :card"""
    return {person for card in cards for (person,) in db.execute(query, {"card": card})}


def forget_gone(db: sqlite3.Connection) -> None:
    """Delete what is noted of cards that are gone, with the verdicts on them."""
    db.execute(
        "DELETE FROM words_of WHERE card NOT IN (SELECT id FROM cards) AND card NOT IN (SELECT card FROM feedback)"
    )
