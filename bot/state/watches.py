"""Watches, the questions that wait for an answer to come; what has been told of each; and the news still to be sent.

News is written down before it is sent, in the same transaction as the articles that tell its story: so that a kill at
any moment neither forgets a piece of news nor tells a story anew.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from bot.state.connection import Connection

# Watches of one person, and of everybody together: each is a question asked again whenever new articles come.
MOST_OF_A_PERSON: Final = 20
MOST: Final = 100_000
# Bytes of an article's mark, see `Retriever.article_marks`.
_MARK: Final = 8
# Marks of articles that are gone are kept as well, until so many times as many are kept as there are articles: an
# article that was taken out for a while is no news when it is back.
_KEPT: Final = 2


@dataclass(frozen=True, slots=True)
class Watch:
    """A question that waits.

    Attributes:
        id: 0 for a new one.
        thread: the topic's, None outside of one.
        message: the person's that asked, to which news replies; None where there is none.
        question: one plain question, with its filters, as it was understood.
        asked: the day on which it was asked, ISO 8601.
        language: of the messages about it, such as 'en'.
    """

    id: int
    person: int
    chat: int
    thread: int | None
    message: int | None
    question: str
    asked: str
    language: str


Outcome = Literal["new", "already", "too many", "full"]


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a watch that somebody asked for; `watch` is None where there is none."""

    outcome: Outcome
    watch: Watch | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that is still to be sent: news, or the word that a watch has ended.

    Attributes:
        id: of the outbox.
        card: the id of the card to send; '' where the watch has ended.
        body: the card as JSON.
        story: the ids of the articles that tell it.
    """

    id: int
    watch: Watch
    card: str
    body: str
    story: frozenset[str]


@dataclass(frozen=True, slots=True)
class Known:
    """The articles that the last completed look has seen.

    Attributes:
        generation: the name of the last generation looked at.
    """

    generation: str
    marks: frozenset[bytes]


_COLUMNS: Final = "w.id, w.person, w.chat, w.thread, w.message, w.question, w.asked, w.language"
# Nothing is sent to somebody who has blocked the bot; their watches sleep until they let it write again.
_AWAKE: Final = "w.chat NOT IN (SELECT id FROM people WHERE blocked <> 0) AND w.person NOT IN (SELECT id FROM bans)"


def add(db: Connection, watch: Watch, authors: Iterable[int], told: Iterable[str], now: float) -> Added:
    """Store a watch, unless the person, or everybody together, has as many as are allowed.

    The same question of the same person is stored once, and its news comes to where it was asked last.

    Parameters:
        authors: the people whose words it holds beside the person's own.
        told: the ids of the articles that the person has seen answer it.
    """
    if (there := find(db, watch.person, watch.question)) is not None:
        db.execute(
            "UPDATE watches SET chat = ?, thread = ?, message = ?, language = ?, since = ? WHERE id = ?",
            [watch.chat, watch.thread, watch.message, watch.language, now, there.id],
        )
        # It would end soon, and somebody still wants it.
        db.execute("DELETE FROM watch_news WHERE watch = ? AND card = ''", [there.id])
        return Added("already", by_id(db, there.id))
    if len(of_person(db, watch.person)) >= MOST_OF_A_PERSON:
        return Added("too many")
    if how_many(db) >= MOST:
        return Added("full")
    same = _same(watch.question)
    (number,) = db.execute(
        """INSERT INTO watches (person, chat, thread, message, question, same, asked, language, since)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id""",
        (
            watch.person,
            watch.chat,
            watch.thread,
            watch.message,
            watch.question,
            same,
            watch.asked,
            watch.language,
            now,
        ),
    ).fetchone()
    words = "INSERT INTO watch_words VALUES (?, ?) ON CONFLICT DO NOTHING"
    db.executemany(words, [(number, author) for author in authors])
    articles = "INSERT INTO watch_told VALUES (?, ?) ON CONFLICT DO NOTHING"
    db.executemany(articles, [(number, article) for article in told])
    return Added("new", by_id(db, number))


def find(db: Connection, person: int, question: str) -> Watch | None:
    """Return a person's watch of a question, whatever its case and white space; None if there is none."""
    query = f"SELECT {_COLUMNS} FROM watches AS w WHERE w.person = ? AND w.same = ?"
    row = db.execute(query, [person, _same(question)]).fetchone()
    return Watch(*row) if row else None


def by_id(db: Connection, watch: int) -> Watch | None:
    """Return the watch of that number; None if there is none."""
    row = db.execute(f"SELECT {_COLUMNS} FROM watches AS w WHERE w.id = ?", [watch]).fetchone()
    return Watch(*row) if row else None


def of_person(db: Connection, person: int, chat: int | None = None) -> list[Watch]:
    """Return a person's watches, the newest first; of one chat, or of all."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM watches AS w WHERE w.person = ? AND w.chat = coalesce(?, w.chat) ORDER BY w.id DESC",
        [person, chat],
    )
    return [Watch(*row) for row in rows]


def how_many(db: Connection) -> int:
    """Count the watches of everybody."""
    (known,) = db.execute("SELECT count(*) FROM watches").fetchone()
    return int(known)


def stop(db: Connection, person: int, watches: Collection[int]) -> int:
    """End these watches of a person; return how many of them there still were."""
    return sum(
        db.execute("DELETE FROM watches WHERE id = ? AND person = ?", [watch, person]).rowcount for watch in watches
    )


def awake(db: Connection, longest: int) -> list[tuple[Watch, frozenset[str]]]:
    """Return the watches to be looked at, with the articles told of: none whose person cannot be told.

    Parameters:
        longest: characters of a question; one that was longer when more was allowed is left out.
    """
    told: dict[int, set[str]] = {}
    for watch, article in db.execute("SELECT watch, article FROM watch_told"):
        told.setdefault(watch, set()).add(article)
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM watches AS w WHERE length(w.question) <= ? AND {_AWAKE} ORDER BY w.id", [longest]
    )
    return [(Watch(*row), frozenset(told.get(row[0], ()))) for row in rows]


def known(db: Connection) -> Known | None:
    """Return the articles that the last completed look has seen; None if there was none."""
    row = db.execute("SELECT generation, marks FROM watch_marks").fetchone()
    if row is None:
        return None
    marks = bytes(row[1])
    return Known(row[0], frozenset(marks[start : start + _MARK] for start in range(0, len(marks), _MARK)))


def looked_at(db: Connection) -> str:
    """Return the name of the generation that was looked at last; '' if there is none."""
    row = db.execute("SELECT generation FROM watch_marks").fetchone()
    return row[0] if row else ""


def note_known(db: Connection, generation: str, marks: frozenset[bytes], before: frozenset[bytes]) -> None:
    """Note that a generation has been looked at.

    Parameters:
        marks: of its articles.
        before: those that were known before.
    """
    both = marks | before
    kept = both if len(both) <= _KEPT * len(marks) or marks <= before else marks
    db.execute(
        """INSERT INTO watch_marks VALUES (1, ?, ?)
           ON CONFLICT (id) DO UPDATE SET generation = excluded.generation, marks = excluded.marks""",
        [generation, b"".join(sorted(kept))],
    )


def forget_known(db: Connection) -> None:
    """Forget which articles are known, unless somebody waits: the first watch begins with the articles of its day."""
    db.execute("DELETE FROM watch_marks WHERE NOT EXISTS (SELECT 1 FROM watches)")


def put_news(db: Connection, watch: int, card: str, body: str, story: Collection[str], now: float) -> bool:
    """Write news down to be sent, with the articles that tell it; False where the watch has gone, or was told of one.

    Parameters:
        card, body: the card to be sent, as in `Piece`.
    """
    if by_id(db, watch) is None:
        return False
    for article in story:
        if db.execute("SELECT 1 FROM watch_told WHERE watch = ? AND article = ?", [watch, article]).fetchone():
            return False
    db.executemany("INSERT INTO watch_told VALUES (?, ?)", [(watch, article) for article in story])
    db.execute(
        "INSERT INTO watch_news (watch, card, body, story) VALUES (?, ?, ?, ?)",
        [watch, card, body, json.dumps(sorted(story))],
    )
    db.execute("UPDATE watches SET since = ? WHERE id = ?", [now, watch])
    return True


def next_piece(db: Connection, in_hand: Collection[int], busy: Collection[int]) -> Piece | None:
    """Return the oldest piece to be sent; None if there is none.

    Parameters:
        in_hand: the numbers of pieces that are being sent.
        busy: the chats that something is being sent to.
    """
    # PostgreSQL knows no empty list; no piece and no chat has the number 0.
    row = db.execute(
        f"""SELECT n.id, n.card, n.body, n.story, {_COLUMNS} FROM watch_news AS n JOIN watches AS w ON w.id = n.watch
            WHERE n.id NOT IN (0{", ?" * len(in_hand)}) AND w.chat NOT IN (0{", ?" * len(busy)})
            ORDER BY n.id LIMIT 1""",
        [*in_hand, *busy],
    ).fetchone()
    if row is None:
        return None
    number, card, body, story, *watch = row
    return Piece(number, Watch(*watch), card, body, frozenset(json.loads(story)))


def may_be_told(db: Connection, piece: Piece) -> bool:
    """Return whether a piece is still to be sent: its watch is there, and not asleep."""
    query = f"SELECT 1 FROM watch_news AS n JOIN watches AS w ON w.id = n.watch WHERE n.id = ? AND {_AWAKE}"
    return db.execute(query, [piece.id]).fetchone() is not None


def settle(db: Connection, piece: int) -> None:
    """Strike a piece off: it was sent, or is not to be. A watch that has ended goes with the word of it."""
    db.execute("DELETE FROM watches WHERE id = (SELECT watch FROM watch_news WHERE id = ? AND card = '')", [piece])
    db.execute("DELETE FROM watch_news WHERE id = ?", [piece])


def untell(db: Connection, piece: Piece, marks: frozenset[bytes]) -> None:
    """Strike a piece off whose article was taken out before it was sent: should it come back, it is news.

    Parameters:
        marks: of the articles that are there; all others are no longer known.
    """
    db.executemany(
        "DELETE FROM watch_told WHERE watch = ? AND article = ?", [(piece.watch.id, one) for one in piece.story]
    )
    settle(db, piece.id)
    if (before := known(db)) is not None:
        left = b"".join(sorted(before.marks & marks))
        db.execute("UPDATE watch_marks SET marks = ?", [left])


def end_old(db: Connection, before: float) -> None:
    """Write down that the watches without news since that time end; each goes when its person has been told."""
    db.execute(
        """INSERT INTO watch_news (watch, card, body, story) SELECT id, '', '', '[]' FROM watches
           WHERE since < ? AND id NOT IN (SELECT watch FROM watch_news)""",
        [before],
    )


def stop_person(db: Connection, person: int) -> int:
    """End every watch of a person, and those of others that hold the person's words; return how many of their own."""
    db.execute("DELETE FROM watches WHERE id IN (SELECT watch FROM watch_words WHERE person = ?)", [person])
    return db.execute("DELETE FROM watches WHERE person = ?", [person]).rowcount


def note_words(db: Connection, watch: int, card: str) -> None:
    """Note that a card of news holds the words of those whose words the question holds, see `cards.note_words`."""
    db.execute(
        """INSERT INTO words_of SELECT ?, person, 1 FROM watch_words WHERE watch = ?
           ON CONFLICT DO NOTHING""",
        [card, watch],
    )


def _same(question: str) -> str:
    return " ".join(question.casefold().split())
