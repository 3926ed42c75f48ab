"""Adding articles: an admin sends a link or a file in private."""

import asyncio
import logging
import re
from dataclasses import replace
from typing import Final

from telegram import Document, Update
from telegram.error import TelegramError
from telegram.ext import BaseHandler, MessageHandler, filters

from bot.cards import AddedCard
from bot.handlers.admin import only_admins
from bot.language.phrases import Phrases
from bot.messages.markup import Screen, button, keyboard, plain, shortened
from bot.services import Context, Place, Services
from bot.state import cards
from index.adding.accept import Added, AddingLimits, accept_file, accept_link
from index.seeds import ADDED
from index.withdrawn import restore
from retrieval.sanitize import one_line

_LINK: Final = re.compile(r"\s*https?://\S+\s*", re.IGNORECASE)
# Bot API, getFile: files of up to 20 MB.
_FILE_LIMIT: Final = 20_000_000
_NAME: Final = 100
_TITLES: Final = 5
_LINES: Final = 20

log = logging.getLogger("verbatim.bot")


class Adding:
    """Additions of articles by admins."""

    def __init__(self, services: Services, limits: AddingLimits | None = None) -> None:
        self._services = services
        self._limits = limits or AddingLimits()
        # Reading a hostile file may take as much memory as its limit allows: not of several at once.
        self._one = asyncio.Lock()

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """Return the handlers of links and files, for admins in private; they come before those of questions."""
        admins = only_admins(self._services) & filters.ChatType.PRIVATE
        return [
            MessageHandler(admins & filters.Document.ALL, self.file),
            MessageHandler(admins & filters.TEXT & filters.Regex(rf"\A{_LINK.pattern}\Z"), self.link),
        ]

    async def link(self, update: Update, context: Context) -> None:
        """Fetch what a link leads to."""
        message = update.effective_message
        assert message is not None
        url = (message.text or "").strip()
        await self._take(update, url, None)

    async def file(self, update: Update, context: Context) -> None:
        """Take a file, or the files of an archive."""
        message = update.effective_message
        assert message is not None
        assert message.document is not None
        await self._take(update, message.document.file_name or "file", message.document)

    async def _take(self, update: Update, name: str, document: Document | None) -> None:
        services = self._services
        message, visitor, place = await services.incoming(update)
        phrases = visitor.phrases
        shown = shortened(one_line(name), _NAME)
        told = await services.reply(place, phrases.adding.format(name=shown), message.message_id)
        folder, day = services.options.data / ADDED, services.today()
        if document is None:
            async with self._one:
                added = await accept_link(name, folder, day, self._limits)
        elif (document.file_size or 0) > _FILE_LIMIT:
            await self._show(place, told, Screen(plain(phrases.not_added.format(name=shown, reason="> 20 MB"))))
            return
        else:
            try:
                raw = bytes(await (await document.get_file()).download_as_bytearray())
            except TelegramError as error:
                log.warning("a file could not be downloaded", extra={"reason": str(error)})
                said = phrases.not_added.format(name=shown, reason=phrases.not_downloaded)
                await self._show(place, told, Screen(plain(said)))
                return
            async with self._one:
                added = await accept_file(name, raw, folder, day, self._limits)
        # What was taken out once, and is sent again, is wanted.
        again = {file.path for file in (*added.added, *added.already)}
        await asyncio.to_thread(restore, services.options.data, again)
        card = AddedCard(tuple(file.path for file in added.added))
        stored = place.new_card(visitor, card)
        await services.state.run(cards.put, stored, services.now())
        rows = [[button(phrases.reindex_now, stored.id, "r")]] if added.added or added.already else []
        sent = await self._show(place, told, Screen(plain(_summary(added, phrases)), keyboard(*rows)))
        await services.state.run(cards.show, replace(stored, message=sent))

    async def _show(self, place: Place, message: int | None, screen: Screen) -> int | None:
        if message is not None:
            await self._services.courier.edit(place.chat, message, screen)
        return message


def _summary(added: Added, phrases: Phrases) -> str:
    lines: list[str] = []
    for file in added.added:
        lines.append(phrases.added.format(name=file.path))
        titles = [shortened(one_line(title), _NAME) or phrases.no_title for title in file.titles[:_TITLES]]
        more = file.articles - len(titles)
        if titles:
            titles += [phrases.and_more.format(n=more)] if more > 0 else []
            lines.append(phrases.added_titles.format(titles="; ".join(titles)))
    lines += [phrases.already_added.format(name=file.path) for file in added.already]
    lines += [
        phrases.not_added.format(name=shortened(one_line(refused.name), _NAME), reason=one_line(refused.reason))
        for refused in added.refused
    ]
    if len(lines) > _LINES:
        lines = [*lines[:_LINES], phrases.and_more.format(n=len(lines) - _LINES)]
    return "\n".join(lines)
