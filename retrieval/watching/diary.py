"""A watch that outlives its program: a look whose news are stored as soon as each is told.

Whoever takes the next news has told the one before, which is stored then. A kill in between repeats that one and no
other.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

from retrieval.retriever import Retriever
from retrieval.watching.look import News, Watched, Watching
from retrieval.watching.store import Kept, load, only_watcher, save


class Diary:
    """The questions in a file, and the looks for their news.

    Parameters:
        path: of the file; see store.py.
        folder: for the vectors of the questions.
    """

    def __init__(self, retriever: Retriever, path: Path, folder: Path) -> None:
        self._retriever = retriever
        self._path = path
        self._watching = Watching(retriever, folder)

    def news(self, questions: Sequence[Watched] | None = None, *, today: date | str | None = None) -> Iterator[News]:
        """Yield what articles answer that came since the last look; at the first look none.

        Parameters:
            questions: exactly those that wait from now on; None for those in the file. Their keys are strings.
            today: as for `Watching.look`.

        Raises:
            WatchError: if the file cannot be used, or another program uses it.
        """
        with only_watcher(self._path):
            before = load(self._path)
            kept = before if questions is None else before.with_questions(questions)
            marks = self._retriever.article_marks()
            if kept.known is not None:
                for news in self._watching.look(list(kept.watched.values()), kept.known, today=today):
                    yield news
                    kept = kept.after(news)
                    save(self._path, kept)
            kept = kept.knowing(marks)
            if kept != before:
                save(self._path, kept)

    def kept(self) -> Kept:
        """Return what the file holds.

        Raises:
            WatchError: if it cannot be read.
        """
        return load(self._path)

    def change(self, work: Callable[[Kept], Kept]) -> None:
        """Store other questions.

        Parameters:
            work: is given what the file holds now, which another program may have changed, and returns what it is to
                hold; what it raises leaves the file as it is.

        Raises:
            WatchError: if the file cannot be used, or another program uses it.
        """
        with only_watcher(self._path):
            save(self._path, work(load(self._path)))
