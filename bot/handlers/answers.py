"""Buttons of an answer, which turn its pages, widen it, open its article and take verdicts; reactions to it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from telegram import ReactionType, ReactionTypeEmoji, Update
from telegram.ext import BaseHandler, MessageReactionHandler

from bot.answering import Answering, Asked
from bot.cards import AnswerCard
from bot.cited import StoredCitation
from bot.handlers.buttons import Press
from bot.handlers.watching import Watching
from bot.messages.answer import changed_screen, withdrawn_screen
from bot.messages.markup import Screen
from bot.services import Context, Services
from bot.state import cards, feedback, usage
from bot.state.cards import StoredCard
from bot.updates.origin import sender_of
from retrieval.answer import Citation
from retrieval.errors import UnknownArticleError
from retrieval.standing import Standing

if TYPE_CHECKING:
    from bot.handlers.articles import Articles

_VERDICTS: Final = {"👍": feedback.UP, "👎": feedback.DOWN}


class Answers:
    """Buttons of answers, and reactions to them."""

    def __init__(self, services: Services, answering: Answering, articles: "Articles", watching: Watching) -> None:
        self._services = services
        self._answering = answering
        self._articles = articles
        self._watching = watching

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """Return the handler of reactions."""
        return [MessageReactionHandler(self.reacted)]

    async def pressed(self, press: Press) -> str:
        """Handle a button of an answer."""
        card = press.stored.card
        assert isinstance(card, AnswerCard)
        if press.action == "q":
            await self._ask_again(press, card)
            return ""
        if press.action == "p" and press.number < len(card.citations):
            card = replace(card, shown=press.number, wide=False)
        said, watch = await self._watching.pressed(press) if press.action in ("w", "s") else ("", card.watch)
        if card.citations and await self._articles.is_taken_out(card, card.shown):
            card = replace(card, watch=watch)
            await self._show(press, card, withdrawn_screen(press.stored.id, card, press.visitor.phrases))
            return said
        if press.action in ("p", "l", "m") and card.citations:
            card, found = await self._as_it_stands(card)
            if found is not None and found.became in ("changed", "gone"):
                screen = changed_screen(press.stored.id, card, press.visitor.phrases, found.now)
                await self._show(press, replace(card, wide=False), screen)
                return ""
        match press.action:
            case "p" if press.number < len(card.citations):
                await self._turn(press, card)
            case "l" if card.wide:
                await self._turn(press, replace(card, wide=False))
            case "m" if card.citations:
                around = await self._services.library.around(card.citations[card.shown].citation())
                await self._turn(press, replace(card, wide=True), around)
            case "a" if card.citations:
                await self._articles.open_passage(press, card.citations[card.shown])
            case "n" if press.number < len(card.nearest):
                await self._articles.open_nearest(press, card.nearest[press.number], card.generation)
            case "u" | "d" if card.citations:
                return await self._judge(press, card, feedback.UP if press.action == "u" else feedback.DOWN)
            case "w" | "s":
                if watch != card.watch:
                    await self._mark(press, replace(card, watch=watch))
                return said
            case "-" | "p" | "l" | "m" | "a" | "n" | "u" | "d":
                return ""
            case _:
                return press.visitor.phrases.expired
        return ""

    async def _turn(self, press: Press, card: AnswerCard, around: tuple[Citation, ...] = ()) -> None:
        """Show the answer another way, and then store how it is shown."""
        screen = self._services.answer_screen(press.stored.id, card, press.visitor.phrases, around, press.place.chat)
        await self._show(press, card, screen)

    async def _show(self, press: Press, card: AnswerCard, screen: Screen) -> None:
        place, courier = press.place, self._services.courier
        message = await courier.edit_or_send(place.chat, press.message, screen, thread=place.thread)
        await self._keep(replace(press.stored, message=message or press.message), card)

    async def _as_it_stands(self, card: AnswerCard) -> tuple[AnswerCard, Standing | None]:
        """Return what became of the passage that is shown, and the card with its place where that is another now."""
        if card.generation == self._services.library.generation:
            return card, None
        shown = card.citations[card.shown]
        try:
            found = await self._services.library.standing(shown.citation())
        except UnknownArticleError:
            # A card is complete without the index.
            return card, None
        if found.became == "moved" and found.now is not None:
            moved = replace(StoredCitation.of(found.now), also_in=shown.also_in)
            citations = (*card.citations[: card.shown], moved, *card.citations[card.shown + 1 :])
            card = replace(card, citations=citations)
        return card, found

    async def _ask_again(self, press: Press, card: AnswerCard) -> None:
        """Answer the question anew, below the old answer."""
        asked = Asked(
            text=card.question,
            place=press.place,
            message=None,
            update=press.update,
            at=int(self._services.now()),
            reply_to=press.message,
        )
        await self._answering.answer(asked, press.visitor)

    async def _judge(self, press: Press, card: AnswerCard, verdict: str) -> str:
        """Note a verdict; the same one again takes it back."""
        verdict = "" if card.verdict == verdict else verdict
        await self.judge(press.stored, press.visitor.id, verdict)
        await self._mark(press, replace(card, verdict=verdict))
        phrases = press.visitor.phrases
        return {feedback.UP: phrases.thanks_up, feedback.DOWN: phrases.thanks_down, "": phrases.taken_back}[verdict]

    async def _mark(self, press: Press, card: AnswerCard) -> None:
        """Store what was pressed, and let the buttons show it."""
        await self._keep(press.stored, card)
        around: tuple[Citation, ...] = ()
        if card.wide:
            around = await self._services.library.around(card.citations[card.shown].citation())
        screen = self._services.answer_screen(press.stored.id, card, press.visitor.phrases, around, press.place.chat)
        await self._services.courier.set_keyboard(press.place.chat, press.message, screen.keyboard)

    async def reacted(self, update: Update, context: Context) -> None:
        """Note the verdict in somebody's reactions to an answer: 👍 and 👎 count as the buttons do."""
        reaction, who = update.message_reaction, sender_of(update)
        assert reaction is not None
        if who is None:
            return
        before, now = _verdict(reaction.old_reaction), _verdict(reaction.new_reaction)
        stored = await self._services.state.run(cards.by_message, reaction.chat.id, reaction.message_id)
        if before == now or stored is None or not isinstance(stored.card, AnswerCard) or not stored.card.citations:
            return
        await self.judge(stored, who.id, now)

    async def judge(self, stored: StoredCard, person: int, verdict: str) -> None:
        """Note somebody's verdict on the passage that is shown; '' takes it back."""
        assert isinstance(stored.card, AnswerCard)
        services = self._services
        changed = await services.state.run(feedback.give, stored.id, person, verdict, stored.card, services.now())
        if changed and verdict:
            services.metrics.feedback.labels(verdict).inc()
            await services.state.run(usage.count, services.today(), verdict)

    async def _keep(self, stored: StoredCard, card: AnswerCard) -> None:
        await self._services.state.run(cards.show, replace(stored, card=card))


def _verdict(reactions: Iterable[ReactionType]) -> str:
    """Return the last verdict among reactions, '' if there is none."""
    found = [_VERDICTS.get(one.emoji, "") for one in reactions if isinstance(one, ReactionTypeEmoji)]
    return next((verdict for verdict in reversed(found) if verdict), "")
