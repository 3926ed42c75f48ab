"""What is done every hour: deleting what has grown old, and keeping the state file small."""

import asyncio
import sqlite3
from typing import Final

from bot import inbox
from bot.services import Services
from bot.state import cards, feedback, turns, usage

_EVERY: Final = 3600.0
_DAY: Final = 24 * 3600.0


async def keep_tidy(services: Services) -> None:
    """Tidy up now and every hour, until cancelled."""
    while True:
        await services.state.run(tidy, services)
        await asyncio.sleep(_EVERY)


def tidy(db: sqlite3.Connection, services: Services) -> None:
    """Delete what is older than people were told."""
    now = services.now()
    before = now - services.options.keep_days * _DAY
    cards.forget_old(db, before)
    turns.forget_old(db, before)
    feedback.forget_old(db, before)
    inbox.forget_old(db, now)
    usage.forget_old(db, now, services.today())
