"""/follow: follows a feed, lists those that are followed, and stops."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from telegram import Update
from telegram.ext import BaseHandler, CommandHandler

from bot.cards import FeedsCard
from bot.feeds import Following
from bot.handlers.admin import only_admins
from bot.handlers.buttons import Press
from bot.language.phrases import Phrases, counted, duration
from bot.messages.markup import Piece, Screen, bold, button, joined, keyboard, linked, plain, shortened
from bot.services import Context, Place, Services, Visitor
from bot.state import cards
from index.errors import BusyError, FeedsError, IndexingError
from retrieval.sanitize import one_line

if TYPE_CHECKING:
    from index.feeds.feeds import FeedState

# Feeds in the list, a line and a button each: Telegram takes a hundred buttons, and 4096 characters.
_LISTED: Final = 20
_TITLE: Final = 80
_REASON: Final = 160
_IN_A_ROW: Final = 4


class Follow:
    """Feeds that admins follow."""

    def __init__(self, services: Services, following: Following) -> None:
        self._services = services
        self._following = following

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """Return the handler of /follow, for admins."""
        return [CommandHandler("follow", self.follow, filters=only_admins(self._services))]

    async def follow(self, update: Update, context: Context) -> None:
        """Follow a feed, which is fetched at once; list the feeds where none is named."""
        message, visitor, place = await self._services.incoming(update)
        words = context.args or []
        if words:
            await self._follow(place, visitor, words[0], message.message_id)
        else:
            await self._list(place, visitor, message.message_id)

    async def pressed(self, press: Press) -> str:
        """Follow a feed of the list no more."""
        card = press.stored.card
        assert isinstance(card, FeedsCard)
        if not self._services.is_admin(press.visitor.id) or press.action != "s" or press.number >= len(card.addresses):
            return ""
        try:
            await asyncio.to_thread(self._following.feeds.unfollow, card.addresses[press.number])
        except IndexingError as error:
            return one_line(str(error))
        listed = await self._listed()
        new = FeedsCard(tuple(feed.address for feed in listed))
        stored = press.place.new_card(press.visitor, new)
        await self._services.state.run(cards.remove, press.stored.id)
        await self._services.state.run(cards.put, stored, self._services.now())
        screen = feeds_screen(stored.id, listed, press.visitor.phrases, self._now())
        await self._services.courier.edit(press.place.chat, press.message, screen)
        return press.visitor.phrases.unfollowed

    async def _follow(self, place: Place, visitor: Visitor, address: str, reply_to: int) -> None:
        services, phrases = self._services, visitor.phrases
        shown = shortened(one_line(address), _REASON)
        told = await services.reply(place, phrases.adding.format(name=shown), reply_to)
        try:
            said = await self._tried(address, phrases)
        except IndexingError as error:
            said = plain(phrases.not_followed.format(address=shown, reason=one_line(str(error))))
        if told is not None:
            await services.courier.edit(place.chat, told, Screen(said))

    async def _tried(self, address: str, phrases: Phrases) -> Piece:
        """Follow a feed and fetch it; it is not followed where that fails the first time.

        Raises:
            IndexingError: if it is no address, or the data folder cannot be written.
        """
        from index.feeds.feeds import checked_address  # see Following.feeds

        address = checked_address(address)
        if not self._following.may_write:
            raise FeedsError(f"the bot may not write to {self._services.options.data}")
        feeds = self._following.feeds
        is_new = await asyncio.to_thread(feeds.follow, address)
        try:
            await self._following.fetch()
        except BusyError:
            return plain(phrases.followed_soon)
        state = next((feed for feed in await self._listed() if feed.address == address), None)
        if state is None:
            return plain(phrases.followed_soon)
        if state.trouble and not state.entries and is_new:
            await asyncio.to_thread(feeds.unfollow, address)
            reason = shortened(one_line(state.trouble), _REASON)
            return plain(phrases.not_followed.format(address=one_line(address), reason=reason))
        head = phrases.followed if is_new else phrases.followed_already
        return joined((plain(head), *_described(state, phrases, self._now())), "\n")

    async def _list(self, place: Place, visitor: Visitor, reply_to: int) -> None:
        listed = await self._listed() if self._following.is_used else ()
        if not listed:
            await self._services.reply(place, visitor.phrases.follow_usage, reply_to)
            return
        stored = place.new_card(visitor, FeedsCard(tuple(feed.address for feed in listed)))
        await self._services.send_card(stored, feeds_screen(stored.id, listed, visitor.phrases, self._now()), reply_to)

    async def _listed(self) -> "tuple[FeedState, ...]":
        return (await asyncio.to_thread(self._following.feeds.listed))[:_LISTED]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._services.now(), UTC)


def feeds_screen(card_id: str, feeds: "tuple[FeedState, ...]", phrases: Phrases, now: datetime) -> Screen:
    """Return the list of feeds, with a button that stops each but those that the settings name."""
    if not feeds:
        return Screen(plain(phrases.follow_usage))
    rows = [
        joined((plain(f"{number}. "), joined(_described(feed, phrases, now), "\n     ")), "")
        for number, feed in enumerate(feeds, start=1)
    ]
    stops = [
        button(phrases.unfollow.format(n=place + 1), card_id, f"s{place}")
        for place, feed in enumerate(feeds)
        if not feed.by_setting
    ]
    keys = [stops[start : start + _IN_A_ROW] for start in range(0, len(stops), _IN_A_ROW)]
    head = bold(plain(counted("feeds", len(feeds), phrases)))
    return Screen(joined((head, joined(rows, "\n"), plain(phrases.follow_more)), "\n\n"), keyboard(*keys))


def _described(feed: "FeedState", phrases: Phrases, now: datetime) -> tuple[Piece, ...]:
    """Return a feed's title, and below it how it is with it."""
    title = linked(plain(shortened(one_line(feed.title or feed.address), _TITLE)), feed.address)
    facts = [counted("articles", feed.entries, phrases)]
    if feed.next is None:
        facts.append(phrases.feed_ended)
    else:
        seconds = max(1, int((feed.next - now).total_seconds()))
        facts.append(phrases.feed_next.format(time=duration(seconds, phrases)))
    if feed.by_setting:
        facts.append(phrases.feed_by_setting)
    trouble = plain(f"⚠ {shortened(one_line(feed.trouble), _REASON)}") if feed.trouble else Piece()
    return tuple(piece for piece in (title, plain(" · ".join(facts)), trouble) if piece.text)
