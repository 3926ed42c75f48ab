"""Chats as articles, one for each day of each chat, and the exports of Telegram and Discord, which are JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from index.article import UNKNOWN, Article
from index.metadata import LONGEST_ID, found, language, one_line
from index.parsers.dates import iso_date
from index.parsers.parsed import UnreadableError, content_id, storable

WHERE: Final = "chat export"
NO_WORDS: Final = "a chat's export without a message that has words"
LONGEST_NAME: Final = 120
NAMELESS: Final = {"saved_messages": "Saved Messages"}


@dataclass(frozen=True, slots=True)
class Message:
    """A message with words.

    Attributes:
        day: as the export writes it, by which messages are put together.
        published: that day in ISO 8601, None if it may be one of two.
    """

    day: str
    published: str | None
    sender: str
    text: str
    forwarded_from: str = ""


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat's messages, in order; `key` tells it from the others of its file."""

    name: str
    key: str
    messages: list[Message]


def daily_articles(path: str, chat: Chat) -> Iterator[Article]:
    """Yield an article for each day: its messages as paragraphs, each with its sender's name in front.

    Raises:
        UnreadableError: if no message has words.
    """
    if not chat.messages:
        raise UnreadableError(NO_WORDS)
    days: dict[str, list[Message]] = {}
    for message in chat.messages:
        days.setdefault(message.day, []).append(message)
    for day, messages in days.items():
        senders = {message.sender for message in messages}
        alone = senders == {chat.name}
        text = "\n\n".join(one.text if alone and not one.forwarded_from else _attributed(one) for one in messages)
        is_own = len(senders) == 1 and not any(one.forwarded_from for one in messages)
        article_id = f"{path}#{chat.key} {day}"
        yield Article(
            id=article_id if len(article_id) <= LONGEST_ID else content_id(path, text),
            path=path,
            text=text,
            title=found(one_line(f"{chat.name}, {messages[0].published or day}"), WHERE),
            source=found(one_line(chat.name), WHERE),
            author=found(one_line(next(iter(senders))) if is_own else None, WHERE),
            published=found(messages[0].published, WHERE),
            language=language(text, UNKNOWN),
        )


def _attributed(message: Message) -> str:
    """Return the words of a message with its sender's name in front."""
    who = message.sender
    if message.forwarded_from:
        who = f"{who}, forwarding {message.forwarded_from}" if who else message.forwarded_from
    return f"{who}: {message.text}" if who else message.text


def chats_in(document: Mapping[str, Any]) -> Iterator[Chat]:
    """Yield the chats of a document that is an export of one chat or of all; no other document has any."""
    holders = [document]
    for name in ("chats", "left_chats"):
        several = document.get(name)
        if isinstance(several, dict) and isinstance(several.get("list"), list):
            holders += [chat for chat in several["list"] if isinstance(chat, dict)]
    for number, holder in enumerate(holders):
        messages = [one for one in _listed(holder.get("messages")) if isinstance(one, dict)]
        if any("date" in one and "text" in one for one in messages) and "type" in holder:
            yield _telegram(holder, messages, number)
        elif isinstance(holder.get("channel"), dict) and any("timestamp" in one for one in messages):
            yield _discord(holder["channel"], messages)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _telegram(chat: Mapping[str, Any], messages: list[Any], number: int) -> Chat:
    """Return a chat that Telegram Desktop exported (https://core.telegram.org/import-export)."""
    name = _name(chat.get("name")) or NAMELESS.get(str(chat.get("type")), "") or "Chat"
    taken: list[Message] = []
    for one in messages:
        parts = one.get("text")
        parts = parts if isinstance(parts, list) else [parts]
        words = "".join(_string(part.get("text") if isinstance(part, dict) else part) for part in parts)
        sender = _name(one.get("from")) or "Deleted Account"
        if one.get("type", "message") == "message":
            taken += _message(_string(one.get("date"))[:10], sender, words, _name(one.get("forwarded_from")))
    return Chat(name, f"{name} {chat.get('id', number)}"[:LONGEST_NAME], taken)


def _discord(channel: Mapping[str, Any], messages: list[Any]) -> Chat:
    """Return a channel that DiscordChatExporter wrote."""
    name = _name(channel.get("name")) or "Channel"
    taken: list[Message] = []
    for one in messages:
        author = one.get("author") if isinstance(one.get("author"), dict) else {}
        sender = _name(author.get("nickname")) or _name(author.get("name"))
        taken += _message(_string(one.get("timestamp"))[:10], sender, _string(one.get("content")))
    return Chat(name, f"{name} {channel.get('id', '')}"[:LONGEST_NAME], taken)


def _message(day: str, sender: str, words: str, forwarded_from: str = "") -> Iterator[Message]:
    if words.strip():
        yield Message(day, iso_date(day), sender, storable(words).strip(), forwarded_from)


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _name(value: Any) -> str:
    return one_line(_string(value), LONGEST_NAME) or ""
