"""The promises of every parser for any file: sound text, spans within it, passages in order, reasons in one line."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from index.article import Article, Passage
from index.parsers import Parsed, read
from index.parsers.note_markup import ANY
from index.passages import passages
from tests.fuzz.packed import PACKED

# The kinds of hostile files, and the suffix of each.
SUFFIXES: Final = {
    "text": "txt",
    "markdown": "md",
    "html": "html",
    "jsonl": "jsonl",
    "json": "json",
    "table": "csv",
    "feed": "xml",
    "chat": "txt",
    **{name: name for name in PACKED},
}
_PIECE: Final = re.compile(r"\w{1,4}|[^\w\s]")


class BrokenPromiseError(AssertionError):
    """A promise that a parser broke; the message says which."""


def cut(article: Article) -> tuple[Passage, ...]:
    """Return the passages of an article, by about as many wordpieces as a tokenizer of English takes."""
    return passages(article, lambda texts: [len(_PIECE.findall(text)) for text in texts])


def check(kind: str, raw: bytes) -> None:
    """Parse and cut one file.

    Raises:
        BrokenPromiseError: if the result is not what every parser promises.
    """
    path = f"file.{SUFFIXES[kind]}"
    reading = read(path, raw)
    for promise in _broken(kind, raw, reading):
        raise BrokenPromiseError(promise)


def check_twice(kind: str, raw: bytes) -> None:
    """Parse and cut one file two times.

    Raises:
        BrokenPromiseError: if the results differ.
    """
    path = f"file.{SUFFIXES[kind]}"
    first, second = read(path, raw), read(path, raw)
    if first != second or [cut(one) for one in first.articles] != [cut(one) for one in second.articles]:
        raise BrokenPromiseError("read twice, it gave two results")


def _broken(kind: str, raw: bytes, reading: Parsed) -> Iterator[str]:
    """Yield the promises that a result breaks."""
    if not reading.articles and not reading.skipped and kind != "jsonl":
        yield "neither an article nor a reason"
    for skipped in reading.skipped:
        if not skipped.reason.strip() or len(skipped.reason.splitlines()) != 1 or not _is_sound(skipped.reason):
            yield f"a reason that is no line: {skipped.reason!r}"
        if len(skipped.reason) > 1_000:
            yield f"a reason of {len(skipped.reason)} characters"
    if len({article.id for article in reading.articles}) != len(reading.articles):
        yield "two articles of one id"
    for article in reading.articles:
        yield from _broken_by(article)
    # Of Markdown, what only a program understands is taken out.
    is_file = kind == "text" or (kind == "markdown" and not ANY.search(raw.decode(errors="replace")))
    if is_file and reading.articles:
        yield from _not_the_file(raw, reading.articles[0].text)


def _broken_by(article: Article) -> Iterator[str]:
    text = article.text
    known = (article.title, article.url, article.source, article.author, article.published, article.language)
    if not text.strip() or not _is_sound(text):
        yield "a text that is blank or not sound"
    for value in (article.id, *(each.value or "" for each in known)):
        if not _is_sound(value) or len(value) > 2_100:
            yield f"metadata that are not sound: {value[:80]!r}"
    if not all((each.value is None) == (each.where == "unknown") for each in known):
        yield "metadata that come from nowhere"
    for spans in (article.headings, article.outside):
        if not all(span.end <= len(text) and span.of(text).strip() for span in spans):
            yield "a heading or a span outside that is blank or not within the text"
        if not all(one.end <= other.start for one, other in pairwise(spans)):
            yield "headings or spans outside that overlap"
    passages = cut(article)
    if not all(passage.span.end <= len(text) and passage.span.of(text).strip() for passage in passages):
        yield "a passage that is blank or not within the text"
    spans = tuple(passage.span for passage in passages)
    if not all(one.start < other.start and one.end < other.end for one, other in pairwise(spans)):
        yield "passages that are not in order"
    if any(wall.meets(span) for span in spans for wall in article.outside):
        yield "a passage that runs into what is outside"
    # One may begin with a heading that is a sentence.
    if any(wall.meets(span) and span.start < wall.start for span in spans for wall in article.headings):
        yield "a passage that runs into a heading"


def _not_the_file(raw: bytes, text: str) -> Iterator[str]:
    """Yield a complaint if valid UTF-8 gave another text than the file, its byte order mark aside."""
    try:
        whole = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return
    if not raw.startswith((b"\xff\xfe", b"\xfe\xff")) and text != whole:
        yield "a text that is not the file"


def _is_sound(words: str) -> bool:
    return "\0" not in words and not any("\ud800" <= character <= "\udfff" for character in words)
