"""Which language a question is in, which languages it is analysed in, and whether the model knows the one it is in."""

from collections.abc import Iterable, Mapping, Set
from typing import Final, Protocol

from index.engines.bm25 import tokens
from retrieval.question.terms import INTERROGATIVES, is_grammar

# A question is analysed in the commonest languages of the index; each more costs time and blurs the others.
_MOST: Final = 4
# What a word that the language asks with counts against another word of its grammar: a title within a question may
# hold as many words of grammar as the question itself, but hardly one that asks.
_ASKS: Final = 3


class Knowing(Protocol):
    """What knows some languages: a model's card, or the reader."""

    def knows(self, language: str | None) -> bool:
        """Whether it was trained on that language; None stands for one that is not known."""


def languages_of(passages: Mapping[str | None, int]) -> tuple[str | None, ...]:
    """The languages of an index, the commonest first.

    Parameters:
        passages: how many passages of the index are in each language.
    """
    return tuple(sorted(passages, key=lambda language: (-passages[language], language or "")))


def commonest(held: tuple[str | None, ...], own: tuple[str, ...] = ()) -> tuple[str | None, ...]:
    """The languages to analyse a question in: the commonest few of the index, and of the others those it is in.

    Parameters:
        held: the languages of the index, the commonest first.
        own: those that the question is in.
    """
    return (*held[:_MOST], *(language for language in held[_MOST:] if language in own))


def spoken(question: str, held: tuple[str | None, ...]) -> tuple[str, ...]:
    """The languages that a question is in, more than one where its words do not tell them apart.

    It is in that language of the index with most of whose words of grammar it is made. It is in a language that the
    index does not hold where it asks in that one, in none of the others, and is made with more of its grammar: a name
    such as La Casa de Papel is not enough. None is given where nothing tells, as in a bare name.
    """
    known = [language for language in held if language is not None]
    words = set(tokens(question))
    here, much = _most_like(words, known)
    if not all(words.isdisjoint(INTERROGATIVES.get(language, ())) for language in known):
        return here
    there, more = _most_like(words, {*INTERROGATIVES, *known})
    return there if more > max(much, _ASKS) else here


def _most_like(words: Set[str], languages: Iterable[str]) -> tuple[tuple[str, ...], int]:
    """The languages that most of the grammar in `words` is of, and how much that is; none where they have none."""
    candidates = tuple(languages)
    likeness = {language: sum(_tells(word, language, candidates) for word in words) for language in candidates}
    most = max(likeness.values(), default=0)
    return tuple(sorted(language for language in candidates if most and likeness[language] == most)), most


def _tells(word: str, language: str, candidates: tuple[str, ...]) -> int:
    """How much a word speaks for a language: a word that asks the most, unless another language has it for less."""
    if not is_grammar(word, (language,)):
        return 0
    asking = word in INTERROGATIVES.get(language, ())
    rivals = (other for other in candidates if word not in INTERROGATIVES.get(other, ()))
    return _ASKS if asking and not is_grammar(word, tuple(rivals)) else 1


def model_knows(own: tuple[str, ...], held: tuple[str | None, ...], model: Knowing) -> bool:
    """Whether a model can be trusted for a question.

    Where all articles are in languages that the model knows, or none is, the question is taken to be in one of those,
    unless it plainly asks in another. In a mixed folder its own language matters; a question that has none, such as a
    bare name, is taken as one the model can read.

    Parameters:
        own: the languages that the question is in.
        held: those of the index.
    """
    known = [language for language in held if model.knows(language)]
    if not known or not own:
        return bool(known)
    if len(known) == len(held) and set(own) & set(held):
        return True
    return any(map(model.knows, own))
