"""/export: hands a person everything that is stored about them, in the background, as zip files that can be sent."""

import asyncio
import json
import logging
import shutil
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

from telegram import Update
from telegram.ext import BaseHandler, CommandHandler, filters

from bot.background import BackgroundTasks
from bot.language.phrases import Phrases, phrases_for
from bot.messages.answer import share_link
from bot.messages.markup import Screen, keyboard, link_button, plain
from bot.services import Context, Place, Services, Visitor
from bot.state import exports
from bot.state.exports import SECTIONS, Entry, ExportRequest, Row, Section
from bot.state.state import State
from bot.updates.origin import sender

# Bot API, sendDocument: files of up to 50 MB. A part may grow beyond this limit by one batch.
PART: Final = 45_000_000
# Unpacked: so much JSON can still be opened.
_UNPACKED: Final = 500_000_000
_NAME: Final = "verbatim-export"
# The parameter of /start that opens the private chat to get an export.
PAYLOAD: Final = "export"
# Beside the state; leftovers of a kill are removed at the next start.
_FOLDER: Final = "exports"
_AT_ONCE: Final = 4
# An export that was begun so often has ended the bot each time, or been ended with it.
_TRIES: Final = 3
log = logging.getLogger("verbatim.bot")


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


async def parts(state: State, person: int, folder: Path, limit: int = PART) -> AsyncGenerator[Part, None]:
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


class Export:
    """Exports in the background: one of a person's at a time, few at once; a restart begins them again."""

    def __init__(self, services: Services, tasks: BackgroundTasks) -> None:
        self._services = services
        self._tasks = tasks
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._in_hand: set[int] = set()

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """Return the handler of /export; an edited command is not given again."""
        return [CommandHandler("export", self.export, filters=filters.UpdateType.MESSAGE)]

    async def export(self, update: Update, context: Context) -> None:
        """Send a person everything that is stored about them; to them alone, wherever they ask."""
        message, visitor, place = await self._services.incoming(update)
        if sender(update).is_chat:
            # Everybody here would read what is stored, and there is nobody to send it to.
            await self._services.reply(place, visitor.phrases.export_of_chats, message.message_id)
            return
        await self.begin(place, visitor, message.message_id)

    async def begin(self, place: Place, visitor: Visitor, message: int) -> None:
        """Make an export, unless one is on its way."""
        services, phrases = self._services, visitor.phrases
        wanted = ExportRequest(visitor.id, phrases.code, place.chat, place.thread, message)
        if not await services.state.run(exports.ask, wanted, services.now()):
            await self._services.reply(place, phrases.export_running, message)
        self._start(visitor.id)

    async def resume(self) -> None:
        """Begin again, after a restart, the exports that were under way."""
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
        for person in await self._services.state.run(exports.waiting):
            self._start(person)

    @property
    def _folder(self) -> Path:
        return self._services.options.state / _FOLDER

    def _start(self, person: int) -> None:
        if person not in self._in_hand:
            self._in_hand.add(person)
            self._tasks.start(self._hand_out(person), "export")

    async def _hand_out(self, person: int) -> None:
        state, courier = self._services.state, self._services.courier
        try:
            # Somebody may ask again while the last part is sent.
            while True:
                async with self._room:
                    wanted = await state.run(exports.begin, person)
                    if wanted is None:
                        return
                    try:
                        said = await self._result(wanted, phrases_for(wanted.language, None))
                    except asyncio.CancelledError:
                        await state.run(exports.put_back, person)
                        raise
                    await state.run(exports.end, person)
                if said is not None:
                    await courier.send(wanted.chat, said, thread=wanted.thread, reply_to=wanted.message)
        finally:
            self._in_hand.discard(person)

    async def _result(self, wanted: ExportRequest, phrases: Phrases) -> Screen | None:
        """Try to hand an export out; what is to be said where it was asked for, None where it has arrived."""
        if wanted.tries > _TRIES:
            log.error("an export is given up", extra={"tries": wanted.tries - 1})
            return Screen(plain(phrases.export_failed))
        if not await self._services.courier.can_reach(wanted.person):
            return self._unreachable(phrases)
        try:
            return None if await self._send(wanted.person, phrases) else self._unreachable(phrases)
        except Exception:
            # Nobody else hears of an error in a task: the person who waits is told of any.
            log.exception("an export failed")
            return Screen(plain(phrases.export_failed))

    async def _send(self, person: int, phrases: Phrases) -> bool:
        """Make the parts and send them, each removed before the next is made; False where the chat is closed."""
        services = self._services
        self._folder.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            async with aclosing(parts(services.state, person, Path(folder))) as made:
                async for part in made:
                    if await services.state.run(exports.wanted_by, person) is None:
                        # /forget came in between.
                        return True
                    only = part.number == 1 and part.last
                    caption = phrases.export if only else phrases.export_part.format(n=part.number)
                    with part.path.open("rb") as file:
                        if not await services.courier.send_file(person, file, part.name, caption):
                            return False
                    part.path.unlink()
        return True

    def _unreachable(self, phrases: Phrases) -> Screen:
        link = link_button(phrases.export_open, share_link(self._services.username, PAYLOAD))
        return Screen(plain(phrases.export_unreachable), keyboard([link]))
