"""A damaged state database: admins are told once, however often a supervisor starts the bot again."""

import asyncio
import logging
from collections.abc import Collection
from pathlib import Path
from typing import Final

from telegram import Bot
from telegram.error import TelegramError

from bot.language.catalogue import LANGUAGES
from bot.state.database import FILE

# Beside the database, which can no longer note that they were told.
_TOLD: Final = f"{FILE}-damaged"
_WITHIN: Final = 20.0

log = logging.getLogger("verbatim.bot")


async def tell_admins(bot: Bot, admins: Collection[int], folder: Path, reason: str) -> None:
    """Send admins the reason, unless they have been told since the database was last sound.

    It is said in every language of the bot: which one an admin chose stands in the database.
    """
    mark = folder / _TOLD
    if mark.exists() or not admins:
        return
    said = "\n\n".join(phrases.admin_damaged.format(reason=reason) for phrases in LANGUAGES)
    try:
        async with asyncio.timeout(_WITHIN), bot:
            told = [admin for admin in sorted(admins) if await _tell(bot, admin, said)]
    except (TelegramError, TimeoutError) as error:
        log.warning("admins could not be told of the damage", extra={"reason": str(error)})
        return
    if told:
        mark.write_text(f"{reason}\n", encoding="utf-8")


def note_sound(folder: Path) -> None:
    """The database has been opened without a fault: admins are told of the next one."""
    (folder / _TOLD).unlink(missing_ok=True)


async def _tell(bot: Bot, admin: int, said: str) -> bool:
    try:
        await bot.send_message(admin, said)
    except TelegramError as error:
        log.warning("an admin could not be told of the damage", extra={"reason": str(error)})
        return False
    return True
