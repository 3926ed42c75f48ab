"""Refusals of Telegram's that lie in the chat: who is in it, its settings, a person who cannot be written to.

Anybody can bring them about, in a group of their own as often as they like. So none of them is an incident. The Bot API
tells its errors apart by their text alone; the texts are TDLib's and those of "Possible errors" of messages.sendMessage
(https://core.telegram.org/method/messages.sendMessage).
"""

from typing import Final

from telegram.error import BadRequest, Forbidden, TelegramError

_MAY_NOT_WRITE: Final = (
    "not enough rights",
    "have no rights",
    "need administrator rights",
    "chat_admin_required",
    "chat_write_forbidden",
    "chat_guest_send_forbidden",
    "chat_restricted",
    "chat_send_",
    "topic_closed",
    "payment_required",
    "privacy_premium_required",
)
_NOBODY_THERE: Final = (
    "chat not found",
    "user not found",
    "chat_id_invalid",
    "peer_id_invalid",
    "channel_private",
    "chat was deactivated",
    "chat was deleted",
    "user is deactivated",
    "user_deactivated",
    "user_is_blocked",
)


def is_closed(error: TelegramError) -> bool:
    """Whether the bot is not, or no longer, in the chat: it was removed or blocked, or the chat never began."""
    return isinstance(error, Forbidden) and not _says(error, _MAY_NOT_WRITE)


def is_of_the_chat(error: BaseException | None) -> bool:
    """Whether the chat, and not what was sent, is the reason of a refusal."""
    return isinstance(error, Forbidden) or (
        isinstance(error, BadRequest) and _says(error, (*_MAY_NOT_WRITE, *_NOBODY_THERE))
    )


def _says(error: TelegramError, words: tuple[str, ...]) -> bool:
    said = str(error).lower()
    return any(word in said for word in words)
