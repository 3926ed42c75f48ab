"""Questions on the web page, answered as the bot answers them: one at a time, each by itself."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.answering import refusal, too_long
from bot.asides import WITH_EXAMPLES, aside
from bot.language.phrases import Phrases, counted, duration
from bot.library import Library
from bot.options import Options
from bot.web.access import Access, Grant
from bot.web.pages import AnswerPage, ListPage, answer_page, list_page
from retrieval.articles import AskedArticles
from retrieval.errors import QuestionError
from retrieval.sanitize import one_line

# Articles on a page of a list.
LISTED: Final = 20

log = logging.getLogger("verbatim.bot.web")


@dataclass(frozen=True, slots=True)
class Said:
    """A line in place of an answer, with questions to try."""

    words: str
    examples: tuple[str, ...] = ()
    status: int = 200


class Asking:
    """The way of a question on the page to its answer."""

    def __init__(self, library: Library, options: Options, access: Access) -> None:
        self._library = library
        self._options = options
        self._access = access

    async def answer(
        self, question: str, who: int | str, grant: Grant, phrases: Phrases, page: int = 0
    ) -> AnswerPage | ListPage | Said:
        """Answer a question, list the articles that it asks for, or say why not.

        Parameters:
            who: the person, or the address where there is no pass; their limits are the bot's.
            page: of a list of articles, from 0.

        Raises:
            NotReadyError: if there is no index.
        """
        most = self._options.limits.characters
        if not question.strip():
            return await self.greeting(phrases)
        if len(question) > most:
            return Said(too_long(question, most, phrases), status=400)
        if seconds := await self._access.visitors.seconds_to_wait(who):
            return Said(phrases.wait.format(time=duration(seconds, phrases)), status=429)
        intent = aside(question, phrases, self._library)
        if intent is not None and intent.is_talk:
            words = next(words for kind, words in phrases.small_talk.items() if kind == intent.kind)
            return Said(words, await self._examples(phrases) if intent.kind in WITH_EXAMPLES else ())
        if intent is not None:
            found = await self._library.asked_articles(intent, page, datetime.now(UTC).date().isoformat())
            if found is not None:

                def turned(to: int) -> str:
                    return grant.to("/ask", q=question, page=to)

                return list_page(found.listed, LISTED, _head(found, phrases), turned, grant, phrases)
        try:
            card, _ = await self._library.answer(question, self._options.passages)
        except QuestionError as error:
            return Said(refusal(error, phrases), status=400)
        facts: dict[str, object] = {"answered": card.answered, "tier": card.tier}
        if self._options.log_questions:
            facts["question"] = question
        log.info("answered a question on the page", extra=facts)
        return answer_page(card, grant, phrases)

    async def greeting(self, phrases: Phrases) -> Said:
        """Return the line that stands where nothing was asked, with questions to try."""
        many = counted("articles", self._library.articles, phrases)
        return Said(phrases.web["lead"].format(articles=many), await self._examples(phrases))

    async def _examples(self, phrases: Phrases) -> tuple[str, ...]:
        return await self._library.examples(phrases.code)


def _head(found: AskedArticles, phrases: Phrases) -> str:
    many, words = counted("articles", found.listed.total, phrases), one_line(found.intent.words)
    if not words:
        return phrases.sources.format(articles=many)
    kind = found.intent.kind
    named = next((said for asked, said in phrases.sources_asked.items() if asked == kind), phrases.sources_found)
    return named.format(articles=many, words=words)
