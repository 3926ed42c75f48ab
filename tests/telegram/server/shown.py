"""What Telegram tells a bot about people, chats and messages, as JSON, and of which messages it tells it.

Sources: Bot API, "Available types"; Bots FAQ, "What messages will my bot get?"; Bot features, "Privacy mode".
"""

from typing import Final

from tests.telegram.server.entities import Json, utf16_length, utf16_slice
from tests.telegram.server.world import ADMINS, PRESENT, Chat, Message, User

_RIGHTS: Final = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)
_CAPTIONED: Final = frozenset({"photo", "document", "video", "voice", "audio", "animation"})
_SERVICE: Final = frozenset(
    {"forum_topic_created", "new_chat_members", "left_chat_member", "migrate_to_chat_id", "migrate_from_chat_id"}
)


def user_json(user: User) -> Json:
    """A `User`."""
    shown: Json = {"id": user.id, "is_bot": user.is_bot, "first_name": user.first_name}
    if user.username:
        shown["username"] = user.username
    if user.language_code:
        shown["language_code"] = user.language_code
    return shown


def chat_json(chat: Chat) -> Json:
    """A `Chat`."""
    shown: Json = {"id": chat.id, "type": chat.type}
    if chat.person:
        shown["first_name"] = chat.person.first_name
        if chat.person.username:
            shown["username"] = chat.person.username
    else:
        shown["title"] = chat.title
    if chat.forum:
        shown["is_forum"] = True
    return shown


def message_json(message: Message, *, nested: bool = False) -> Json:
    """A `Message`.

    Args:
        nested: whether it is shown inside another, and so without the message it replies to.
    """
    chat = message.chat
    shown: Json = {
        "message_id": message.id,
        "from": user_json(message.sender),
        "chat": chat_json(chat),
        "date": message.date,
    }
    if message.sender_chat is not None:
        shown["sender_chat"] = chat_json(message.sender_chat)
    if message.thread is not None:
        shown |= {"message_thread_id": message.thread, "is_topic_message": True}
    if message.edit_date is not None:
        shown["edit_date"] = message.edit_date
    if message.forward_origin:
        shown["forward_origin"] = message.forward_origin
    if message.via_bot:
        shown["via_bot"] = user_json(message.via_bot)
    if not nested:
        shown |= _reply(message)
    if message.guest_query_id:
        shown["guest_query_id"] = message.guest_query_id
    shown |= _content(message)
    if message.link_preview_options:
        shown["link_preview_options"] = message.link_preview_options
    if message.keyboard:
        shown["reply_markup"] = message.markup
    return shown


def _reply(message: Message) -> Json:
    """What a message replies to, and the part of it that it quotes. Source: Bot API, ExternalReplyInfo, TextQuote."""
    shown: Json = {}
    replied = _replied(message)
    if replied and replied.chat is message.chat:
        shown["reply_to_message"] = message_json(replied, nested=True)
    elif replied:
        # Of a message in another chat a bot is shown the origin and what is quoted, and no other words.
        shown["external_reply"] = {"origin": origin_json(replied)}
    if message.quote is not None and replied:
        place = replied.text.index(message.quote)
        shown["quote"] = {"text": message.quote, "position": utf16_length(replied.text[:place]), "is_manual": True}
    return shown


def origin_json(message: Message) -> Json:
    """A `MessageOrigin`: who wrote a message that is forwarded, or replied to in another chat."""
    return {"type": "user", "sender_user": user_json(message.sender), "date": message.date}


def _replied(message: Message) -> Message | None:
    """What the bot is told the message replies to: in a topic, what replies to nothing replies to its opening."""
    if message.reply_to and not message.reply_to.deleted:
        return message.reply_to
    if message.thread is not None and message.thread != message.id:
        return message.chat.messages.get(message.thread)
    return None


def _content(message: Message) -> Json:
    if message.kind == "text":
        return {"text": message.text} | ({"entities": message.entities} if message.entities else {})
    content: Json = {message.kind: message.extra}
    if message.kind in _CAPTIONED and message.text:
        content["caption"] = message.text
        if message.entities:
            content["caption_entities"] = message.entities
    return content


def member_json(user: User, status: str) -> Json:
    """A `ChatMember`."""
    shown: Json = {"user": user_json(user), "status": status}
    if status == "creator":
        shown["is_anonymous"] = False
    elif status == "administrator":
        shown |= {"can_be_edited": False, "is_anonymous": False}
        shown |= dict.fromkeys(("can_manage_chat", "can_delete_messages", "can_invite_users", "can_pin_messages"), True)
        denied = (
            "can_manage_video_chats",
            "can_restrict_members",
            "can_promote_members",
            "can_change_info",
            "can_post_stories",
            "can_edit_stories",
            "can_delete_stories",
        )
        shown |= dict.fromkeys(denied, False)
    elif status == "restricted":
        shown |= {"is_member": True, "until_date": 0} | dict.fromkeys(_RIGHTS, False)
    elif status == "kicked":
        shown["until_date"] = 0
    return shown


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
        if entity["type"] == "bot_command" and (
            written.endswith(name) or ("@" not in written and _wrote_last(message))
        ):
            return True
    return False


def _wrote_last(message: Message) -> bool:
    """Whether of all bots it was this one that wrote last before a message: only then a command for any is its own."""
    before = reversed(
        [one for one in message.chat.messages.values() if one.id < message.id and one.sender_chat is None]
    )
    last = next((one.sender for one in before if one.sender.is_bot), None)
    return last == message.chat.world.bot
