"""What admins and the health check are told without asking: the index, the disk, a second bot with the same token."""

import logging
from collections.abc import Callable, Sequence
from functools import partial

from telegram import Message, Update
from telegram.error import TelegramError

from bot.health import Pulse
from bot.language.catalogue import articles, number, phrases_for
from bot.language.phrases import Phrases
from bot.messages.markup import plain
from bot.services import Place, Services
from bot.tasks import Tasks
from bot.updates.inbox import kind_of
from bot.updates.lanes import person_of

log = logging.getLogger("verbatim.bot")


class Alarms:
    """Tells of trouble once, and of its end."""

    def __init__(self, services: Services, pulse: Pulse, tasks: Tasks) -> None:
        self._services = services
        self._pulse = pulse
        self._tasks = tasks
        self._said_missing = False

    def index_changed(self) -> None:
        """The index, or what is wrong with it, has become another."""
        library = self._services.library
        self._pulse.index_open(library.is_open)
        self._services.metrics.serving(library.generation, library.passages)
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
                    articles=articles(library.articles, phrases), passages=number(library.passages, phrases)
                )
            )

    async def conflict(self) -> None:
        """Somebody else fetches this bot's updates."""
        self._tell(lambda phrases: phrases.admin_conflict)

    def set_aside(self, updates: Sequence[Update]) -> None:
        """These updates were being handled each time that three runs ended unexpectedly, and are handled no more."""
        for update in updates:
            kind = kind_of(update.to_dict())
            log.error("an update is set aside", extra={"update_id": update.update_id, "kind": kind})
            self._tell(partial(_of_update, kind, person_of(update)))
            self._tasks.start(self._own_up(update), "telling of an update set aside")

    async def _own_up(self, update: Update) -> None:
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
        """The state database cannot be written; '' as reason: it can again."""
        if reason:
            self._pulse.alarm(reason)
            self._tell(lambda phrases: phrases.admin_disk.format(reason=reason))
        else:
            self._pulse.clear()

    def _tell(self, text: Callable[[Phrases], str]) -> None:
        self._tasks.start(self._services.tell_admins(text), "telling admins")


def _of_update(kind: str, person: int | None, phrases: Phrases) -> str:
    return phrases.admin_set_aside.format(kind=kind, person="?" if person is None else person)
