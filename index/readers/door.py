"""The door: picks the reader that a file's name asks for."""

from collections.abc import Iterator
from importlib import import_module
from typing import BinaryIO

from index.readers.formats import IN_PARTS, OTHER_FORMAT, reader_of
from index.readers.reading import Reading, Skipped, UnreadableError


def read(path: str, raw: bytes) -> Reading:
    """The articles in the bytes of one file.

    A pure function of its arguments. Bad content never raises: it is reported in `skipped`.

    Args:
        path: relative to the seeds, with '/' between folders; its suffix picks the format.
        raw: the whole file.
    """
    name = reader_of(path)
    if name is None:
        return Reading(skipped=(Skipped(path, OTHER_FORMAT),))
    # Imported only when a file of the format comes: trafilatura alone takes 0.4 s.
    reader = import_module(f"index.readers.{name}")
    try:
        reading: Reading = reader.read(path, raw)
    except UnreadableError as error:
        return Reading(skipped=(Skipped(path, str(error)),))
    return reading


def read_parts(path: str, stream: BinaryIO, longest: int) -> Iterator[Reading]:
    """The articles in one file, part by part where its format goes by lines, which may be of any number.

    Args:
        stream: the file, from its beginning.
        longest: bytes of a line; a longer one is skipped.
    """
    name = reader_of(path)
    if name not in IN_PARTS:
        yield read(path, stream.read())
        return
    reader = import_module(f"index.readers.{name}")
    try:
        yield from reader.read_parts(path, stream, longest)
    except UnreadableError as error:
        yield Reading(skipped=(Skipped(path, str(error)),))
