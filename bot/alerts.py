"""Alerts that admins and the health check get unasked: about the index, the disk, a second bot with the same token.

A damaged state database is reported once, however often a supervisor starts the bot again.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from telegram import Bot, Message, Update
from telegram.error import TelegramError

from bot.background import BackgroundTasks
from bot.health import Pulse
from bot.language.phrases import LANGUAGES, Phrases, counted, phrases_for
from bot.messages.markup import plain
from bot.services import Place, Services
from bot.state.database import FILE
from bot.updates.inbox import kind_of
from bot.updates.origin import person_of

# The mark that admins were told: a file beside the database, which can no longer note it.
_TOLD: Final = f"{FILE}-damaged"
_WITHIN: Final = 20.0

log = logging.getLogger("verbatim.bot")


class Alerts:
    """Alerts of trouble, each sent once, and of its end."""

    def __init__(self, services: Services, pulse: Pulse, tasks: BackgroundTasks) -> None:
        self._services = services
        self._pulse = pulse
        self._tasks = tasks
        self._said_missing = False

    def index_changed(self) -> None:
        """Tell of another index, or of what is wrong with it; of several workers the leader does."""
        library = self._services.library
        self._pulse.index_open(library.is_open, library.missing if library.generation else "")
        self._services.metrics.set_generation(library.generation, library.passages)
        if not self._services.peers.leads():
            return
        if library.missing:
            self._said_missing = True
            missing = library.missing
            self._tell(lambda phrases: phrases.admin_index_missing.format(reason=missing))
        elif library.refusal:
            refusal = library.refusal
            self._tell(lambda phrases: phrases.admin_index_refused.format(reason=refusal))
        elif self._said_missing:
            self._said_missing = False
            self._tell(
                lambda phrases: phrases.admin_index_there.format(
                    articles=counted("articles", library.articles, phrases),
                    passages=counted("passages", library.passages, phrases),
                )
            )

    async def conflict(self) -> None:
        """Tell that somebody else fetches this bot's updates."""
        self._tell(lambda phrases: phrases.admin_conflict)

    def set_aside(self, updates: Sequence[Update]) -> None:
        """Tell of updates that are handled no more: they were in hand each time that three runs ended unexpectedly."""
        for update in updates:
            kind = kind_of(update.to_dict())
            log.error("an update is set aside", extra={"update_id": update.update_id, "kind": kind})
            self._tell(partial(_set_aside_text, kind, person_of(update)))
            self._tasks.start(self._tell_sender(update), "telling of an update set aside")

    async def _tell_sender(self, update: Update) -> None:
        """Tell whoever sent an update that nothing becomes of it."""
        message, user = update.effective_message, update.effective_user
        if not isinstance(message, Message) or user is None:
            return
        phrases, place = phrases_for(None, user.language_code), Place.of(message)
        try:
            await self._services.courier.say(
                place.chat, plain(phrases.set_aside), thread=place.thread, reply_to=message.message_id
            )
        except TelegramError as error:
            log.warning("somebody could not be told of an update set aside", extra={"reason": str(error)})

    def disk(self, reason: str) -> None:
        """Tell that the state database cannot be written; '' as the reason: it can be written again."""
        if reason:
            self._pulse.alarm(reason)
            if self._services.peers.leads():
                self._tell(lambda phrases: phrases.admin_disk.format(reason=reason))
        else:
            self._pulse.clear()

    def _tell(self, text: Callable[[Phrases], str]) -> None:
        self._tasks.start(self._services.tell_admins(text), "telling admins")


def _set_aside_text(kind: str, person: int | None, phrases: Phrases) -> str:
    return phrases.admin_set_aside.format(kind=kind, person="?" if person is None else person)


async def tell_of_damage(bot: Bot, admins: Collection[int], folder: Path, reason: str) -> None:
    """Send admins the reason, unless they have been told since the database was last sound.

    The message is in every language of the bot: the admins' choices stand in the database.
    """
    mark = folder / _TOLD
    if mark.exists() or not admins:
        return
    said = "\n\n".join(phrases.admin_damaged.format(reason=reason) for phrases in LANGUAGES)
    try:
        async with asyncio.timeout(_WITHIN), bot:
            told = [admin for admin in sorted(admins) if await _send(bot, admin, said)]
    except (TelegramError, TimeoutError) as error:
        log.warning("admins could not be told of the damage", extra={"reason": str(error)})
        return
    if told:
        mark.write_text(f"{reason}\n", encoding="utf-8")


def forget_damage(folder: Path) -> None:
    """Remove the mark of the last damage, since the database opened soundly: admins are told of the next one."""
    (folder / _TOLD).unlink(missing_ok=True)


async def _send(bot: Bot, admin: int, said: str) -> bool:
    try:
        await bot.send_message(admin, said)
    except TelegramError as error:
        log.warning("an admin could not be told of the damage", extra={"reason": str(error)})
        return False
    return True
