"""Questions that wait, in the conversation at a terminal: `:watch`, `:unwatch`, and the news at the next prompt."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from index.errors import IndexingError
from retrieval.answer import Answer
from retrieval.cli import display
from retrieval.cli.layout import show, wrapped
from retrieval.cli.prompt import interruptible
from retrieval.cli.watch import VECTORS, news_lines
from retrieval.errors import RetrievalError, WatchError
from retrieval.question.filters import split
from retrieval.question.terms import checked_question
from retrieval.retriever import Retriever
from retrieval.sanitize import one_line
from retrieval.watching import Watched, alone
from retrieval.watching.diary import Diary
from retrieval.watching.store import Kept

# The file in the data folder.
FILE: Final = "watches.json"
# Questions that may wait.
_MOST: Final = 100


class Watches:
    """The questions of the person at this data folder.

    Parameters:
        data: the data folder.
    """

    def __init__(self, retriever: Retriever, data: Path) -> None:
        self._retriever = retriever
        self._path = data / FILE
        self._diary = Diary(retriever, self._path, data / VECTORS)
        # The generation at which the last look was.
        self._seen = ""
        # The last question that `:watch` alone kept, so that the next one lists.
        self._kept: Answer | None = None

    def keep(self, question: str, answer: Answer | None, console: Console) -> Iterator[Text]:
        """Let a question wait, the last one where none is typed; list all where that waits already.

        Parameters:
            answer: of the last question; None where there is none.

        Raises:
            WatchError: if too many wait, or the file cannot be used.
            QuestionError: if the question cannot be asked.
        """
        told: frozenset[str] = frozenset()
        if not question:
            if answer is None or answer is self._kept:
                yield from self._list(console)
                return
            self._kept, question = answer, alone(answer)
            if answer.answered:
                told = frozenset(
                    name
                    for one in answer.citations[:1]
                    for name in (one.article_id, *(head.id for head in one.also_in))
                )
        split(checked_question(question))
        if question in self._diary.kept().watched:
            yield from wrapped(Text(f"It waits already: {one_line(question)}"), console)
            return
        one = Watched(question, question, date.today().isoformat(), told)

        def added(kept: Kept) -> Kept:
            if len(kept.watched) >= _MOST:
                raise WatchError(f"{_MOST} questions wait, which is the most: :unwatch N stops one of them")
            if kept.known is None:
                kept = kept.knowing(self._retriever.article_marks())
            return replace(kept, watched={**kept.watched, question: one})

        self._diary.change(added)
        said = (
            f"Watched: {one_line(question)} – when a new article answers it, the next prompt says so. :unwatch ends it."
        )
        yield from wrapped(Text(said), console)

    def stop(self, number: str, console: Console) -> Iterator[Text]:
        """Stop watching the question of that number.

        Raises:
            WatchError: if there is none, or the file cannot be used.
        """
        kept = self._diary.kept()
        names = list(kept.watched)
        place = int(number) if number.isdecimal() and len(number) < 9 else 0
        if not names:
            raise WatchError("no question waits: :watch QUESTION keeps one")
        if not 1 <= place <= len(names):
            raise WatchError(f"say which question: a number from 1 to {len(names)}; :watch lists them")
        gone = names[place - 1]
        self._diary.change(
            lambda now: replace(now, watched={name: one for name, one in now.watched.items() if name != gone})
        )
        yield from wrapped(Text(f"No longer watched: {one_line(gone)}"), console)

    def tell_news(self, console: Console) -> None:
        """Print the news of a generation that was not looked at yet."""
        try:
            if not self._path.exists():
                return
            self._retriever.refresh()
            if self._retriever.generation == self._seen:
                return
            news = self._diary.news()
            # One after another, since taking the next says that the one before was printed.
            while (one := interruptible(lambda: next(news, None))) is not None:
                show(news_lines(one, console), console)
            self._seen = self._retriever.generation
        except (RetrievalError, IndexingError, OSError) as error:
            # Said once, not at every prompt.
            self._seen = self._retriever.generation
            show(wrapped(Text(one_line(f"no news: {error}"), "yellow"), console), console)

    def _list(self, console: Console) -> Iterator[Text]:
        kept = self._diary.kept()
        if not kept.watched:
            yield from wrapped(Text("No question waits: :watch QUESTION keeps one."), console)
        for place, one in enumerate(kept.watched.values(), start=1):
            said = f"{one_line(one.question)} (since {display.day(one.asked)})"
            yield from wrapped(Text(said), console, first=f"{place:2}  ")
