"""The generation in use, open with the encoder that made its vectors, and its replacement while questions are asked.

A question keeps the snapshot it began with until it ends, so that no question waits and none sees two generations. The
first question that finds another generation named by CURRENT opens it, while the others go on with the old one. The old
one is closed when the last question that uses it has ended.
"""

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import copy
from hashlib import sha256
from pathlib import Path
from sys import getsizeof
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from index.encoder.encoder import Encoder
from index.encoder.model import AUTO, folder_for, short_name
from index.engines.embedded import Embedded
from index.engines.protocol import Engine
from index.errors import EngineError, GenerationError, IndexingError
from index.generation.catalog import ArticleHead, Catalog
from index.generation.generation import CURRENT, Generation, current
from index.generation.manifest import ModelFacts, read_manifest
from index.sentences import sentences
from index.withdrawn import Withdrawals, stamp
from retrieval.answer import Hit
from retrieval.answer_cache import CACHE_SIZE, AnswerCache
from retrieval.cache import Cache
from retrieval.citation import Checked, Quoted, check_text
from retrieval.confidence import judge
from retrieval.errors import UnknownArticleError
from retrieval.listing import Listing
from retrieval.question.terms import analysed_languages, index_languages
from retrieval.reader.reading import Reader

# Silent unless a program sets up logging.
log = logging.getLogger("verbatim.retrieval")

# Bytes of cached texts: some two thousand articles of 4 KB.
_ROOM_FOR_TEXTS: Final = 8_000_000


class CheckedTexts:
    """Texts of a generation, each compared with its SHA-256 whenever it is read from the catalog.

    A generation never changes, so a text that is asked for again soon is neither read nor compared again.

    Parameters:
        room: bytes of memory for the cached texts.
    """

    def __init__(self, catalog: Catalog, room: int = _ROOM_FOR_TEXTS) -> None:
        self._catalog = catalog
        self._cached: Cache[int, Checked] = Cache(room)

    def of(self, article: ArticleHead) -> Checked:
        """Return the text of an article.

        Raises:
            CitationError: if it is not the one that was read.
        """
        checked = self._cached.get(article.number)
        if checked is None:
            text, sha256 = self._catalog.text(article.number)
            checked = check_text(article.id, text, sha256)
            self._cached.put(article.number, checked, getsizeof(text))
        return checked


class Snapshot:
    """An open generation with its encoder, which never changes, for use from several threads. Made by `open`.

    Parameters:
        cache_size: the number of its answers that are cached.

    Attributes:
        generation: the open generation.
        engine: keeps its vectors and words; opens the next generation too.
        encoder: the one that made its vectors.
        reader: reads the best passages together with a question; None to rank without.
        layout: of its passages.
        texts: of its articles.
        answers: a cache of its answers.
        all_languages: the languages of its passages, the commonest first.
        languages: the few of those that every question is analysed in.
        withdrawn: the numbers of the articles that were taken out, and are neither cited nor shown.
    """

    def __init__(
        self,
        generation: Generation,
        encoder: Encoder,
        reader: Reader | None,
        cache_size: int,
        engine: Engine,
        withdrawn: frozenset[int] = frozenset(),
    ) -> None:
        self.generation = generation
        self.withdrawn = withdrawn
        self.encoder = encoder
        self.reader = reader
        self.layout = generation.catalog.passage_map()
        self.texts = CheckedTexts(generation.catalog)
        self.all_languages = index_languages(self.layout.passages_by_language())
        self.languages = analysed_languages(self.all_languages)
        self.answers = AnswerCache(cache_size)
        self.engine = engine
        self._cache_size = cache_size
        self._listing: Listing | None = None
        self._listing_made = threading.Lock()

    @property
    def listing(self) -> Listing:
        """Return its articles as people look them up; made on first use."""
        with self._listing_made:
            if self._listing is None:
                self._listing = Listing(self.generation.catalog, self.withdrawn)
            return self._listing

    @classmethod
    def open(
        cls,
        data: Path,
        model: str | None = None,
        cache_size: int = CACHE_SIZE,
        *,
        read: bool = True,
        engine: Engine | None = None,
    ) -> Self:
        """Open the generation that CURRENT names in the data folder.

        Parameters:
            engine: keeps its vectors and words; None for the embedded one.
            read: whether the best passages are read together with a question.

        Raises:
            NoIndexError, GenerationError, ModelError: see `Retriever.open`.
        """
        index, engine = data / "index", engine or Embedded()
        # Side by side, since encoder and reader take as long to load as everything else.
        with ThreadPoolExecutor(2) as pool:
            facts = read_manifest(current(index)).model
            if model is not None and model != AUTO and short_name(model) != facts.name:
                raise GenerationError(
                    f"the index in {data} was built with the model {facts.name}, and {model} is wanted: "
                    "rebuild it with `python -m index build`"
                )
            opening = pool.submit(_encoder_of, index, facts)
            reading = pool.submit(Reader.open, data / "models") if read else None
            generation = Generation.open(index, engine)
            try:
                encoder = opening.result()
                # A build may have published another generation in between.
                if generation.manifest.model != facts:
                    encoder = _encoder_of(index, generation.manifest.model)
                reader = reading.result() if reading else None
            except BaseException:
                generation.close()
                raise
        withdrawn = Withdrawals.read(data).numbers(generation.catalog)
        return cls(generation, encoder, reader, cache_size, engine, withdrawn)

    def reopened(self, index: Path) -> Self:
        """Open the generation that CURRENT names now, with this encoder where the model is the same.

        Raises:
            NoIndexError, GenerationError, ModelError: see `Retriever.open`.
        """
        generation = Generation.open(index, self.engine)
        encoder = self.encoder
        if generation.manifest.model.sha256 != encoder.card.sha256:
            try:
                encoder = _encoder_of(index, generation.manifest.model)
            except BaseException:
                generation.close()
                raise
        withdrawn = Withdrawals.read(index.parent).numbers(generation.catalog)
        return type(self)(generation, encoder, self.reader, self._cache_size, self.engine, withdrawn)

    def without(self, withdrawn: frozenset[int]) -> Self:
        """Return the same generation without these articles, and no other; both are open until both are let go of."""
        twin = copy(self)
        twin.withdrawn = withdrawn
        twin.answers = AnswerCache(self._cache_size)
        twin._listing, twin._listing_made = None, threading.Lock()
        return twin

    def number_of(self, article_id: str) -> int:
        """Return the number of an article.

        Raises:
            UnknownArticleError: if there is none of that id, or it was taken out.
        """
        number = self.generation.catalog.number_of(article_id)
        if number is None or number in self.withdrawn:
            raise UnknownArticleError(f"there is no article {article_id!r}")
        return number

    def served(self, passages: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether each of these passages may be cited, bool of the same shape."""
        if not self.withdrawn:
            return np.ones(passages.shape, np.bool_)
        return ~np.isin(self.layout.articles(passages), np.array(sorted(self.withdrawn), np.int64))

    @property
    def judge(self) -> str:
        """Return what its confidences come from: see `confidence.judge`."""
        return judge(self.encoder.card.sha256, read=self.reader is not None)

    def marks(self) -> list[bytes]:
        """Return 8 bytes for each article by number: a hash of its id and of its text."""
        return [
            sha256(f"{sha}\0{name}".encode(errors="surrogatepass")).digest()[:8]
            for name, sha in self.generation.catalog.identities()
        ]

    def quoted(self, hit: Hit) -> Quoted:
        """Return a hit with the text of its article.

        Raises:
            CitationError: if that is not the one that the index was built from.
        """
        checked = self.texts.of(hit.article)
        return Quoted(hit, checked, sentences(checked.text, hit.passage.span, hit.article.language))

    def close(self) -> None:
        """Close the index's files."""
        self.generation.close()


def _encoder_of(index: Path, facts: ModelFacts) -> Encoder:
    """Open the encoder that made the vectors of an index."""
    return Encoder.open(folder_for(index.parent / "models", facts.name, facts.sha256))


class CurrentSnapshot:
    """The snapshot in use, replaced when a newer generation is published, or articles are taken out.

    Parameters:
        index: the folder of the generations.
        snapshot: the first one, which is closed with this object.

    Attributes:
        refusal: why the generation that CURRENT names is not in use, '' where it is.
    """

    def __init__(self, index: Path, snapshot: Snapshot) -> None:
        self.index = index
        self.refusal = ""
        self._pointer = index / CURRENT
        # The pointer's content when it last named the generation in use, or one that is refused for good.
        self._seen = b""
        self._refused: Path | None = None
        self._snapshot = snapshot
        # The questions that hold each snapshot, and one more for the newest until it is replaced.
        self._uses = Counter({snapshot: 1})
        self._closed = False
        # Of the list of articles that were taken out; read when the first question comes, and again when it changes.
        self._withdrawals: Withdrawals | None = None
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()

    @property
    def snapshot(self) -> Snapshot:
        """Return the snapshot in use, to read its facts only: it may be closed at any time."""
        return self._snapshot

    @contextmanager
    def pinned(self) -> Iterator[Snapshot]:
        """Yield the snapshot in use, open at least until the context ends."""
        seen = stamp(self.index.parent)
        with self._lock:
            if self._withdrawals is None or self._withdrawals.stamp != seen:
                self._withdraw(is_there=seen is not None)
            snapshot = self._snapshot
            self._uses[snapshot] += 1
        try:
            yield snapshot
        finally:
            self._release(snapshot)

    def _withdraw(self, *, is_there: bool) -> None:
        """Leave out the articles that were taken out, for all questions that begin from now on; the lock is held."""
        read = Withdrawals.read(self.index.parent)
        if is_there and read.stamp is None:
            # It cannot be read now: what was left out stays so, and the next question tries again.
            return
        self._withdrawals = read
        old = self._snapshot
        numbers = self._withdrawals.numbers(old.generation.catalog)
        if numbers != old.withdrawn:
            self._snapshot = old.without(numbers)
            self._uses[self._snapshot] += 1
            # Another one of the same generation is in use, so that nothing is to be closed.
            self._uses[old] -= 1
            if self._uses[old] <= 0:
                del self._uses[old]

    def _release(self, snapshot: Snapshot) -> None:
        with self._lock:
            self._uses[snapshot] -= 1
            if self._uses[snapshot] <= 0:
                del self._uses[snapshot]
            is_over = all(other.generation is not snapshot.generation for other in self._uses)
        if is_over:
            snapshot.close()

    def refresh_if_changed(self) -> None:
        """Open the generation that CURRENT names, if it is new and nobody else is opening it."""
        pointed = self._pointed()
        if pointed and pointed == self._seen:
            return
        if self._refreshing.acquire(blocking=False):
            try:
                self._refresh(pointed)
            finally:
                self._refreshing.release()

    def refresh(self) -> None:
        """Open the generation that CURRENT names; keep the old one where the new one is bad."""
        with self._refreshing:
            self._refresh(self._pointed())

    def _pointed(self) -> bytes:
        """Return what the pointer holds, nothing where it cannot be read."""
        try:
            return self._pointer.read_bytes()
        except OSError:
            return b""

    def _refresh(self, pointed: bytes) -> None:
        newest: Path | None = None
        try:
            newest = current(self.index)
            if newest == self._snapshot.generation.folder:
                # CURRENT was pointed back at it, which settles any refusal.
                self._seen, self._refused, self.refusal = pointed, None, ""
                return
            if newest == self._refused:
                self._seen = pointed
                return
            snapshot = self._snapshot.reopened(self.index)
        except IndexingError as error:
            # Logged once. A generation never changes, so that it is not tried again.
            if (reason := str(error)) != self.refusal:
                log.warning("a new generation is refused; the old one is served on", extra={"reason": reason})
            # A server that is away will be back.
            self._refused = None if isinstance(error, EngineError) else newest
            self.refusal = reason
            return
        with self._lock:
            old, self._snapshot = self._snapshot, snapshot
            self._uses[snapshot] += 1
            # What was taken out since the new one looked is looked up anew.
            self._withdrawals = None
        self._release(old)
        self._seen, self._refused, self.refusal = pointed, None, ""
        log.info("took up a new generation", extra={"generation": snapshot.generation.folder.name})

    def close(self) -> None:
        """Close the index's files when the last question has ended."""
        with self._lock:
            was_closed, self._closed = self._closed, True
        if not was_closed:
            self._release(self._snapshot)
