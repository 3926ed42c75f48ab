"""Places of the gold of hand-written sets, which give the words of an article without their place."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import regex

from index.article import Span
from retrieval.errors import QuestionSetError
from retrieval.evaluation.outcome import Answering, text_of
from retrieval.evaluation.questions import Gold, Question

# Characters of gold that a message shows.
_SHOWN: Final = 60


def located(retriever: Answering, questions: Sequence[Question], path: Path) -> tuple[Question, ...]:
    """Return the questions with place and words of all gold, found where the set gives only one of the two.

    Words that stand in the article several times are gold at each of those places. White space may differ, since lines
    are broken anew wherever text is copied.

    Parameters:
        path: of the set, for the message.

    Raises:
        QuestionSetError: if an article that words are said to stand in is not there, or does not hold them.
    """
    found = []
    for question in questions:
        try:
            gold = tuple(entry for given in question.gold for entry in _located(retriever, given))
        except ValueError as error:
            raise QuestionSetError(f"{path}, line {question.line}: {error}") from error
        found.append(replace(question, gold=gold))
    return tuple(found)


def _located(retriever: Answering, gold: Gold) -> Iterator[Gold]:
    text = text_of(retriever, gold.article_id)
    if gold.span is not None:
        # A place that an article no longer has is counted as not found: the set may be older than the index.
        there = text is not None and gold.text is None and gold.span.end <= len(text)
        yield replace(gold, text=gold.span.of(text)) if there and text is not None else gold
        return
    if gold.text is None:
        yield gold
        return
    if text is None:
        raise ValueError(f"there is no article {gold.article_id!r}: give the article's id as `ask --json` prints it")
    words = gold.text.split()
    if not words:
        raise ValueError(f"the 'text' of the gold in {gold.article_id!r} is empty: leave it out or fill it in")
    places = regex.compile(r"\s+".join(map(regex.escape, words))).finditer(text)
    spans = [Span(*place.span()) for place in places]
    if not spans:
        words_shown = gold.text if len(gold.text) <= _SHOWN else f"{gold.text[:_SHOWN]}…"
        raise ValueError(
            f"{words_shown!r} does not stand in the article {gold.article_id!r}: copy it from there word for word"
        )
    for span in spans:
        yield Gold(gold.article_id, span, span.of(text))
