"""Cards, the data behind messages with buttons. Values only; `state/cards.py` stores them."""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from bot.cited import StoredBefore, StoredCitation, StoredNearest
from retrieval.answer import Answer, Tier
from retrieval.question.conversation import Turn
from retrieval.question.intents import ArticlesKind
from retrieval.quotes.check import QuoteCheck
from retrieval.quotes.places import DifferenceKind
from retrieval.quotes.verdict import Verdict

# Of SHA-256: nobody gains by an article that changed into another of the same digest.
_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class AnswerCard:
    """An answer in a chat.

    Attributes:
        question: as it was asked; `interpreted_as`: as it was understood.
        history: the turns it was understood from, oldest first, as (speaker, text).
        nearest: the nearest articles, offered where nothing comes near an answer.
        generation: the index it was answered from.
        shown: which citation is on the screen, from 0.
        wide: whether its neighbours are shown too.
        verdict: of the owner: 'up', 'down' or ''.
        on_behalf: whether the question stands in no message of the person's, so that the answer shows it.
        unsure: whether the passages are shown as the closest there are, since none is taken for an answer.
        follows: the earlier question in whose light it was understood; else ''.
        meant: the words of articles that a misspelt word may stand for, each with the alternatives to it.
        foreign: the language of the question, where the model does not know it; '' else.
        watch: whether its owner waits for news of the question: 'kept' where they asked to be told, 'news' where this
            is such news, 'stopped' where it is and they want no more; '' else.
        before: what answered the question before this news.
    """

    question: str
    interpreted_as: str
    history: tuple[tuple[str, str], ...]
    answered: bool
    confidence: float
    citations: tuple[StoredCitation, ...]
    nearest: tuple[StoredNearest, ...]
    generation: str
    shown: int = 0
    wide: bool = False
    verdict: str = ""
    on_behalf: bool = False
    unsure: bool = False
    follows: str = ""
    meant: tuple[tuple[str, ...], ...] = ()
    foreign: str = ""
    watch: Literal["", "kept", "news", "stopped"] = ""
    before: StoredBefore | None = None

    @property
    def tier(self) -> Tier:
        """Return how the first passage is shown: as the answer, as the closest there is, or not at all."""
        if self.answered:
            return "confident"
        return "not sure" if self.unsure else "none"

    @classmethod
    def of(cls, answer: Answer, history: tuple[Turn, ...], generation: str, *, on_behalf: bool) -> "AnswerCard":
        """Return the card of a new answer. Where nothing comes near one it holds no passage: none is ever shown."""
        return cls(
            question=answer.question,
            interpreted_as=answer.interpreted_as,
            history=tuple((turn.speaker, turn.text) for turn in history),
            answered=answer.answered,
            confidence=answer.confidence,
            citations=tuple(map(StoredCitation.of, answer.citations)) if answer.tier != "none" else (),
            nearest=tuple(StoredNearest(near.article_id, near.title, near.passage.start) for near in answer.nearest),
            generation=generation,
            on_behalf=on_behalf,
            unsure=answer.unsure,
            follows=answer.follows,
        )


@dataclass(frozen=True, slots=True)
class StoredDifference:
    """Words as an article has them and as they were asked: see `retrieval.quotes.verdict.Difference`."""

    article: str
    asked: str
    kind: DifferenceKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CheckCard:
    """What the articles hold of a quote.

    Attributes:
        quote, speaker: what was asked; None where nobody was named.
        citations: the places, each marked as a whole.
        said_by: whom the article names as the speaker; None where nobody.
    """

    quote: str
    speaker: str | None
    verdict: Verdict
    citations: tuple[StoredCitation, ...] = ()
    differences: tuple[StoredDifference, ...] = ()
    said_by: str | None = None

    @classmethod
    def of(cls, found: QuoteCheck, quote: str, speaker: str | None) -> "CheckCard":
        """Return the card of a check."""
        stored = map(StoredCitation.of, found.citations)
        return cls(
            quote=quote,
            speaker=speaker,
            verdict=found.verdict,
            citations=tuple(replace(one, highlights=((one.start, one.end),)) for one in stored),
            differences=tuple(
                StoredDifference(one.article, one.asked, one.kind, one.start, one.end) for one in found.differences
            ),
            said_by=found.speaker,
        )


@dataclass(frozen=True, slots=True)
class OfferCard:
    """A forwarded message that is no question, and can be checked as a quote.

    Attributes:
        message: that was forwarded.
        author: the id of the person who wrote it; None where Telegram does not tell.
    """

    words: str
    message: int
    author: int | None = None


@dataclass(frozen=True, slots=True)
class ArticleCard:
    """An article that is being read, page by page.

    Attributes:
        start: where in its text the reader came in; a page begins there.
        page: which page is shown, counted from the one that begins at `start`; earlier ones are negative.
        highlights: the sentences marked in it, as spans of its text.
        length, digest: of the passage at `start`, by which a change of the article is noticed; 0 and '' where the
            reader came in by none. The passage itself stands in the article.
        changed: whether it says that what the reader came in by has changed since it was cited.
    """

    article_id: str
    start: int = 0
    page: int = 0
    highlights: tuple[tuple[int, int], ...] = ()
    length: int = 0
    digest: str = ""
    changed: bool = False

    @classmethod
    def at(cls, article_id: str, start: int, quote: str, highlights: tuple[tuple[int, int], ...] = ()) -> "ArticleCard":
        """Return a card that opens an article at the passage that begins at `start` and reads `quote`."""
        return cls(article_id, start, 0, highlights, len(quote), _digest(quote))

    def fits(self, words: str) -> bool:
        """Return whether the words that stand there now, `length` of them, are those that the reader came in by."""
        return not self.digest or _digest(words) == self.digest


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:_DIGITS]


@dataclass(frozen=True, slots=True)
class SourcesCard:
    """The list of articles, or of those that hold some words, or that were asked for.

    Attributes:
        kind, day: what was asked for, see `Intent`, and when, ISO 8601; '' where it is /sources with some words.
        page: from 0.
        listed: the ids of the articles on it, so that a button opens what it stood beside, whatever has been added.
    """

    words: str = ""
    page: int = 0
    listed: tuple[str, ...] = ()
    kind: ArticlesKind | Literal[""] = ""
    day: str = ""


@dataclass(frozen=True, slots=True)
class GreetingCard:
    """A greeting with questions that can be asked by a button, or else with articles that one opens.

    Attributes:
        articles: ids, where no question could be made.
    """

    questions: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SettingsCard:
    """A person's settings."""


@dataclass(frozen=True, slots=True)
class WatchesCard:
    """A list of a person's watches, by their numbers; one that has ended since is no longer shown."""

    watches: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class BroadcastCard:
    """A message to everybody that waits for its confirmation."""

    text: str


@dataclass(frozen=True, slots=True)
class AddedCard:
    """Articles that were added and wait for the index to be rebuilt."""

    files: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class RemovalsCard:
    """A build that stopped, since it would have removed `gone` of `articles` articles, and waits to be confirmed.

    Attributes:
        examples: ids of some of them.
        asked: the name of the question where every admin was asked it: one answer counts for all. '' for one admin.
    """

    gone: int
    articles: int
    examples: tuple[str, ...] = ()
    asked: str = ""


@dataclass(frozen=True, slots=True)
class RemoveCard:
    """An added article that is to be taken out once that is confirmed, or several of which one is to be chosen.

    Attributes:
        articles: ids.
        file: that goes, with every article in it; '' where one is to be chosen first.
    """

    articles: tuple[str, ...]
    file: str = ""


@dataclass(frozen=True, slots=True)
class FeedsCard:
    """The list of feeds that are followed."""

    addresses: tuple[str, ...] = ()


Card = (
    AnswerCard
    | CheckCard
    | OfferCard
    | ArticleCard
    | SourcesCard
    | GreetingCard
    | SettingsCard
    | WatchesCard
    | BroadcastCard
    | AddedCard
    | RemovalsCard
    | RemoveCard
    | FeedsCard
)

KINDS: Final[dict[str, type[Card]]] = {
    "answer": AnswerCard,
    "check": CheckCard,
    "offer": OfferCard,
    "article": ArticleCard,
    "sources": SourcesCard,
    "greeting": GreetingCard,
    "settings": SettingsCard,
    "watches": WatchesCard,
    "broadcast": BroadcastCard,
    "added": AddedCard,
    "removals": RemovalsCard,
    "remove": RemoveCard,
    "feeds": FeedsCard,
}
