"""/export: hands a person everything that is stored about them, in the background and in parts."""

import asyncio
import logging
import shutil
import tempfile
from contextlib import aclosing
from pathlib import Path
from typing import Final

from telegram import Update
from telegram.ext import BaseHandler, CommandHandler, filters

from bot.background import BackgroundTasks
from bot.export_zip import parts
from bot.language.catalogue import phrases_for
from bot.language.phrases import Phrases
from bot.messages.answer import share_link
from bot.messages.markup import plain
from bot.messages.screens import Screen, keyboard, link_button
from bot.services import Context, Place, Services, Visitor
from bot.state import exports
from bot.state.exports import ExportRequest
from bot.update_sender import sender

# The parameter of /start that opens the private chat to get an export.
PAYLOAD: Final = "export"
# Beside the state; leftovers of a kill are removed at the next start.
_FOLDER: Final = "exports"
_AT_ONCE: Final = 4
# An export that was begun so often has ended the bot each time, or been ended with it.
_TRIES: Final = 3

log = logging.getLogger("verbatim.bot")


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
