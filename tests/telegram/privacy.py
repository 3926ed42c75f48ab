"""Which messages of a group a bot is told about. Source: Bot API, "Bots FAQ", "What messages will my bot get?"."""

from typing import Final

from tests.telegram.entities import utf16_slice
from tests.telegram.world import ADMINS, PRESENT, Message

_SERVICE: Final = frozenset(
    {"forum_topic_created", "new_chat_members", "left_chat_member", "migrate_to_chat_id", "migrate_from_chat_id"}
)


def reaches_bot(message: Message) -> bool:
    """Whether the bot gets this message: in a group by its privacy mode, in a private chat unless it is blocked."""
    chat, world = message.chat, message.chat.world
    if chat.type == "private":
        return not chat.blocked
    status = chat.members.get(world.bot.id)
    if status not in PRESENT:
        return False
    if not world.privacy or status in ADMINS or message.kind in _SERVICE:
        return True
    return _speaks_to_bot(message)


def _speaks_to_bot(message: Message) -> bool:
    bot = message.chat.world.bot
    if message.via_bot == bot or (message.reply_to and message.reply_to.sender == bot):
        return True
    name = f"@{bot.username}".lower()
    for entity in message.entities:
        written = utf16_slice(message.text, entity["offset"], entity["length"]).lower()
        if entity["type"] == "mention" and written == name:
            return True
        if entity["type"] == "bot_command" and ("@" not in written or written.endswith(name)):
            return True
    return False
