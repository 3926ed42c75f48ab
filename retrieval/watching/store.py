"""The file that outlives a program which watches: its questions, what each was told, and the articles that are known.

It is JSON, written as a whole and atomically, readable by its owner alone. Marks are stored in base64, 8 bytes each.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from index.generation.durable import locked, replace_file
from retrieval.errors import QuestionError, WatchError
from retrieval.question.terms import LONGEST
from retrieval.ranking.recency import day_of
from retrieval.watching.look import News, Watched

# Questions, ids that each was told, and marks of articles: more are refused, or the oldest forgotten.
QUESTIONS: Final = 10_000
TOLD: Final = 1_000
_KNOWN: Final = 2_000_000
# Bytes of a file, and characters of an id, that are read at all.
_LARGEST: Final = 256_000_000
_ID: Final = 4_096
_MARK: Final = 8
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """The content of the file.

    Attributes:
        watched: by their keys, which are strings; in the order in which they came.
        known: marks of the articles that were there at the last look; None before the first.
    """

    watched: Mapping[str, Watched] = field(default_factory=dict)
    known: frozenset[bytes] | None = None

    def with_questions(self, questions: Iterable[Watched]) -> "Kept":
        """Return this with exactly these questions; what was told to one of the same key and words is kept."""
        found = {}
        for one in questions:
            before = self.watched.get(str(one.key))
            same = before is not None and before.question == one.question
            found[str(one.key)] = before if before is not None and same else one
        return replace(self, watched=found)

    def after(self, news: News) -> "Kept":
        """Return this with that news told."""
        one = self.watched[str(news.key)]
        told = replace(one, told=frozenset([*news.story, *one.told][:TOLD]))
        return replace(self, watched={**self.watched, str(news.key): told})

    def knowing(self, marks: frozenset[bytes]) -> "Kept":
        """Return this with these articles known.

        Those that are gone stay known as long as there is room: a folder that was not mounted comes back.
        """
        every = marks | (self.known or frozenset())
        return replace(self, known=every if len(every) <= _KNOWN else marks)


@contextmanager
def only_watcher(path: Path) -> Iterator[None]:
    """Hold the lock of a file, so that no two programs tell the same.

    Raises:
        WatchError: if another program holds it, or it cannot be made.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(path.with_name(f"{path.name}.lock"), wait=False))
        except BlockingIOError as error:
            raise WatchError(f"another program uses {path}: wait until it has ended") from error
        except OSError as error:
            raise _unwritable(path, error) from error
        yield


def load(path: Path) -> Kept:
    """Return what the file holds; nothing where there is none.

    Raises:
        WatchError: if it cannot be read.
    """
    try:
        if not path.exists():
            return Kept()
        # A named pipe would block for ever.
        if not path.is_file():
            raise ValueError("it is no file")
        if path.stat().st_size > _LARGEST:
            raise ValueError("it is too large")
        return _parsed(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OSError, QuestionError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise WatchError(
            f"{path} cannot be read ({reason}): move it away, and what is there now counts as known"
        ) from error


def save(path: Path, kept: Kept) -> None:
    """Write the file.

    Raises:
        WatchError: if it cannot be written.
    """
    known = None if kept.known is None else base64.b64encode(b"".join(sorted(kept.known))).decode()
    questions = [
        {"key": key, "question": one.question, "asked": one.asked, "told": sorted(one.told)}
        for key, one in kept.watched.items()
    ]
    content = json.dumps({"version": _VERSION, "questions": questions, "known": known})
    try:
        replace_file(path, content.encode(), mode=0o600)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> WatchError:
    return WatchError(f"{path} cannot be written ({error.strerror}): let this user write there")


def _parsed(fields: object) -> Kept:
    if not isinstance(fields, dict) or fields.get("version") != _VERSION:
        raise ValueError("it holds no watches of this version")
    questions = fields["questions"]
    if not isinstance(questions, list) or len(questions) > QUESTIONS:
        raise ValueError("it holds no list of questions, or too many")
    watched = {}
    for one in questions:
        key, question, asked, told = (one[name] for name in ("key", "question", "asked", "told"))
        if not (isinstance(key, str) and isinstance(question, str) and len(question) <= LONGEST):
            raise ValueError("a question is no text")
        if not (isinstance(told, list) and all(isinstance(name, str) and len(name) <= _ID for name in told)):
            raise ValueError("what was told is no list of ids")
        watched[key] = Watched(key, question, day_of(str(asked)).isoformat(), frozenset(told[:TOLD]))
    return Kept(watched, _marks(fields["known"]))


def _marks(known: object) -> frozenset[bytes] | None:
    if known is None:
        return None
    try:
        raw = base64.b64decode(str(known), validate=True)
    except binascii.Error as error:
        raise ValueError("its marks are damaged") from error
    if len(raw) % _MARK:
        raise ValueError("its marks are damaged")
    return frozenset(raw[place : place + _MARK] for place in range(0, len(raw), _MARK))
