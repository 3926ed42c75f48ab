"""Inline: `@bot question` in any chat offers passages to be quoted there."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from telegram import (
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import TelegramError
from telegram.ext import BaseHandler, InlineQueryHandler

from bot.cited import StoredCitation
from bot.errors import NotReadyError
from bot.handlers.articles import article_name
from bot.language.phrases import Phrases, day
from bot.messages.answer import BETWEEN, passage_quotes, place, share_link, title
from bot.messages.markup import LONGEST, Piece, joined, keyboard, link_button, plain, shortened
from bot.services import Context, Services, Visitor
from bot.state.usage import Recent
from bot.updates.origin import Lanes, sender
from retrieval.answer import Citation, Tier
from retrieval.errors import QuestionError
from retrieval.sanitize import one_line

FEWEST: Final = 3
PAGE: Final = 10
# Bot API: at most 50 results; hits beyond have little to do with the question.
DEEPEST: Final = 50
# Seconds: the index may change, and typing goes on.
CACHED: Final = 10
_TITLE: Final = 100
# Typing is not to hold up questions: those have the other cores.
_AT_ONCE: Final = max(1, len(os.sched_getaffinity(0)) // 2)
_DESCRIPTION: Final = 150

log = logging.getLogger("verbatim.bot")


class NewestTurns:
    """Turns at something costly: a few at a time, of each person only one, and only the newest that waits.

    Parameters:
        at_once: turns that go on side by side.
    """

    def __init__(self, at_once: int) -> None:
        self._room = asyncio.Semaphore(at_once)
        self._people = Lanes()
        self._newest: dict[int, int] = {}

    @asynccontextmanager
    async def turn(self, person: int, number: int) -> AsyncIterator[bool]:
        """Wait for a turn; yield False if something newer of the same person has come meanwhile.

        Parameters:
            number: grows with time.
        """
        self._newest[person] = max(number, self._newest.get(person, 0))
        try:
            async with self._people(person):
                if self._newest.get(person) != number:
                    yield False
                    return
                async with self._room:
                    yield self._newest.get(person) == number
        finally:
            if self._newest.get(person) == number:
                del self._newest[person]


class Inline:
    """Passages offered for inline queries."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._recent = Recent(services.options.limits.inline)
        self._turns = NewestTurns(_AT_ONCE)

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """Return the handler of inline queries."""
        return [InlineQueryHandler(self.query)]

    async def query(self, update: Update, context: Context) -> None:
        """Offer up to ten passages, and say where more begin."""
        query, person = update.inline_query, sender(update)
        assert query is not None
        offset = int(query.offset) if query.offset.isdecimal() and len(query.offset) < 4 else 0
        if (
            len(query.query.strip()) < FEWEST
            or offset >= DEEPEST
            or self._recent.is_over(person.id, self._services.now())
        ):
            await self._offer(query, [], "")
            return
        async with self._turns.turn(person.id, update.update_id) as is_newest:
            # Telegram shows the answer to the newest query alone; an empty one to an older one would be cached.
            if is_newest:
                await self._search(query, offset, await self._services.visitor(person, private=False))

    async def _search(self, query: InlineQuery, offset: int, visitor: Visitor) -> None:
        try:
            answer, _ = await self._services.library.ask(
                query.query[: self._services.options.limits.characters], DEEPEST, ()
            )
        except QuestionError:
            await self._offer(query, [], "")
            return
        except NotReadyError:
            await self._offer(query, [], "", visitor.phrases.inline_not_ready)
            return
        page = answer.citations[offset : offset + PAGE]
        results = [self._result(citation, visitor, answer.tier) for citation in page]
        following = offset + PAGE
        await self._offer(query, results, str(following) if following < len(answer.citations) else "")

    def _result(self, citation: Citation, visitor: Visitor, tier: Tier) -> InlineQueryResultArticle:
        phrases, shown = visitor.phrases, StoredCitation.of(citation)
        first = citation.rank == 1
        mark, line = _doubt(tier, phrases)
        doubt = plain(line) if first or tier == "none" else Piece()
        # It may be sent anywhere, and whoever reads it there may open the page.
        page = self._services.page([shown], 0, None)
        head, foot = joined((doubt, title(shown, phrases, page)), "\n"), place(shown, phrases)
        quote = shown
        if not first or tier == "none":
            # Nothing is marked as an answer that was not held to be one.
            quote = replace(shown, highlights=(), answer=None)
        elif tier == "not sure":
            quote = replace(shown, answer=None)
        content = joined((head, passage_quotes(quote, LONGEST - head.units - foot.units - 2), foot), "\n")
        facts = (shown.source or "", day(shown.published, phrases) if shown.published else "")
        described = BETWEEN.join(
            one_line(fact) for fact in (*facts, shown.answering or shown.quote[:_DESCRIPTION]) if fact
        )
        if first and mark:
            described = f"{mark}{BETWEEN}{described}"
        link = page or share_link(self._services.username, f"d{article_name(shown.article_id)}")
        return InlineQueryResultArticle(
            id=str(citation.rank),
            title=shortened(one_line(shown.title), _TITLE) or phrases.no_title,
            description=shortened(described, _DESCRIPTION),
            input_message_content=InputTextMessageContent(
                content.html, parse_mode=ParseMode.HTML, link_preview_options=LinkPreviewOptions(is_disabled=True)
            ),
            reply_markup=keyboard([link_button(phrases.article, link)]),
        )

    async def _offer(
        self, query: InlineQuery, results: list[InlineQueryResultArticle], following: str, button: str = ""
    ) -> None:
        try:
            await query.answer(
                results,
                cache_time=CACHED,
                # The results are in the person's language.
                is_personal=True,
                next_offset=following,
                button=InlineQueryResultsButton(button, start_parameter="inline") if button else None,
            )
        except TelegramError as error:
            # By now another letter has been typed, and another query is on its way.
            log.debug("an inline query could not be answered", extra={"reason": str(error)})


def _doubt(tier: Tier, phrases: Phrases) -> tuple[str, str]:
    """Return what says of a passage that it is not taken for an answer, in a list and above it; '' where it is."""
    match tier:
        case "confident":
            return "", ""
        case "not sure":
            return phrases.inline_unsure, phrases.unsure
        case "none":
            return phrases.inline_related, phrases.inline_related
