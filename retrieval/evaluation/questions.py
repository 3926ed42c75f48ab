"""Question sets: questions with the places that answer them.

A set is a UTF-8 file of JSON objects, one a line. Offsets count code points of the gold article's text and are half
open.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from index.article import Span
from retrieval.errors import QuestionSetError
from retrieval.question.conversation import Turn


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


def load_questions(path: Path) -> tuple[Question, ...]:
    """Return the questions of a set, in the file's order.

    Each line needs `question`, and either `gold` (`[{doc}]`, `[{doc, start, end, text}]`, or `[{doc, text}]`, whose
    place `gold.located` finds; empty where nothing answers) or `answerable`, which by default is true where there is
    gold. `id` is the line's number where it is missing. `history` holds `[{speaker, text}]`, and `asked` or `date` the
    day of the question. Other fields and blank lines are ignored.

    Raises:
        QuestionSetError: if the file cannot be read, holds no question, or a line is not as described.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise QuestionSetError(f"{path}: cannot be read: {error.strerror}") from error
    questions: dict[str, Question] = {}
    # Bytes, because splitlines() of a str also splits at U+2028 and its like, which JSON strings may hold.
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            question = _question(line, number)
            if question.id in questions:
                raise ValueError(f"the id {question.id!r} stands on an earlier line already")
        except ValueError as error:
            raise QuestionSetError(f"{path}, line {number}: {error}") from error
        questions[question.id] = question
    if not questions:
        raise QuestionSetError(f"{path}: holds no question")
    return tuple(questions.values())


def sample(questions: Sequence[Question], limit: int, seed: int) -> tuple[Question, ...]:
    """Return at most `limit` of the questions, in order of their ids, drawn at random by `seed`.

    Each id's place in the draw is a hash of seed and id. So the sample does not hang on the order of the questions, a
    smaller one is part of a larger one, and a question added to the set replaces at most one in it.
    """

    def lot(question: Question) -> bytes:
        return hashlib.sha256(f"{seed}:{question.id}".encode("utf-8", "surrogatepass")).digest()

    return tuple(sorted(sorted(questions, key=lot)[:limit], key=lambda question: question.id))


def _question(line: bytes, number: int) -> Question:
    fields = _parsed(line)
    text = _words(fields, "question")
    if fields.get("gold") is None and fields.get("answerable") is None:
        raise ValueError("says neither 'gold' nor 'answerable', so that nothing can be judged")
    gold = tuple(_gold(entry) for entry in _objects(fields, "gold"))
    answerable = fields.get("answerable")
    if answerable is None:
        answerable = bool(gold)
    if not isinstance(answerable, bool):
        raise ValueError(f"'answerable' is {_shown(answerable)} where true or false is needed")
    name = fields.get("id")
    if name is None:
        name = number
    if isinstance(name, bool) or not isinstance(name, str | int):
        raise ValueError(f"'id' is {_shown(name)} where a string is needed")
    turns = (Turn(_words(turn, "speaker"), _words(turn, "text", empty=True)) for turn in _objects(fields, "history"))
    return Question(str(name), text, answerable, gold, tuple(turns), number, _asked(fields))


def _asked(fields: Mapping[str, object]) -> str | None:
    name = "asked" if "asked" in fields else "date"
    value = fields.get(name)
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        raise ValueError(f'{name!r} is {_shown(value)} where a day such as "2024-05-31" is needed') from None


def _parsed(line: bytes) -> Mapping[str, object]:
    try:
        fields = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 at byte {error.start + 1}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg} at character {error.pos + 1}") from error
    except RecursionError as error:
        raise ValueError("is not JSON that can be read: nested too deeply") from error
    if not isinstance(fields, dict):
        raise ValueError(f"is {_shown(fields)} where a JSON object is needed")
    return fields


def _gold(fields: Mapping[str, object]) -> Gold:
    article_id = _words(fields, "doc")
    start, end, text = fields.get("start"), fields.get("end"), fields.get("text")
    if text is not None and not isinstance(text, str):
        raise ValueError(f"'text' of gold is {_shown(text)} where a string is needed")
    if start is None and end is None:
        return Gold(article_id, None, text)
    if type(start) is not int or type(end) is not int:
        raise ValueError(f"gold runs from {_shown(start)} to {_shown(end)} where two whole numbers are needed")
    if not 0 <= start < end:
        raise ValueError(f"gold runs from {start} to {end}, which is no place in a text")
    if text is not None and len(text) != end - start:
        raise ValueError(
            f"gold runs over {end - start} code points from {start} to {end}, but its text has {len(text)}: "
            "offsets must count code points"
        )
    return Gold(article_id, Span(start, end), text)


def _objects(fields: Mapping[str, object], name: str) -> tuple[Mapping[str, object], ...]:
    value = fields.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise ValueError(f"{name!r} is {_shown(value)} where a list of objects is needed")
    return tuple(value)


def _words(fields: Mapping[str, object], name: str, *, empty: bool = False) -> str:
    value = fields.get(name)
    if value is None:
        raise ValueError(f"{name!r} is missing")
    if not isinstance(value, str):
        raise ValueError(f"{name!r} is {_shown(value)} where a string is needed")
    if not value.strip() and not empty:
        raise ValueError(f"{name!r} is empty")
    return value


def _shown(value: object) -> str:
    words = json.dumps(value)
    return words if len(words) <= 40 else f"{words[:37]}..."
