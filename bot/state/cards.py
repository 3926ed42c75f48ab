"""Keeps cards: what stands behind each message with buttons, found by a short id that nobody can guess."""

import secrets
import sqlite3
from dataclasses import dataclass
from functools import cache
from typing import Final

from pydantic import TypeAdapter, ValidationError

from bot.cards import KINDS, Card

# 96 random bits: an id is also the right to open a shared answer.
_ID_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class Kept:
    """A card with its place.

    Attributes:
        id: of 16 characters, A-Z a-z 0-9 - _.
        thread: the topic's, None outside of one.
        message: the bot's message that shows it, None until that is sent.
        question_message: the message that asked, None where there is none.
        owner: who may press its buttons.
    """

    id: str
    chat: int
    thread: int | None
    message: int | None
    question_message: int | None
    owner: int
    card: Card


def new_id() -> str:
    """An id for a new card."""
    return secrets.token_urlsafe(_ID_BYTES)


def put(db: sqlite3.Connection, kept: Kept, now: float) -> None:
    """Store a card, or its new content."""
    kind = next(name for name, type_ in KINDS.items() if type(kept.card) is type_)
    body = _adapter(kind).dump_json(kept.card).decode()
    row = (kept.id, kind, kept.chat, kept.thread, kept.message, kept.question_message, kept.owner, now, body)
    db.execute(
        """INSERT INTO cards VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET message = excluded.message, body = excluded.body""",
        row,
    )


def by_id(db: sqlite3.Connection, card: str) -> Kept | None:
    """The card of that id, None where there is none, or none that this version can read."""
    return _kept(db.execute(f"{_SELECT} WHERE id = ?", [card]).fetchone())


def by_message(db: sqlite3.Connection, chat: int, message: int) -> Kept | None:
    """The card that a message of the bot shows."""
    return _kept(db.execute(f"{_SELECT} WHERE chat = ? AND message = ?", [chat, message]).fetchone())


def of_question(db: sqlite3.Connection, chat: int, question_message: int) -> Kept | None:
    """The newest card that answers a message of a person's."""
    query = f"{_SELECT} WHERE chat = ? AND question_message = ? AND kind = 'answer' ORDER BY created DESC LIMIT 1"
    return _kept(db.execute(query, [chat, question_message]).fetchone())


def remove(db: sqlite3.Connection, card: str) -> bool:
    """Delete a card; False where there was none."""
    return bool(db.execute("DELETE FROM cards WHERE id = ?", [card]).rowcount)


def forget_old(db: sqlite3.Connection, before: float) -> int:
    """Delete the cards older than that time; return how many."""
    return db.execute("DELETE FROM cards WHERE created < ?", [before]).rowcount


_SELECT: Final = "SELECT id, chat, thread, message, question_message, owner, kind, body FROM cards"


def _kept(row: tuple[str, int, int | None, int | None, int | None, int, str, str] | None) -> Kept | None:
    if row is None:
        return None
    card, chat, thread, message, question_message, owner, kind, body = row
    try:
        return Kept(card, chat, thread, message, question_message, owner, _adapter(kind).validate_json(body))
    except (ValidationError, KeyError):
        # Written by another version: as good as expired.
        return None


@cache
def _adapter(kind: str) -> TypeAdapter[Card]:
    return TypeAdapter(KINDS[kind])
