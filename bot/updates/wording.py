"""The words of a message: its text or its caption, without the command or the bot's name, and what it quotes."""

import re
from dataclasses import dataclass
from typing import Final

from telegram import Message, MessageEntity

from bot.updates.origin import author_by, author_of

_COMMAND: Final = re.compile(r"/(?P<name>\w+)(?:@(?P<bot>\w+))?(?:\s|$)")


@dataclass(frozen=True, slots=True)
class Quoted:
    """A part of another message, or the whole of it, that a message is about.

    Attributes:
        author: the id of the person who wrote it; None where nobody is named.
        message: the id of the message it stands in, where that is one of the same chat.
    """

    text: str
    author: int | None
    message: int | None


def words_in(message: Message | None) -> str:
    """Return the text of a message, or the caption of a photo, a document or a voice message; '' where it has none."""
    return (message.text or message.caption or "") if message is not None else ""


def without_command(message: Message) -> str:
    """Return the words behind a command, their line breaks as they are."""
    said = words_in(message)
    _, _, words = said.partition(" ")
    first_line, newline, rest = said.partition("\n")
    if " " not in first_line and newline:
        return rest.strip()
    return words.strip()


def command_in_caption(message: Message, bot: str) -> str:
    """Return the name of the command that a caption begins with, '' if there is none for this bot.

    The library takes only those of texts for commands.

    Parameters:
        bot: the bot's user name.
    """
    found = _COMMAND.match(message.caption or "")
    if found is None or (found["bot"] or bot).casefold() != bot.casefold():
        return ""
    return found["name"].casefold()


def without_mention(message: Message, bot: str) -> str | None:
    """Return the words without the bot's name, None if it is not named.

    Parameters:
        bot: the bot's user name.
    """
    name, said = f"@{bot}".casefold(), words_in(message)
    kinds: list[str | None] = [MessageEntity.MENTION]
    named = message.parse_entities(kinds) if message.text else message.parse_caption_entities(kinds)
    for entity, words in named.items():
        if words.casefold() == name:
            raw = said.encode("utf-16-le")
            rest = raw[: 2 * entity.offset] + raw[2 * (entity.offset + entity.length) :]
            lines = rest.decode("utf-16-le").split("\n")
            return "\n".join(" ".join(line.split()) for line in lines).strip().lstrip(",:; ")
    return None


def part_quoted(message: Message) -> Quoted | None:
    """Return the part of another message that a message quotes; None if it quotes none.

    Of a message in another chat the bot is shown nothing but that part (Bot API, `external_reply`).
    """
    if message.quote is None or not message.quote.text.strip():
        return None
    replied, external = message.reply_to_message, message.external_reply
    author = author_of(replied) if replied is not None else author_by(external.origin) if external is not None else None
    return Quoted(message.quote.text, author, replied.message_id if replied is not None else None)


def replied_to(message: Message) -> Quoted | None:
    """Return what a message replies to: the part that it quotes, else all words there; None if there are none."""
    if (part := part_quoted(message)) is not None:
        return part
    replied = message.reply_to_message
    if replied is None or not (said := words_in(replied)).strip():
        return None
    return Quoted(said, author_of(replied), replied.message_id)
