"""Commands, by scope and language, and descriptions that Telegram shows before anybody writes.

Telegram stores these, so they are sent only when they have changed. None of it is worth a failed start.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
)
from telegram.error import TelegramError

from bot.language.catalogue import LANGUAGES
from bot.language.phrases import Phrases
from bot.state.database import Database, read_note, write_note

_NOTE: Final = "presentation"
# Commands that make sense in a group.
_IN_GROUPS: Final = ("ask", "new", "sources", "article", "help")

log = logging.getLogger("verbatim.bot")

Line = tuple[BotCommandScope, Mapping[str, str], str]


async def present(bot: Bot, state: Database, admins: Sequence[int]) -> None:
    """Tell Telegram the commands, per scope and language, and the bot's descriptions."""
    lines = list(_lines(admins))
    told = [[scope.to_dict(), dict(commands), code] for scope, commands, code in lines]
    texts = [[phrases.description, phrases.short_description] for phrases in LANGUAGES]
    digest = hashlib.sha256(json.dumps([bot.id, told, texts]).encode()).hexdigest()
    if await state.run(read_note, _NOTE) == digest:
        return
    failed = 0
    for scope, commands, code in lines:
        try:
            await bot.set_my_commands(
                [BotCommand(name, does) for name, does in commands.items()], scope, language_code=code or None
            )
        except TelegramError as error:
            # An admin who never wrote has no chat with the bot yet; and the library takes any 404 for a bad token.
            log.info("commands could not be told", extra={"reason": str(error)})
            failed += not isinstance(scope, BotCommandScopeChat)
    for phrases, code in _languages():
        try:
            await bot.set_my_description(phrases.description, language_code=code or None)
            await bot.set_my_short_description(phrases.short_description, language_code=code or None)
        except TelegramError as error:
            log.info("the description could not be told", extra={"reason": str(error)})
            failed += 1
    if not failed:
        await state.run(write_note, _NOTE, digest)


def _languages() -> Iterator[tuple[Phrases, str]]:
    """Yield each language with each of its codes; the first language also serves everybody else."""
    yield LANGUAGES[0], ""
    for phrases in LANGUAGES[1:]:
        for code in phrases.telegram_codes:
            yield phrases, code


def _lines(admins: Sequence[int]) -> Iterator[Line]:
    for phrases, code in _languages():
        everybody = phrases.commands
        grouped = {name: everybody[name] for name in _IN_GROUPS}
        yield BotCommandScopeDefault(), everybody, code
        yield BotCommandScopeAllPrivateChats(), everybody, code
        yield BotCommandScopeAllGroupChats(), grouped, code
        for admin in sorted(admins):
            yield BotCommandScopeChat(admin), {**everybody, **phrases.admin_commands}, code
