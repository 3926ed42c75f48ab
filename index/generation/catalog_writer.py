"""The writer of a catalog, and its schema."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from index.generation.catalog import Catalog, SeedRecord, StoredArticle
from index.parsers import Skipped
from index.parsers.parsed import holder

SCHEMA: Final = """
CREATE TABLE files (
    path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, size INTEGER NOT NULL, whole INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE shared_lines (key INTEGER PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE skipped (
    path TEXT NOT NULL, line INTEGER, reason TEXT NOT NULL
);
CREATE TABLE articles (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, path TEXT NOT NULL, text TEXT NOT NULL, sha256 TEXT NOT NULL,
    title TEXT NOT NULL, url TEXT, source TEXT, author TEXT, published TEXT, language TEXT,
    title_where TEXT NOT NULL, url_where TEXT NOT NULL, source_where TEXT NOT NULL, author_where TEXT NOT NULL,
    published_where TEXT NOT NULL, language_where TEXT NOT NULL,
    signature BLOB NOT NULL, copies_of INTEGER NOT NULL
);
CREATE INDEX articles_by_path ON articles (path);
CREATE INDEX articles_by_copies ON articles (copies_of);
CREATE INDEX articles_by_language ON articles (language);
CREATE INDEX articles_by_origin ON articles (source, published, title);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles (number), ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, heading TEXT NOT NULL, paragraph INTEGER NOT NULL
);
CREATE UNIQUE INDEX passages_of_article ON passages (article, ordinal);
CREATE TABLE changes (article INTEGER PRIMARY KEY REFERENCES articles (number), at TEXT NOT NULL);
"""


class CatalogWriter:
    """A writer of a new catalog, as a context manager; nothing is to be seen in it before `finish`.

    Raises:
        OSError: where the disk is full or refuses a write.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._articles = 0
        self._passages = 0

    def __enter__(self) -> Self:
        try:
            self._db = sqlite3.connect(self._path, isolation_level=None)
        except sqlite3.OperationalError as error:
            raise self._refused(error) from error
        try:
            # The file is written once, in a folder nobody reads yet; the publisher syncs it.
            self._db.executescript(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
            )
            self._db.executescript(SCHEMA)
            self._db.execute("BEGIN")
        except sqlite3.OperationalError as error:
            self._db.close()
            raise self._refused(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()
        if isinstance(error, sqlite3.OperationalError):
            raise self._refused(error) from error

    def _refused(self, error: sqlite3.OperationalError) -> OSError:
        return OSError(f"{self._path} could not be written: {error}")

    def add_files(self, files: Iterable[SeedRecord], skipped: Iterable[Skipped]) -> None:
        """Store which files were seen and what of them was left out."""
        self._db.executemany(
            "INSERT INTO files VALUES (?, ?, ?, ?)", ((f.path, f.sha256, f.size, f.whole) for f in files)
        )
        self._db.executemany("INSERT INTO skipped VALUES (?, ?, ?)", ((s.path, s.line, s.reason) for s in skipped))

    def add_shared_lines(self, keys: Iterable[int]) -> None:
        """Store the keys of the lines that many files share."""
        self._db.executemany("INSERT INTO shared_lines VALUES (?)", ((key,) for key in sorted(keys)))

    def path_of(self, article_id: str) -> str | None:
        """Return the file of the article with that id, None where no article that was added has it."""
        row = self._db.execute("SELECT path FROM articles WHERE id = ?", (article_id,)).fetchone()
        return None if row is None else str(row[0])

    def add_article(self, stored: StoredArticle) -> int:
        """Add one article and its passages under the next numbers; return the article's."""
        a = stored.article
        facts = (a.title, a.url, a.source, a.author, a.published, a.language)
        values = (a.title.value or "", *(fact.value for fact in facts[1:]))
        row = (self._articles, a.id, a.path, a.text, stored.sha256, *values, *(fact.where for fact in facts))
        self._db.execute(
            f"INSERT INTO articles VALUES ({', '.join('?' * 19)})", (*row, stored.signature, self._articles)
        )
        self._db.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (self._passages + i, self._articles, i, p.span.start, p.span.end, p.heading, p.paragraph)
                for i, p in enumerate(stored.passages)
            ),
        )
        self._articles += 1
        self._passages += len(stored.passages)
        return self._articles - 1

    def missing(self, articles: Iterable[tuple[str, str]]) -> list[str]:
        """Return the ids of those articles of which neither the id nor the text was added, in their order.

        Parameters:
            articles: ids, and the SHA-256 of texts.
        """
        # In a table, which SQLite stores on the disk: a million articles would take much memory.
        self._db.execute("CREATE TEMP TABLE earlier (id TEXT NOT NULL, sha256 TEXT NOT NULL)")
        self._db.executemany("INSERT INTO earlier VALUES (?, ?)", articles)
        missing = self._db.execute(
            """SELECT id FROM earlier WHERE id NOT IN (SELECT id FROM articles)
               AND sha256 NOT IN (SELECT sha256 FROM articles) ORDER BY rowid"""
        ).fetchall()
        self._db.execute("DROP TABLE earlier")
        return [article_id for (article_id,) in missing]

    def note_changes(self, previous: Catalog, unchanged: Collection[str], at: str) -> None:
        """Store when each article's text changed last, where that was while it was indexed.

        A text that differs though its file does not is only parsed otherwise than before.

        Parameters:
            previous: the catalog served until now.
            unchanged: paths of files whose bytes are as they were.
            at: the time of this build, ISO 8601.
        """
        self._db.execute("CREATE TEMP TABLE earlier (id TEXT NOT NULL, sha256 TEXT NOT NULL)")
        self._db.executemany("INSERT INTO earlier VALUES (?, ?)", previous.identities())
        changed = self._db.execute(
            "SELECT a.number, a.path FROM earlier AS e JOIN articles AS a USING (id) WHERE a.sha256 <> e.sha256"
        ).fetchall()
        self._db.execute("DROP TABLE earlier")
        self._db.executemany(
            "INSERT INTO changes SELECT number, ? FROM articles WHERE id = ?",
            ((before, article_id) for article_id, before in previous.changes()),
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO changes VALUES (?, ?)",
            ((number, at) for number, path in changed if holder(path, unchanged) is None),
        )

    def mark_copies(self, copies: Mapping[int, int]) -> None:
        """Store, for articles by number, the number of the first article that they are the same as or nearly."""
        self._db.executemany(
            "UPDATE articles SET copies_of = ? WHERE number = ?", ((first, copy) for copy, first in copies.items())
        )

    def finish(self) -> None:
        """Commit, and leave one self-contained file behind."""
        self._db.execute("COMMIT")
        self._db.execute("PRAGMA optimize")
