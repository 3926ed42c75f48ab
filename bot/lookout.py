"""Looks at new articles for questions that wait, on a thread of their own: questions that are asked go first."""

import asyncio
import shutil
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.library import Library
from index.article import Span
from retrieval import Citation, Retriever
from retrieval.errors import UnknownArticleError

if TYPE_CHECKING:
    from retrieval.watching import News, Watched, Watching

# News is handed over as it is found, so that much of it is stored in one transaction.
_HANDED_OVER_EVERY: Final = 0.1
_AT_ONCE: Final = 200
# Questions encoded before the bot may stop: a second or two.
_ENCODED_AT_ONCE: Final = 500


class Lookout:
    """Looks at the articles of a library; nothing is loaded and no thread begun before the first of them.

    Parameters:
        folder: for the vectors of questions, by their digests: made anew they take seconds to minutes.
    """

    def __init__(self, library: Library, folder: Path) -> None:
        self._library = library
        self._folder = folder
        self._thread: ThreadPoolExecutor | None = None
        # What it has worked out of the questions serves the next look too.
        self._watching: tuple[Retriever, Watching] | None = None
        self._ready: frozenset[str] = frozenset()

    async def marks(self) -> frozenset[bytes]:
        """Return a mark of each article, see `Retriever.article_marks`.

        Raises:
            NotReadyError: if there is no index.
        """
        return await self._library.run(Retriever.article_marks)

    async def news(self, watched: "Sequence[Watched]", known: frozenset[bytes]) -> "AsyncGenerator[list[News], None]":
        """Yield what articles without a known mark answer, as it is found.

        Raises:
            NotReadyError: if there is no index.
        """
        watching = await self._library.run(self._opened)
        looking = (news for news in watching.look(watched, known))
        thread = self._own_thread()
        try:
            while some := await asyncio.get_running_loop().run_in_executor(thread, _some, looking):
                yield some
        finally:
            # Where it is not read to its end, it lets go of the index.
            thread.submit(looking.close)

    async def prepare(self, questions: Sequence[str]) -> None:
        """Read and encode questions, so that no look has to wait for that; those of the last time are encoded already.

        Raises:
            NotReadyError: if there is no index.
        """
        ready = [question for question in questions if question in self._ready]
        new = [question for question in questions if question not in self._ready]
        if not new:
            return
        watching = await self._library.run(self._opened)
        loop, thread = asyncio.get_running_loop(), self._own_thread()
        for many in range(_ENCODED_AT_ONCE, len(new) + _ENCODED_AT_ONCE, _ENCODED_AT_ONCE):
            await loop.run_in_executor(thread, watching.prepare, [*ready, *new[:many]])
        self._ready = frozenset(questions)

    def _opened(self, retriever: Retriever) -> "Watching":
        # Loaded when somebody waits for the first time.
        from retrieval.watching import Watching

        if self._watching is None or self._watching[0] is not retriever:
            self._watching = (retriever, Watching(retriever, self._folder))
        return self._watching[1]

    def _own_thread(self) -> ThreadPoolExecutor:
        self._thread = self._thread or ThreadPoolExecutor(1, thread_name_prefix="watches")
        return self._thread

    async def still_says(self, citation: Citation) -> bool:
        """Return whether a quote still stands where it did.

        Raises:
            NotReadyError: if there is no index.
        """
        return await self._library.run(_still_says, citation)

    def forget(self) -> None:
        """Delete the stored vectors: one of them may be that of a question that somebody wants forgotten."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        """Wait until a look that goes on has come to a place where it can end."""
        if self._thread is not None:
            self._thread.shutdown(wait=True)


def _some(looking: "Iterator[News]") -> "list[News]":
    """Return what is found in a moment, one piece of news at least; none at the end."""
    found: list[News] = []
    until = 0.0
    for news in looking:
        until = until or time.monotonic() + _HANDED_OVER_EVERY
        found.append(news)
        if len(found) >= _AT_ONCE or time.monotonic() > until:
            break
    return found


def _still_says(retriever: Retriever, citation: Citation) -> bool:
    try:
        (words,) = retriever.excerpts(citation.article_id, Span(citation.start, citation.end)).words
    except UnknownArticleError:
        return False
    return words == citation.quote
