"""Guest mode: a message that names the bot, in a chat that it is no member of, is a question, and is answered there.

Such an answer has links for buttons: whoever reads it there may never have written to the bot, and Telegram shows it no
other message of the chat. So nothing of the question is kept, and none is understood from an earlier one.
"""

import logging
import time
from collections.abc import Iterable
from typing import Final

from telegram import (
    Bot,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    LinkPreviewOptions,
    Message,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import TelegramError
from telegram.ext import BaseHandler, MessageHandler, filters

from bot.answering import Answering, outcome_of, refusal, too_long, unready
from bot.asides import aside, small_talk
from bot.cards import AnswerCard, CheckCard
from bot.cited import StoredCitation
from bot.errors import NotReadyError
from bot.handlers.articles import article_name
from bot.language.phrases import duration
from bot.messages.answer import share_link
from bot.messages.markup import LABEL_LONGEST, Screen, keyboard, link_button, plain, shortened
from bot.quotations import only_quotation
from bot.services import Context, Services, Visitor
from bot.state import usage
from bot.updates.origin import sender
from bot.updates.wording import part_quoted, replied_to, without_mention, words_in
from retrieval.errors import QuestionError
from retrieval.question.conversation import Turn
from retrieval.quotes.asked import LONGEST
from retrieval.sanitize import one_line

_BAD_MARKUP: Final = "can't parse entities"

log = logging.getLogger("verbatim.bot")


class Guest:
    """Questions in chats that the bot is no member of."""

    def __init__(self, services: Services, answering: Answering) -> None:
        self._services = services
        self._answering = answering

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """Return the handler of such questions; it must come before all that handle messages."""
        return [MessageHandler(filters.UpdateType.GUEST_MESSAGE, self.called)]

    async def called(self, update: Update, context: Context) -> None:
        """Answer a question; the bot's name alone asks what it replies to."""
        message = update.guest_message
        assert message is not None
        visitor = await self._services.visitor(sender(update), private=False)
        named = without_mention(message, self._services.username)
        words = words_in(message) if named is None else named
        history: tuple[Turn, ...] = ()
        if not words:
            asked = replied_to(message)
            words = asked.text if asked is not None else ""
        elif (about := part_quoted(message)) is not None:
            history = (Turn("user", about.text),)
        quote = only_quotation(words)
        most = LONGEST if quote is not None else self._services.options.limits.characters
        screen = await self._refused(message, words, visitor, update.update_id, most)
        intent = aside(words, visitor.phrases, self._services.library)
        if screen is None and intent is not None and intent.is_talk:
            screen = Screen(small_talk(intent, visitor.phrases))
        elif screen is None and quote is not None:
            screen = await self._checked(*quote, visitor, update.update_id)
        elif screen is None:
            screen = await self._answered(words, history, visitor, update.update_id)
        await answer_guest(self._services.bot, message, screen)

    async def _refused(self, message: Message, words: str, visitor: Visitor, update: int, most: int) -> Screen | None:
        """Return what is said in place of an answer; None where there may be one."""
        services, phrases, limits = self._services, visitor.phrases, self._services.options.limits
        if not words:
            return Screen(plain(phrases.ask_what))
        if len(words) > most:
            return Screen(plain(too_long(words, most, phrases)))
        # Limits count it as if it had been asked in private: the chat's number may be another's.
        at = int(message.date.timestamp())
        over = await services.state.run(usage.ask, update, visitor.id, visitor.id, at, limits)
        if over is None:
            return None
        services.metrics.questions.labels("refused").inc()
        await services.state.run(usage.count, services.today(), "refused")
        return Screen(plain(phrases.wait.format(time=duration(over.seconds, phrases))))

    async def _answered(self, words: str, history: tuple[Turn, ...], visitor: Visitor, update: int) -> Screen:
        services, phrases = self._services, visitor.phrases
        started = time.monotonic()
        try:
            async with self._answering.turn(visitor.id):
                answer, generation = await services.library.ask(words, 1, history)
        except QuestionError as error:
            services.metrics.questions.labels("refused").inc()
            return Screen(plain(refusal(error, phrases)))
        except NotReadyError as error:
            return Screen(plain(unready(error, phrases)))
        services.metrics.search_seconds.observe(time.monotonic() - started)
        card = AnswerCard.of(answer, history, generation, on_behalf=False)
        await self._count(outcome_of(card), visitor, update)
        cited = [(self._address(one), phrases.article) for one in card.citations[:1]]
        nearest = [(self._in_chat(near.article_id), one_line(near.title) or phrases.no_title) for near in card.nearest]
        return Screen(services.answer_screen("", card, phrases).piece, self._links(cited or nearest))

    async def _checked(self, quote: str, speaker: str | None, visitor: Visitor, update: int) -> Screen:
        services, phrases = self._services, visitor.phrases
        try:
            async with self._answering.turn(visitor.id):
                found = await services.library.check(quote, speaker)
        except NotReadyError as error:
            return Screen(plain(unready(error, phrases)))
        card = CheckCard.of(found, quote, speaker)
        await self._count("checked", visitor, update)
        cited = [(self._address(one), one_line(one.title) or phrases.no_title) for one in card.citations]
        if len(cited) == 1:
            cited = [(cited[0][0], phrases.article)]
        return Screen(services.check_screen("", card, phrases).piece, self._links(dict(cited).items()))

    async def _count(self, outcome: str, visitor: Visitor, update: int) -> None:
        services, seconds = self._services, self._services.waited(update)
        services.metrics.questions.labels(outcome).inc()
        await services.state.run(usage.count, services.today(), outcome, visitor.id, seconds * 1000)

    def _links(self, found: Iterable[tuple[str, str]]) -> InlineKeyboardMarkup | None:
        """Return buttons that open articles, by their addresses and what the buttons say."""
        return keyboard(*([link_button(shortened(label, LABEL_LONGEST), address)] for address, label in found))

    def _address(self, cited: StoredCitation) -> str:
        """Return where a passage can be read: on its page, or else in the bot's own chat."""
        return self._services.page([cited], 0, None) or self._in_chat(cited.article_id)

    def _in_chat(self, article_id: str) -> str:
        return share_link(self._services.username, f"d{article_name(article_id)}")


async def answer_guest(bot: Bot, message: Message, screen: Screen) -> None:
    """Write into the chat of a message that called the bot there, once; where that is too late, nobody is told."""
    assert message.guest_query_id is not None
    for text, mode in ((screen.piece.html, ParseMode.HTML), (screen.piece.text, None)):
        content = InputTextMessageContent(
            text, parse_mode=mode, link_preview_options=LinkPreviewOptions(is_disabled=True)
        )
        result = InlineQueryResultArticle("1", bot.username, content, reply_markup=screen.keyboard)
        try:
            await bot.answer_guest_query(message.guest_query_id, result)
        except TelegramError as error:
            if mode is not None and _BAD_MARKUP in str(error).lower():
                log.warning("Telegram refused the markup", extra={"reason": str(error)})
                continue
            # Too old by now, or answered before the bot was started anew.
            log.info("a guest's question could not be answered", extra={"reason": str(error)})
        return
