"""Reads `.wacz` (https://specs.webrecorder.net/wacz/): web archives with an index and a list of pages.

The list is not gone by: tools that make it by guessing leave out pages that were reached by a link.
"""

from collections.abc import Iterator

from index.readers import warc
from index.readers.container import Member, Room
from index.readers.package import Package
from index.readers.reading import Skipped, UnreadableError


def members(path: str, raw: bytes, room: Room) -> Iterator[Member | Skipped]:
    """The pages and documents in a package of web archives.

    Raises:
        UnreadableError: if it is none, or holds no web archive.
    """
    package = Package(raw, "a WACZ package", Room(each=room.whole, whole=room.whole))
    archives = sorted(name for name in package.names if name.lower().endswith((".warc", ".warc.gz")))
    if not archives:
        raise UnreadableError("the package holds no web archive")
    for name in archives:
        try:
            yield from warc.members(path, package.read(name), room)
        except UnreadableError as error:
            yield Skipped(path, f"{name}: {error}")
