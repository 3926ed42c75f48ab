"""The list of articles, an article page by page, and the targets of shared links."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final, get_args

from telegram import Update
from telegram.ext import BaseHandler, CommandHandler, filters

from bot.answering import unready
from bot.cards import AnswerCard, ArticleCard, Card, SourcesCard
from bot.cited import StoredCitation, StoredNearest
from bot.errors import NotReadyError
from bot.handlers.buttons import Press
from bot.language.phrases import Phrases
from bot.messages.articles import LISTED, article_screen, listed, sources_screen
from bot.messages.markup import Screen, plain, shortened
from bot.services import Context, Place, Services, Visitor
from bot.state import cards
from retrieval.answer import Citation
from retrieval.articles import AskedArticles
from retrieval.errors import ChangedArticleError, UnknownArticleError
from retrieval.listing import NAME, Listed, name_of
from retrieval.question.intents import ArticlesKind, Intent
from retrieval.sanitize import one_line

# An article's name in a shared link, which may have 64 characters.
_NAME: Final = re.compile(f"[0-9a-f]{{{2 * NAME}}}")
_WORDS: Final = 200
# Requests that are answered by a list.
_LISTS: Final[dict[str, ArticlesKind]] = {kind: kind for kind in get_args(ArticlesKind)}


class Articles:
    """Articles and lists of them."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """Return the handlers of /sources and /article; an edited command is not given again."""
        new = filters.UpdateType.MESSAGE
        return [
            CommandHandler("sources", self.sources, filters=new),
            CommandHandler("article", self.article, filters=new),
        ]

    async def sources(self, update: Update, context: Context) -> None:
        """List the articles, newest first, or those that hold some words."""
        message, visitor, place = await self._services.incoming(update)
        await self._list(place, visitor, " ".join(context.args or ())[:_WORDS], message.message_id)

    async def article(self, update: Update, context: Context) -> None:
        """Open an article by words of its title; list the articles if several have them."""
        message, visitor, place = await self._services.incoming(update)
        words = " ".join(context.args or ())[:_WORDS]
        if not words:
            await self._services.reply(place, visitor.phrases.article_usage, message.message_id)
            return
        library = self._services.library
        try:
            exact = await library.titled(words)
            found = await library.listed(words, 0, LISTED)
        except NotReadyError as error:
            await self._services.reply(place, unready(error, visitor.phrases), message.message_id)
            return
        if not exact and not found.total:
            shown = shortened(one_line(words), _WORDS)
            await self._services.reply(place, visitor.phrases.article_none.format(words=shown), message.message_id)
        elif len(exact) == 1 or (not exact and found.total == 1):
            await self.open(place, visitor, ArticleCard((exact or found.heads)[0].id), message.message_id)
        else:
            await self._list(place, visitor, words, message.message_id)

    async def open_passage(self, press: Press, shown: StoredCitation) -> None:
        """Open an article at a passage.

        Where the passage stands elsewhere now the article opens there; where it has changed, at what stands in its
        place, and says so.

        Raises:
            UnknownArticleError: if the article is no longer there.
        """
        card = ArticleCard.at(shown.article_id, shown.start, shown.quote, shown.highlights)
        try:
            await self._send_page(press.place, press.visitor, card, press.message)
        except ChangedArticleError:
            found = await self._services.library.standing(shown.citation())
            now = found.now
            if now is None:
                card = ArticleCard(shown.article_id, changed=True)
            else:
                highlights = tuple((span.start, span.end) for span in now.highlights)
                card = ArticleCard.at(now.article_id, now.start, now.quote, highlights)
                card = replace(card, changed=found.became == "changed")
            await self._send_page(press.place, press.visitor, card, press.message)

    async def is_taken_out(self, card: AnswerCard, place: int) -> bool:
        """Return whether the passage at a place of an answer, or the answer itself, is of an article taken out."""
        shown = {(one.article_id, one.path) for one in (card.citations[0], card.citations[place])}
        return bool(await self._services.library.taken_out(shown))

    async def replaced_where_taken_out(self, press: Press, articles: Collection[tuple[str, str]]) -> bool:
        """Show, in place of a message about articles of which one was taken out, that it was; False if none was."""
        if not await self._services.library.taken_out(articles):
            return False
        said = Screen(plain(press.visitor.phrases.article_withdrawn))
        await self._services.courier.edit(press.place.chat, press.message, said)
        return True

    async def open_article(self, press: Press, article_id: str) -> None:
        """Open an article at its beginning."""
        await self.open(press.place, press.visitor, ArticleCard(article_id), press.message)

    async def open_nearest(self, press: Press, near: StoredNearest, generation: str) -> None:
        """Open an article at its nearest passage; at its beginning where the index has changed since.

        Parameters:
            generation: the index that the passage was found in.
        """
        start = near.start if generation == self._services.library.generation else 0
        await self.open(press.place, press.visitor, ArticleCard(near.article_id, start), press.message)

    async def open_link(self, place: Place, visitor: Visitor, payload: str, reply_to: int) -> bool:
        """Open a shared link, `a` and a card's id or `d` and an article's name; return False if it is neither."""
        kind, name = payload[:1], payload[1:]
        try:
            if kind == "a":
                return await self._open_shared(place, visitor, name, reply_to)
            if kind == "d" and _NAME.fullmatch(name):
                found = await self._services.library.named(bytes.fromhex(name))
                if found is not None:
                    await self.open(place, visitor, ArticleCard(found.id), reply_to)
                    return True
        except NotReadyError as error:
            await self._services.reply(place, unready(error, visitor.phrases), reply_to)
            return True
        return False

    async def pressed_article(self, press: Press) -> str:
        """Turn to another page of an article, counted from where the reader came in."""
        card = press.stored.card
        assert isinstance(card, ArticleCard)
        if press.action not in ("b", "f"):
            return ""
        turned = replace(card, page=-press.number if press.action == "b" else press.number)
        try:
            page = await self._services.library.page(turned)
        except ChangedArticleError:
            turned = ArticleCard(card.article_id, changed=True)
            page = await self._services.library.page(turned)
        except UnknownArticleError:
            if await self.replaced_where_taken_out(press, {(card.article_id, "")}):
                return ""
            raise
        screen = article_screen(press.stored.id, turned, page, press.visitor.phrases)
        await self._turn(press, turned, screen)
        return ""

    async def pressed_sources(self, press: Press) -> str:
        """Turn to another page of the list, or open an article of it."""
        card = press.stored.card
        assert isinstance(card, SourcesCard)
        if press.action == "o" and press.number < len(card.listed):
            opened = ArticleCard(card.listed[press.number])
            await self.open(press.place, press.visitor, opened, press.message)
        elif press.action == "p":
            found, leads = await self._page(card, press.number)
            if not found.total:
                return press.visitor.phrases.article_gone
            turned = listed(card, found)
            screen = self._screen(press.stored.id, turned, found, press.visitor.phrases, leads)
            await self._turn(press, turned, screen)
        return ""

    async def list_asked(self, place: Place, visitor: Visitor, found: AskedArticles, reply_to: int) -> None:
        """List the articles that somebody asked for in words of their own."""
        intent, day = found.intent, self._services.today().isoformat()
        kind = _LISTS[intent.kind]
        card = listed(SourcesCard(intent.words[:_WORDS], kind=kind, day=day), found.listed)
        stored = place.new_card(visitor, card)
        screen = self._screen(stored.id, card, found.listed, visitor.phrases, found.leads)
        await self._services.send_card(stored, screen, reply_to)

    def _screen(
        self, card_id: str, card: SourcesCard, found: Listed, phrases: Phrases, leads: Sequence[Citation] = ()
    ) -> Screen:
        return sources_screen(card_id, card, found, phrases, leads, self._services.today())

    async def _page(self, card: SourcesCard, page: int) -> tuple[Listed, tuple[Citation, ...]]:
        """Return another page of a list, with the leads of its articles where the list has them."""
        if not card.kind:
            return await self._services.library.listed(card.words, page, LISTED), ()
        found = await self._services.library.asked_articles(Intent(card.kind, card.words), page, card.day)
        return (found.listed, found.leads) if found is not None else (Listed(0, 0, ()), ())

    async def _list(self, place: Place, visitor: Visitor, words: str, reply_to: int) -> None:
        try:
            found = await self._services.library.listed(words, 0, LISTED)
        except NotReadyError as error:
            await self._services.reply(place, unready(error, visitor.phrases), reply_to)
            return
        if not found.total:
            shown = shortened(one_line(words), _WORDS)
            await self._services.reply(place, visitor.phrases.sources_none.format(words=shown), reply_to)
            return
        card = listed(SourcesCard(words), found)
        stored = place.new_card(visitor, card)
        await self._services.send_card(stored, self._screen(stored.id, card, found, visitor.phrases), reply_to)

    async def open(self, place: Place, visitor: Visitor, card: ArticleCard, reply_to: int) -> None:
        """Open an article, or say that it is gone."""
        try:
            await self._send_page(place, visitor, card, reply_to)
        except UnknownArticleError:
            await self._services.reply(place, visitor.phrases.article_gone, reply_to)

    async def _send_page(self, place: Place, visitor: Visitor, card: ArticleCard, reply_to: int) -> None:
        page = await self._services.library.page(card)
        stored = place.new_card(visitor, card)
        await self._services.send_card(stored, article_screen(stored.id, card, page, visitor.phrases), reply_to)

    async def _turn(self, press: Press, card: Card, screen: Screen) -> None:
        """Show a card another way."""
        place, services = press.place, self._services
        message = await services.courier.edit_or_send(place.chat, press.message, screen, thread=place.thread)
        await services.state.run(cards.show, replace(press.stored, message=message or press.message, card=card))

    async def _open_shared(self, place: Place, visitor: Visitor, card_id: str, reply_to: int) -> bool:
        """Show somebody's answer on a card of the person who opened it; it lasts as long as the answer."""
        shared = await self._services.state.run(cards.by_id, card_id)
        if shared is None or not isinstance(shared.card, AnswerCard):
            return False
        card = replace(shared.card, shown=0, wide=False, verdict="", on_behalf=True, history=(), watch="")
        card = replace(card, before=None)
        if card.citations and await self.is_taken_out(card, 0):
            await self._services.reply(place, visitor.phrases.article_withdrawn, reply_to)
            return True
        stored = replace(place.new_card(visitor, card), source=shared.source or shared.id)
        screen = self._services.answer_screen(stored.id, card, visitor.phrases, chat=place.chat)
        await self._services.send_card(stored, screen, reply_to)
        return True


def article_name(article_id: str) -> str:
    """Return an article's name in a link: letters and digits, whatever its id holds."""
    return name_of(article_id).hex()
