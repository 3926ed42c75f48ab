"""The origin of an update: who sent it, the lane in which it is handled in order, and the room it takes up."""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from telegram import (
    Chat,
    Message,
    MessageOrigin,
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginUser,
    Update,
    User,
)

# A group gets 20 messages a minute from a bot: the last of so many is answered after three minutes.
PER_LANE: Final = 60
# Of one person, wherever they write: half a lane, so that nobody fills a group's alone.
PER_PERSON: Final = 30


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
    if (author := author_by(message.forward_origin)) is not None:
        return author
    who = message.sender_chat or message.from_user
    return who.id if who is not None else None


def author_by(origin: MessageOrigin | None) -> int | None:
    """Return the id of the person or chat that a message comes from; None where Telegram does not tell."""
    if isinstance(origin, MessageOriginUser):
        return origin.sender_user.id
    if isinstance(origin, MessageOriginChat):
        return origin.sender_chat.id
    if isinstance(origin, MessageOriginChannel):
        return origin.chat.id
    return None


class Lanes:
    """Locks by key, first come, first served; each exists only as long as somebody wants it."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def __call__(self, key: Hashable) -> AsyncIterator[None]:
        """Wait for the turn of `key`."""
        lock, users = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks[key]
            if users == 1:
                del self._locks[key]
            else:
                self._locks[key] = (lock, users - 1)

    def __len__(self) -> int:
        return len(self._locks)


@dataclass(frozen=True, slots=True)
class Claim:
    """The room that an update takes up while it waits.

    Attributes:
        lane: within which it is handled in order.
        person: whose other updates it counts with; None: with nobody's.
        rooms: how many times the usual bounds it may fill up.
    """

    lane: Hashable
    person: int | None
    rooms: int = 1

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """Return the keys that it counts towards."""
        return (self.lane,) if self.person is None else (self.lane, ("by", self.person))

    @property
    def bounds(self) -> tuple[tuple[Hashable, int], ...]:
        """Return how many may wait under each of its keys, this one among them."""
        return tuple(zip(self.keys, (self.rooms * PER_LANE, self.rooms * PER_PERSON), strict=False))


def claim_of(update: Update) -> Claim:
    """Return the room that an update takes up.

    An update that the bot was added, removed or moved has room beyond that of messages: no flood makes the bot miss it.
    Typing sends one inline query after another, which take no room from messages.
    """
    if update.inline_query is not None:
        return Claim(("typing", update.inline_query.from_user.id), None)
    return Claim(lane_of(update), person_of(update), 2 if tells_of_the_chat(update) else 1)


def lane_of(update: Update) -> Hashable:
    """Return the lane within which an update is handled in order: its chat, or else its sender.

    An inline query waits for nobody: it is out of date as soon as the person has typed another letter.
    """
    if update.inline_query is not None:
        return ("update", update.update_id)
    if update.guest_message is not None:
        # The number of a chat that the bot is a guest in may be that of another chat that it knows (Bot API,
        # Message.guest_query_id).
        return ("guest", person_of(update))
    if update.effective_chat is not None:
        return ("chat", update.effective_chat.id)
    if update.effective_user is not None:
        return ("person", update.effective_user.id)
    return ("update", update.update_id)


def person_of(update: Update) -> int | None:
    """Return the id of an update's sender; None if nobody is named."""
    who = sender_of(update)
    return who.id if who is not None else None


def tells_of_the_chat(update: Update) -> bool:
    """Return whether an update says that the bot was added or removed, or that a group has moved."""
    return update.my_chat_member is not None or tells_of_a_move(update)


def tells_of_a_move(update: Update) -> bool:
    """Return whether an update says that a group has become another chat."""
    message = update.message
    return message is not None and (message.migrate_to_chat_id is not None or message.migrate_from_chat_id is not None)
