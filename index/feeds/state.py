"""What is known of feeds and their entries, in one SQLite file of the data folder.

It is made when the first feed is followed. Each call opens it, does its work as one transaction and closes it again: a
feed is fetched now and then, and more than one program may look at it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

from index.errors import FeedsError
from index.generation.durable import make_folder

FILE: Final = "feeds.sqlite"
# Entries without a file that are remembered.
MOST_WITHOUT_FILE: Final = 10_000
_PATIENCE: Final = 30.0
# Result codes of SQLite for a damaged file: CORRUPT and NOTADB.
_DAMAGE: Final = frozenset({11, 26})
# Appended to, never changed: a file of an earlier version is brought up to date by those it lacks.
_MIGRATIONS: Final = (
    """
    CREATE TABLE feeds (
        address TEXT PRIMARY KEY,
        followed INTEGER NOT NULL DEFAULT 0,
        title TEXT NOT NULL DEFAULT '',
        moved TEXT NOT NULL DEFAULT '',
        etag TEXT NOT NULL DEFAULT '',
        modified TEXT NOT NULL DEFAULT '',
        digest TEXT NOT NULL DEFAULT '',
        usual REAL NOT NULL DEFAULT 0,
        next REAL NOT NULL DEFAULT 0,
        success REAL,
        failures INTEGER NOT NULL DEFAULT 0,
        trouble TEXT NOT NULL DEFAULT '',
        ended INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE entries (
        number INTEGER PRIMARY KEY,
        feed TEXT NOT NULL,
        key TEXT NOT NULL,
        link TEXT NOT NULL,
        title TEXT NOT NULL,
        published TEXT NOT NULL,
        words TEXT NOT NULL,
        path TEXT NOT NULL,
        content TEXT NOT NULL,
        teaser INTEGER NOT NULL,
        tries INTEGER NOT NULL,
        reason TEXT NOT NULL
    ) STRICT;
    CREATE INDEX entries_by_key ON entries (feed, key) WHERE key != '';
    CREATE INDEX entries_by_title ON entries (feed, title, published) WHERE title != '' AND published != '';
    CREATE INDEX entries_by_words ON entries (words) WHERE words != '';
    CREATE INDEX entries_by_link ON entries (link) WHERE link != '';
    CREATE TABLE robots (
        site TEXT PRIMARY KEY,
        until REAL NOT NULL,
        rules TEXT NOT NULL
    ) STRICT;
    CREATE TABLE files (written INTEGER NOT NULL, built INTEGER NOT NULL) STRICT;
    INSERT INTO files VALUES (0, 0);
    """,
)


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed.

    Attributes:
        address: by which it is followed.
        followed: whether a person follows it; else a setting names it, or it was followed before.
        title: as the feed gives it.
        moved: where its server has moved it for good, '' if it has not.
        etag, modified, digest: of the last answer whose entries were all taken; the last is a hash of its body.
        usual: seconds between two fetches.
        next: when it is due, seconds since 1970.
        success: when it was last fetched, seconds since 1970; None if it never was.
        failures: in a row.
        trouble: the last one in one line, '' if there is none.
        ended: whether its server says that it is gone for good.
    """

    address: str
    followed: bool = False
    title: str = ""
    moved: str = ""
    etag: str = ""
    modified: str = ""
    digest: str = ""
    usual: float = 0.0
    next: float = 0.0
    success: float | None = None
    failures: int = 0
    trouble: str = ""
    ended: bool = False


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry that was seen.

    Attributes:
        number: of the row, 0 for a new one.
        feed: the address of the feed that brought it first.
        key: its id, '' if it has none that identifies it.
        link: without what only counts visits, '' if it has none that identifies it.
        title, published: as the feed gives them.
        words: a hash of the feed's text of it, '' for a short text.
        path: of its file, relative to the folder of added articles; '' while it has none.
        content: a hash of what the feed says of it.
        teaser: whether the file holds only what the feed says, though that seems to be a part.
        tries: how often its page was asked for in vain.
        reason: why it has no file, '' if it has one.
    """

    number: int
    feed: str
    key: str
    link: str
    title: str
    published: str
    words: str
    path: str
    content: str
    teaser: bool = False
    tries: int = 0
    reason: str = ""


_FEED: Final = tuple(field.name for field in fields(FeedRow))
_ENTRY: Final = tuple(field.name for field in fields(EntryRow))


class State:
    """The database of one data folder.

    Parameters:
        data: the data folder; nothing is made in it before something is written.
    """

    def __init__(self, data: Path) -> None:
        self._file = data / FILE

    def feeds(self) -> dict[str, FeedRow]:
        """Return what is known of every feed, by its address."""
        if not self._file.exists():
            return {}
        with self._transaction() as db:
            rows = db.execute(f"SELECT {', '.join(_FEED)} FROM feeds").fetchall()
        return {row[0]: _feed(row) for row in rows}

    def put_feed(self, feed: FeedRow) -> None:
        """Store a feed, but for whether a person follows it, which may have changed while it was fetched."""
        known = [name for name in _FEED if name not in ("address", "followed")]
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO feeds (address) VALUES (?)", [feed.address])
            db.execute(
                f"UPDATE feeds SET {', '.join(f'{name} = ?' for name in known)} WHERE address = ?",
                [*(getattr(feed, name) for name in known), feed.address],
            )
            # A feed may name new entries without end; those with a file have a limit of their own.
            db.execute(
                "DELETE FROM entries WHERE feed = ? AND path = '' AND number <= (SELECT max(number) FROM entries) - ?",
                [feed.address, MOST_WITHOUT_FILE],
            )

    def follow(self, address: str, *, followed: bool) -> None:
        """Note whether a person follows a feed; one that is followed anew is due at once."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO feeds (address) VALUES (?)", [address])
            db.execute("UPDATE feeds SET followed = ? WHERE address = ?", [followed, address])
            if followed:
                db.execute("UPDATE feeds SET next = 0, ended = 0, failures = 0 WHERE address = ?", [address])

    def entry(self, wanted: EntryRow, *, by_title: bool) -> EntryRow | None:
        """Return the entry that has this one's id in its feed, else its link, its title and date, or its text.

        The same link or text in another feed is the same entry. One link with another title, date and text is not: some
        pages tell something else each day.

        Parameters:
            by_title: whether title and date tell the entry from others.
        """
        alike = " OR ".join(f"({name} = :{name} AND {name} != '')" for name in ("title", "published", "words"))
        ways = (
            (wanted.key, "feed = :feed AND key = :key"),
            (wanted.link, f"link = :link AND (feed = :feed AND (key = '' OR :key = '') OR {alike})"),
            (by_title, "feed = :feed AND title = :title AND published = :published"),
            (wanted.words, "words = :words"),
        )
        values = {field.name: getattr(wanted, field.name) for field in fields(EntryRow)}
        with self._transaction() as db:
            for value, where in ways:
                if not value:
                    continue
                # Of two, that of the feed itself.
                row = db.execute(
                    f"SELECT {', '.join(_ENTRY)} FROM entries WHERE {where} ORDER BY feed != :feed, number LIMIT 1",
                    values,
                ).fetchone()
                if row:
                    return _entry(row)
        return None

    def put_entry(self, entry: EntryRow, *, wrote: bool = False) -> None:
        """Store an entry; `wrote`: its file is new or changed, which a build has to read."""
        values = [getattr(entry, name) for name in _ENTRY[1:]]
        with self._transaction() as db:
            names = ", ".join(_ENTRY[1:])
            if entry.number:
                marks = ", ".join(f"{name} = ?" for name in _ENTRY[1:])
                db.execute(f"UPDATE entries SET {marks} WHERE number = ?", [*values, entry.number])
            else:
                db.execute(f"INSERT INTO entries ({names}) VALUES ({', '.join('?' * len(values))})", values)
            if wrote:
                db.execute("UPDATE files SET written = written + 1")

    def note_file(self) -> None:
        """Note that a file is about to be written, which a build has to read."""
        with self._transaction() as db:
            db.execute("UPDATE files SET written = written + 1")

    def taken(self) -> dict[str, int]:
        """Return how many entries of each feed have a file."""
        if not self._file.exists():
            return {}
        with self._transaction() as db:
            return dict(db.execute("SELECT feed, count(*) FROM entries WHERE path != '' GROUP BY feed").fetchall())

    def robots(self, site: str, now: float) -> str | None:
        """Return the rules of a site, None where none are known that hold now."""
        with self._transaction() as db:
            row = db.execute("SELECT rules FROM robots WHERE site = ? AND until > ?", [site, now]).fetchone()
        return None if row is None else str(row[0])

    def put_robots(self, site: str, rules: str, until: float, now: float) -> None:
        """Store the rules of a site, and forget those that hold no more."""
        with self._transaction() as db:
            db.execute("DELETE FROM robots WHERE until <= ?", [now])
            db.execute("REPLACE INTO robots (site, until, rules) VALUES (?, ?, ?)", [site, until, rules])

    def unbuilt(self) -> int:
        """Return a number that stands for the files that were written since the last build, 0 if there are none."""
        if not self._file.exists():
            return 0
        with self._transaction() as db:
            written, built = db.execute("SELECT written, built FROM files").fetchone()
        return int(written) if written > built else 0

    def built(self, number: int) -> None:
        """Note that a build has read the files for which `unbuilt` returned the number before it."""
        with self._transaction() as db:
            db.execute("UPDATE files SET built = max(built, ?)", [number])

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        make_folder(self._file.parent)
        try:
            with self._opened() as db:
                yield db
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGE:
                raise
            raise FeedsError(
                f"{self._file} is damaged: put a backup in its place, or move it away and follow the feeds anew"
            ) from error

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._file, timeout=_PATIENCE, isolation_level=None)) as db:
            db.execute("PRAGMA synchronous = FULL")
            db.execute("BEGIN IMMEDIATE")
            try:
                self._migrate(db)
                yield db
            except BaseException:
                db.rollback()
                raise
            db.execute("COMMIT")

    def _migrate(self, db: sqlite3.Connection) -> None:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > len(_MIGRATIONS):
            raise FeedsError(f"{self._file} is of a newer version of this program: install that, or move the file away")
        for statements in _MIGRATIONS[version:]:
            for statement in filter(str.strip, statements.split(";")):
                db.execute(statement)
        if version < len(_MIGRATIONS):
            db.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")


def _feed(row: tuple[object, ...]) -> FeedRow:
    feed = FeedRow(*row)  # type: ignore[arg-type]  # the table is STRICT
    return replace(feed, followed=bool(feed.followed), ended=bool(feed.ended))


def _entry(row: tuple[object, ...]) -> EntryRow:
    entry = EntryRow(*row)  # type: ignore[arg-type]  # the table is STRICT
    return replace(entry, teaser=bool(entry.teaser))
