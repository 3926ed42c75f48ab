"""Passages -> vectors, in a thread beside the one that brings the passages.

Passages are encoded in chunks, with the next chunk queued behind the one under way, so that the encoder never waits.
Each chunk's vectors go to the vector cache at once: a build that is killed loses some seconds of work. At most three
chunks are in memory; vectors go to a file.

A passage is as long as people like to read. Where the tokenizer spells its words in pieces, as that of English does
with Russian, it may not fit the encoder's window: then its vector is the mean of those of its parts, by their lengths.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from index.encoder.cache import VectorCache, key_of
from index.encoder.encoder import PassageEncoder, Vectors

# Seconds that a chunk should take, which a killed build loses.
_SECONDS: Final = 4.0
_FEWEST: Final = 128
_WAITING: Final = 2
_KEY: Final = 32


class _StoppedError(Exception):
    """A stop of encoding: the build has ended."""


@dataclass(slots=True)
class _Chunk:
    """Passages in order, by the keys of their texts, and the sources of their vectors.

    Attributes:
        files: how many files end in it.
        new: texts to be encoded, by key.
        known: vectors from the cache, or encoded already, by key.
        elsewhere: earlier chunks that encode a text of this one, by key.
    """

    keys: list[bytes]
    files: int
    new: dict[bytes, str]
    known: dict[bytes, NDArray[np.float32]]
    elsewhere: "dict[bytes, _Chunk]"
    made: Future[NDArray[np.float32]] | None = field(default=None)


class Rows:
    """Vectors written one after another into a file, which is removed when the context is left."""

    def __init__(self, path: Path, dimension: int) -> None:
        self._path = path
        self._dimension = dimension
        self._count = 0

    def __enter__(self) -> Self:
        self._file = self._path.open("wb")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def append(self, rows: NDArray[np.float32]) -> None:
        """Write more rows, float32 of shape (rows, dimension)."""
        self._file.write(rows.tobytes())
        self._count += len(rows)

    def all(self) -> NDArray[np.float32]:
        """Return all rows, float32 of shape (rows, dimension), mapped from the file."""
        self._file.flush()
        return np.memmap(self._path, np.float32, "r", shape=(self._count, self._dimension))


class Keys:
    """The keys of all passages, 32 bytes each."""

    def __init__(self) -> None:
        self._all = bytearray()

    def extend(self, keys: Sequence[bytes]) -> None:
        """Add keys."""
        self._all += b"".join(keys)

    def __iter__(self) -> Iterator[bytes]:
        return (bytes(self._all[start : start + _KEY]) for start in range(0, len(self._all), _KEY))


class EncodingPipeline:
    """A pipeline that takes passages in the order of their numbers, as a context manager.

    All vectors are written when `finish` returns.

    Parameters:
        load: opens the encoder, or those of other machines; called in another thread, and only where something is to be
            encoded.
        cache: of vectors made before.
        reuse: whether cached vectors are used; otherwise all are made anew and stored.
        rows: takes the vectors.
        advance: called with the number of files that are done, from either thread but never from both at once.
    """

    def __init__(
        self,
        load: Callable[[], PassageEncoder],
        cache: VectorCache,
        rows: Rows,
        *,
        reuse: bool,
        advance: Callable[[int], None],
    ) -> None:
        self._load = load
        self._cache = cache
        self._rows = rows
        self._reuse = reuse
        self._advance_by = advance
        self._advancing = threading.Lock()
        self._stopped = False
        self._encoder: PassageEncoder | None = None
        self._at_once = self._most = _FEWEST
        self._texts: list[str] = []
        self._files = 0
        self._waiting: deque[_Chunk] = deque()
        self._executor = ThreadPoolExecutor(1, "encoder")
        self.keys = Keys()
        self.encoded = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped = kind is not None
        self._executor.shutdown(wait=True, cancel_futures=True)
        if self._encoder is not None:
            self._encoder.close()

    def warm(self) -> None:
        """Load the encoder early, when it is known that something is new."""
        self._executor.submit(self._opened)

    def add(self, texts: Sequence[str]) -> None:
        """Add the passages of the next file."""
        self._texts += texts
        self._files += 1
        if len(self._texts) >= self._at_once:
            self._begin()
        while self._waiting and (len(self._waiting) > _WAITING or _ready(self._waiting[0])):
            self._settle(self._waiting.popleft())

    def finish(self) -> None:
        """Encode and write all that is left."""
        self._begin()
        while self._waiting:
            self._settle(self._waiting.popleft())

    def _begin(self) -> None:
        """Look up what was made before, and have the rest encoded."""
        texts, files = self._texts, self._files
        self._texts, self._files = [], 0
        most = self._most
        for start in range(0, max(len(texts), 1), most):
            last = start + most >= len(texts)
            self._waiting.append(self._chunk(texts[start : start + most], files if last else 0))

    def _chunk(self, texts: list[str], files: int) -> _Chunk:
        keys = [key_of(text) for text in texts]
        wanted = dict(zip(keys, texts, strict=True))
        elsewhere = {key: chunk for chunk in self._waiting for key in chunk.new if key in wanted}
        sought = [key for key in wanted if key not in elsewhere]
        known = self._cache.fetch(sought) if self._reuse else {}
        new = {key: wanted[key] for key in sought if key not in known}
        chunk = _Chunk(keys, files, new, known, elsewhere)
        if new:
            chunk.made = self._executor.submit(self._encode, list(new.values()), files)
        return chunk

    def _settle(self, chunk: _Chunk) -> None:
        """Cache and write the vectors of a chunk's passages."""
        for key, other in chunk.elsewhere.items():
            chunk.known[key] = other.known[key]
        if chunk.made is not None:
            made = chunk.made.result()
            new = list(chunk.new)
            self._cache.store(new, made)
            chunk.known.update(zip(new, made, strict=True))
            self.encoded += len(new)
        elif chunk.files:
            self._advance(chunk.files)
        if chunk.keys:
            self._rows.append(np.stack([chunk.known[key] for key in chunk.keys]))
        self.keys.extend(chunk.keys)
        chunk.elsewhere.clear()

    def _opened(self) -> PassageEncoder:
        if self._encoder is None:
            self._encoder = self._load()
            self._most = self._encoder.at_once
        return self._encoder

    def _encode(self, texts: list[str], files: int) -> NDArray[np.float32]:
        """Encode texts; runs in the encoder's thread."""
        encoder = self._opened()
        started = time.monotonic()
        # Files are reported as their passages are done, so that a progress bar does not stand still for seconds.
        advance = _in_proportion(len(texts), files, self._advance)

        def count(parts: int) -> None:
            if self._stopped:
                raise _StoppedError
            advance(parts)

        made = vectors_of(encoder, texts, done=count)
        rate = len(texts) / max(time.monotonic() - started, 1e-3)
        self._at_once = min(encoder.at_once, max(_FEWEST, int(rate * _SECONDS)))
        return made

    def _advance(self, files: int) -> None:
        with self._advancing:
            self._advance_by(files)


def _ready(chunk: _Chunk) -> bool:
    return chunk.made is None or chunk.made.done()


def _in_proportion(parts: int, whole: int, report: Callable[[int], None]) -> Callable[[int], None]:
    """Return a function that takes how many more of `parts` are done, and reports as large a share of `whole`."""
    done = reported = 0

    def advance(more: int) -> None:
        nonlocal done, reported
        done += more
        due = whole * done // parts
        report(due - reported)
        reported = due

    return advance


def vectors_of(
    encoder: PassageEncoder, texts: Sequence[str], *, done: Callable[[int], None] = lambda _: None
) -> Vectors:
    """Return the unit vectors of passages, float32 of shape (texts, dimension), in the order of the texts.

    Parameters:
        done: called with the number of texts that were encoded since it was last called.
    """
    parts: list[str] = []
    ends: list[int] = []
    for text, count in zip(texts, encoder.count(texts), strict=True):
        parts += [text] if count <= encoder.room else _parts(text, encoder)
        ends.append(len(parts))
    if len(parts) == len(texts):
        return encoder.passages(texts, done=done)
    made = encoder.passages(parts, done=_in_proportion(len(parts), len(texts), done))
    lengths = np.array([len(part) for part in parts], np.float32)[:, np.newaxis]
    sums = np.stack([(made[start:end] * lengths[start:end]).sum(axis=0) for start, end in pairwise([0, *ends])])
    unit: Vectors = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return unit


def _parts(text: str, encoder: PassageEncoder) -> Iterator[str]:
    """Yield the halves of a text, or theirs, so that each fits the window; cut at white space where there is any."""
    if len(text) < 2 or encoder.count([text])[0] <= encoder.room:
        yield text
        return
    space = text.rfind(" ", len(text) // 4, len(text) // 2)
    middle = space if space > 0 else len(text) // 2
    yield from _parts(text[:middle], encoder)
    yield from _parts(text[middle:], encoder)
