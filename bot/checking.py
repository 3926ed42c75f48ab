"""A quote in a chat, all the way to what the articles hold of it there: the same limits and order as for questions."""

import logging
from dataclasses import replace
from datetime import date

from bot.answering import Answering, Asked, unready
from bot.cards import CheckCard
from bot.errors import NotReadyError
from bot.sender import Edited
from bot.services import Services, Visitor
from bot.state import cards, usage
from bot.state.cards import StoredCard
from bot.state.connection import Connection
from retrieval.errors import QuestionError
from retrieval.quotes.asked import LONGEST

log = logging.getLogger("verbatim.bot")


class Checking:
    """The way of quotes to their checks."""

    def __init__(self, services: Services, answering: Answering) -> None:
        self._services = services
        self._answering = answering

    async def check(self, asked: Asked, speaker: str | None, visitor: Visitor) -> None:
        """Check a quote, or say why not; the update may be handled again after a kill.

        Parameters:
            asked: its text is the quote.
            speaker: who is said to have said it; None where nobody is checked.
        """
        services, answering = self._services, self._answering
        before = None
        if asked.message is not None:
            before = await services.state.run(cards.of_question, asked.place.chat, asked.message)
        if before is not None and before.message is not None and not _is_new(asked, before):
            return
        if await answering.refused(asked, visitor, most=LONGEST):
            return
        try:
            async with answering.turn(visitor.id), answering.typing(asked.place):
                found = await services.library.check(asked.text, speaker)
                card = CheckCard.of(found, asked.text, speaker)
                stored = await services.state.run(_store, asked, visitor, card, before, services.now())
        except QuestionError:
            services.metrics.questions.labels("refused").inc()
            await answering.say(asked, visitor.phrases.check_usage)
        except NotReadyError as error:
            await answering.say(asked, unready(error, visitor.phrases))
        else:
            log.info("checked a quote", extra={"verdict": card.verdict})
            await self._show(asked, visitor, stored, card)

    async def _show(self, asked: Asked, visitor: Visitor, stored: StoredCard, card: CheckCard) -> None:
        services, screen = self._services, self._services.check_screen(stored.id, card, visitor.phrases, stored.chat)
        message = stored.message
        if message is not None and await services.courier.edit(stored.chat, message, screen) is Edited.GONE:
            message = None
        if message is None:
            # What was said elsewhere in the chat is shown above the check of it.
            reply_to, quote = asked.message, None
            if asked.reply_to is not None:
                reply_to, quote = asked.reply_to, asked.text
            message = await services.courier.send(
                stored.chat, screen, thread=stored.thread, reply_to=reply_to, quote=quote
            )
        seconds = services.waited(asked.update)
        await services.state.run(_note_shown, replace(stored, message=message), services.today(), seconds)
        services.metrics.questions.labels("checked").inc()
        services.metrics.answer_seconds.observe(seconds)


def _is_new(asked: Asked, before: StoredCard) -> bool:
    """Return whether a message that has a reply was edited into another quote: a repeated update was not."""
    return asked.edited and not (isinstance(before.card, CheckCard) and before.card.quote == asked.text)


def _store(
    db: Connection, asked: Asked, visitor: Visitor, card: CheckCard, before: StoredCard | None, now: float
) -> StoredCard:
    """Store a check before it is shown, in place of what the message asked before it was edited."""
    card_id = cards.new_id()
    if before is not None and isinstance(before.card, CheckCard):
        card_id = before.id
    elif before is not None:
        cards.give_way(db, before)
    stored = StoredCard(
        id=card_id,
        chat=asked.place.chat,
        thread=asked.place.thread,
        message=before.message if before is not None else None,
        question_message=asked.message,
        owner=visitor.id,
        card=card,
        language=visitor.phrases.code,
    )
    cards.put(db, stored, now)
    cards.note_words(db, stored.id, asked=asked.author if asked.author != stored.owner else None)
    return stored


def _note_shown(db: Connection, stored: StoredCard, today: date, seconds: float) -> None:
    # A check that was forgotten while it was on the way stays forgotten.
    if stored.message is not None:
        cards.show(db, stored)
    usage.count(db, today, "checked", stored.owner, seconds * 1000)
