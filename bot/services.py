"""Parts that every handler works with, and the plain values the bot was configured with."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from telegram import Bot, Chat, Message, Update
from telegram.error import TelegramError
from telegram.ext import CallbackContext, ExtBot

from bot.cards import AnswerCard, Card, CheckCard
from bot.cited import StoredCitation
from bot.language.phrases import ENGLISH, Phrases, phrases_for
from bot.library import Library
from bot.messages.answer import answer_screen
from bot.messages.check import check_screen
from bot.messages.markup import Screen, plain
from bot.metrics import Metrics
from bot.options import Options
from bot.sender import Courier
from bot.state import cards, people
from bot.state.cards import StoredCard
from bot.state.connection import Connection
from bot.state.state import State
from bot.updates.origin import Lanes, Sender, sender
from retrieval import Citation

log = logging.getLogger("verbatim.bot")

Context = CallbackContext[ExtBot[None], dict[object, object], dict[object, object], dict[object, object]]


async def _nobody_hears(word: str) -> None:
    """Do nothing: a bot alone has no other to tell."""


async def _not_elsewhere(update_id: int) -> bool:
    """Return False: a bot alone deals with every update itself."""
    return False


@dataclass(frozen=True, slots=True)
class Peers:
    """The other workers on the same state, as the parts of one of them see them; by default the bot is alone.

    Attributes:
        turns: of people, of whom one question is in hand at a time.
        leads: tells whether this bot does what one of several does for all.
        ring: has every worker do what is done at a word.
        is_finished: tells whether another worker has dealt with an update, by its number.
    """

    turns: Lanes = field(default_factory=Lanes)
    leads: Callable[[], bool] = lambda: True
    ring: Callable[[str], Awaitable[None]] = _nobody_hears
    is_finished: Callable[[int], Awaitable[bool]] = _not_elsewhere


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a running bot.

    Attributes:
        username: the bot's, without '@'.
        now: seconds since 1970, by this machine's clock.
        waited: seconds since an update was taken in, by its number.
        pending: how many updates wait or are in hand.
        held_up: whether something waits until Telegram lets the bot write to a chat.
        peers: the other workers on the same state.
        page_of: gives the address of the page that opens one of these citations; None where no page is served.
    """

    options: Options
    bot: Bot
    username: str
    state: State
    library: Library
    courier: Courier
    metrics: Metrics
    now: Callable[[], float]
    waited: Callable[[int], float]
    pending: Callable[[], int]
    held_up: Callable[[int], bool]
    page_of: Callable[[Sequence[StoredCitation], int], str] | None = None
    peers: Peers = field(default_factory=Peers)

    def today(self) -> date:
        """Return the day in UTC."""
        return datetime.fromtimestamp(self.now(), UTC).date()

    def is_admin(self, person: int) -> bool:
        """Return whether a person is an admin of the bot."""
        return person in self.options.admins

    async def visitor(self, who: Sender, *, private: bool) -> "Visitor":
        """Note somebody who writes; return them with their choices."""
        person = await self.state.run(people.note_visit, who.id, self.now(), private=private)
        return Visitor(
            id=who.id,
            phrases=phrases_for(person.language, who.language),
            passages=person.passages or self.options.passages,
            chosen=person,
        )

    async def incoming(self, update: Update) -> "tuple[Message, Visitor, Place]":
        """Return a new message, its sender with their choices, and its place."""
        message = update.effective_message
        assert message is not None  # the filters let nothing else through
        visitor = await self.visitor(sender(update), private=message.chat.type == Chat.PRIVATE)
        return message, visitor, Place.of(message)

    async def reply(self, place: "Place", words: str, reply_to: int | None) -> int | None:
        """Reply to a message with plain text; return the reply's id, None where the bot may not write."""
        return await self.courier.say(place.chat, plain(words), thread=place.thread, reply_to=reply_to)

    def answer_screen(
        self, card_id: str, card: AnswerCard, phrases: Phrases, around: Sequence[Citation] = (), chat: int | None = None
    ) -> Screen:
        """Return the message of an answer as this bot is set up; see `answer_screen`.

        Parameters:
            chat: where it stands; None for any chat, whoever is in it.
        """
        return answer_screen(
            card_id,
            card,
            phrases,
            self.username,
            around,
            verdicts=self.options.feedback_buttons,
            page=self.page(card.citations, card.shown, chat),
            private=is_private(chat),
        )

    def check_screen(self, card_id: str, card: CheckCard, phrases: Phrases, chat: int | None = None) -> Screen:
        """Return the message of a check as this bot is set up; `chat` as in `answer_screen`."""
        pages = [self.page([one], 0, chat) for one in card.citations]
        return check_screen(card_id, card, phrases, pages, private=is_private(chat))

    def page(self, citations: Sequence[StoredCitation], shown: int, chat: int | None) -> str:
        """Return the address of the page that opens a passage of an answer; '' where there is none to be given.

        A bot for invited people shows its articles to nobody else, so that it gives none where anybody may read it.
        """
        invited = self.options.people or self.options.groups
        if self.page_of is None or not citations or (chat is None and invited):
            return ""
        return self.page_of(citations, shown)

    async def send_card(
        self, stored: StoredCard, screen: Screen, reply_to: int | None, author: int | None = None
    ) -> None:
        """Store a new card, send its message, and note which one that is.

        Parameters:
            author: the id of the person whose words it holds, where that may be somebody else than its owner.
        """

        def put(db: Connection) -> None:
            cards.put(db, stored, self.now())
            cards.note_words(db, stored.id, asked=author if author != stored.owner else None)

        await self.state.run(put)
        message = await self.courier.send(stored.chat, screen, thread=stored.thread, reply_to=reply_to)
        await self.state.run(cards.show, replace(stored, message=message))

    async def admins(self) -> "list[Visitor]":
        """Return the bot's admins, with their choices."""
        known = [await self.state.run(people.look_up, admin) for admin in sorted(self.options.admins)]
        return [
            Visitor(admin, phrases_for(one.language, ENGLISH.code), one.passages or self.options.passages, one)
            for admin, one in zip(sorted(self.options.admins), known, strict=True)
        ]

    async def tell_admins(self, text: Callable[[Phrases], str]) -> None:
        """Say something to every admin who has started the bot, in their language."""

        async def tell(admin: Visitor) -> None:
            await self.courier.say(admin.id, plain(text(admin.phrases)))

        # Side by side: Telegram may let one of them wait for long.
        told = await asyncio.gather(*map(tell, await self.admins()), return_exceptions=True)
        for error in told:
            if isinstance(error, TelegramError):
                log.warning("an admin could not be told", extra={"reason": str(error)})
            elif error is not None:
                raise error


def is_private(chat: int | None) -> bool:
    """Return whether a chat is one person's with the bot: Telegram numbers it as that person, and others below 0."""
    return chat is not None and chat > 0


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who writes: how to speak to them, and what they want of an answer.

    Attributes:
        passages: how many an answer has.
        chosen: their own settings.
    """

    id: int
    phrases: Phrases
    passages: int
    chosen: people.Person


@dataclass(frozen=True, slots=True)
class Place:
    """A place in Telegram at which a conversation goes on.

    Attributes:
        thread: of the topic; None for General, outside of forums and in private.
    """

    chat: int
    thread: int | None
    private: bool

    @classmethod
    def of(cls, message: Message) -> "Place":
        """Return the place of a message. In groups without topics a thread is only a chain of replies."""
        thread = message.message_thread_id if message.is_topic_message else None
        return cls(message.chat.id, thread, message.chat.type == Chat.PRIVATE)

    def new_card(self, visitor: Visitor, card: Card) -> StoredCard:
        """Return a new card of this place for somebody, which no message shows yet."""
        language = visitor.phrases.code
        return StoredCard(cards.new_id(), self.chat, self.thread, None, None, visitor.id, card, language=language)
