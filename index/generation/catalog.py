"""Articles and passages of one generation, in SQLite.

Articles and passages are numbered from 0 without gaps, in the order of (path, place in the file): a
passage's number is its row in the vector index and its document in the BM25 index.
"""

import itertools
import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from index.article import UNKNOWN, Article, Found, Passage, Span
from index.engines.among import NO_SOURCE, Origin, day_number
from index.errors import GenerationError
from index.generation.connections import Connections
from index.generation.passage_map import PassageMap
from index.parsers import Skipped

_HEAD: Final = "number, id, path, title, url, source, author, published, language"
_WHERE: Final = "title_where, url_where, source_where, author_where, published_where, language_where"
_PASSAGE: Final = 'number, article, ordinal, start, "end", heading, paragraph'

# '0' is the sign that follows '/'. A file of its own may lie in a folder of the archive's name.
_IN_FILE: Final = """(path = :path OR (path > :path || '/' AND path < :path || '0'
                       AND path NOT IN (SELECT path FROM files)))"""

# Conditions on an article's origin, which the index articles_by_origin answers without reading texts. Sources are one
# value, since SQLite limits how many a query may have. A day may be followed by a 'T' and a time: 'U' comes after that.
_OF_ORIGIN: Final = {
    "sources": "source IN (SELECT value FROM json_each(:sources))",
    "first": "published >= :first",
    "last": "published < :last || 'U'",
}


@dataclass(frozen=True, slots=True)
class ArticleHead:
    """An article without its text. What is not known is None; `title` is '' where there is none."""

    number: int
    id: str
    path: str
    title: str
    url: str | None
    source: str | None
    author: str | None
    published: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage as the catalog holds it.

    Attributes:
        number: its row in the vector index and its document in the BM25 index.
        article: the number of its article.
        ordinal: its place among the passages of that article, from 0.
        heading, paragraph: as in `Passage`.
    """

    number: int
    article: int
    ordinal: int
    span: Span
    heading: str
    paragraph: int = 1


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article ready to be written, with everything about it that later builds and searches need.

    Attributes:
        sha256: of the UTF-8 bytes of its text, in hexadecimal.
        signature: MinHash of its words, as bytes; later builds find copies by it.
    """

    article: Article
    sha256: str
    passages: tuple[Passage, ...]
    signature: bytes


@dataclass(frozen=True, slots=True)
class SeedRecord:
    """A file as a build saw it.

    Attributes:
        whole: whether its articles depend on nothing but its bytes. A file that lost an article because another file
            had its id is parsed again, since that other file may be gone.
    """

    path: str
    sha256: str
    size: int
    whole: bool


class Catalog:
    """A finished catalog, read only. One instance may be used from several threads.

    Raises:
        GenerationError: if the file is not a catalog of this program; from any method, if it can no longer be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._damage_named():
            self._connections = Connections(path)
        try:
            self.article_count = int(self._row("SELECT count(*) FROM articles")[0])
            self.passage_count = int(self._row("SELECT count(*) FROM passages")[0])
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connections.close()

    def files(self) -> dict[str, SeedRecord]:
        """Return every file that the build saw, by its path."""
        rows = self._rows("SELECT path, sha256, size, whole FROM files")
        return {path: SeedRecord(path, sha256, size, bool(whole)) for path, sha256, size, whole in rows}

    def skipped(self) -> list[Skipped]:
        """Return what the build left out, in the order of its report."""
        return [Skipped(*row) for row in self._rows("SELECT path, reason, line FROM skipped ORDER BY rowid")]

    def shared_lines(self) -> frozenset[int]:
        """Return the keys of the lines that many files shared."""
        return frozenset(key for (key,) in self._rows("SELECT key FROM shared_lines"))

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the path and the text of every article."""
        return self._streamed("SELECT path, text FROM articles")

    def passage_map(self) -> PassageMap:
        """Return the place, language and copies of every passage."""
        # Each query is answered from an index, without reading texts.
        counts = np.zeros(self.article_count, np.int64)
        for article, passages in self._rows("SELECT article, count(*) FROM passages GROUP BY article"):
            counts[article] = passages
        starts = np.concatenate([[0], np.cumsum(counts)])
        copies_of = np.arange(self.article_count)
        for number, first in self._rows("SELECT number, copies_of FROM articles WHERE copies_of <> number"):
            copies_of[number] = first
        languages = dict(self._rows("SELECT number, language FROM articles"))
        return PassageMap.of(starts, copies_of, [languages[number] for number in range(self.article_count)])

    def head(self, number: int) -> ArticleHead:
        """Return the article of that number, without its text."""
        return ArticleHead(*self._row(f"SELECT {_HEAD} FROM articles WHERE number = ?", [number]))

    def heads_of(self, numbers: Collection[int]) -> dict[int, ArticleHead]:
        """Return the articles of these numbers, without their text."""
        marks = ", ".join("?" * len(numbers))
        rows = self._rows(f"SELECT {_HEAD} FROM articles WHERE number IN ({marks})", list(numbers))
        return {row[0]: ArticleHead(*row) for row in rows}

    def published(self, numbers: Collection[int]) -> dict[int, str | None]:
        """Return the day on which each of these articles was published."""
        marks = ", ".join("?" * len(numbers))
        return dict(self._rows(f"SELECT number, published FROM articles WHERE number IN ({marks})", list(numbers)))

    def facts(self) -> Iterator[tuple[int, str | None, str, str | None, str | None, str]]:
        """Yield the facts that articles are found by, by number: number, publication, title, source, author, file."""
        return self._streamed("SELECT number, published, title, source, author, path FROM articles ORDER BY number")

    def ids(self) -> list[tuple[str, int]]:
        """Return the id and the number of every article."""
        # Answered from the index of the ids, without reading texts.
        return self._rows("SELECT id, number FROM articles ORDER BY id")

    def heads(self) -> Iterator[ArticleHead]:
        """Return every article without its text, by number."""
        return (ArticleHead(*row) for row in self._rows(f"SELECT {_HEAD} FROM articles ORDER BY number"))

    def source_counts(self) -> dict[str, int]:
        """Count the articles of each source that is known, the commonest first."""
        query = """SELECT source, count(*) AS n FROM articles WHERE source IS NOT NULL
                   GROUP BY source ORDER BY n DESC, source"""
        return dict(self._rows(query))

    def titles(
        self, sources: Collection[str] | None = None, first: str | None = None, last: str | None = None
    ) -> list[tuple[int, str]]:
        """Return the numbers and titles of the articles of these sources that were published within these days.

        Parameters:
            sources: as `source_counts` names them; None for any, also none at all.
            first, last: in ISO 8601; an article without a date is not among them. None for any time.
        """
        where, values = _of_origin(sources, first, last)
        return self._rows(f"SELECT number, title FROM articles WHERE {where}", values)

    def numbers(
        self, sources: Collection[str] | None, first: str | None, last: str | None, most: int = -1
    ) -> NDArray[np.int64]:
        """Return the numbers of those articles, see `titles`, int64, ascending.

        Parameters:
            most: as many of them at most, any of them; -1 for all.
        """
        where, values = _of_origin(sources, first, last)
        query = f"SELECT number FROM articles WHERE {where} LIMIT :most"
        rows = self._rows(query, {**values, "most": most})
        return np.sort(np.fromiter((number for (number,) in rows), np.int64, len(rows)))

    @cached_property
    def source_numbers(self) -> dict[str, int]:
        """Return the number of each source that is known: the number of its first article."""
        return dict(self._rows("SELECT source, min(number) FROM articles WHERE source IS NOT NULL GROUP BY source"))

    def origins(self) -> Iterator[Origin]:
        """Yield the origin of every passage, by number."""
        sources = self.source_numbers
        # Named, since a scan by number would read every text.
        query = "SELECT source, published FROM articles INDEXED BY articles_by_origin ORDER BY number"
        counts = np.diff(self.passage_map().starts).tolist()
        for number, ((source, published), count) in enumerate(zip(self._streamed(query), counts, strict=True)):
            yield from itertools.repeat(Origin(number, sources.get(source, NO_SOURCE), day_number(published)), count)

    def days(self) -> tuple[str, str] | None:
        """Return the first and the last day on which an article was published, in ISO 8601; None where unknown."""
        first, last = self._row("SELECT min(published), max(published) FROM articles")
        return (first[:10], last[:10]) if first else None

    def copies(self, number: int) -> list[ArticleHead]:
        """Return the articles that are the same as that one, or nearly, and the article itself; by number."""
        query = f"""SELECT {_HEAD} FROM articles
                    WHERE copies_of = (SELECT copies_of FROM articles WHERE number = ?) ORDER BY number"""
        return [ArticleHead(*row) for row in self._rows(query, [number])]

    def text(self, number: int) -> tuple[str, str]:
        """Return the text of the article of that number, and the SHA-256 it had when it was parsed."""
        text, sha256 = self._row("SELECT text, sha256 FROM articles WHERE number = ?", [number])
        return text, sha256

    def excerpts(self, number: int, spans: Sequence[Span]) -> tuple[ArticleHead, str, tuple[str, ...]]:
        """Return an article without its text, the SHA-256 its text had when parsed, and the text at these spans."""
        # One query: the row with the text is read once.
        parts = "".join(", substr(text, ?, ?)" for _ in spans)
        values = [value for span in spans for value in (span.start + 1, len(span))]
        row = self._row(f"SELECT {_HEAD}, sha256{parts} FROM articles WHERE number = ?", [*values, number])
        return ArticleHead(*row[:9]), row[9], row[10:]

    def number_of(self, article_id: str) -> int | None:
        """Return the number of the article with that id, None if there is none."""
        rows = self._rows("SELECT number FROM articles WHERE id = ?", [article_id])
        return rows[0][0] if rows else None

    def article(self, number: int) -> Article:
        """Return the article of that number with its text and where each piece of metadata was found."""
        return _article(self._row(f"SELECT {_HEAD}, {_WHERE}, text FROM articles WHERE number = ?", [number]))

    def provenance(self) -> Iterator[Article]:
        """Return every article with where each piece of its metadata was found, without its text; in their order."""
        rows = self._streamed(f"SELECT {_HEAD}, {_WHERE}, '' FROM articles ORDER BY number")
        return (_article(row) for row in rows)

    def stored_articles(self, path: str, size: int = 500) -> Iterator[list[StoredArticle]]:
        """Yield the articles of one file as they were written, `size` at a time; of a file without any, one empty list.

        The articles of an archive are those of the files in it.
        """
        query = f"""SELECT {_HEAD}, {_WHERE}, text, sha256, signature FROM articles
                    WHERE {_IN_FILE} AND number > :last ORDER BY number LIMIT {size}"""
        last = -1
        while True:
            rows = self._rows(query, {"path": path, "last": last})
            if rows or last < 0:
                yield [self._stored(row) for row in rows]
            if len(rows) < size:
                return
            last = rows[-1][0]

    def heads_in(self, path: str) -> list[tuple[ArticleHead, str]]:
        """Return the articles of one file, see `stored_articles`, without their texts; and the SHA-256 of each."""
        query = f"SELECT {_HEAD}, sha256 FROM articles WHERE {_IN_FILE} ORDER BY number"
        return [(ArticleHead(*row[:9]), row[9]) for row in self._rows(query, {"path": path})]

    def changed_at(self, numbers: Collection[int]) -> dict[int, str]:
        """Return when each of these articles' texts changed last, ISO 8601, where that was while it was indexed."""
        if not self._has_changes():
            return {}
        query = "SELECT article, at FROM changes WHERE article IN (SELECT value FROM json_each(?))"
        return dict(self._rows(query, [json.dumps(list(numbers))]))

    def changes(self) -> list[tuple[str, str]]:
        """Return the id of every article whose text changed while it was indexed, and when it did so last."""
        query = "SELECT id, at FROM changes JOIN articles ON number = article"
        return self._rows(query) if self._has_changes() else []

    def _has_changes(self) -> bool:
        # Catalogs of earlier versions have no such table.
        return bool(self._rows("SELECT 1 FROM sqlite_master WHERE name = 'changes'"))

    def _stored(self, row: tuple[Any, ...]) -> StoredArticle:
        *facts, sha256, signature = row
        cuts = tuple(Passage(cut.span, cut.heading, cut.paragraph) for cut in self.passages_of(row[0]))
        return StoredArticle(_article(facts), sha256, cuts, signature)

    def articles_by_path(self) -> list[tuple[str, int]]:
        """Count the articles of each file that has any; a file in an archive is named by its own path."""
        # Answered from the index of the paths, without reading texts.
        return self._rows("SELECT path, count(*) FROM articles GROUP BY path")

    def identities(self) -> Iterator[tuple[str, str]]:
        """Yield the id of every article and the SHA-256 of its text, by number."""
        return self._streamed("SELECT id, sha256 FROM articles ORDER BY number")

    def _streamed(self, query: str) -> Iterator[Any]:
        with self._damage_named(), self._connections.one() as db, closing(db.cursor()) as cursor:
            yield from cursor.execute(query)

    def passages(self, numbers: Sequence[int]) -> dict[int, StoredPassage]:
        """Return the passages of these numbers."""
        marks = ", ".join("?" * len(numbers))
        rows = self._rows(f"SELECT {_PASSAGE} FROM passages WHERE number IN ({marks})", list(numbers))
        if len(rows) != len(set(numbers)):
            raise self._damaged("passages are missing")
        return {row[0]: _passage(row) for row in rows}

    def passages_of(self, article: int) -> list[StoredPassage]:
        """Return the passages of one article, in order."""
        rows = self._rows(f"SELECT {_PASSAGE} FROM passages WHERE article = ? ORDER BY ordinal", [article])
        return [_passage(row) for row in rows]

    def _row(self, query: str, values: Sequence[object] = ()) -> tuple[Any, ...]:
        rows = self._rows(query, values)
        if not rows:
            raise self._damaged("a row is missing")
        return rows[0]

    def _rows(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[tuple[Any, ...]]:
        with self._damage_named(), self._connections.one() as db:
            return db.execute(query, values).fetchall()

    @contextmanager
    def _damage_named(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.ProgrammingError:
            raise
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from error

    def _damaged(self, how: object) -> GenerationError:
        return GenerationError(
            f"{self._path} cannot be read as a catalog ({how}): rebuild it with `python -m index build --clean`"
        )


def _of_origin(
    sources: Collection[str] | None, first: str | None, last: str | None
) -> tuple[str, dict[str, str | None]]:
    """Return the conditions of those that are not None, and their values."""
    values = {"sources": None if sources is None else json.dumps(list(sources)), "first": first, "last": last}
    asked = [condition for name, condition in _OF_ORIGIN.items() if values[name] is not None]
    return " AND ".join(asked) or "TRUE", values


def _article(row: Sequence[Any]) -> Article:
    head, where, text = ArticleHead(*row[:9]), row[9:15], row[15]
    facts = (head.title or None, head.url, head.source, head.author, head.published, head.language)
    title, url, source, author, published, language = (
        Found(value, place) if value is not None else UNKNOWN for value, place in zip(facts, where, strict=True)
    )
    return Article(head.id, head.path, text, title, url, source, author, published, language)


def _passage(row: tuple[Any, ...]) -> StoredPassage:
    number, article, ordinal, start, end, heading, paragraph = row
    return StoredPassage(number, article, ordinal, Span(start, end), heading, paragraph)
