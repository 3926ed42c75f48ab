"""Chats the bot is in: groups that add, remove or move it, people who block it."""

from typing import Final

from telegram import Chat, ChatMember, ChatMemberUpdated, Update
from telegram.ext import BaseHandler, ChatMemberHandler, MessageHandler, filters

from bot.handlers.gate import Gate
from bot.language.catalogue import phrases_for
from bot.messages.markup import plain
from bot.services import Context, Services
from bot.state import people

_INSIDE: Final = frozenset({ChatMember.MEMBER, ChatMember.ADMINISTRATOR, ChatMember.OWNER})


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
