"""Which languages a question is analysed in, and whether the model knows the one it was asked in."""

from collections.abc import Mapping
from typing import Final

from index.model import ModelCard

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

    Where all articles are in languages that the model knows, or none is, the question is taken to be in one of those;
    only a mixed folder needs the question's own language detected.
    """
    known = [language for language in languages if card.knows(language)]
    if len(known) in (0, len(languages)):
        return bool(known)
    return card.knows(_detected(question, tuple(language for language in languages if language)))


def _detected(question: str, among: tuple[str, ...]) -> str | None:
    from index.metadata import detect_language  # slow to load, and seldom needed

    return detect_language(question, among)
