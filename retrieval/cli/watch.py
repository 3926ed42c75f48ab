"""Questions of a script that wait: read from a file or a stream, and their news as indexes are published.

A line is a question as it is typed, or a JSON object with `question` and optional `id`, `asked`, the day from which
"last month" is reckoned, and the filters `source`, `after`, `before` and `in`.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from rich.console import Console
from rich.text import Text

from retrieval.cli import display
from retrieval.cli.batch import answer_json, citation_json, filters_in, json_fields
from retrieval.cli.layout import wrapped
from retrieval.errors import QuestionError, WatchError
from retrieval.question.filters import NAMES, split
from retrieval.question.terms import checked_question
from retrieval.ranking.recency import day_of
from retrieval.retriever import Retriever
from retrieval.sanitize import one_line
from retrieval.watching import News, Watched
from retrieval.watching.diary import Diary
from retrieval.watching.store import QUESTIONS

# What a script's questions were told, in the data folder; the folder of all questions' vectors there.
STATE: Final = "watch.json"
VECTORS: Final = "watching"
# Seconds between looks at which index is published.
_EVERY: Final = 0.5


def read_questions(name: str) -> list[Watched]:
    """Return the questions of a file, or of standard input for '-'.

    Raises:
        WatchError: if it cannot be read, or a line is no question; it names the line.
    """
    if name == "-":
        return _questions(sys.stdin.buffer, "standard input")
    try:
        with Path(name).open("rb") as lines:
            return _questions(lines, name)
    except OSError as error:
        raise WatchError(f"{name} cannot be read ({error.strerror}): name a file of questions, one a line") from error


def _questions(lines: BinaryIO, name: str) -> list[Watched]:
    found: dict[str, Watched] = {}
    for number, line in enumerate(lines, start=1):
        raw = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not raw.strip():
            continue
        try:
            one = _question(json_fields(raw))
        except (QuestionError, ValueError) as error:
            raise WatchError(f"{name}, line {number}: {error}") from error
        if str(one.key) in found:
            raise WatchError(f"{name}, line {number}: this question, or its id, is there twice: leave one out")
        found[str(one.key)] = one
        if len(found) > QUESTIONS:
            raise WatchError(f"{name} holds more than {QUESTIONS:,} questions: share them among several files")
    return list(found.values())


def _question(fields: dict[str, object]) -> Watched:
    words, key = fields.get("question"), fields.get("id")
    if not isinstance(words, str):
        raise ValueError("'question' is missing, or is no string")
    if fields.get("history"):
        raise ValueError("a question with a 'history' cannot wait: write it so that it stands alone")
    given = filters_in(fields)
    asked = day_of(given.pop("asked", None)).isoformat()
    named = [f'{NAMES[field]}:"{value}"' for field, value in given.items()]
    question = " ".join([words, *named])
    split(checked_question(question))
    return Watched(question if key is None else str(key), question, asked)


def watched_news(
    retriever: Retriever,
    questions: Sequence[Watched],
    data: Path,
    state: Path | None,
    say: Callable[[str], object],
    *,
    once: bool,
) -> Iterator[News]:
    """Yield the news of these questions: those since the last run, and then as indexes are published.

    Parameters:
        state: the file of what was told; None for the one in the data folder.
        say: is called with the line that a first run owes a person.
        once: whether to end after one look.

    Raises:
        WatchError: if the file cannot be used.
    """
    diary = Diary(retriever, data / STATE if state is None else state, data / VECTORS)
    first = diary.kept().known is None
    yield from diary.news(questions)
    if first:
        say("this was the first look: what is in the index now counts as known, and news are of what comes after")
    while not once:
        seen = retriever.generation
        while retriever.generation == seen:
            time.sleep(_EVERY)
            retriever.refresh()
        yield from diary.news(questions)


def news_json(news: News) -> dict[str, object]:
    """Return news as plain JSON values: an answer's, and those of what answered before. Scripts rely on the keys."""
    before = None if news.before is None else citation_json(news.before)
    return answer_json(news.answer, news.key) | {"story": sorted(news.story), "before": before}


def news_lines(news: News, console: Console) -> Iterator[Text]:
    """Lay out news: the question, the passage, and what answered it before."""
    yield from wrapped(Text(f"News: {one_line(news.answer.question)}", "bold green"), console)
    yield from display.cited(news.answer.citations[0], console)
    if news.before is not None:
        yield Text()
        yield from wrapped(Text("Before that:", "dim"), console)
        yield from display.briefly(news.before, console, answers=True)
    yield Text()
