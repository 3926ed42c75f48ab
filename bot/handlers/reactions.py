"""Reactions to answers: 👍 and 👎 count as the buttons do."""

from collections.abc import Iterable
from typing import Final

from telegram import ReactionType, ReactionTypeEmoji, Update
from telegram.ext import BaseHandler, MessageReactionHandler

from bot.cards import AnswerCard
from bot.handlers.answers import Answers
from bot.senders import sender_of
from bot.services import Context, Services
from bot.state import cards, feedback

_VERDICTS: Final = {"👍": feedback.UP, "👎": feedback.DOWN}


class Reactions:
    """Notes reactions to answers."""

    def __init__(self, services: Services, answers: Answers) -> None:
        self._services = services
        self._answers = answers

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """The handler of reactions."""
        return [MessageReactionHandler(self.reacted)]

    async def reacted(self, update: Update, context: Context) -> None:
        """Somebody's reactions to a message have changed."""
        reaction, who = update.message_reaction, sender_of(update)
        assert reaction is not None
        if who is None:
            return
        before, now = _verdict(reaction.old_reaction), _verdict(reaction.new_reaction)
        kept = await self._services.state.run(cards.by_message, reaction.chat.id, reaction.message_id)
        if before == now or kept is None or not isinstance(kept.card, AnswerCard) or not kept.card.citations:
            return
        await self._answers.judge(kept, who.id, now)


def _verdict(reactions: Iterable[ReactionType]) -> str:
    """The last of the verdicts among reactions, '' where there is none."""
    found = [_VERDICTS.get(one.emoji, "") for one in reactions if isinstance(one, ReactionTypeEmoji)]
    return next((verdict for verdict in reversed(found) if verdict), "")
