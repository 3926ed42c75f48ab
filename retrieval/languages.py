"""Which languages a question is analysed in, and whether the model knows the one it was asked in."""

from collections.abc import Mapping
from typing import Final

from index.lexicon import tokens
from index.model import ModelCard
from retrieval.words import is_grammar

# A question is analysed in the commonest languages of the index; each more costs time and blurs the others.
_MOST: Final = 4


def languages_of(passages: Mapping[str | None, int]) -> tuple[str | None, ...]:
    """The languages to analyse a question in, the commonest first.

    Parameters:
        passages: how many passages of the index are in each language.
    """
    return tuple(sorted(passages, key=lambda language: (-passages[language], language or "")))[:_MOST]


def model_knows(question: str, languages: tuple[str | None, ...], card: ModelCard) -> bool:
    """Whether the model's vectors can be trusted for this question.

    Where all articles are in languages that the model knows, or none is, the question is taken to be in one of those.
    Only in a mixed folder its own language matters: the one most of whose words of grammar it is made with, which no
    question does without. A question without any, such as a bare name, is taken as one the model can read.
    """
    known = [language for language in languages if card.knows(language)]
    if len(known) in (0, len(languages)):
        return bool(known)
    words = tokens(question)
    votes = {
        language: sum(is_grammar(word, (language,)) for word in words) for language in languages if language is not None
    }
    most = max(votes.values())
    return most == 0 or any(card.knows(language) for language, count in votes.items() if count == most)
