"""What was said in a conversation: by chat, topic and person, so that nobody's question is read into another's."""

import sqlite3
from typing import Final

from retrieval.conversation import Turn

# Exchanges that a follow-up may lean on.
_REMEMBERED: Final = 3


def history(db: sqlite3.Connection, chat: int, thread: int | None, person: int, before: str = "") -> tuple[Turn, ...]:
    """The last exchanges of a person in a chat, oldest first.

    Parameters:
        before: the id of a card; only what was said before it counts.
    """
    query = """SELECT question, reply FROM turns WHERE chat = ? AND thread = ? AND person = ? AND id < coalesce(
                   (SELECT id FROM turns WHERE card = ?), 9223372036854775807) ORDER BY id DESC LIMIT ?"""
    return _turns(db.execute(query, [chat, thread or 0, person, before, _REMEMBERED]).fetchall())


def leading_to(db: sqlite3.Connection, card: str) -> tuple[Turn, ...]:
    """The conversation that led to a card, and what the card said: what a reply to it goes on from."""
    query = """SELECT t.question, t.reply FROM turns AS t JOIN turns AS last
               ON t.chat = last.chat AND t.thread = last.thread AND t.person = last.person AND t.id <= last.id
               WHERE last.card = ? ORDER BY t.id DESC LIMIT ?"""
    return _turns(db.execute(query, [card, _REMEMBERED]).fetchall())


def said(
    db: sqlite3.Connection,
    chat: int,
    thread: int | None,
    person: int,
    question_message: int | None,
    card: str,
    question: str,
    reply: str,
    now: float,
) -> None:
    """Note an exchange; one that was noted for the same card before is replaced in its place."""
    changed = db.execute("UPDATE turns SET question = ?, reply = ? WHERE card = ?", [question, reply, card])
    if not changed.rowcount:
        db.execute(
            """INSERT INTO turns (chat, thread, person, question_message, card, question, reply, created)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            [chat, thread or 0, person, question_message, card, question, reply, now],
        )


def forget(db: sqlite3.Connection, chat: int, thread: int | None, person: int) -> int:
    """Forget a person's conversation in a chat; return how many exchanges it had."""
    return db.execute(
        "DELETE FROM turns WHERE chat = ? AND thread = ? AND person = ?", [chat, thread or 0, person]
    ).rowcount


def forget_old(db: sqlite3.Connection, before: float) -> int:
    """Delete what was said before that time; return how many exchanges."""
    return db.execute("DELETE FROM turns WHERE created < ?", [before]).rowcount


def _turns(rows: list[tuple[str, str]]) -> tuple[Turn, ...]:
    return tuple(turn for question, reply in reversed(rows) for turn in (Turn("user", question), Turn("agent", reply)))
