"""A question in the light of the conversation before it: "and when did he say that?".

A question leans on what came before where it takes up a thread ("and", "what about"), points back with a pronoun while
saying little else, or says nothing of its own at all.

Mixing what came before into every question does harm where the question stands alone. So it counts only where the
question leans on it, or where the lists agree: a passage that is among the best for the question's own words is also
a good one for the words of the question before and its reply.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from index.engines.bm25 import Bm25Index, WordQuery, tokens, word_query
from retrieval.question.filters import Filters, without
from retrieval.question.intents import intent_of
from retrieval.question.rewriting import plain_question
from retrieval.question.terms import LONGEST, WORDS, cleaned, content_query, content_words

# A question with more telling words than this stands alone, whatever pronouns it has.
_FEW: Final = 3
# Characters of the earlier question, which leave most of the encoder's window to the new one.
_DRAWN_IN: Final = 400
# Characters of the reply: the encoder reads no more.
_REPLY: Final = 800
# The last turns, which a question may go on from.
RECALLED: Final = 20
# One of so many best passages for the question's own words must reach this share of the best score for the context.
_BEST: Final = 5
_AGREEMENT: Final = 0.2


@dataclass(frozen=True, slots=True)
class Turn:
    """An utterance of a conversation; `speaker` is 'user' or 'agent'."""

    speaker: str
    text: str


class _Exchange(NamedTuple):
    asked: str
    reply: str


@dataclass(frozen=True, slots=True)
class Context:
    """The question and the reply that a new question may go on from.

    Attributes:
        earlier: the last question before it that stood alone, shortened.
        reply: what was answered last, shortened; '' where nothing was.
        shown: what was answered to any question but this one.
    """

    earlier: str
    reply: str
    shown: tuple[str, ...] = ()


def turns_of(history: Sequence[Turn | Mapping[str, str]]) -> tuple[Turn, ...]:
    """Return the last turns of a conversation that say something: shortened, cleaned, and without their filters.

    Parameters:
        history: oldest first, from outside; mappings with `speaker` and `text` do as well, and what is neither says
            nothing.
    """
    turns = []
    for said in history[-RECALLED:]:
        turn = {"speaker": said.speaker, "text": said.text} if isinstance(said, Turn) else said
        speaker, text = (turn.get("speaker"), turn.get("text")) if isinstance(turn, Mapping) else (None, None)
        if isinstance(speaker, str) and isinstance(text, str) and (words := cleaned(without(text[:LONGEST]))):
            turns.append(Turn(speaker, words))
    return tuple(turns)


def context_of(question: str, turns: Sequence[Turn], languages: tuple[str, ...]) -> Context | None:
    """Return what a question may go on from; None where that was not answered, or nothing was asked.

    Small talk is passed over, and so is a question that was asked before where it is asked again. A history that holds
    no reply at all is one of which only the questions are known.

    Parameters:
        turns: those before, oldest first, as `turns_of` gives them.
        languages: whose words of grammar are known.
    """
    said = [exchange for exchange in _exchanges(turns) if not _is_talk(exchange.asked, languages)]
    said = [exchange for exchange in said if tokens(exchange.asked) != tokens(question)]
    if not said:
        return None
    standing = _standing(said, languages)
    replies = tuple(exchange.reply for exchange in said if exchange.reply)
    if replies and not standing.reply:
        return None
    return Context(_shortened(standing.asked, _DRAWN_IN), _shortened(replies[-1] if replies else "", _REPLY), replies)


def _standing(said: Sequence[_Exchange], languages: tuple[str, ...]) -> _Exchange:
    """Return the last question that stands alone or can be put so, with its reply; the first where none does."""
    standing, reply = said[0], said[0].reply
    for exchange in said[1:]:
        if not leans(exchange.asked, languages):
            standing = exchange
        elif exchange.reply:
            plain = plain_question(exchange.asked, standing.asked, reply, languages)
            standing = _Exchange(plain.text, exchange.reply) if plain and plain.stands else standing
        reply = exchange.reply
    return standing


def _exchanges(turns: Sequence[Turn]) -> list[_Exchange]:
    """Return each question with its reply, '' where none followed."""
    said: list[_Exchange] = []
    for turn in turns:
        if turn.speaker == "user":
            said.append(_Exchange(turn.text, ""))
        elif turn.speaker == "agent" and said:
            said[-1] = _Exchange(said[-1].asked, turn.text)
    return said


# Every question of a conversation is looked at again with the next.
@functools.lru_cache(maxsize=256)
def _is_talk(utterance: str, languages: tuple[str, ...]) -> bool:
    intent = intent_of(utterance, languages)
    return intent is not None and intent.is_talk


def leans(question: str, languages: tuple[str, ...]) -> bool:
    """Return whether the question cannot be understood without what came before it."""
    known = languages or ("en",)
    words = tokens(question)
    own = len(content_words(question, known))
    if own == 0:
        return True
    return own <= _FEW and (_takes_up(words, known) or not _pointing(known).isdisjoint(words))


def _takes_up(words: Sequence[str], languages: tuple[str, ...]) -> bool:
    begins = " ".join(words[:3]) + " "
    threads = (thread for language in languages for thread in WORDS["continuing"].get(language, ()))
    return any(begins.startswith(f"{thread} ") for thread in threads)


def _pointing(languages: tuple[str, ...]) -> set[str]:
    return {word for language in languages for word in WORDS["pointing"].get(language, "").split()}


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most].rpartition(" ")[0] or text[:most]


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it is searched for.

    Attributes:
        plain: the question as a person would ask it without what came before.
        searched: what is searched for; with the question before in front where it has no telling words of its own.
        context: what came before, where that counts.
        follows: the question before, without which this one cannot be understood; '' where it can.
        shown: what other questions were answered with.
    """

    plain: str
    searched: str
    context: Context | None = None
    follows: str = ""
    shown: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """Return the question with the one before in front where that counts, to be judged as one."""
        return f"{self.context.earlier} {self.searched}" if self.context else self.searched


def understand(
    question: str, turns: Sequence[Turn], lexicon: Bm25Index, languages: tuple[str | None, ...]
) -> Understood:
    """Return what a question asks for after these turns.

    Parameters:
        question: checked.
        turns: those before it, oldest first, as `turns_of` gives them.
        languages: that questions are analysed in.
    """
    known = tuple(language for language in languages if language)
    context = context_of(question, turns, known) if turns and not _is_talk(question, known) else None
    if context is None:
        return Understood(question, question)
    if leans(question, known):
        plain = plain_question(question, context.earlier, context.reply, known)
        if plain is not None and plain.stands:
            return Understood(plain.text, plain.text, shown=context.shown)
        if plain is not None:
            return Understood(plain.text, plain.text, context, context.earlier, context.shown)
        if not content_words(question, known):
            return Understood(question, f"{context.earlier} {question}", follows=context.earlier, shown=context.shown)
        return Understood(question, question, context, context.earlier, context.shown)
    if _agreement(question, context, lexicon, languages) >= _AGREEMENT:
        return Understood(question, question, context, shown=context.shown)
    return Understood(question, question, shown=context.shown)


def _agreement(question: str, context: Context, lexicon: Bm25Index, languages: tuple[str | None, ...]) -> float:
    """Return how good the best passages for a question are for what came before it, from 0 to 1 for the very best."""
    words = missing_words(f"{context.earlier} {context.reply}", languages, set())
    best, _ = lexicon.search(content_query(question, languages), _BEST)
    _, most = lexicon.search(words, 1)
    if not len(best) or not len(most):
        return 0.0
    return float(lexicon.scores(words, best).max() / most[0])


def missing_words(text: str, languages: tuple[str | None, ...], known: set[tuple[str, ...]]) -> WordQuery:
    words = content_words(text, languages)
    return tuple(forms for forms in word_query(words, languages) if forms not in known) if words else ()


def standing_alone(understood: str, follows: str, filters: Filters, longest: int = LONGEST) -> str:
    """Return a question so that it can be asked by itself, without the conversation that it stood in.

    Parameters:
        understood, follows: as an answer has them, see `Answer.interpreted_as` and `Answer.follows`.
        filters: what its articles had to be.
        longest: characters; where it is longer together with the question before it, it stands without.
    """
    # No value holds a quote: that ends a filter.
    narrowed = " ".join(f'{name}:"{value}"' for name, value in filters.told().items())
    alone = f"{understood} {narrowed}".strip()
    whole = f"{follows} {alone}".strip()
    return whole if len(whole) <= longest else alone
