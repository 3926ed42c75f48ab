"""Who gets in: everything else is handled only if this lets it pass."""

import logging
import time
from collections import OrderedDict, deque
from typing import Final

from telegram import Chat, Update
from telegram.error import TelegramError
from telegram.ext import ApplicationHandlerStop, BaseHandler, TypeHandler

from bot.language.catalogue import phrases_for
from bot.markup import plain
from bot.senders import Sender, sender_of
from bot.services import Context, Services
from bot.state import people

# Updates of one person in a minute; whoever sends more is not heard, so that nobody can use up everybody's turn.
_MOST: Final = 60
_MINUTE: Final = 60.0
_REMEMBERED: Final = 10_000
# Who may not ask is told so once in this time, seconds.
_TOLD_AGAIN: Final = 24 * 3600.0

log = logging.getLogger("verbatim.bot")


class Gate:
    """Lets pass whoever may use the bot, and stops everything else."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._groups = set(services.options.groups)
        self._recent: OrderedDict[int, deque[float]] = OrderedDict()

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """What the gate looks at: every update."""
        return [TypeHandler(Update, self.check)]

    async def check(self, update: Update, context: Context) -> None:
        """Return where an update may pass.

        Raises:
            ApplicationHandlerStop: where it may not.
        """
        chat, who = update.effective_chat, sender_of(update)
        if update.my_chat_member is not None or _moves(update):
            return
        if chat is not None and chat.type == Chat.CHANNEL:
            raise ApplicationHandlerStop
        if who is None or who.is_bot:
            raise ApplicationHandlerStop
        # Typing sends one inline query after another: those have a limit of their own, and are not left unanswered.
        if update.inline_query is None and self._too_many(who.id, _time(update)):
            log.info("an update is passed over: too many of this person's")
            raise ApplicationHandlerStop
        if self._services.is_admin(who.id):
            return
        if await self._services.state.run(people.is_banned, who.id):
            await self._silence(update)
            raise ApplicationHandlerStop
        if chat is not None and chat.type in (Chat.GROUP, Chat.SUPERGROUP):
            if not self.admits_group(chat.id):
                # That the bot was added is told twice, and the other update makes it leave.
                if update.message is None or not update.message.new_chat_members:
                    await self.leave(chat.id, phrases_code=who.language)
                raise ApplicationHandlerStop
            if self._services.options.groups:
                # Whoever is in a group that was let in may ask there.
                return
        if self._services.options.people and who.id not in self._services.options.people:
            await self._turn_away(update, who)
            raise ApplicationHandlerStop

    def admits_group(self, group: int) -> bool:
        """Whether the bot works in a group."""
        return not self._groups or group in self._groups

    async def follow(self) -> None:
        """Admit the supergroups that admitted groups have become."""
        self._groups |= await self._services.state.run(people.moved_from, self._groups)

    async def leave(self, group: int, phrases_code: str | None) -> None:
        """Say why, and leave a group."""
        try:
            await self._services.courier.say(group, plain(phrases_for(None, phrases_code).group_refused))
            await self._services.bot.leave_chat(group)
        except TelegramError as error:
            log.info("a group could not be left", extra={"reason": str(error)})
        await self._services.state.run(people.leave, group)

    async def _turn_away(self, update: Update, who: Sender) -> None:
        await self._silence(update)
        chat = update.effective_chat
        if chat is None or chat.type != Chat.PRIVATE:
            return
        if not await self._services.state.run(people.told_private, who.id, self._services.now(), _TOLD_AGAIN):
            said = phrases_for(None, who.language).private_bot.format(id=who.id)
            await self._services.courier.say(chat.id, plain(said))

    async def _silence(self, update: Update) -> None:
        """End what would turn and turn on the person's screen."""
        try:
            if update.callback_query is not None:
                await update.callback_query.answer()
            elif update.inline_query is not None:
                await update.inline_query.answer([], cache_time=10, is_personal=True)
        except TelegramError as error:
            log.debug("a query could not be answered", extra={"reason": str(error)})

    def _too_many(self, person: int, now: float) -> bool:
        times = self._recent.setdefault(person, deque())
        self._recent.move_to_end(person)
        if len(self._recent) > _REMEMBERED:
            self._recent.popitem(last=False)
        while times and times[0] <= now - _MINUTE:
            times.popleft()
        if len(times) >= _MOST:
            return True
        times.append(now)
        return False


def _time(update: Update) -> float:
    """Telegram's time of an update where it has one: what piled up while the bot was away did not come at once."""
    message = update.message or update.edited_message
    if message is not None:
        return (message.edit_date or message.date).timestamp()
    if update.message_reaction is not None:
        return update.message_reaction.date.timestamp()
    return time.time()


def _moves(update: Update) -> bool:
    message = update.message
    return message is not None and (message.migrate_to_chat_id is not None or message.migrate_from_chat_id is not None)
