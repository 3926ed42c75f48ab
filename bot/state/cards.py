"""Stored cards, the data behind messages with buttons, found by a short id that nobody can guess."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from bot.cards import KINDS, AnswerCard, Card, RemovalsCard
from bot.state.connection import Connection

# 96 random bits: an id is also the right to open a shared answer.
_ID_BYTES: Final = 12
# Cards of each kind that a person can have; the oldest give way. Answers cost questions, which are limited; everything
# else costs nothing, however often somebody asks for it.
MOST_ANSWERS: Final = 2_000
MOST_OTHERS: Final = 100
# A person who has many more, from a version without a bound, loses them bit by bit: deleting takes a while.
_GIVE_WAY_AT_ONCE: Final = 100
# The kind of a card that shows an answer stored in another card.
_OPENED: Final = "opened"


@dataclass(frozen=True, slots=True)
class StoredCard:
    """A card with its place.

    Attributes:
        id: of 16 characters, A-Z a-z 0-9 - _.
        thread: the topic's, None outside of one.
        message: the bot's message that shows it, None until that is sent.
        question_message: the message that asked, None where there is none.
        owner: who may press its buttons.
        source: the card that holds the answer, where it was opened by a link; None where this card holds its own.
        language: of the message that shows it, such as 'en'; None where it is not known.
    """

    id: str
    chat: int
    thread: int | None
    message: int | None
    question_message: int | None
    owner: int
    card: Card
    source: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class _View:
    """The state of a card opened by a link: how the answer is shown there."""

    shown: int
    wide: bool
    verdict: str
    watch: Literal["", "kept", "news", "stopped"] = ""


def new_id() -> str:
    """Return an id for a new card."""
    return secrets.token_urlsafe(_ID_BYTES)


def put(db: Connection, stored: StoredCard, now: float) -> None:
    """Store a new card, or another content of one that is there; what was opened of its old content expires then."""
    if show(db, stored):
        db.execute("DELETE FROM cards WHERE source = ?", [stored.id])
        return
    kind, body = _written(stored)
    db.execute(
        """INSERT INTO cards (id, kind, chat, thread, message, question_message, owner, created, body, source, language)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            stored.id,
            kind,
            stored.chat,
            stored.thread,
            stored.message,
            stored.question_message,
            stored.owner,
            now,
            body,
            stored.source,
            stored.language,
        ),
    )
    _give_way(db, stored, kind)


def show(db: Connection, stored: StoredCard) -> bool:
    """Store how a card is shown now, and by which message; False where it is gone: what was deleted stays deleted."""
    _, body = _written(stored)
    changed = db.execute("UPDATE cards SET message = ?, body = ? WHERE id = ?", [stored.message, body, stored.id])
    return bool(changed.rowcount)


def by_id(db: Connection, card: str) -> StoredCard | None:
    """Return the card of that id; None if there is none, or none that this version can read."""
    return _from_row(db.execute(f"{_SELECT} WHERE c.id = ?", [card]).fetchone())


def by_message(db: Connection, chat: int, message: int) -> StoredCard | None:
    """Return the card that a message of the bot shows."""
    return _from_row(db.execute(f"{_SELECT} WHERE c.chat = ? AND c.message = ?", [chat, message]).fetchone())


def of_question(db: Connection, chat: int, question_message: int) -> StoredCard | None:
    """Return the newest card that answers a person's message, or says what was found of a quote in it."""
    query = f"""{_SELECT} WHERE c.chat = ? AND c.question_message = ? AND c.kind IN ('answer', 'check')
                ORDER BY c.created DESC LIMIT 1"""
    return _from_row(db.execute(query, [chat, question_message]).fetchone())


def removals_asked(db: Connection, asked: str) -> list[StoredCard]:
    """Return the cards by which admins were asked the question of that name, see `RemovalsCard`."""
    rows = db.execute(f"{_SELECT} WHERE c.kind = 'removals'").fetchall()
    found = [stored for row in rows if (stored := _from_row(row)) is not None]
    return [stored for stored in found if isinstance(stored.card, RemovalsCard) and stored.card.asked == asked]


def remove(db: Connection, card: str) -> bool:
    """Delete a card; False where there was none."""
    return bool(db.execute("DELETE FROM cards WHERE id = ?", [card]).rowcount)


def give_way(db: Connection, before: StoredCard) -> None:
    """Delete the card of a message that has been edited into another kind of request, and what was said with it."""
    remove(db, before.id)
    db.execute("DELETE FROM turns WHERE card = ?", [before.id])


def forget_old(db: Connection, before: float) -> int:
    """Delete the cards older than that time; return how many."""
    return db.execute("DELETE FROM cards WHERE created < ?", [before]).rowcount


def note_words(db: Connection, card: str, led: Iterable[int] = (), asked: int | None = None) -> None:
    """Note whose words a card holds beside its owner's, so that /forget and /export of these people reach them.

    A follow-up holds the conversation it is understood from, which may be somebody else's; /ask as a reply asks what
    another wrote; a forwarded question is its author's.

    Parameters:
        led: who spoke in the conversation that led to it.
        asked: who worded the question itself, or the text.
    """
    query = """INSERT INTO words_of VALUES (?, ?, ?) ON CONFLICT (card, person)
               DO UPDATE SET asked = excluded.asked WHERE excluded.asked > words_of.asked"""
    db.executemany(query, [(card, person, 0) for person in led])
    if asked is not None:
        db.execute(query, [card, asked, 1])


def speakers(db: Connection, cards: Iterable[str]) -> set[int]:
    """Return the people whose words cards hold: who asked, who asked an answer opened by a link, and those noted."""
    query = """SELECT owner FROM cards WHERE id IN (:card, (SELECT source FROM cards WHERE id = :card))
               UNION SELECT person FROM words_of WHERE card = :card"""
    return {person for card in cards for (person,) in db.execute(query, {"card": card})}


def forget_words(db: Connection) -> None:
    """Delete what is noted of cards that are gone, with the verdicts on them."""
    db.execute(
        "DELETE FROM words_of WHERE card NOT IN (SELECT id FROM cards) AND card NOT IN (SELECT card FROM feedback)"
    )


def answer_written(card: AnswerCard) -> str:
    """Return an answer as it is stored."""
    return _adapter("answer").dump_json(card).decode()


def answer_read(body: str) -> AnswerCard:
    """Return an answer that was stored, see `answer_written`."""
    card = _adapter("answer").validate_json(body)
    assert isinstance(card, AnswerCard)
    return card


_SELECT: Final = """
    SELECT c.id, c.chat, c.thread, c.message, c.question_message, c.owner, c.source, c.language, c.kind, c.body, s.body
    FROM cards AS c LEFT JOIN cards AS s ON s.id = c.source"""
_Row = tuple[str, int, int | None, int | None, int | None, int, str | None, str | None, str, str, str | None]


def _from_row(row: _Row | None) -> StoredCard | None:
    if row is None:
        return None
    card_id, chat, thread, message, question_message, owner, source, language, kind, body, source_body = row
    try:
        card = _opened(body, source_body) if kind == _OPENED else _adapter(kind).validate_json(body)
    except (ValidationError, KeyError):
        # Written by another version: counts as expired.
        return None
    if card is None:
        return None
    return StoredCard(card_id, chat, thread, message, question_message, owner, card, source, language)


def _opened(body: str, source_body: str | None) -> AnswerCard | None:
    """Return an answer as a card opened by a link shows it: without the conversation, which is its author's."""
    if source_body is None:
        return None
    view, answer = _view().validate_json(body), _adapter("answer").validate_json(source_body)
    assert isinstance(answer, AnswerCard)
    return replace(
        answer,
        history=(),
        on_behalf=True,
        shown=view.shown,
        wide=view.wide,
        verdict=view.verdict,
        watch=view.watch,
        before=None,
    )


def _written(stored: StoredCard) -> tuple[str, str]:
    """Return a card's kind and body."""
    card = stored.card
    if stored.source is not None:
        assert isinstance(card, AnswerCard)
        return _OPENED, _view().dump_json(_View(card.shown, card.wide, card.verdict, card.watch)).decode()
    kind = next(name for name, type_ in KINDS.items() if type(card) is type_)
    return kind, _adapter(kind).dump_json(card).decode()


def _give_way(db: Connection, new: StoredCard, kind: str) -> None:
    """Delete what is too many of the owner's, and what was said with it."""
    most = MOST_ANSWERS if kind in ("answer", "check") else MOST_OTHERS
    surplus = db.execute(
        "SELECT id FROM cards WHERE owner = ? AND kind = ? AND id <> ? ORDER BY created DESC LIMIT ? OFFSET ?",
        [new.owner, kind, new.id, _GIVE_WAY_AT_ONCE, most - 1],
    )
    for (card,) in surplus.fetchall():
        remove(db, card)
        db.execute("DELETE FROM turns WHERE card = ?", [card])


@cache
def _view() -> TypeAdapter[_View]:
    return TypeAdapter(_View)


@cache
def _adapter(kind: str) -> TypeAdapter[Card]:
    return TypeAdapter(KINDS[kind])
