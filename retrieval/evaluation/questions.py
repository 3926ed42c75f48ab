"""Question sets: questions with the places that answer them, which `located` finds where a set gives words alone.

A set is a UTF-8 file of JSON objects, one a line. Offsets count code points of the gold article's text and are half
open.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Protocol, Self

import regex
from pydantic import (
    BaseModel,
    StrictBool,
    StrictInt,
    StrictStr,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from index.article import Article, Span
from retrieval.errors import EvaluationError, first_fault
from retrieval.question.conversation import Turn

# Characters of gold that a message shows.
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Gold:
    """An article that answers, and the place in it where that is known.

    Attributes:
        span: the answering passage in the article's text, None where the whole article counts.
        text: the words at `span` by the set, None where the set does not give them.
    """

    article_id: str
    span: Span | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its ground truth.

    Attributes:
        answerable: whether the articles answer it.
        gold: alternatives, any one of which is right.
        history: the turns before the question, oldest first.
        line: of the file it was read from; 0 where it was not read from one.
        asked: the day it is asked on, ISO 8601; None: the day of the evaluation.
    """

    id: str
    text: str
    answerable: bool
    gold: tuple[Gold, ...] = ()
    history: tuple[Turn, ...] = ()
    line: int = field(default=0, compare=False)
    asked: str | None = None

    @property
    def passages(self) -> tuple[Gold, ...]:
        """Return the gold that gives the place of the answer in its article."""
        return tuple(gold for gold in self.gold if gold.span is not None)


class _GoldLine(BaseModel):
    doc: str
    start: StrictInt | None = None
    end: StrictInt | None = None
    text: str | None = None

    @model_validator(mode="after")
    def _is_place(self) -> Self:
        if self.start is None and self.end is None:
            return self
        if self.start is None or self.end is None or not 0 <= self.start < self.end:
            raise ValueError(f"it runs from {self.start} to {self.end}, which is no place in a text")
        if self.text is not None and len(self.text) != self.end - self.start:
            raise ValueError(
                f"it runs over {self.end - self.start} code points from {self.start} to {self.end}, but its text has "
                f"{len(self.text)}: offsets must count code points"
            )
        return self

    @property
    def span(self) -> Span | None:
        return None if self.start is None or self.end is None else Span(self.start, self.end)


class _Line(BaseModel):
    """A line of a question set, as `load_questions` describes it."""

    id: StrictStr | StrictInt | None = None
    question: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    answerable: StrictBool | None = None
    gold: list[_GoldLine] | None = None
    history: list[Turn] | None = None
    asked: str | None = None
    date: str | None = None

    @field_validator("asked", "date")
    @classmethod
    def _is_day(cls, value: str | None) -> str | None:
        try:
            return date.fromisoformat(value[:10]).isoformat() if value else None
        except ValueError:
            raise ValueError('a day such as "2024-05-31" is needed') from None

    @model_validator(mode="after")
    def _can_be_judged(self) -> Self:
        if self.gold is None and self.answerable is None:
            raise ValueError("says neither 'gold' nor 'answerable', so that nothing can be judged")
        return self

    def parsed(self, number: int) -> Question:
        """Return the question of the line of that number."""
        gold = tuple(Gold(entry.doc, entry.span, entry.text) for entry in self.gold or ())
        return Question(
            id=str(number if self.id is None else self.id),
            text=self.question,
            answerable=bool(gold) if self.answerable is None else self.answerable,
            gold=gold,
            history=tuple(self.history or ()),
            line=number,
            asked=self.asked if "asked" in self.model_fields_set else self.date,
        )


def load_questions(path: Path) -> tuple[Question, ...]:
    """Return the questions of a set, in the file's order.

    Each line needs `question`, and either `gold` (`[{doc}]`, `[{doc, start, end, text}]`, or `[{doc, text}]`, whose
    place `located` finds; empty where nothing answers) or `answerable`, which by default is true where there is
    gold. `id` is the line's number where it is missing. `history` holds `[{speaker, text}]`, and `asked` or `date` the
    day of the question. Other fields and blank lines are ignored.

    Raises:
        EvaluationError: if the file cannot be read, holds no question, or a line is not as described.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise EvaluationError(f"{path}: cannot be read: {error.strerror}") from error
    questions: dict[str, Question] = {}
    # Bytes, because splitlines() of a str also splits at U+2028 and its like, which JSON strings may hold.
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            question = _Line.model_validate_json(line).parsed(number)
        except ValidationError as error:
            # JSON of its own makes one line of each.
            fault = first_fault(error).replace(" at line 1 column ", " at byte ")
            raise EvaluationError(f"{path}, line {number}: {fault}") from error
        if question.id in questions:
            raise EvaluationError(f"{path}, line {number}: the id {question.id!r} stands on an earlier line already")
        questions[question.id] = question
    if not questions:
        raise EvaluationError(f"{path}: holds no question")
    return tuple(questions.values())


def sample(questions: Sequence[Question], limit: int, seed: int) -> tuple[Question, ...]:
    """Return at most `limit` of the questions, in order of their ids, drawn at random by `seed`.

    Each id's place in the draw is a hash of seed and id. So the sample does not hang on the order of the questions, a
    smaller one is part of a larger one, and a question added to the set replaces at most one in it.
    """

    def lot(question: Question) -> bytes:
        return hashlib.sha256(f"{seed}:{question.id}".encode("utf-8", "surrogatepass")).digest()

    return tuple(sorted(sorted(questions, key=lot)[:limit], key=lambda question: question.id))


class Articles(Protocol):
    """The interface of whatever holds the articles of a question set."""

    def article(self, article_id: str, /) -> Article:
        """Return the article with that id.

        Raises:
            LookupError: if there is none.
        """


def text_of(articles: Articles, article_id: str) -> str | None:
    """Return the text of an article, None where there is none of that id."""
    try:
        return articles.article(article_id).text
    except LookupError:
        return None


def located(articles: Articles, questions: Sequence[Question], path: Path) -> tuple[Question, ...]:
    """Return the questions with place and words of all gold, found where the set gives only one of the two.

    Words that stand in the article several times are gold at each of those places. White space may differ, since lines
    are broken anew wherever text is copied.

    Parameters:
        path: of the set, for the message.

    Raises:
        EvaluationError: if an article that words are said to stand in is not there, or does not hold them.
    """
    found = []
    for question in questions:
        try:
            gold = tuple(entry for given in question.gold for entry in _located(articles, given))
        except ValueError as error:
            raise EvaluationError(f"{path}, line {question.line}: {error}") from error
        found.append(replace(question, gold=gold))
    return tuple(found)


def _located(articles: Articles, gold: Gold) -> Iterator[Gold]:
    text = text_of(articles, gold.article_id)
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
