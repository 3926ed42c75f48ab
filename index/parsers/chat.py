"""Chats as articles, one for each day of each chat: the exports of Telegram and Discord (JSON) and WhatsApp (lines)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any, Final

from index.article import UNKNOWN, Article
from index.clutter.marking import parts_of
from index.metadata import LONGEST_ID, found, language, one_line
from index.parsers.dates import iso_date
from index.parsers.document import Document
from index.parsers.parsed import UnreadableError, content_id, storable

WHERE: Final = "chat export"
NO_WORDS: Final = "a chat's export without a message that has words"
LONGEST_NAME: Final = 120
NAMELESS: Final = {"saved_messages": "Saved Messages"}
# '[09/05/2023, 08:00:12] Ann: …' of an iPhone, '09/05/2023, 08:00 - Ann: …' of Android; dates by the country.
_DATE: Final = r"(\d{1,4})([./-])\s?(\d{1,2})[./-]\s?(\d{2,4})"
_TIME: Final = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[\s\u202f\u00a0]?[AaPp]\.?[\s\u00a0]?[Mm]\.?)?"
LINE: Final = re.compile(rf"\u200e?\[?{_DATE},?[\s\u202f]{_TIME}(?:\]\s?|\s[-–]\s)\u200e?(.*)")
# Text behind a left-to-right mark is the program's.
SENDER: Final = re.compile(r"([^:\u200e]{1,100}):\s(?!\u200e)(.*)")
GROUP: Final = re.compile(r"([^:\u200e]{1,100}):\s\u200e")
EDITED: Final = re.compile(r"\s?\u200e<[^<>]{3,60}>\s*\Z")
# Stands for a picture, a voice message, a document; on Android in angle brackets in every language.
MEDIA: Final = re.compile(
    r"<[^<>]{3,60}>\.?|[^\s.]{1,40} (?:omitted|weggelassen|utelatt|utelämnad|omitido|omis|omesso|weggelaten)\.?"
)
FILE_NAME: Final = re.compile(
    r"WhatsApp[ -]?Chat(?: with| mit| med| met| con| avec| -)? +(\S.*)|Chat de WhatsApp con (\S.*)", re.IGNORECASE
)
# Lines at the top that must begin a message.
FEWEST: Final = 2


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
        document = Document(path, text, language(text, UNKNOWN), parts_of(text))
        yield document.article(
            article_id=article_id if len(article_id) <= LONGEST_ID else content_id(path, text),
            title=found(one_line(f"{chat.name}, {messages[0].published or day}"), WHERE),
            source=found(one_line(chat.name), WHERE),
            author=found(one_line(next(iter(senders))) if is_own else None, WHERE),
            published=found(messages[0].published, WHERE),
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


@dataclass(slots=True)
class _Written:
    """A message as written in the file: the three numbers of its date, their separator, and its lines."""

    date: tuple[int, int, int]
    separator: str
    lines: list[str] = field(default_factory=list)


def whatsapp_chat(path: str, text: str) -> Chat | None:
    """Parse a chat's export; return None if `text` is something else."""
    start = text.lstrip("\ufeff\r\n")
    if LINE.match(start[:300]) is None or sum(map(bool, map(LINE.match, start[:20_000].splitlines()))) < FEWEST:
        return None
    written: list[_Written] = []
    for line in start.splitlines():
        if match := LINE.match(line):
            first, separator, second, third, rest = match.groups()
            written.append(_Written((int(first), int(second), int(third)), separator, [rest]))
        else:
            written[-1].lines.append(line)
    # An iPhone's first line is a notice on encryption under the chat's name.
    group = GROUP.match(written[0].lines[0])
    name = one_line(_name_by_file(path) or (group[1] if group else ""), LONGEST_NAME) or "WhatsApp chat"
    messages = (_whatsapp_message(one, day) for one, day in zip(written, _days(written), strict=True))
    return Chat(name, name, [message for message in messages if message is not None])


def _whatsapp_message(written: _Written, day: str | None) -> Message | None:
    """Return a message with words; None for a notice of the program, such as who joined, and for a picture."""
    match = SENDER.match(written.lines[0])
    if match is None:
        return None
    words = EDITED.sub("", "\n".join([match[2], *written.lines[1:]]).strip()).replace("\u200e", "")
    if not words or MEDIA.fullmatch(words):
        return None
    sender = one_line(match[1], LONGEST_NAME) or ""
    return Message(day or written.separator.join(map(str, written.date)), day, sender.removeprefix("~ "), words)


def _name_by_file(path: str) -> str:
    parts = PurePosixPath(path)
    matches = (FILE_NAME.fullmatch(name.removesuffix(".zip")) for name in (parts.stem, parts.parent.name))
    return next((match[1] or match[2] for match in matches if match), "")


def _days(written: list[_Written]) -> list[str | None]:
    """Return the days in ISO 8601; None for all if day and month cannot be told apart."""
    dates = [one.date for one in written]
    if all(first > 31 for first, _, _ in dates):
        return [_iso(first, second, third) for first, second, third in dates]
    day_first = [_iso(third, second, first) for first, second, third in dates]
    month_first = [_iso(third, first, second) for first, second, third in dates]
    if written[0].separator == "." or day_first == month_first:
        return day_first
    fits = [days for days in (day_first, month_first) if _is_in_order(days)]
    return fits[0] if len(fits) == 1 else [None] * len(dates)


def _is_in_order(days: list[str | None]) -> bool:
    """Return whether all are days in chronological order, as messages are."""
    known = [day for day in days if day]
    return len(known) == len(days) and all(one <= other for one, other in pairwise(known))


def _iso(year: int, month: int, day: int) -> str | None:
    return iso_date(f"{year + 2000 if year < 100 else year:04}-{month:02}-{day:02}")
