"""Unexpected errors: people get an incident number, and the log holds the traceback under it."""

import logging
import secrets
from contextlib import suppress

from telegram import Update
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from bot.handlers.guest import answer_guest
from bot.language.phrases import phrases_for
from bot.messages.markup import Screen, plain
from bot.sender import is_of_the_chat
from bot.services import Context, Place, Services

log = logging.getLogger("verbatim.bot")


class Incidents:
    """Errors that no handler caught."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def failed(self, update: object, context: Context) -> None:
        """Handle an error of a handler. A refusal that anybody can bring about is no incident."""
        if isinstance(update, Update) and (is_of_the_chat(context.error) or isinstance(context.error, RetryAfter)):
            await self._refused(update, context.error)
            return
        number = secrets.token_hex(4)
        log.error("incident", extra={"incident": number}, exc_info=context.error)
        self._services.metrics.incidents.inc()
        if not isinstance(update, Update) or _is_trouble_on_the_way(context.error):
            return
        message, query, user = update.message or update.edited_message, update.callback_query, update.effective_user
        if user is None:
            return
        said = phrases_for(None, user.language_code).incident.format(number=number)
        try:
            if query is not None:
                await query.answer(said, show_alert=True)
            elif update.guest_message is not None:
                await answer_guest(self._services.bot, update.guest_message, Screen(plain(said)))
            elif message is not None:
                self._services.metrics.questions.labels("failed").inc()
                place, reply_to = Place.of(message), message.message_id
                await self._services.courier.say(place.chat, plain(said), thread=place.thread, reply_to=reply_to)
        except TelegramError as error:
            log.warning("nobody could be told of an incident", extra={"incident": number, "reason": str(error)})

    async def _refused(self, update: Update, error: BaseException | None) -> None:
        assert isinstance(error, TelegramError)
        if update.effective_chat is not None:
            self._services.courier.note_refusal(update.effective_chat.id, error)
        if update.callback_query is not None:
            with suppress(TelegramError):
                await update.callback_query.answer()


def _is_trouble_on_the_way(error: BaseException | None) -> bool:
    """Return whether a reply would fail too. A refusal is a kind of network error to the library."""
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest)
