"""The question whether a build may remove a large part of the articles.

Where nobody in particular asked for the build, every admin is asked, once for each situation, and the first answer
counts for all. The question outlives a restart: it and its cards are stored before anything is sent.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from telegram.constants import KeyboardButtonStyle
from telegram.error import TelegramError

from bot.cards import RemovalsCard
from bot.errors import RemovalsError
from bot.language.phrases import Phrases, counted, number, phrases_for
from bot.messages.markup import Screen, button, keyboard, plain
from bot.services import Place, Services
from bot.state import cards
from bot.state.cards import StoredCard
from bot.state.connection import Connection
from bot.state.database import read_note, write_note
from retrieval.sanitize import one_line

_EXAMPLE: Final = 200
# The note of the situation that admins were asked about last.
_NOTE: Final = "removals"

log = logging.getLogger("verbatim.bot")


@dataclass(frozen=True, slots=True)
class Situation:
    """What a build would remove, of which generation.

    Attributes:
        asked: the name of the question; '' once it has been answered, or is void.
    """

    generation: str
    gone: int
    articles: int
    asked: str = ""


def removals_screen(card_id: str, card: RemovalsCard, phrases: Phrases) -> Screen:
    """Return the question, with a button that removes the articles and one that leaves them."""
    said = phrases.reindex_removals.format(
        gone=number(card.gone, phrases),
        articles=counted("articles", card.articles, phrases),
        examples=", ".join(one_line(example)[:_EXAMPLE] for example in card.examples),
    )
    anyway = phrases.reindex_anyway.format(gone=number(card.gone, phrases))
    remove = button(anyway, card_id, "r", KeyboardButtonStyle.DANGER)
    return Screen(plain(said), keyboard([remove, button(phrases.broadcast_cancel, card_id, "c")]))


class RemovalsQuestion:
    """The question that every admin is asked."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def ask(self, stopped: RemovalsError) -> None:
        """Ask every admin whether these articles may be removed, unless they were asked that already."""
        services = self._services
        before = await self._situation()
        now = Situation(services.library.generation, stopped.gone, stopped.articles)
        if before is not None and replace(before, asked="") == now:
            return
        if before is not None:
            await self._void(before.asked)
        asked = cards.new_id()
        card = RemovalsCard(stopped.gone, stopped.articles, stopped.examples, asked)
        new = [Place(admin.id, None, private=True).new_card(admin, card) for admin in await services.admins()]

        def put(db: Connection) -> None:
            _note(db, replace(now, asked=asked))
            for stored in new:
                cards.put(db, stored, services.now())

        await services.state.run(put)
        log.warning("a build waits for an admin's yes", extra={"gone": stopped.gone, "articles": stopped.articles})
        await self._send(new)

    async def resume(self) -> None:
        """Ask those whom a restart kept from being asked."""
        situation = await self._situation()
        if situation is not None and situation.asked:
            stored = await self._services.state.run(cards.removals_asked, situation.asked)
            await self._send([one for one in stored if one.message is None])

    async def settle(self, answered: StoredCard, *, removed: bool) -> bool:
        """Count an admin's answer for all, unless another was first: False then. It is not asked again."""
        assert isinstance(answered.card, RemovalsCard)
        asked = answered.card.asked

        def take(db: Connection) -> bool:
            situation = _situation(db)
            is_first = situation is not None and situation.asked == asked and cards.remove(db, answered.id)
            if is_first and situation is not None:
                _note(db, replace(situation, asked=""))
            return is_first

        is_first = await self._services.state.run(take)
        if is_first:
            await self._close(asked, lambda phrases: phrases.removals_done if removed else phrases.removals_left)
        return is_first

    async def forget(self) -> None:
        """Forget the situation, since a build went through: where it comes again, it is asked again."""
        situation = await self._situation()
        if situation is not None:
            await self._void(situation.asked)
            await self._services.state.run(write_note, _NOTE, "")

    async def _situation(self) -> Situation | None:
        return await self._services.state.run(_situation)

    async def _void(self, asked: str) -> None:
        if asked:
            await self._close(asked, lambda phrases: phrases.removals_void)

    async def _send(self, new: list[StoredCard]) -> None:
        """Show the question to the owners of these cards, side by side: Telegram may let one of them wait for long."""
        services = self._services

        async def send(stored: StoredCard) -> None:
            assert isinstance(stored.card, RemovalsCard)
            screen = removals_screen(stored.id, stored.card, phrases_for(stored.language, None))
            message = await services.courier.send(stored.chat, screen)
            await services.state.run(cards.show, replace(stored, message=message))

        _log_unreached(await asyncio.gather(*map(send, new), return_exceptions=True))

    async def _close(self, asked: str, said: Callable[[Phrases], str]) -> None:
        """Delete the cards of a question, and have their messages say what became of it."""
        services = self._services
        shown = await services.state.run(cards.removals_asked, asked)

        async def close(stored: StoredCard) -> None:
            await services.state.run(cards.remove, stored.id)
            if stored.message is not None:
                words = plain(said(phrases_for(stored.language, None)))
                await services.courier.edit(stored.chat, stored.message, Screen(words))

        _log_unreached(await asyncio.gather(*map(close, shown), return_exceptions=True))


def _situation(db: Connection) -> Situation | None:
    noted = read_note(db, _NOTE)
    return Situation(**json.loads(noted)) if noted else None


def _note(db: Connection, situation: Situation) -> None:
    fields = ("generation", "gone", "articles", "asked")
    write_note(db, _NOTE, json.dumps({name: getattr(situation, name) for name in fields}))


def _log_unreached(done: list[BaseException | None]) -> None:
    for error in done:
        if isinstance(error, TelegramError):
            log.warning("an admin could not be told", extra={"reason": str(error)})
        elif error is not None:
            raise error
