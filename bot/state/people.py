"""People and groups: what they chose, whether they can be written to, who is banned; and the erasure of a person."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from bot.state import broadcasts, cards, inbox, watches
from bot.state.connection import Connection
from bot.state.database import count_note

# The time of a person's last visit is noted once in this time, seconds: not every message is to be a write.
_NOTED_EVERY: Final = 24 * 3600.0
# The note that counts the erasures since the file was last rewritten.
FORGOTTEN: Final = "forgotten"


@dataclass(frozen=True, slots=True)
class Person:
    """A person's choices, None where they made none.

    Attributes:
        language: of the interface, such as 'en'.
        passages: how many an answer has.
    """

    id: int
    language: str | None = None
    passages: int | None = None


@dataclass(frozen=True, slots=True)
class Census:
    """Numbers of known people and groups."""

    people: int
    groups: int


def how_many(db: Connection) -> Census:
    """Count the people and groups that are known."""
    (known,) = db.execute("SELECT count(*) FROM people").fetchone()
    (groups,) = db.execute("SELECT count(*) FROM groups").fetchone()
    return Census(known, groups)


def note_visit(db: Connection, person: int, now: float, *, private: bool) -> Person:
    """Take note of a person; `private` where they write to the bot itself, and so can be written to."""
    _see(db, person, now)
    if private:
        db.execute("UPDATE people SET started = 1, blocked = 0 WHERE id = ? AND (started = 0 OR blocked = 1)", [person])
    return look_up(db, person)


def look_up(db: Connection, person: int) -> Person:
    """Return a person's choices."""
    row = db.execute("SELECT language, passages FROM people WHERE id = ?", [person]).fetchone()
    return Person(person, *row) if row else Person(person)


def choose(db: Connection, person: int, now: float, *, language: str | None, passages: int | None) -> None:
    """Note a person's choices; None: as by default."""
    note_visit(db, person, now, private=False)
    db.execute("UPDATE people SET language = ?, passages = ? WHERE id = ?", [language, passages, person])


def set_blocked(db: Connection, person: int, *, blocked: bool) -> None:
    """Note that a person has blocked the bot, or lets it write again."""
    db.execute("UPDATE people SET blocked = ? WHERE id = ?", [int(blocked), person])


def writable(db: Connection) -> list[int]:
    """Return the people who started the bot and neither blocked it nor are banned."""
    rows = db.execute(
        "SELECT id FROM people WHERE started <> 0 AND blocked = 0 AND id NOT IN (SELECT id FROM bans) ORDER BY id"
    )
    return [person for (person,) in rows]


def ban(db: Connection, person: int, by: int, now: float) -> bool:
    """Ban a person; False if they were banned already."""
    return bool(db.execute("INSERT INTO bans VALUES (?, ?, ?) ON CONFLICT DO NOTHING", [person, now, by]).rowcount)


def unban(db: Connection, person: int) -> bool:
    """Lift a ban; False if there was none."""
    return bool(db.execute("DELETE FROM bans WHERE id = ?", [person]).rowcount)


def is_banned(db: Connection, person: int) -> bool:
    """Return whether a person is banned."""
    return db.execute("SELECT 1 FROM bans WHERE id = ?", [person]).fetchone() is not None


def told_private(db: Connection, person: int, now: float, again_after: float) -> bool:
    """Return whether a person who may not ask was told so within `again_after` seconds; note them as told now."""
    _see(db, person, now)
    # A time in the future was noted by a clock that had jumped.
    changed = db.execute(
        """UPDATE people SET told_private = ?
           WHERE id = ? AND (told_private IS NULL OR told_private < ? OR told_private > ?)""",
        [now, person, now - again_after, now],
    )
    return not changed.rowcount


def forget_old(db: Connection, before: float) -> int:
    """Delete the people who were here last before that time, to a day, and wait for nothing; return how many."""
    return db.execute("DELETE FROM people WHERE seen < ? AND id NOT IN (SELECT person FROM watches)", [before]).rowcount


def _see(db: Connection, person: int, now: float) -> None:
    db.execute("INSERT INTO people (id, since, seen) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", [person, now, now])
    db.execute(
        "UPDATE people SET seen = ? WHERE id = ? AND (seen IS NULL OR seen < ?)", [now, person, now - _NOTED_EVERY]
    )


def join(db: Connection, group: int, now: float) -> None:
    """Note a group that the bot is in."""
    db.execute("INSERT INTO groups VALUES (?, ?) ON CONFLICT DO NOTHING", [group, now])


def leave(db: Connection, group: int) -> None:
    """Forget a group that the bot is no longer in, with everything said there."""
    for table, column in (
        ("groups", "id"),
        ("cards", "chat"),
        ("turns", "chat"),
        ("asked", "chat"),
        ("told_to_wait", "chat"),
        ("watches", "chat"),
    ):
        db.execute(f"DELETE FROM {table} WHERE {column} = ?", [group])


def migrate_group(db: Connection, old: int, new: int) -> None:
    """Move a group's state to the supergroup that it has become, with another id.

    Messages get other numbers there, so cards lose theirs: a button still finds its card
    by its own id.
    """
    db.execute("INSERT INTO moved VALUES (?, ?) ON CONFLICT (old) DO UPDATE SET new = excluded.new", [old, new])
    # What the supergroup has already gives way.
    db.execute("DELETE FROM groups WHERE id = ? AND EXISTS (SELECT 1 FROM groups WHERE id = ?)", [new, old])
    db.execute("UPDATE groups SET id = ? WHERE id = ?", [new, old])
    db.execute("UPDATE cards SET chat = ?, message = NULL, question_message = NULL WHERE chat = ?", [new, old])
    db.execute("UPDATE turns SET chat = ?, question_message = NULL WHERE chat = ?", [new, old])
    db.execute("UPDATE asked SET chat = ? WHERE chat = ?", [new, old])
    told = "SELECT person FROM told_to_wait WHERE chat = ?"
    db.execute(f"DELETE FROM told_to_wait WHERE chat = ? AND person IN ({told})", [new, old])
    db.execute("UPDATE told_to_wait SET chat = ? WHERE chat = ?", [new, old])
    db.execute("UPDATE broadcasts SET chat = ?, message = NULL WHERE chat = ?", [new, old])
    db.execute("UPDATE exports SET chat = ? WHERE chat = ?", [new, old])
    db.execute("UPDATE watches SET chat = ?, message = NULL WHERE chat = ?", [new, old])
    # Whoever writes in the name of the group, as its anonymous admins do, goes by its id.
    same = "SELECT same FROM watches WHERE person = ?"
    db.execute(f"DELETE FROM watches WHERE person = ? AND same IN ({same})", [new, old])
    db.execute("UPDATE watches SET person = ? WHERE person = ?", [new, old])


def group_now(db: Connection, chat: int) -> int:
    """Return the chat that a group has become; any other chat itself."""
    row = db.execute("SELECT new FROM moved WHERE old = ?", [chat]).fetchone()
    return row[0] if row else chat


def moved_from(db: Connection, groups: Collection[int]) -> set[int]:
    """Return the supergroups that these groups have become."""
    return {now for group in groups if (now := group_now(db, group)) != group}


@dataclass(frozen=True, slots=True)
class Erased:
    """Numbers of deleted rows."""

    answers: int
    turns: int
    feedback: int
    settings: int
    watches: int = 0


def erase(db: Connection, person: int, update_id: int | None = None) -> Erased:
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
    db.execute(f"DELETE FROM turns WHERE person <> :person AND card IN ({quoting} AND asked <> 0)", who)
    db.execute(f"DELETE FROM cards WHERE owner <> :person AND id IN ({quoting})", who)
    # A trigger deletes the cards by which others opened these answers.
    erased = Erased(
        answers=db.execute("DELETE FROM cards WHERE owner = ?", [person]).rowcount,
        turns=db.execute("DELETE FROM turns WHERE person = ?", [person]).rowcount,
        feedback=db.execute("DELETE FROM feedback WHERE person = ?", [person]).rowcount,
        settings=db.execute("DELETE FROM people WHERE id = ?", [person]).rowcount,
        watches=watches.stop_person(db, person),
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
