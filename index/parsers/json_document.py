"""The parser of `.json`: the articles anywhere in a JSON document, and the exports of chat programs."""

import json
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final

from index.metadata import found
from index.parsers.charset import decode
from index.parsers.chat import Chat, chats_in, daily_articles
from index.parsers.fields import Facts, facts, fields_of, normal
from index.parsers.parsed import Collector, Parsed, UnreadableError
from index.parsers.record import Records, is_record, listing
from index.parsers.registry import BOOKMARKS

# Real articles are at most a few objects and lists deep.
DEEPEST: Final = 8
MOST_NODES: Final = 2_000_000
LISTED_NAMES: Final = 200
# An object with a text and one of these is an article anywhere in a document.
MARKS: Final = frozenset(map(normal, "title headline url link date published date_published author authors".split()))


def read(path: str, raw: bytes) -> Parsed:
    """Parse a JSON document.

    Raises:
        UnreadableError: if it is empty, not text, broken, or holds no article.
    """
    source = decode(raw)
    try:
        values = values_in(source)
    except json.JSONDecodeError as error:
        raise UnreadableError(f"broken JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except (RecursionError, ValueError) as error:
        raise UnreadableError("broken JSON: nested too deeply, or a number too long") from error
    return articles_in(path, values)


def values_in(source: str) -> list[Any]:
    """Return the values of a document; it is mostly one, but some programs write several one after the other.

    Raises:
        ValueError, RecursionError: if it is broken.
    """
    decoder = json.JSONDecoder()
    values = []
    position = _next(source, 0)
    while position < len(source):
        value, end = decoder.raw_decode(source, position)
        values.append(value)
        position = _next(source, end)
    return values


def _next(source: str, position: int) -> int:
    """Return where the next value begins."""
    while position < len(source) and source[position] in " \t\r\n\ufeff\x1e":
        position += 1
    return position


def articles_in(path: str, values: list[Any]) -> Parsed:
    """Return the articles in the values of a JSON document.

    Raises:
        UnreadableError: if it holds none.
    """
    first = values[0] if len(values) == 1 else None
    collected = Collector(path)
    if isinstance(first, dict):
        chats = list(chats_in(first))
        if chats:
            return _days(path, chats)
        if first.get("root") == "placesRoot" or first.keys() >= {"roots", "checksum"}:
            raise UnreadableError(BOOKMARKS)
    records = Records(collected, given=_given(first), shared_ids=False)
    names: dict[str, None] = {}
    for number, record in enumerate(_records(values, names), start=1):
        records.add(record, f"article {number}")
    records.finish()
    reading = collected.finish()
    if not reading.articles and not reading.skipped:
        shown = listing(names) or "none"
        raise UnreadableError(f"no article in it, which is an object with a 'text': its fields are {shown}")
    return reading


def _days(path: str, chats: list[Chat]) -> Parsed:
    collected = Collector(path)
    for chat in [chat for chat in chats if chat.messages] or chats[:1]:
        for article in daily_articles(path, chat):
            collected.add(article, f"a day of {chat.name}")
    return collected.finish()


def _given(value: Any) -> Facts:
    """Return the metadata that a JSON Feed (https://jsonfeed.org/version/1.1) gives for all its items."""
    if not isinstance(value, dict) or not isinstance(value.get("items"), list):
        return Facts()
    feed = {name: value[name] for name in ("authors", "author", "language") if name in value}
    known = facts(fields_of(feed), lambda name: f"{name} of the feed")
    title = value.get("title")
    return Facts(
        source=found(title if isinstance(title, str) else None, "title of the feed"),
        author=known.author,
        language=known.language,
    )


def _records(values: list[Any], names: dict[str, None]) -> Iterator[Mapping[Any, Any]]:
    """Yield the objects that are articles, in the document's order, and add the names of the fields met to `names`."""
    waiting: deque[tuple[Any, int]] = deque([(values, 0)])
    nodes = 0
    while waiting and nodes < MOST_NODES:
        value, depth = waiting.popleft()
        nodes += 1
        if isinstance(value, dict):
            for name in list(value)[: LISTED_NAMES - len(names)]:
                names.setdefault(str(name))
            members = list(value.values())
        else:
            members = value
            # In a list with articles, an object without text is an article that lacks it.
            if any(isinstance(member, dict) and is_record(member) for member in members):
                yield from (member for member in members if isinstance(member, dict))
                continue
        for member in members:
            if member and isinstance(member, dict) and is_record(member) and not MARKS.isdisjoint(fields_of(member)):
                yield member
        if depth < DEEPEST:
            # In front, so that the order stays the document's.
            waiting.extendleft(
                (member, depth + 1)
                for member in reversed(members)
                if member and (isinstance(member, list) or (isinstance(member, dict) and not is_record(member)))
            )
