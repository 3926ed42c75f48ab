"""A person's export as zip files on the disk, one after another, each small enough to be sent."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

from bot.state import exports
from bot.state.database import Database
from bot.state.exports import SECTIONS, Entry, Row, Section

# Bot API, sendDocument: files of up to 50 MB. A part may grow beyond this limit by one batch.
PART: Final = 45_000_000
# Unpacked: so much JSON can still be opened.
_UNPACKED: Final = 500_000_000
_NAME: Final = "verbatim-export"


@dataclass(frozen=True, slots=True)
class Part:
    """A zip file with one JSON document.

    Attributes:
        name: as the person sees it.
        number: from 1.
        last: whether nothing follows.
    """

    path: Path
    name: str
    number: int
    last: bool


async def parts(state: Database, person: int, folder: Path, limit: int = PART) -> AsyncGenerator[Part, None]:
    """Yield everything about a person in parts: documents of the same form, whose lists go on from part to part.

    A part is written once the one before has been taken; the caller may delete it.

    Parameters:
        limit: of a part; one that has reached it is followed by another, bytes.

    Raises:
        OSError: if the disk does not take it.
    """
    head = await state.run(exports.person, person)
    number = 1
    part = await asyncio.to_thread(_PartWriter, folder, number, head)
    try:
        for section in SECTIONS:
            after = section.first
            while rows := await state.run(section.batch, person, after):
                after = section.place(rows[-1])
                if part.size >= limit or part.unpacked >= _UNPACKED:
                    yield await asyncio.to_thread(part.end, last=False)
                    number += 1
                    part = await asyncio.to_thread(_PartWriter, folder, number, head)
                await asyncio.to_thread(part.add, section, rows)
        yield await asyncio.to_thread(part.end, last=True)
    finally:
        part.abandon()


class _PartWriter:
    """A part that is being written."""

    def __init__(self, folder: Path, number: int, head: Entry) -> None:
        self._path = folder / f"{number}.zip"
        self._number = number
        self._file = self._path.open("wb")
        self._zip = ZipFile(self._file, "w", ZIP_DEFLATED)
        self._entry = self._zip.open(f"{_NAME}.json", "w")
        self._begun = 0
        self._empty = True
        self.unpacked = 0
        self._write('{"person": ' + json.dumps(head, ensure_ascii=False))

    @property
    def size(self) -> int:
        """Return the bytes on the disk so far."""
        return self._file.tell()

    def add(self, section: Section, rows: Sequence[Row]) -> None:
        """Write rows of a section; sections come in their order."""
        self._begin(SECTIONS.index(section) + 1)
        for row in rows:
            self._write(("\n" if self._empty else ",\n") + json.dumps(section.entry(row), ensure_ascii=False))
            self._empty = False

    def end(self, *, last: bool) -> Part:
        """Close the document and the file."""
        self._begin(len(SECTIONS))
        self._write("]}\n")
        for opened in (self._entry, self._zip, self._file):
            opened.close()
        name = f"{_NAME}.zip" if last and self._number == 1 else f"{_NAME}-{self._number}.zip"
        return Part(self._path, name, self._number, last)

    def abandon(self) -> None:
        """Close whatever is still open; what went wrong is known by then."""
        for opened in (self._entry, self._zip, self._file):
            with suppress(OSError, ValueError):
                opened.close()

    def _begin(self, sections: int) -> None:
        """Begin the sections up to that one; those that were left out are empty."""
        for section in SECTIONS[self._begun : sections]:
            self._write(f'{"]" if self._begun else ""},\n"{section.name}": [')
            self._begun += 1
            self._empty = True

    def _write(self, words: str) -> None:
        written = words.encode()
        self._entry.write(written)
        self.unpacked += len(written)
