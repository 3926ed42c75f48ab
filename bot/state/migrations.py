"""The state database's form: named migrations, applied in order, never changed once they have been released.

`PRAGMA user_version` counts how many of them a file has had. `postgres_schema` says what a new one has to look like, so
that it is one text for both databases.
"""

import sqlite3
from typing import Final

from bot.errors import BotError

MIGRATIONS: Final = (
    (
        "the inbox",
        """
        -- One row an update; the body goes once it is finished, the number stays so that a repetition is known.
        CREATE TABLE inbox (update_id INTEGER PRIMARY KEY, received REAL NOT NULL, body TEXT);
        CREATE INDEX inbox_unfinished ON inbox (update_id) WHERE body IS NOT NULL;
        """,
    ),
    (
        "people, cards, turns, feedback",
        """
        -- language and passages: NULL where the person has not chosen.
        CREATE TABLE people (
            id INTEGER PRIMARY KEY, since REAL NOT NULL, language TEXT, passages INTEGER,
            started INTEGER NOT NULL DEFAULT 0, blocked INTEGER NOT NULL DEFAULT 0, told_private REAL
        );
        CREATE TABLE bans (id INTEGER PRIMARY KEY, since REAL NOT NULL, banned_by INTEGER NOT NULL);
        -- A card is what stands behind a message with buttons.
        CREATE TABLE cards (
            id TEXT PRIMARY KEY, kind TEXT NOT NULL, chat INTEGER NOT NULL, thread INTEGER, message INTEGER,
            question_message INTEGER, owner INTEGER NOT NULL, created REAL NOT NULL, body TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX cards_by_message ON cards (chat, message);
        CREATE INDEX cards_by_question ON cards (chat, question_message);
        CREATE INDEX cards_by_owner ON cards (owner);
        CREATE INDEX cards_by_age ON cards (created);
        CREATE TABLE turns (
            id INTEGER PRIMARY KEY, chat INTEGER NOT NULL, thread INTEGER NOT NULL, person INTEGER NOT NULL,
            question_message INTEGER, card TEXT NOT NULL, question TEXT NOT NULL, reply TEXT NOT NULL,
            created REAL NOT NULL
        );
        CREATE INDEX turns_of_conversation ON turns (chat, thread, person, id);
        CREATE INDEX turns_of_card ON turns (card);
        CREATE TABLE feedback (
            card TEXT NOT NULL, person INTEGER NOT NULL, verdict TEXT NOT NULL, rank INTEGER NOT NULL,
            body TEXT NOT NULL, created REAL NOT NULL, PRIMARY KEY (card, person)
        ) WITHOUT ROWID;
        CREATE INDEX feedback_by_person ON feedback (person);
        """,
    ),
    (
        "limits and days",
        """
        -- at: Telegram's own time of the question, seconds since 1970.
        CREATE TABLE asked (
            update_id INTEGER PRIMARY KEY, person INTEGER NOT NULL, chat INTEGER NOT NULL, at INTEGER NOT NULL
        );
        CREATE INDEX asked_by_person ON asked (person, at);
        CREATE INDEX asked_by_chat ON asked (chat, at);
        CREATE TABLE told_to_wait (
            person INTEGER NOT NULL, chat INTEGER NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (person, chat)
        ) WITHOUT ROWID;
        -- Counts alone, of nobody in particular: they outlive what they were counted from.
        CREATE TABLE days (
            day TEXT NOT NULL, what TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (day, what)
        ) WITHOUT ROWID;
        CREATE TABLE timings (
            day TEXT NOT NULL, bucket INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (day, bucket)
        ) WITHOUT ROWID;
        CREATE TABLE seen_today (
            day TEXT NOT NULL, person INTEGER NOT NULL, PRIMARY KEY (day, person)
        ) WITHOUT ROWID;
        """,
    ),
    (
        "broadcasts, groups, notes",
        """
        CREATE TABLE broadcasts (
            id INTEGER PRIMARY KEY, text TEXT NOT NULL, sent_by INTEGER NOT NULL, chat INTEGER NOT NULL,
            message INTEGER, running INTEGER NOT NULL, created REAL NOT NULL
        );
        CREATE TABLE broadcast_to (
            broadcast INTEGER NOT NULL, person INTEGER NOT NULL, outcome TEXT, PRIMARY KEY (broadcast, person)
        ) WITHOUT ROWID;
        CREATE TABLE groups (id INTEGER PRIMARY KEY, since REAL NOT NULL);
        CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        """,
    ),
    (
        "answers opened by links, exports, chats as senders",
        """
        -- The card that holds the answer, where this one was opened by a link to it; it goes when that goes.
        ALTER TABLE cards ADD COLUMN source TEXT;
        CREATE INDEX cards_by_source ON cards (source) WHERE source IS NOT NULL;
        CREATE TRIGGER opened_cards_go_along AFTER DELETE ON cards
        BEGIN DELETE FROM cards WHERE source = old.id; END;
        DROP INDEX cards_by_owner;
        CREATE INDEX cards_by_owner ON cards (owner, kind, created);
        CREATE INDEX turns_by_person ON turns (person);
        -- chat, thread, message: where it was asked for.
        CREATE TABLE exports (
            person INTEGER PRIMARY KEY, asked REAL NOT NULL, language TEXT NOT NULL, chat INTEGER NOT NULL,
            thread INTEGER, message INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0
        );
        -- Anonymous admins went by one account of Telegram's (1087968824), and write as the group they are in. Of which
        -- channel somebody was who went by the account of all channels (136817688, 777000), nobody can tell any more.
        UPDATE cards SET owner = chat WHERE owner = 1087968824;
        UPDATE turns SET person = chat WHERE person = 1087968824;
        UPDATE asked SET person = chat WHERE person = 1087968824;
        UPDATE OR IGNORE feedback SET person = (SELECT chat FROM cards WHERE id = card)
            WHERE person = 1087968824 AND card IN (SELECT id FROM cards);
        DELETE FROM cards WHERE owner IN (136817688, 777000);
        DELETE FROM turns WHERE person IN (136817688, 777000);
        DELETE FROM asked WHERE person IN (136817688, 777000);
        DELETE FROM feedback WHERE person IN (1087968824, 136817688, 777000);
        DELETE FROM people WHERE id IN (1087968824, 136817688, 777000);
        DELETE FROM bans WHERE id IN (1087968824, 136817688, 777000);
        DELETE FROM told_to_wait WHERE person IN (1087968824, 136817688, 777000);
        DELETE FROM seen_today WHERE person IN (1087968824, 136817688, 777000);
        """,
    ),
    (
        "tries of updates",
        """
        -- begun: whether it is being handled. tries: how many runs ended without stopping while it was.
        ALTER TABLE inbox ADD COLUMN begun INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE inbox ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
        """,
    ),
    (
        "every trace of a person",
        """
        -- When somebody was here last, to a day; NULL where that was before it was noted.
        ALTER TABLE people ADD COLUMN seen REAL;
        -- Whose question the verdict's body holds, and since when that is kept; a verdict itself is younger.
        ALTER TABLE feedback ADD COLUMN author INTEGER;
        ALTER TABLE feedback ADD COLUMN since REAL;
        UPDATE feedback SET since = created;
        UPDATE feedback SET
            author = coalesce(s.owner, c.owner), since = min(feedback.created, coalesce(s.created, c.created))
            FROM cards AS c LEFT JOIN cards AS s ON s.id = c.source WHERE c.id = feedback.card;
        CREATE INDEX feedback_by_author ON feedback (author);
        -- People whose words a card holds beside its owner's; asked: 1 where the question itself is theirs.
        CREATE TABLE words_of (
            card TEXT NOT NULL, person INTEGER NOT NULL, asked INTEGER NOT NULL, PRIMARY KEY (card, person)
        ) WITHOUT ROWID;
        CREATE INDEX words_of_person ON words_of (person);
        -- Broadcasts that have ended are not kept any more.
        DELETE FROM broadcasts WHERE NOT running;
        DELETE FROM broadcast_to WHERE broadcast NOT IN (SELECT id FROM broadcasts);
        -- Groups that have become supergroups: buttons below their old messages still name the old one.
        CREATE TABLE moved (old INTEGER PRIMARY KEY, new INTEGER NOT NULL);
        """,
    ),
    (
        "the language of a card",
        """
        -- Of the message that shows it, such as 'en'; NULL for older cards.
        ALTER TABLE cards ADD COLUMN language TEXT;
        """,
    ),
    (
        "watches",
        """
        -- A question that waits for its answer. same: the question by which a repetition is known; message: that asked;
        -- since: of the last news of it, else when it was asked. A number is never used again.
        CREATE TABLE watches (
            id INTEGER PRIMARY KEY AUTOINCREMENT, person INTEGER NOT NULL, chat INTEGER NOT NULL, thread INTEGER,
            message INTEGER, question TEXT NOT NULL, same TEXT NOT NULL, asked TEXT NOT NULL, language TEXT NOT NULL,
            since REAL NOT NULL
        );
        CREATE UNIQUE INDEX watches_of_person ON watches (person, same);
        CREATE INDEX watches_of_chat ON watches (chat);
        -- People whose words the question holds beside its person's.
        CREATE TABLE watch_words (
            watch INTEGER NOT NULL, person INTEGER NOT NULL, PRIMARY KEY (watch, person)
        ) WITHOUT ROWID;
        CREATE INDEX watch_words_of_person ON watch_words (person);
        -- Articles that told what the person has been told, or is about to be.
        CREATE TABLE watch_told (
            watch INTEGER NOT NULL, article TEXT NOT NULL, PRIMARY KEY (watch, article)
        ) WITHOUT ROWID;
        -- Still to be sent. card: the id that the card will have; '' where the watch has ended. story: ids of articles.
        CREATE TABLE watch_news (
            id INTEGER PRIMARY KEY, watch INTEGER NOT NULL, card TEXT NOT NULL, body TEXT NOT NULL, story TEXT NOT NULL
        );
        CREATE INDEX watch_news_of_watch ON watch_news (watch);
        -- The articles that have been looked at: one row, with the marks of all of them, 8 bytes each.
        CREATE TABLE watch_marks (id INTEGER PRIMARY KEY, generation TEXT NOT NULL, marks BLOB NOT NULL);
        CREATE TRIGGER watches_end AFTER DELETE ON watches
        BEGIN
            DELETE FROM watch_words WHERE watch = old.id;
            DELETE FROM watch_told WHERE watch = old.id;
            DELETE FROM watch_news WHERE watch = old.id;
        END;
        """,
    ),
    (
        "lanes of updates, where several workers share them",
        """
        -- lane: within which it is handled in order; sender: whose other updates it counts with. NULL once it is
        -- finished, and where the bot is alone.
        ALTER TABLE inbox ADD COLUMN lane TEXT;
        ALTER TABLE inbox ADD COLUMN sender TEXT;
        CREATE INDEX inbox_by_lane ON inbox (lane, update_id) WHERE body IS NOT NULL;
        CREATE INDEX inbox_by_sender ON inbox (sender) WHERE body IS NOT NULL;
        """,
    ),
)


def migrate(db: sqlite3.Connection) -> tuple[int, int]:
    """Bring the file to the newest form, each migration in a transaction of its own.

    Returns:
        the form it had before, 0 for a new file, and the one it has now.

    Raises:
        BotError: if the file was made by a newer program.
    """
    done = int(db.execute("PRAGMA user_version").fetchone()[0])
    refuse_newer(done)
    for number, (_, statements) in enumerate(MIGRATIONS[done:], start=done + 1):
        db.executescript(f"BEGIN IMMEDIATE; {statements} PRAGMA user_version = {number}; COMMIT;")
    return done, len(MIGRATIONS)


def refuse_newer(form: int) -> None:
    """Raise if a database's form is none that this program knows.

    Raises:
        BotError: if the database was made by a newer program.
    """
    if form > len(MIGRATIONS):
        raise BotError(
            f"the state database is of form {form}, and this program knows {len(MIGRATIONS)}: it was written by a "
            "newer version; start that one, or restore the backup made before it"
        )
