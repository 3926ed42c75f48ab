"""What people write that asks for no passage: small talk, and requests for articles.

Neither is searched, and neither is a turn of the conversation: a follow-up goes on from the question before it.
"""

from contextlib import suppress
from typing import Final

from bot.answering import Answering, Asked, unready
from bot.cards import ArticleCard, GreetingCard
from bot.errors import NotReadyError
from bot.handlers.articles import Articles
from bot.language.phrases import Phrases
from bot.library import Library
from bot.messages.markup import Piece, Screen, button, joined, keyboard, plain
from bot.services import Services, Visitor
from bot.state import cards
from bot.state.connection import Connection
from retrieval.question.intents import Intent, intent_of

# Small talk after which questions to try are of use.
WITH_EXAMPLES: Final = ("ability", "identity", "help", "greeting", "chat")
# Phrases are in bokmål, and small talk is known in both forms of Norwegian, by this code.
_NORWEGIAN: Final = {"nb": "no"}


def aside(words: str, phrases: Phrases, library: Library) -> Intent | None:
    """Return what somebody wants who asks for no passage; None for a question to be searched."""
    spoken = phrases.code
    return intent_of(words, (_NORWEGIAN.get(spoken, spoken), *library.languages))


def small_talk(intent: Intent, phrases: Phrases) -> Piece:
    """Return the line that answers small talk."""
    return plain(next(words for kind, words in phrases.small_talk.items() if kind == intent.kind))


class Asides:
    """Replies to small talk and to requests for articles."""

    def __init__(self, services: Services, answering: Answering, articles: Articles) -> None:
        self._services = services
        self._answering = answering
        self._articles = articles

    async def taken(self, asked: Asked, visitor: Visitor) -> bool:
        """Reply to what is no question to search for; return whether it is none.

        A question that was edited into small talk keeps its answer.
        """
        intent = aside(asked.text, visitor.phrases, self._services.library)
        if intent is None:
            return False
        if await self._answering.refused(asked, visitor, self._services.options.limits.characters):
            return True
        if intent.is_talk:
            if not asked.edited:
                await self._talk(intent, asked, visitor)
            return True
        try:
            return await self._listed(intent, asked, visitor)
        except NotReadyError as error:
            await self._answering.say(asked, unready(error, visitor.phrases))
            return True

    async def _talk(self, intent: Intent, asked: Asked, visitor: Visitor) -> None:
        services, phrases = self._services, visitor.phrases
        said = small_talk(intent, phrases)
        questions: tuple[str, ...] = ()
        if intent.kind in WITH_EXAMPLES:
            with suppress(NotReadyError):
                questions = await services.library.examples(phrases.code)
        if questions:
            said = joined((said, plain(phrases.try_these)), " ")
        stored = asked.place.new_card(visitor, GreetingCard(questions))
        rows = [[button(question, stored.id, f"q{number}")] for number, question in enumerate(questions)]
        await services.send_card(stored, Screen(said, keyboard(*rows)), asked.message)

    async def _listed(self, intent: Intent, asked: Asked, visitor: Visitor) -> bool:
        """List the articles that are asked for, or open the only one; False where none fits: it may be a question."""
        services = self._services
        found = await services.library.asked_articles(intent, 0, services.today().isoformat())
        if found is None:
            return False
        await services.state.run(_give_way, asked)
        reply_to = asked.message or 0
        if intent.kind == "open" and found.listed.total == 1:
            await self._articles.open(asked.place, visitor, ArticleCard(found.listed.heads[0].id), reply_to)
        else:
            await self._articles.list_asked(asked.place, visitor, found, reply_to)
        return True


def _give_way(db: Connection, asked: Asked) -> None:
    """Let an edited question's answer keep its message, and no longer be what the question asks."""
    if asked.edited and asked.message is not None:
        before = cards.of_question(db, asked.place.chat, asked.message)
        if before is not None:
            cards.give_way(db, before)
