"""/remove: takes an article that was added by the bot out again."""

import asyncio
import logging
from typing import Final

from telegram import Update
from telegram.constants import KeyboardButtonStyle
from telegram.ext import BaseHandler, CommandHandler

from bot.answering import unready
from bot.cards import AnswerCard, ArticleCard, CheckCard, RemoveCard
from bot.errors import NotReadyError
from bot.handlers.admin import only_admins
from bot.handlers.buttons import Press
from bot.language.phrases import Phrases, counted
from bot.messages.articles import LISTED
from bot.messages.markup import Screen, button, keyboard, plain, shortened
from bot.scheduler import Scheduler
from bot.services import Context, Place, Services, Visitor
from bot.state import cards
from bot.state.cards import StoredCard
from bot.taking_out import hindrance, take_out
from index.generation.catalog import ArticleHead
from retrieval.articles import ArticlesOfFile
from retrieval.errors import UnknownArticleError
from retrieval.sanitize import one_line

_WORDS: Final = 200
_TITLE: Final = 120
_TITLES: Final = 5

log = logging.getLogger("verbatim.bot")


class Removing:
    """Articles that are taken out at an admin's word."""

    def __init__(self, services: Services, scheduler: Scheduler) -> None:
        self._services = services
        self._scheduler = scheduler

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """Return the handler of /remove, for admins."""
        return [CommandHandler("remove", self.remove, filters=only_admins(self._services))]

    async def remove(self, update: Update, context: Context) -> None:
        """Ask whether an article is to go: that of the message it replies to, or one with these words in its title."""
        message, visitor, place = await self._services.incoming(update)
        words = " ".join(context.args or ())[:_WORDS]
        chosen: tuple[str, ...] = ()
        if message.reply_to_message is not None and not words:
            replied = await self._services.state.run(cards.by_message, place.chat, message.reply_to_message.message_id)
            chosen = _shown(replied)
        try:
            if words:
                chosen = await self._named(words)
                if not chosen:
                    said = visitor.phrases.article_none.format(words=shortened(one_line(words), _WORDS))
                    await self._services.reply(place, said, message.message_id)
                    return
            if not chosen:
                await self._services.reply(place, visitor.phrases.remove_usage, message.message_id)
            elif len(chosen) > 1:
                await self._offer(place, visitor, chosen, message.message_id)
            else:
                await self._ask(place, visitor, chosen[0], message.message_id)
        except NotReadyError as error:
            await self._services.reply(place, unready(error, visitor.phrases), message.message_id)

    async def pressed(self, press: Press) -> str:
        """Choose one of several articles, take one out, or leave it."""
        card, phrases = press.stored.card, press.visitor.phrases
        assert isinstance(card, RemoveCard)
        if not self._services.is_admin(press.visitor.id):
            return ""
        if press.action == "o" and press.number < len(card.articles):
            await self._ask(press.place, press.visitor, card.articles[press.number], press.message)
        elif press.action in ("r", "c") and card.file:
            if not await self._services.state.run(cards.by_id, press.stored.id):
                return phrases.expired
            said = await self._take_out(card, phrases) if press.action == "r" else phrases.remove_left
            await self._services.courier.edit(press.place.chat, press.message, Screen(plain(said)))
            # Last: where a kill comes before, the press is handled again.
            await self._services.state.run(cards.remove, press.stored.id)
        return ""

    async def _named(self, words: str) -> tuple[str, ...]:
        library = self._services.library
        found = await library.titled(words) or list((await library.listed(words, 0, LISTED)).heads)
        return tuple(head.id for head in found[:LISTED])

    async def _offer(self, place: Place, visitor: Visitor, chosen: tuple[str, ...], reply_to: int) -> None:
        """Ask which of several articles is meant."""
        stored = place.new_card(visitor, RemoveCard(articles=chosen))
        rows = []
        for number, article_id in enumerate(chosen):
            beside = await self._services.library.beside(article_id)
            head = next(one for one in beside.articles if one.id == article_id)
            rows.append([button(_titled(head, visitor.phrases), stored.id, f"o{number}")])
        screen = Screen(plain(visitor.phrases.remove_which), keyboard(*rows))
        await self._services.send_card(stored, screen, reply_to)

    async def _ask(self, place: Place, visitor: Visitor, article_id: str, reply_to: int) -> None:
        """Say what would go, and ask whether it shall; or say why it cannot."""
        services, phrases = self._services, visitor.phrases
        try:
            beside = await services.library.beside(article_id)
        except UnknownArticleError:
            await services.reply(place, phrases.article_gone, reply_to)
            return
        hindered = await asyncio.to_thread(hindrance, services.options, beside.file)
        if hindered:
            said = phrases.remove_of_seeds if hindered == "seeds" else phrases.remove_read_only
            await services.reply(place, said.format(file=one_line(beside.file)), reply_to)
            return
        stored = place.new_card(visitor, RemoveCard((article_id,), beside.file))
        remove = button(phrases.remove, stored.id, "r", KeyboardButtonStyle.DANGER)
        keys = keyboard([remove, button(phrases.broadcast_cancel, stored.id, "c")])
        await services.send_card(stored, Screen(plain(_question(beside, phrases)), keys), reply_to)

    async def _take_out(self, card: RemoveCard, phrases: Phrases) -> str:
        """Take a file out; return what is said of it."""
        services = self._services
        try:
            beside = await services.library.beside(card.articles[0])
        except UnknownArticleError:
            return phrases.article_gone
        hindered = await asyncio.to_thread(hindrance, services.options, beside.file)
        if hindered or beside.file != card.file:
            return phrases.article_changed
        try:
            await asyncio.to_thread(take_out, services.options, beside, services.now())
        except OSError as error:
            return phrases.remove_failed.format(reason=error.strerror or str(error))
        self._scheduler.wake()
        return phrases.removed.format(
            articles=counted("articles", len(beside.articles), phrases), titles=_titles(beside, phrases)
        )


def _shown(replied: StoredCard | None) -> tuple[str, ...]:
    """Return the ids of the articles that a message of the bot shows now."""
    match replied.card if replied is not None else None:
        case AnswerCard(citations=citations, shown=shown) if citations:
            return (citations[shown].article_id,)
        case CheckCard(citations=citations):
            return tuple(dict.fromkeys(one.article_id for one in citations))
        case ArticleCard(article_id=article_id):
            return (article_id,)
        case _:
            return ()


def _question(beside: ArticlesOfFile, phrases: Phrases) -> str:
    many = counted("articles", len(beside.articles), phrases)
    return phrases.remove_question.format(
        articles=many, titles=_titles(beside, phrases), file=shortened(one_line(beside.file), _WORDS)
    )


def _titles(beside: ArticlesOfFile, phrases: Phrases) -> str:
    titles = [phrases.in_quotes.format(words=_titled(head, phrases)) for head in beside.articles[:_TITLES]]
    more = len(beside.articles) - len(titles)
    return "; ".join([*titles, phrases.and_more.format(n=more)] if more else titles)


def _titled(head: ArticleHead, phrases: Phrases) -> str:
    return shortened(one_line(head.title), _TITLE) or phrases.no_title
