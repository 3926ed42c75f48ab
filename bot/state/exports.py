"""Exports: who waits for one, and everything that is stored about a person, batch by batch."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bot.state.connection import Connection

# A batch is one short transaction, so that other people's messages go on meanwhile.
_ROWS: Final = 500
_CHARACTERS: Final = 500_000

Row = tuple[Any, ...]
Entry = dict[str, object]


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """An export that somebody waits for.

    Attributes:
        language: of the interface, such as 'en'.
        chat, thread, message: where it was asked for.
        tries: how often it has been begun.
    """

    person: int
    language: str
    chat: int
    thread: int | None
    message: int
    tries: int = 0


def ask(db: Connection, wanted: ExportRequest, now: float) -> bool:
    """Note that a person wants an export; False where they wait for one already."""
    row = (wanted.person, now, wanted.language, wanted.chat, wanted.thread, wanted.message)
    query = """INSERT INTO exports (person, asked, language, chat, thread, message) VALUES (?, ?, ?, ?, ?, ?)
               ON CONFLICT DO NOTHING"""
    return bool(db.execute(query, row).rowcount)


def waiting(db: Connection) -> list[int]:
    """Return the people who wait for an export, in the order in which they asked."""
    return [person for (person,) in db.execute("SELECT person FROM exports ORDER BY asked")]


def begin(db: Connection, person: int) -> ExportRequest | None:
    """Count another try of a person's export; None where it is no longer wanted."""
    db.execute("UPDATE exports SET tries = tries + 1 WHERE person = ?", [person])
    return wanted_by(db, person)


def put_back(db: Connection, person: int) -> None:
    """Do not count a try that was cut short by an orderly stop."""
    db.execute("UPDATE exports SET tries = tries - 1 WHERE person = ?", [person])


def wanted_by(db: Connection, person: int) -> ExportRequest | None:
    """Return the export that a person waits for."""
    query = "SELECT person, language, chat, thread, message, tries FROM exports WHERE person = ?"
    row = db.execute(query, [person]).fetchone()
    return ExportRequest(*row) if row else None


def end(db: Connection, person: int) -> None:
    """Note that a person waits no longer."""
    db.execute("DELETE FROM exports WHERE person = ?", [person])


@dataclass(frozen=True, slots=True)
class Section:
    """A list in the export.

    Attributes:
        query: its rows in order, of `:person`, after the row that begins with `:after1`, `:after2` …
        first: comes before every row.
        entry: makes a JSON object of a row.
    """

    name: str
    query: str
    first: Row
    entry: Callable[[Row], Entry]

    def batch(self, db: Connection, person: int, after: Row) -> list[Row]:
        """Return some rows after the one that begins with `after`; none if there are no more."""
        rows, characters = [], 0
        begun = {f"after{number}": value for number, value in enumerate(after, start=1)}
        for row in db.execute(self.query, {"person": person, **begun}):
            rows.append(row)
            characters += sum(len(value) for value in row if isinstance(value, str))
            if len(rows) == _ROWS or characters > _CHARACTERS:
                break
        return rows

    def place(self, row: Row) -> Row:
        """Return what a row begins with, where the next batch goes on."""
        return row[: len(self.first)]


# Others' words in a card: NULL for none, 0 for the conversation before the question, 1 for the question too.
_OTHERS: Final = "(SELECT max(asked) FROM words_of AS w WHERE w.card = {card})"

SECTIONS: Final = (
    Section(
        "conversation",
        f"""SELECT id, chat, question, reply, created, {_OTHERS.format(card="turns.card")} FROM turns
            WHERE person = :person AND id > :after1 ORDER BY id""",
        (-1,),
        lambda row: {"chat": row[1], "question": None if row[5] else row[2], "reply": row[3], "at": _time(row[4])},
    ),
    Section(
        "messages_with_buttons",
        f"""SELECT kind, created, id, chat, body, {_OTHERS.format(card="cards.id")} FROM cards
            WHERE owner = :person AND (kind, created, id) > (:after1, :after2, :after3) ORDER BY kind, created, id""",
        ("", 0.0, ""),
        lambda row: {"chat": row[3], "kind": row[0], "at": _time(row[1]), "content": _own(row[4], row[5])},
    ),
    Section(
        "feedback",
        f"""SELECT card, verdict, rank, created, body,
                CASE WHEN author = :person THEN {_OTHERS.format(card="feedback.card")} ELSE 1 END
            FROM feedback WHERE person = :person AND card > :after1 ORDER BY card""",
        ("",),
        lambda row: {"verdict": row[1], "rank": row[2], "at": _time(row[3]), "content": _own(row[4], row[5])},
    ),
    Section(
        "watches",
        """SELECT id, chat, question, asked, EXISTS (SELECT 1 FROM watch_words AS o WHERE o.watch = w.id),
               (SELECT json_group_array(article) FROM watch_told AS t WHERE t.watch = w.id)
           FROM watches AS w WHERE person = :person AND id > :after1 ORDER BY id""",
        (-1,),
        lambda row: {
            "chat": row[1],
            "question": None if row[4] else row[2],
            "asked": row[3],
            "told_of_articles": json.loads(row[5]),
        },
    ),
    Section(
        "questions_of_the_last_two_days",
        """SELECT at, update_id, chat FROM asked WHERE person = :person AND (at, update_id) > (:after1, :after2)
           ORDER BY at, update_id""",
        (-1, -1),
        lambda row: {"chat": row[2], "at": _time(row[0])},
    ),
)


def person(db: Connection, id: int) -> Entry:
    """Return what is stored about a person besides the lists; times are ISO 8601."""
    known = db.execute(
        "SELECT since, seen, language, passages, started, blocked FROM people WHERE id = ?", [id]
    ).fetchone()
    since, seen, language, passages, started, blocked = known or (None, None, None, None, 0, 0)
    banned = db.execute("SELECT since FROM bans WHERE id = ?", [id]).fetchone()
    return {
        "id": id,
        "first_seen": _time(since),
        "last_seen": _time(seen),
        "language": language,
        "passages_per_answer": passages,
        "started": bool(started),
        "blocked_the_bot": bool(blocked),
        "banned_since": _time(banned[0]) if banned else None,
    }


def _own(body: str, others: int | None) -> Entry:
    """Return what a body holds but for the words of others."""
    led = ("history", "interpreted_as", "follows")
    hidden = () if others is None else (*led, *(("question", "text") if others else ()))
    return {name: value for name, value in json.loads(body).items() if name not in hidden}


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
