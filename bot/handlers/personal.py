"""Commands about one person: the greeting, help, their settings, and what is stored about them."""

from dataclasses import replace
from typing import Final

from telegram import Update
from telegram.ext import BaseHandler, CommandHandler, filters

from bot.answering import Answering, Asked
from bot.cards import GreetingCard, SettingsCard
from bot.errors import NotReadyError
from bot.handlers.articles import Articles
from bot.handlers.buttons import Press
from bot.handlers.export import PAYLOAD, Export
from bot.language.phrases import LANGUAGES, counted, phrases_for
from bot.messages.markup import Screen, bold, button, joined, keyboard, plain, shortened
from bot.services import Context, Services, Visitor
from bot.state import people, turns
from bot.watches import Watches
from retrieval.sanitize import one_line

# Passages per answer that can be chosen.
PASSAGES: Final = (1, 3, 5, 10)
# Titles in a greeting, where no question could be made.
_TITLES: Final = 3
_TITLE: Final = 60


class Personal:
    """Commands about the person who gives them."""

    def __init__(
        self, services: Services, answering: Answering, articles: Articles, exports: Export, watches: Watches
    ) -> None:
        self._services = services
        self._answering = answering
        self._articles = articles
        self._exports = exports
        self._watches = watches

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """Return the handlers of the commands; an edited command is not given again."""
        new = filters.UpdateType.MESSAGE
        return [
            CommandHandler("start", self.start, filters=new),
            CommandHandler("help", self.help, filters=new),
            CommandHandler("new", self.new, filters=new),
            CommandHandler("settings", self.settings, filters=new),
            CommandHandler("privacy", self.privacy, filters=new),
            CommandHandler("forget", self.forget, filters=new),
        ]

    async def start(self, update: Update, context: Context) -> None:
        """Greet with questions to try, or open what a shared link leads to."""
        message, visitor, place = await self._services.incoming(update)
        payload = (context.args or [""])[0] if context.args else ""
        if payload == PAYLOAD and place.private:
            await self._exports.begin(place, visitor, message.message_id)
            return
        if payload and await self._articles.open_link(place, visitor, payload, message.message_id):
            return
        services, phrases = self._services, visitor.phrases
        try:
            questions = await services.library.examples(phrases.code)
            newest = () if questions else (await services.library.listed("", 0, _TITLES)).heads
        except NotReadyError:
            await self._services.reply(place, phrases.greeting_without_index, message.message_id)
            return
        stored = place.new_card(visitor, GreetingCard(questions, tuple(head.id for head in newest)))
        said = phrases.greeting if questions else phrases.greeting_with_articles
        greeting = said.format(articles=counted("articles", services.library.articles, phrases))
        rows = [[button(question, stored.id, f"q{number}")] for number, question in enumerate(questions)]
        rows += [
            [button(shortened(one_line(head.title), _TITLE) or phrases.no_title, stored.id, f"a{number}")]
            for number, head in enumerate(newest)
        ]
        await services.send_card(stored, Screen(plain(greeting), keyboard(*rows)), reply_to=None)

    async def help(self, update: Update, context: Context) -> None:
        """Explain how to ask."""
        message, visitor, place = await self._services.incoming(update)
        said = visitor.phrases.help.format(bot=self._services.username)
        if self._services.page_of is not None:
            days = counted("days", self._services.options.keep_days, visitor.phrases)
            said = f"{said}\n\n{visitor.phrases.help_page.format(days=days)}"
        if self._services.is_admin(visitor.id) and place.private:
            said = f"{said}\n\n{visitor.phrases.help_admin}"
        await self._services.reply(place, said, message.message_id)

    async def new(self, update: Update, context: Context) -> None:
        """Forget the conversation."""
        message, visitor, place = await self._services.incoming(update)
        gone = await self._services.state.run(turns.forget, place.chat, place.thread, visitor.id)
        said = visitor.phrases.new_conversation if gone else visitor.phrases.nothing_to_forget
        await self._services.reply(place, said, message.message_id)

    async def settings(self, update: Update, context: Context) -> None:
        """Show a person's settings, with buttons that change them."""
        message, visitor, place = await self._services.incoming(update)
        stored = place.new_card(visitor, SettingsCard())
        await self._services.send_card(stored, self._settings(stored.id, visitor), message.message_id)

    async def privacy(self, update: Update, context: Context) -> None:
        """Say what is stored about people, and why."""
        message, visitor, place = await self._services.incoming(update)
        days = counted("days", self._services.options.keep_days, visitor.phrases)
        said = visitor.phrases.privacy.format(days=days)
        if self._services.options.database:
            said = f"{said}\n\n{visitor.phrases.privacy_server}"
        await self._services.reply(place, said, message.message_id)

    async def forget(self, update: Update, context: Context) -> None:
        """Delete everything about a person, and say what that was."""
        message, visitor, place = await self._services.incoming(update)
        # Not while a question of theirs is answered: its answer would be stored afterwards.
        async with self._answering.turn(visitor.id):
            erased = await self._services.state.run(people.erase, visitor.id, update.update_id)
        # Also where none waits any more: the vectors of what was stopped are kept for a while.
        await self._watches.forget()
        if not await self._services.state.rewrite():
            # Housekeeping rewrites the file within the hour.
            await self._services.state.empty_log()
        phrases = visitor.phrases
        said = phrases.forgotten_nothing
        if (
            erased.answers
            or erased.turns
            or erased.feedback
            or erased.watches
            or visitor.chosen != people.Person(visitor.id)
        ):
            said = phrases.forgotten.format(
                answers=erased.answers, turns=erased.turns, watches=erased.watches, feedback=erased.feedback
            )
        await self._services.reply(place, said, message.message_id)

    async def pressed_greeting(self, press: Press) -> str:
        """Ask an example question for the person, or open an article."""
        card = press.stored.card
        assert isinstance(card, GreetingCard)
        if press.action == "q" and press.number < len(card.questions):
            await self._answering.answer(
                Asked(
                    text=card.questions[press.number],
                    place=press.place,
                    message=None,
                    update=press.update,
                    at=int(self._services.now()),
                    reply_to=press.message,
                ),
                press.visitor,
            )
        elif press.action == "a" and press.number < len(card.articles):
            await self._articles.open_article(press, card.articles[press.number])
        return ""

    async def pressed_settings(self, press: Press) -> str:
        """Note a changed setting and show it."""
        person = press.visitor.chosen
        if press.action == "n" and press.number in PASSAGES:
            person = replace(person, passages=press.number)
        elif press.action == "g" and press.number <= len(LANGUAGES):
            person = replace(person, language=LANGUAGES[press.number - 1].code if press.number else None)
        else:
            return ""
        await self._services.state.run(
            people.choose, person.id, self._services.now(), language=person.language, passages=person.passages
        )
        visitor = Visitor(
            id=person.id,
            phrases=phrases_for(person.language, press.language),
            passages=person.passages or self._services.options.passages,
            chosen=person,
        )
        screen = self._settings(press.stored.id, visitor)
        await self._services.courier.edit(press.place.chat, press.message, screen)
        return ""

    def _settings(self, card: str, visitor: Visitor) -> Screen:
        phrases, chosen = visitor.phrases, visitor.chosen
        names = (phrases.automatic, *(language.name for language in LANGUAGES))
        codes = (None, *(language.code for language in LANGUAGES))
        language = names[codes.index(chosen.language)] if chosen.language in codes else names[0]
        said = joined(
            (
                bold(plain(phrases.settings)),
                plain(phrases.settings_passages.format(n=visitor.passages)),
                plain(phrases.settings_language.format(language=language)),
            ),
            "\n",
        )
        passages = [button(_ticked(str(n), n == visitor.passages), card, f"n{n}") for n in PASSAGES]
        languages = [
            button(_ticked(name, code == chosen.language), card, f"g{number}")
            for number, (name, code) in enumerate(zip(names, codes, strict=True))
        ]
        return Screen(said, keyboard(passages, languages))


def _ticked(label: str, ticked: bool) -> str:
    return f"✓ {label}" if ticked else label
