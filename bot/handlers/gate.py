"""Admission: updates of people who may not use the bot are neither stored nor handled; and the chats the bot is in."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Coroutine, Hashable, Sequence
from enum import Enum, auto
from typing import Any, Final

from telegram import Chat, ChatMember, ChatMemberUpdated, Update
from telegram.error import TelegramError
from telegram.ext import ApplicationHandlerStop, BaseHandler, ChatMemberHandler, MessageHandler, TypeHandler, filters

from bot.background import BackgroundTasks
from bot.language.phrases import Phrases, phrases_for
from bot.messages.markup import plain, shortened
from bot.services import Context, Services
from bot.state import people
from bot.state.usage import MINUTE, Limit, Recent
from bot.updates.origin import person_of, sender_of, tells_of_the_chat

# Updates of one person in a minute; more are turned away, so that nobody uses up the turns of all.
_MOST: Final = Limit(60, MINUTE)
# People who may not ask are told so once in this time, seconds.
_TOLD_AGAIN: Final = 24 * 3600.0
# A reply to somebody who sends too much is given up after this time, seconds.
_SAID_WITHIN: Final = 10.0
# Bot API, answerCallbackQuery: 0-200 characters.
_TOAST: Final = 200
log = logging.getLogger("verbatim.bot")
_INSIDE: Final = frozenset({ChatMember.MEMBER, ChatMember.ADMINISTRATOR, ChatMember.OWNER})


class Verdict(Enum):
    """Decision on an update."""

    IN = auto()
    IGNORED = auto()
    TOO_MANY = auto()
    BANNED = auto()
    WRONG_GROUP = auto()
    PRIVATE_BOT = auto()


class Gate:
    """The gate that lets updates of admitted people pass and turns away all others.

    Replies to refused updates are sent in the background, and never two at a time to one person: so
    that a flood delays nobody but its sender.
    """

    def __init__(self, services: Services, tasks: BackgroundTasks) -> None:
        self._services = services
        self._tasks = tasks
        self._groups = set(services.options.groups)
        self._recent = Recent(_MOST)
        self._told = Recent(Limit(1, MINUTE))
        self._busy: set[Hashable] = set()

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """Return the handler that checks every update."""
        return [TypeHandler(Update, self.check)]

    async def admit(self, updates: Sequence[Update]) -> list[Update]:
        """Return the updates that come in, in order; turn all others away, so that nothing of them is stored."""
        senders = {who.id for update in updates if (who := sender_of(update)) is not None}
        banned = await self._services.state.run(_banned, senders)
        admitted = []
        for update in updates:
            verdict = self._verdict(update, banned)
            if verdict is Verdict.IN and self._too_many(update):
                verdict = Verdict.TOO_MANY
            if verdict is Verdict.IN:
                admitted.append(update)
            else:
                self.turn_away(update, verdict)
        return admitted

    async def check(self, update: Update, context: Context) -> None:
        """Check an update again: its sender may have been banned while it waited.

        Raises:
            ApplicationHandlerStop: if it may not pass.
        """
        who = sender_of(update)
        banned = await self._services.state.run(_banned, {who.id}) if who is not None else set[int]()
        verdict = self._verdict(update, banned)
        if verdict is not Verdict.IN:
            self.turn_away(update, verdict)
            raise ApplicationHandlerStop

    def is_exempt(self, update: Update) -> bool:
        """Return whether an update is an admin's, who may always get through."""
        who = sender_of(update)
        return who is not None and self._services.is_admin(who.id)

    def turn_away(self, update: Update, verdict: Verdict = Verdict.TOO_MANY) -> None:
        """Tell the sender of a refused update, unless they were told a minute ago."""
        chat, who = update.effective_chat, sender_of(update)
        if verdict is Verdict.IGNORED or who is None:
            return
        self._services.metrics.turned_away.inc()
        if update.guest_message is not None:
            # Nothing is written into a chat that the bot is a guest in, but an answer.
            return
        phrases = phrases_for(None, who.language)
        if update.callback_query is not None or update.inline_query is not None:
            toast = {Verdict.TOO_MANY: phrases.too_much, Verdict.PRIVATE_BOT: phrases.private_bot.format(id=who.id)}
            self._once(("query", who.id), self._acknowledge_query(update, toast.get(verdict, "")))
        elif verdict is Verdict.WRONG_GROUP and chat is not None:
            # Two updates tell that the bot was added, and the other one makes it leave.
            if (update.message is None or not update.message.new_chat_members) and self._may_tell(chat.id):
                self._once(("leave", chat.id), self.leave(chat.id, who.language))
        elif verdict in (Verdict.TOO_MANY, Verdict.PRIVATE_BOT):
            # In a group no reply is sent: Telegram lets the bot write there too little already.
            private = chat is not None and chat.type == Chat.PRIVATE
            if self._may_tell((who.id, private)):
                log.info("updates are passed over", extra={"reason": verdict.name.lower()})
                if private:
                    too_many = verdict is Verdict.TOO_MANY
                    told = self._say(who.id, phrases.too_much) if too_many else self._say_private(who.id, phrases)
                    self._once(("say", who.id), told)

    def admits_group(self, group: int) -> bool:
        """Return whether the bot works in a group."""
        return not self._groups or group in self._groups

    def admits(self, person: int, chat: int) -> bool:
        """Return whether somebody who is not banned may ask in a chat, so that they may be told something there."""
        if chat > 0:
            return self._services.options.invites(person)
        return self._services.is_admin(person) or self._verdict_on_member(chat, person) is Verdict.IN

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

    def _verdict(self, update: Update, banned: set[int]) -> Verdict:
        chat, who = update.effective_chat, sender_of(update)
        if tells_of_the_chat(update):
            return Verdict.IN
        if chat is not None and chat.type == Chat.CHANNEL:
            return Verdict.IGNORED
        if who is None or who.is_bot:
            return Verdict.IGNORED
        if self._services.is_admin(who.id):
            return Verdict.IN
        if who.id in banned:
            return Verdict.BANNED
        if update.guest_message is not None:
            return self._verdict_on_guest(chat, who.id)
        if chat is not None and chat.type in (Chat.GROUP, Chat.SUPERGROUP):
            return self._verdict_on_member(chat.id, who.id)
        return Verdict.IN if self._services.options.invites(who.id) else Verdict.PRIVATE_BOT

    def _verdict_on_member(self, group: int, person: int) -> Verdict:
        if not self.admits_group(group):
            return Verdict.WRONG_GROUP
        # Members of an admitted group may ask there.
        options = self._services.options
        return Verdict.IN if options.groups or options.invites(person) else Verdict.PRIVATE_BOT

    def _verdict_on_guest(self, chat: Chat | None, person: int) -> Verdict:
        """Return the decision on a question from a chat that the bot is no member of, whose number vouches for nothing.

        Who lists groups wants the bot in these alone, and those whom they invited by name to ask wherever they are.
        """
        options = self._services.options
        if person in options.people:
            return Verdict.IN
        if options.people:
            return Verdict.PRIVATE_BOT
        return Verdict.IGNORED if options.groups and chat is not None and chat.type != Chat.PRIVATE else Verdict.IN

    async def _say(self, chat: int, words: str) -> None:
        try:
            async with asyncio.timeout(_SAID_WITHIN):
                await self._services.courier.say(chat, plain(words))
        except (TelegramError, TimeoutError) as error:
            log.debug("nobody could be told that it was too much", extra={"reason": str(error)})

    async def _say_private(self, person: int, phrases: Phrases) -> None:
        if not await self._services.state.run(people.told_private, person, self._services.now(), _TOLD_AGAIN):
            await self._say(person, phrases.private_bot.format(id=person))

    async def _acknowledge_query(self, update: Update, toast: str) -> None:
        """Acknowledge the query, which would show as loading on the person's screen."""
        try:
            if update.callback_query is not None:
                await update.callback_query.answer(shortened(toast, _TOAST) or None)
            elif update.inline_query is not None:
                await update.inline_query.answer([], cache_time=10, is_personal=True)
        except TelegramError as error:
            log.debug("a query could not be answered", extra={"reason": str(error)})

    def _once(self, what: Hashable, work: Coroutine[Any, Any, None]) -> None:
        """Do something in the background, unless the same is being done."""
        if what in self._busy:
            work.close()
            return

        async def done() -> None:
            try:
                await work
            finally:
                self._busy.discard(what)

        self._busy.add(what)
        self._tasks.start(done(), "turning away")

    def _may_tell(self, told: Hashable) -> bool:
        """Return whether somebody was not told something within a minute; they count as told now."""
        return not self._told.is_over(told, time.monotonic())

    def _too_many(self, update: Update) -> bool:
        # Typing sends one inline query after another: these have a limit of their own, and are always answered.
        person = person_of(update)
        if person is None or update.inline_query is not None or tells_of_the_chat(update) or self.is_exempt(update):
            return False
        return self._recent.is_over(person, _time(update))


def _banned(db: sqlite3.Connection, asked: set[int]) -> set[int]:
    return {person for person in asked if people.is_banned(db, person)}


def _time(update: Update) -> float:
    """Return Telegram's time of an update if it has one: a backlog from while the bot was away did not come at once."""
    message = update.message or update.edited_message or update.guest_message
    if message is not None:
        return (message.edit_date or message.date).timestamp()
    if update.message_reaction is not None:
        return update.message_reaction.date.timestamp()
    return time.time()


class Membership:
    """Changes of the bot's membership."""

    def __init__(self, services: Services, gate: Gate) -> None:
        self._services = services
        self._gate = gate

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """Return the handlers of membership and of moves."""
        return [
            ChatMemberHandler(self.moved, ChatMemberHandler.MY_CHAT_MEMBER),
            MessageHandler(filters.StatusUpdate.MIGRATE, self.migrated),
        ]

    async def moved(self, update: Update, context: Context) -> None:
        """Note that the bot was added, removed, blocked or let in again."""
        change = update.my_chat_member
        assert change is not None
        inside, was_inside = _inside(change, new=True), _inside(change, new=False)
        state, now = self._services.state, self._services.now()
        if change.chat.type == Chat.PRIVATE:
            await state.run(people.set_blocked, change.chat.id, blocked=not inside)
        elif change.chat.type == Chat.CHANNEL:
            return
        elif not inside:
            await state.run(people.leave, change.chat.id)
        elif not self._gate.admits_group(change.chat.id):
            await self._gate.leave(change.chat.id, change.from_user.language_code)
        else:
            await state.run(people.join, change.chat.id, now)
            # A banned person is not answered, and others in the group may ask all the same.
            if not was_inside and not await state.run(people.is_banned, change.from_user.id):
                phrases = phrases_for(None, change.from_user.language_code)
                hello = phrases.group_hello.format(bot=self._services.username)
                await self._services.courier.say(change.chat.id, plain(hello))

    async def migrated(self, update: Update, context: Context) -> None:
        """Move a group's state to the supergroup it has become. Both chats report the move, in either order."""
        message = update.effective_message
        assert message is not None
        if message.migrate_to_chat_id is not None:
            old, new = message.chat.id, message.migrate_to_chat_id
        else:
            assert message.migrate_from_chat_id is not None
            old, new = message.migrate_from_chat_id, message.chat.id
        await self._services.state.run(people.migrate_group, old, new)
        await self._gate.follow()


def _inside(change: ChatMemberUpdated, *, new: bool) -> bool:
    member = change.new_chat_member if new else change.old_chat_member
    return member.status in _INSIDE or (
        member.status == ChatMember.RESTRICTED and bool(getattr(member, "is_member", False))
    )
