"""The door: picks the reader that a file's name asks for."""

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import BinaryIO

from index.readers.container import Member, Room, located, once_each
from index.readers.formats import CONTAINERS, IN_PARTS, OTHER_FORMAT, reader_of
from index.readers.reading import Reading, Skipped, UnreadableError, whole


def read(path: str, raw: bytes) -> Reading:
    """The articles in the bytes of one file.

    A pure function of its arguments. Bad content never raises: it is reported in `skipped`.

    Args:
        path: relative to the seeds, with '/' between folders; its suffix picks the format.
        raw: the whole file.
    """
    return whole(readings(path, raw))


def readings(path: str, raw: bytes, room: Room | None = None) -> Iterator[Reading]:
    """The articles in the bytes of one file, part by part: a container has one part for each file in it.

    Args:
        path, raw: as in `read`.
        room: what is left to the containers that the file lies in; None where it lies in none.
    """
    name = reader_of(path)
    if name is None:
        yield Reading(skipped=(Skipped(path, OTHER_FORMAT),))
        return
    # Imported only when a file of the format comes: trafilatura alone takes 0.4 s.
    reader = import_module(f"index.readers.{name}")
    try:
        if name in CONTAINERS:
            yield from _inside(reader, path, raw, Room() if room is None else room)
        else:
            reading: Reading = reader.read(path, raw)
            yield reading
    except UnreadableError as error:
        yield Reading(skipped=(Skipped(path, str(error)),))


def read_parts(path: str, stream: BinaryIO, longest: int) -> Iterator[Reading]:
    """The articles in one file, part by part: by lines, which may be of any number, or by the files in a container.

    Args:
        stream: the file, from its beginning.
        longest: bytes of a line, where its format goes by lines; a longer one is skipped.
    """
    name = reader_of(path)
    if name not in IN_PARTS:
        yield from readings(path, stream.read())
        return
    reader = import_module(f"index.readers.{name}")
    try:
        yield from reader.read_parts(path, stream, longest)
    except UnreadableError as error:
        yield Reading(skipped=(Skipped(path, str(error)),))


def _inside(reader: ModuleType, path: str, raw: bytes, room: Room) -> Iterator[Reading]:
    """The articles in the files of a container, file by file."""
    if room.depth == 0:
        raise UnreadableError("an archive within an archive within an archive: unpack it yourself")
    room.depth -= 1
    members: Iterator[Member | Skipped] = reader.members(path, raw, room)
    for member in members:
        if isinstance(member, Skipped):
            yield Reading(skipped=(member,))
            continue
        for reading in readings(member.path, member.raw, room):
            articles = tuple(located(article, member.url) for article in reading.articles)
            # What a container in this one holds was told apart there.
            apart = reader_of(member.path) in CONTAINERS
            found = replace(reading, articles=articles)
            yield found if apart else once_each(found, room)
    room.depth += 1
