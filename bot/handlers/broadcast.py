"""/broadcast: a message to everybody who has started the bot, after a preview and a confirmation."""

import logging
import time
from dataclasses import replace
from typing import Final

from telegram import Update
from telegram.constants import KeyboardButtonStyle
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CommandHandler

from bot.background import BackgroundTasks
from bot.cards import BroadcastCard
from bot.handlers.admin import only_admins
from bot.handlers.buttons import Press
from bot.language.phrases import counted, number, phrases_for
from bot.messages.markup import LONGEST, Screen, bold, button, joined, keyboard, plain, shortened
from bot.services import Context, Services
from bot.state import broadcasts, cards, people
from bot.state.broadcasts import Broadcast
from bot.state.cards import StoredCard
from bot.state.connection import Connection
from bot.updates.origin import author_of
from bot.updates.wording import without_command, words_in

_EDITED_EVERY: Final = 3.0
# The preview stands above the text in the same message.
_TEXT: Final = LONGEST - 200

log = logging.getLogger("verbatim.bot")


class Broadcasting:
    """Broadcasts by admins."""

    def __init__(self, services: Services, tasks: BackgroundTasks) -> None:
        self._services = services
        self._tasks = tasks

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """Return the handler of /broadcast, for admins."""
        return [CommandHandler("broadcast", self.preview, filters=only_admins(self._services))]

    async def preview(self, update: Update, context: Context) -> None:
        """Show what everybody would get, and ask."""
        services = self._services
        message, visitor, place = await services.incoming(update)
        phrases = visitor.phrases
        replied = message.reply_to_message
        own = without_command(message)
        text = own or words_in(replied)
        if not text.strip():
            await services.reply(place, phrases.broadcast_usage, message.message_id)
            return
        card = BroadcastCard(shortened(text, _TEXT))
        stored = place.new_card(visitor, card)
        author = None if own or replied is None else author_of(replied)
        await services.state.run(_keep, stored, author, services.now())
        readers = counted("people", len(await services.state.run(people.writable)), phrases)
        screen = Screen(
            joined((bold(plain(phrases.broadcast_preview.format(people=readers))), plain(card.text)), "\n\n"),
            keyboard(
                [
                    button(phrases.broadcast_send.format(people=readers), stored.id, "s", KeyboardButtonStyle.PRIMARY),
                    button(phrases.broadcast_cancel, stored.id, "c"),
                ]
            ),
        )
        sent = await services.courier.send(place.chat, screen, thread=place.thread, reply_to=message.message_id)
        await services.state.run(cards.show, replace(stored, message=sent))

    async def pressed(self, press: Press) -> str:
        """Send it, or not. The card goes with the first press, so that a second one finds nothing to send."""
        card, phrases = press.stored.card, press.visitor.phrases
        assert isinstance(card, BroadcastCard)
        services = self._services
        if not services.is_admin(press.visitor.id) or press.action not in ("s", "c"):
            return ""
        if press.action == "c":
            await services.state.run(cards.remove, press.stored.id)
            await services.courier.edit(press.place.chat, press.message, Screen(plain(phrases.broadcast_cancelled)))
            return ""
        begun = await services.state.run(
            _begin, press.stored.id, card.text, press.visitor.id, press.place.chat, press.message, services.now()
        )
        if begun is None:
            return phrases.expired
        self._tasks.start(self._send(begun), "broadcast")
        return ""

    async def resume(self) -> None:
        """Go on, after a restart, with broadcasts that were under way."""
        for broadcast in await self._services.state.run(broadcasts.running):
            self._tasks.start(self._send(broadcast), "broadcast")

    async def _send(self, broadcast: Broadcast) -> None:
        services = self._services
        admin = await services.state.run(people.look_up, broadcast.sent_by)
        phrases = phrases_for(admin.language, None)
        edited = 0.0
        while (person := await services.state.run(broadcasts.next_person, broadcast.id)) is not None:
            try:
                sent = await services.courier.say(person, plain(broadcast.text))
                outcome = "blocked" if sent is None else "sent"
            except TelegramError as error:
                log.warning("a broadcast did not reach somebody", extra={"reason": str(error)})
                outcome = "failed"
            await services.state.run(broadcasts.note, broadcast.id, person, outcome)
            if time.monotonic() - edited >= _EDITED_EVERY:
                edited = time.monotonic()
                tally = await services.state.run(broadcasts.tally, broadcast.id)
                done, total = number(tally.done, phrases), number(tally.total, phrases)
                await self._show(broadcast, phrases.broadcast_progress.format(done=done, total=total))
        tally = await services.state.run(broadcasts.tally, broadcast.id)
        await self._show(
            broadcast,
            phrases.broadcast_done.format(
                sent=number(tally.sent, phrases),
                people=counted("people", tally.total, phrases),
                blocked=number(tally.blocked, phrases),
                failed=number(tally.failed, phrases),
            ),
        )
        await services.state.run(broadcasts.end, broadcast.id)

    async def _show(self, broadcast: Broadcast, words: str) -> None:
        """Show how far it is, in a new message if the group has moved. An error here holds up nothing."""
        services, screen = self._services, Screen(plain(words))
        try:
            shown = await services.state.run(broadcasts.place, broadcast.id)
            if shown is not None and shown.message is not None:
                await services.courier.edit(shown.chat, shown.message, screen)
                # The edit may have found that the group has moved.
                shown = await services.state.run(broadcasts.place, broadcast.id)
            if shown is not None and shown.message is None:
                message = await services.courier.send(shown.chat, screen)
                await services.state.run(broadcasts.show, broadcast.id, message)
        except TelegramError as error:
            log.warning("the progress of a broadcast could not be shown", extra={"reason": str(error)})


def _keep(db: Connection, stored: StoredCard, author: int | None, now: float) -> None:
    cards.put(db, stored, now)
    if author is not None and author != stored.owner:
        cards.note_words(db, stored.id, asked=author)


def _begin(db: Connection, card: str, text: str, by: int, chat: int, message: int, now: float) -> Broadcast | None:
    """Write a broadcast down and use its card up; None where it was used up before."""
    if not cards.remove(db, card):
        return None
    number_ = broadcasts.begin(db, text, by, chat, message, people.writable(db), now)
    return Broadcast(number_, text, by, chat, message)
