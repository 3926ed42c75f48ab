"""/check, forwarded messages that can be checked, and the buttons of checks."""

from dataclasses import replace
from typing import Final

from telegram import Message, Update
from telegram.ext import BaseHandler, CommandHandler, filters

from bot.answering import Answering, Asked
from bot.cards import CheckCard, OfferCard
from bot.checking import Checking
from bot.handlers.articles import Articles
from bot.handlers.buttons import Press
from bot.messages.check import offer_screen
from bot.quotations import quotation_in
from bot.services import Context, Place, Services, Visitor
from bot.updates.origin import author_of
from bot.updates.wording import replied_to, without_command
from retrieval.quotes.asked import quote_and_speaker

_HEARD: Final = filters.UpdateType.MESSAGE | filters.UpdateType.EDITED_MESSAGE


class Checks:
    """Quotes to be checked."""

    def __init__(self, services: Services, answering: Answering, articles: Articles) -> None:
        self._services = services
        self._answering = answering
        self._articles = articles
        self._checking = Checking(services, answering)

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """Return the handler of /check; an edited one is checked anew."""
        return [CommandHandler("check", self.command, filters=_HEARD)]

    async def command(self, update: Update, context: Context) -> None:
        """Check the quote behind /check, else that in the message, or the part of it, that /check replies to."""
        message, visitor, place = await self._services.incoming(update)
        words, said = without_command(message), replied_to(message)
        if words:
            quote, speaker = quote_and_speaker(words)
            await self.check(update, message, quote, speaker, visitor)
        elif said is not None:
            quote, speaker = quotation_in(said.text)
            asked = _asked(update, message, quote)
            await self._checking.check(replace(asked, author=said.author, reply_to=said.message), speaker, visitor)
        elif update.edited_message is None:
            await self._services.reply(place, visitor.phrases.check_usage, message.message_id)

    async def check(self, update: Update, message: Message, quote: str, speaker: str | None, visitor: Visitor) -> None:
        """Check a quote that a message is, or holds."""
        await self._checking.check(_asked(update, message, quote), speaker, visitor)

    async def offer(self, message: Message, words: str, visitor: Visitor) -> None:
        """Ask whether a forwarded message is to be checked."""
        card = OfferCard(words, message.message_id, author_of(message))
        stored = Place.of(message).new_card(visitor, card)
        await self._services.send_card(
            stored, offer_screen(stored.id, card, visitor.phrases), message.message_id, card.author
        )

    async def pressed_offer(self, press: Press) -> str:
        """Check a forwarded message as a quote, or search for it as a question."""
        card = press.stored.card
        assert isinstance(card, OfferCard)
        asked = Asked(
            text=card.words,
            place=press.place,
            message=None,
            update=press.update,
            at=int(self._services.now()),
            reply_to=card.message,
            author=card.author,
        )
        if press.action == "c":
            quote, speaker = quotation_in(card.words)
            await self._checking.check(replace(asked, text=quote), speaker, press.visitor)
        elif press.action == "s":
            await self._answering.answer(asked, press.visitor)
        else:
            return ""
        await self._services.courier.set_keyboard(press.place.chat, press.message, None)
        return ""

    async def pressed(self, press: Press) -> str:
        """Open an article at the quotation."""
        card = press.stored.card
        assert isinstance(card, CheckCard)
        articles = {(one.article_id, one.path) for one in card.citations}
        if await self._articles.replaced_where_taken_out(press, articles):
            return ""
        if press.action == "a" and press.number < len(card.citations):
            await self._articles.open_passage(press, card.citations[press.number])
        return ""


def _asked(update: Update, message: Message, quote: str) -> Asked:
    return Asked(
        text=quote,
        place=Place.of(message),
        message=message.message_id,
        update=update.update_id,
        at=int((message.edit_date or message.date).timestamp()),
        edited=update.edited_message is not None,
        author=author_of(message),
    )
