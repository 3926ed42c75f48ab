"""Reads `.wacz` (https://specs.webrecorder.net/wacz/): web archives, and a list of the pages that they are about."""

import json
from collections.abc import Iterator
from typing import Final

from index.readers import warc
from index.readers.container import Member, Room
from index.readers.package import Package
from index.readers.reading import Skipped, UnreadableError

_LISTS: Final = ("pages/pages.jsonl", "pages/extraPages.jsonl")


def members(path: str, raw: bytes, room: Room) -> Iterator[Member | Skipped]:
    """The pages in a package of web archives, those that it lists if it does.

    Raises:
        UnreadableError: if it is none, or holds no web archive.
    """
    package = Package(raw, "a WACZ package", Room(each=room.whole, whole=room.whole))
    archives = sorted(name for name in package.names if name.lower().endswith((".warc", ".warc.gz")))
    if not archives:
        raise UnreadableError("the package holds no web archive")
    pages = frozenset(address for name in _LISTS if name in package.names for address in _addresses(package.read(name)))
    for name in archives:
        try:
            yield from warc.members(path, package.read(name), room, pages)
        except UnreadableError as error:
            yield Skipped(path, f"{name}: {error}")


def _addresses(raw: bytes) -> Iterator[str]:
    for line in raw.splitlines():
        try:
            page = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(page, dict) and isinstance(page.get("url"), str):
            yield page["url"]
