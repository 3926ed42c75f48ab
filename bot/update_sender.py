"""The sender of an update: a person, or the chat that somebody writes in the name of."""

from dataclasses import dataclass

from telegram import Chat, Message, MessageOriginChannel, MessageOriginChat, MessageOriginUser, Update, User


@dataclass(frozen=True, slots=True)
class Sender:
    """Somebody who writes, presses or reacts. All that is stored, counted or refused by person goes by `id`.

    Attributes:
        id: Telegram's; a chat's is negative, so that it is never a person's.
        language: that the person's Telegram speaks, as an IETF tag; None for a chat.
    """

    id: int
    language: str | None = None
    is_bot: bool = False

    @classmethod
    def of(cls, who: User | Chat) -> "Sender":
        """Return the sender for a person or a chat."""
        if isinstance(who, Chat):
            return cls(who.id)
        return cls(who.id, who.language_code, who.is_bot)

    @property
    def is_chat(self) -> bool:
        """Return whether it is a chat that somebody writes in the name of; it has no private chat with the bot."""
        return self.id < 0


def sender_of(update: Update) -> Sender | None:
    """Return the sender of an update; None if nobody is named.

    All anonymous admins share one account of Telegram's in `from`, all who write as a channel another, all posts of
    linked channels a third (Bot API, Message.sender_chat): the chat they speak for tells them apart. In reactions it is
    `actor_chat`.
    """
    who = update.effective_sender
    return Sender.of(who) if who is not None else None


def sender(update: Update) -> Sender:
    """Return the sender of an update; the gate lets none pass that has no sender."""
    who = sender_of(update)
    assert who is not None
    return who


def author_of(message: Message) -> int | None:
    """Return the id of the author of a message, which somebody else may have forwarded."""
    origin = message.forward_origin
    if isinstance(origin, MessageOriginUser):
        return origin.sender_user.id
    if isinstance(origin, MessageOriginChat):
        return origin.sender_chat.id
    if isinstance(origin, MessageOriginChannel):
        return origin.chat.id
    who = message.sender_chat or message.from_user
    return who.id if who is not None else None
