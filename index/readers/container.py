"""What the readers of files within files share: the files inside, the room they may take, and where they came from."""

import codecs
import io
import unicodedata
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Final

from index.article import UNKNOWN, Article, Found
from index.metadata import first_known, host_of
from index.readers.decoding import decode
from index.readers.reading import Reading, Skipped, UnreadableError

_PIECE: Final = 1 << 16
_LONGEST_NAME: Final = 300
# Deflate can make a thousand bytes of one; text hardly becomes a tenth of its size.
_MOST_TIMES: Final = 200
_LEAST_BOMB: Final = 1_000_000


@dataclass(slots=True)
class Room:
    """What all files in a container may take together, those in containers within it included.

    Attributes:
        files: how many more there may be.
        whole: bytes that they may still unpack to.
        each: bytes that one of them may unpack to.
        depth: how many containers may lie in one another.
        seen: which article ids were given out.
    """

    files: int = 20_000
    whole: int = 1_000_000_000
    each: int = 20_000_000
    depth: int = 2
    seen: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Member:
    """A file within a container.

    Attributes:
        path: the container's, a slash, and its own name there.
        url: the address it was saved from.
    """

    path: str
    raw: bytes
    url: Found = UNKNOWN


def counted(stream: object, packed: int, room: Room) -> bytes:
    """What a stream unpacks to, taken from the room.

    Parameters:
        stream: something to `read` from.
        packed: bytes that it is unpacked from; 0 where that is not known.

    Raises:
        UnreadableError: if that is more than one file may be, more than there is room for, or far more than it is
            unpacked from.
    """
    content = bytearray()
    most = min(room.each, room.whole)
    while len(content) <= most and (piece := stream.read(_PIECE)):  # type: ignore[attr-defined]
        content += piece
        if packed and len(content) > max(_LEAST_BOMB, _MOST_TIMES * packed):
            room.whole -= len(content)
            raise UnreadableError(f"it unpacks to more than {_MOST_TIMES} times its size")
    # What was unpacked has cost its time, whether it is read or not.
    room.whole -= len(content)
    if len(content) > room.each:
        raise UnreadableError(f"it unpacks to more than {room.each / 1e6:,.3g} MB")
    if room.whole < 0:
        raise UnreadableError("with it the archive unpacks to more than may be read at once: unpack it yourself")
    return bytes(content)


class Bounded(io.RawIOBase):
    """A stream of which no more than so many bytes can be read.

    Raises:
        UnreadableError: from `read`, for the next.
    """

    def __init__(self, stream: io.BufferedIOBase, most: int) -> None:
        self._stream = stream
        self._left = most

    def read(self, size: int = -1) -> bytes:
        # What stands before damage is given out before the damage is met.
        piece = self._stream.read1(size if 0 <= size <= self._left else self._left + 1)
        self._left -= len(piece)
        if self._left < 0:
            raise UnreadableError("the archive unpacks to more than may be read: unpack it yourself")
        return piece


def within(container: str, name: str) -> str | None:
    """The path of a file within a container, None where its name leads out of it or cannot be shown."""
    name = name.replace("\\", "/").lstrip("/")
    parts = [part for part in PurePosixPath(name).parts if part != "."]
    if not parts or ".." in parts or len(name) > _LONGEST_NAME:
        return None
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
        return None
    return f"{container}/{'/'.join(parts)}"


def shown(name: str) -> str:
    """A name that `within` may have refused, fit for a line of a report."""
    visible = "".join(character if character.isprintable() else "?" for character in name)
    return visible if len(visible) <= _LONGEST_NAME else f"{visible[: _LONGEST_NAME - 1]}…"


def as_utf_8(raw: bytes, declared: str | None) -> bytes:
    """Text in the encoding that its container declares, in one that its reader takes first: with a mark."""
    return codecs.BOM_UTF8 + decode(raw, declared).encode() if declared else raw


def located(article: Article, url: Found) -> Article:
    """An article with the address that its file was saved from, where it names none itself."""
    if article.url != UNKNOWN or url == UNKNOWN:
        return article
    return replace(article, url=url, source=first_known(article.source, host_of(url)))


def once_each(reading: Reading, room: Room) -> Reading:
    """A reading without the articles whose id another file of the container had."""
    articles, skipped = [], list(reading.skipped)
    for article in reading.articles:
        if article.id in room.seen:
            skipped.append(Skipped(article.path, f"another file of the archive has the article id {article.id!r}"))
        else:
            room.seen.add(article.id)
            articles.append(article)
    return Reading(tuple(articles), tuple(skipped))
