"""Turns of conversations, by chat, topic and person, so that nobody's question is read into another's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.state.connection import Connection
from retrieval.question.conversation import Turn

# Exchanges that a follow-up may lean on.
_REMEMBERED: Final = 3
# A conversation is over after so long, seconds, unless somebody replies to an answer of it: an answer is stored as
# long as the oldest words it is understood from.
_RESTS: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its reply.

    Attributes:
        person: who asked.
        card: that holds the answer.
        created: seconds since 1970.
    """

    question: str
    reply: str
    person: int
    card: str
    created: float


def history(
    db: Connection, chat: int, thread: int | None, person: int, now: float, before: str = ""
) -> tuple[Exchange, ...]:
    """Return the last exchanges of a person in a chat, oldest first.

    Parameters:
        before: the id of a card; only what was said before it counts.
    """
    query = """SELECT question, reply, person, card, created FROM turns
               WHERE chat = ? AND thread = ? AND person = ? AND created > ? AND id < coalesce(
                   (SELECT min(id) FROM turns WHERE card = ?), 9223372036854775807) ORDER BY id DESC LIMIT ?"""
    return _exchanges(db.execute(query, [chat, thread or 0, person, now - _RESTS, before, _REMEMBERED]).fetchall())


def leading_to(db: Connection, card: str) -> tuple[Exchange, ...]:
    """Return the conversation that led to a card, and the card's reply: a reply to it goes on from there."""
    query = """SELECT t.question, t.reply, t.person, t.card, t.created FROM turns AS t JOIN turns AS last
               ON t.chat = last.chat AND t.thread = last.thread AND t.person = last.person AND t.id <= last.id
               WHERE last.card = ? ORDER BY t.id DESC LIMIT ?"""
    return _exchanges(db.execute(query, [card, _REMEMBERED]).fetchall())


def as_turns(exchanges: Sequence[Exchange]) -> tuple[Turn, ...]:
    """Return exchanges as the turns of a conversation."""
    return tuple(turn for one in exchanges for turn in (Turn("user", one.question), Turn("agent", one.reply)))


def note_exchange(
    db: Connection,
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


def forget(db: Connection, chat: int, thread: int | None, person: int) -> int:
    """Forget a person's conversation in a chat; return how many exchanges it had."""
    return db.execute(
        "DELETE FROM turns WHERE chat = ? AND thread = ? AND person = ?", [chat, thread or 0, person]
    ).rowcount


def forget_old(db: Connection, before: float) -> int:
    """Delete what was said before that time; return how many exchanges."""
    return db.execute("DELETE FROM turns WHERE created < ?", [before]).rowcount


def _exchanges(rows: list[tuple[str, str, int, str, float]]) -> tuple[Exchange, ...]:
    return tuple(Exchange(*row) for row in reversed(rows))
