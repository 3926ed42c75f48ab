"""Messages between a build and a process that parses untrusted files.

A build sends its orders and requests, and the process answers with the content of each file.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from index.article import Article, Found, Passage, Span
from index.generation.catalog import StoredArticle
from index.parsers import SeedFile, Skipped
from index.parsers.parsed import why
from index.passage_rules import PassageRules

HEADER: Final = 8
# Bytes of a file, or of a line where a format goes by lines.
SIZE_LIMIT: Final = 20_000_000
_FACTS: Final = ("title", "url", "source", "author", "published", "language")


@dataclass(frozen=True, slots=True)
class FileRead:
    """The content of one file, or of a part of it.

    Attributes:
        path: relative to the seeds, as in `SeedFile`.
        sha256: of the bytes that were read, in hexadecimal; None where the file ended the process.
        articles: as a catalog stores them, without the places of headings.
        skipped: what was left out, and why.
        there: False where the system did not give the file; its content is then unknown, and `skipped` says why.
        more: whether another part of the file follows; only the last part has the SHA-256.
    """

    path: str
    sha256: str | None
    articles: tuple[StoredArticle, ...]
    skipped: tuple[Skipped, ...]
    there: bool = True
    more: bool = False


def raise_memory_error(path: str, articles: Sequence[object], skipped: Sequence[Skipped]) -> None:
    """Raise MemoryError where a parser that may not end a build has reported one as a fault of this file.

    What it reports of a file in an archive is that file's, and no error here.
    """
    if not articles and any(skip.path == path and skip.reason.endswith(MemoryError.__name__) for skip in skipped):
        raise MemoryError


def unreadable(file: SeedFile, error: OSError) -> Skipped:
    """Return the entry for a file that the system does not give."""
    return Skipped(file.path, f"cannot be read: {why(error)}")


def written(done: FileRead) -> bytes:
    """Return the content of a file as JSON."""
    articles = [_article_written(stored) for stored in done.articles]
    skipped = [(skip.path, skip.reason, skip.line) for skip in done.skipped]
    # Names of files may hold bytes that are no text.
    return json.dumps([done.path, done.sha256, articles, skipped, done.there, done.more], ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )


def parsed(raw: bytes) -> FileRead:
    """Return the content that `written` wrote."""
    path, sha256, articles, skipped, there, more = json.loads(raw.decode("utf-8", "surrogatepass"))
    return FileRead(
        path, sha256, tuple(map(_article_parsed, articles)), tuple(Skipped(*skip) for skip in skipped), there, more
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


@dataclass(frozen=True, slots=True)
class Orders:
    """Settings for parsing and cutting files.

    Attributes:
        tokenizer: the file of the model's tokenizer.
        seconds: of processor time that a file may take, or a part of one.
        memory: bytes of address space that the process may take; it is started with that limit.
        longest: bytes that a line may have in formats that go by lines.
        shared: keys of the lines that many files share, see `shared_lines`.
    """

    tokenizer: str
    rules: PassageRules
    seconds: float
    memory: int
    longest: int = SIZE_LIMIT
    shared: tuple[int, ...] = ()

    def written(self) -> bytes:
        """Return these orders as JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def parsed(cls, raw: bytes) -> "Orders":
        """Return the orders that `written` wrote."""
        fields = json.loads(raw)
        return cls(**{**fields, "rules": PassageRules(**fields["rules"]), "shared": tuple(fields["shared"])})


def request(file: SeedFile) -> bytes:
    """Return the message that requests a file."""
    root = None if file.root is None else str(file.root)
    return json.dumps([file.path, str(file.location), file.size, root]).encode("utf-8", "surrogatepass")


def requested(message: bytes) -> SeedFile:
    """Return the file that `request` named."""
    path, location, size, root = json.loads(message.decode("utf-8", "surrogatepass"))
    return SeedFile(path, Path(location), size, None if root is None else Path(root))


def framed(message: bytes) -> bytes:
    """Return a message with its length in front."""
    return len(message).to_bytes(HEADER, "big") + message
