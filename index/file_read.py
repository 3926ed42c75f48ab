"""One file, read and cut: what a process that reads hands to the one that builds, and how it is written in between."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from index.article import Article, Found, Passage, Span
from index.catalog import StoredArticle
from index.copies import signature
from index.passages import Counter, PassageRules, passages
from index.readers import SeedFile, Skipped, read

_FACTS: Final = ("title", "url", "source", "author", "published", "language")


@dataclass(frozen=True, slots=True)
class FileRead:
    """What is in one file.

    Attributes:
        path: relative to the seeds, as in `SeedFile`.
        sha256: of the bytes that were read, in hexadecimal; None where it ended its reader.
        articles: as a catalog is given them; where in their texts headings are is not told any more.
        skipped: what was left out, and why.
        there: whether the system gave it.
    """

    path: str
    sha256: str | None
    articles: tuple[StoredArticle, ...]
    skipped: tuple[Skipped, ...]
    there: bool = True


def cut(article: Article, count: Counter, rules: PassageRules) -> StoredArticle:
    """An article with its passages and everything else that a catalog keeps of it."""
    cuts = passages(article, count, rules)
    return StoredArticle(article, hashlib.sha256(article.text.encode()).hexdigest(), cuts, signature(article, cuts))


def read_file(file: SeedFile, prepare: Callable[[Article], StoredArticle]) -> FileRead:
    """Read a file and prepare its articles to be stored."""
    try:
        raw = file.location.read_bytes()
    except OSError as error:
        return FileRead(file.path, None, (), (unreadable(file, error),), there=False)
    reading = read(file.path, raw)
    articles = tuple(prepare(article) for article in reading.articles)
    return FileRead(file.path, hashlib.sha256(raw).hexdigest(), articles, reading.skipped)


def unreadable(file: SeedFile, error: OSError) -> Skipped:
    """What is said of a file that the system does not give."""
    return Skipped(file.path, f"cannot be read ({error.strerror or error})")


def written(done: FileRead) -> bytes:
    """What is in a file, as JSON."""
    articles = [_article_written(stored) for stored in done.articles]
    skipped = [(skip.path, skip.reason, skip.line) for skip in done.skipped]
    # Names of files may hold bytes that are no text.
    return json.dumps([done.path, done.sha256, articles, skipped, done.there], ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )


def parsed(raw: bytes) -> FileRead:
    """What `written` wrote."""
    path, sha256, articles, skipped, there = json.loads(raw.decode("utf-8", "surrogatepass"))
    return FileRead(
        path, sha256, tuple(map(_article_parsed, articles)), tuple(Skipped(*skip) for skip in skipped), there
    )


def _article_written(stored: StoredArticle) -> tuple[object, ...]:
    article = stored.article
    facts = [(fact.value, fact.where) for fact in (getattr(article, name) for name in _FACTS)]
    cuts = [(cut.span.start, cut.span.end, cut.heading, cut.paragraph) for cut in stored.passages]
    return article.id, article.path, article.text, facts, stored.sha256, cuts, stored.signature.hex()


def _article_parsed(fields: tuple[Any, ...]) -> StoredArticle:
    article_id, path, text, facts, sha256, cuts, minhash = fields
    title, url, source, author, published, language = (Found(value, where) for value, where in facts)
    article = Article(article_id, path, text, title, url, source, author, published, language)
    found = tuple(Passage(Span(start, end), heading, paragraph) for start, end, heading, paragraph in cuts)
    return StoredArticle(article, sha256, found, bytes.fromhex(minhash))
