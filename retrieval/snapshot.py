"""The generation in use, open with the encoder that made its vectors, and its replacement while questions are asked.

A question keeps the snapshot it began with until it ends, so that no question waits and none sees two generations. The
first question that finds another generation named by CURRENT opens it, while the others go on with the old one. The old
one is closed when the last question that uses it has ended.
"""

import logging
import threading
from collections import Counter, OrderedDict
from collections.abc import Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from sys import getsizeof
from typing import Final, Generic, Self, TypeVar

from index.encoder.encoder import Encoder
from index.encoder.model import AUTO, folder_for, short_name
from index.errors import GenerationError, IndexingError
from index.generation.catalog import ArticleHead, Catalog
from index.generation.generation import CURRENT, Generation, current
from index.generation.manifest import ModelFacts, read_manifest
from index.sentences import sentences
from retrieval.answer import Answer, Hit
from retrieval.citation import Checked, Quoted, check_text
from retrieval.confidence import judge
from retrieval.listing import Listing
from retrieval.question.terms import analysed_languages, index_languages
from retrieval.reader.reading import Reader

# Silent unless a program sets up logging.
log = logging.getLogger("verbatim.retrieval")

# Answers cached by default.
CACHE_SIZE: Final = 256
# Characters of all cached answers, some 2 to 8 MB; an answer with more than a sixteenth of that is not cached.
_ROOM_FOR_ANSWERS: Final = 2_000_000
_SHARE: Final = 16
# About how many characters a citation holds beside its quote, and the name of an article.
_CITATION: Final = 1_000
_NAMED: Final = 400
# Bytes of cached texts: some two thousand articles of 4 KB.
_ROOM_FOR_TEXTS: Final = 8_000_000

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Cache(Generic[Key, Value]):
    """The values that were used last, as far as they fit, for use from several threads.

    Parameters:
        room: what the sizes of all values may add up to.
        most: the number of values; None for any.
    """

    def __init__(self, room: int, most: int | None = None) -> None:
        self._room = room
        self._most = most
        self._lock = threading.Lock()
        self._held: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._taken = 0

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Key) -> Value | None:
        """Return the value cached for a key, None where there is none."""
        with self._lock:
            if key not in self._held:
                return None
            self._held.move_to_end(key)
            return self._held[key][0]

    def put(self, key: Key, value: Value, size: int) -> None:
        """Cache a value, unless one is cached for the key; drop those not used for longest where there is no room."""
        with self._lock:
            if key not in self._held:
                self._held[key] = (value, size)
                self._taken += size
            while self._taken > self._room or (self._most is not None and len(self._held) > self._most):
                _, (_, least) = self._held.popitem(last=False)
                self._taken -= least


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


class AnswerCache:
    """The last answers of one generation, for use from several threads.

    The same question to the same generation always has the same answer: nothing in it depends on chance, and the day of
    the question is part of the key. Citations hold the text that was checked, so that they need not be checked again.

    Parameters:
        most: the number of answers; 0 for none.
        room: characters that they may have together.
    """

    def __init__(self, most: int, room: int = _ROOM_FOR_ANSWERS) -> None:
        self._largest = room // _SHARE if most else 0
        self._cached: Cache[Hashable, Answer] = Cache(room, most)

    def __len__(self) -> int:
        return len(self._cached)

    def of(self, asked: Hashable) -> Answer | None:
        """Return the answer cached for a key, None where there is none."""
        return self._cached.get(asked)

    def keep(self, asked: Hashable, answer: Answer) -> None:
        """Cache an answer, unless it is a large one."""
        size = _size(answer)
        if size <= self._largest:
            self._cached.put(asked, answer, size)


def _size(answer: Answer) -> int:
    """Return about how many characters an answer holds, the question and its facts included."""
    cited = sum(len(one.quote) + _CITATION + _NAMED * len(one.also_in) for one in answer.citations)
    return cited + 2 * len(answer.question) + len(answer.interpreted_as)


class Snapshot:
    """An open generation with its encoder, which never changes, for use from several threads. Made by `open`.

    Parameters:
        cache_size: the number of its answers that are cached.

    Attributes:
        generation: the open generation.
        encoder: the one that made its vectors.
        reader: reads the best passages together with a question; None to rank without.
        layout: of its passages.
        texts: of its articles.
        answers: a cache of its answers.
        all_languages: the languages of its passages, the commonest first.
        languages: the few of those that every question is analysed in.
    """

    def __init__(self, generation: Generation, encoder: Encoder, reader: Reader | None, cache_size: int) -> None:
        self.generation = generation
        self.encoder = encoder
        self.reader = reader
        self.layout = generation.catalog.passage_map()
        self.texts = CheckedTexts(generation.catalog)
        self.all_languages = index_languages(self.layout.passages_by_language())
        self.languages = analysed_languages(self.all_languages)
        self.answers = AnswerCache(cache_size)
        self._cache_size = cache_size
        self._listing: Listing | None = None
        self._listing_made = threading.Lock()

    @property
    def listing(self) -> Listing:
        """Return its articles as people look them up; made on first use."""
        with self._listing_made:
            if self._listing is None:
                self._listing = Listing(self.generation.catalog)
            return self._listing

    @classmethod
    def open(cls, data: Path, model: str | None = None, cache_size: int = CACHE_SIZE, *, read: bool = True) -> Self:
        """Open the generation that CURRENT names in the data folder.

        Parameters:
            read: whether the best passages are read together with a question.

        Raises:
            NoIndexError, GenerationError, ModelError: see `Retriever.open`.
        """
        index = data / "index"
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
            generation = Generation.open(index)
            try:
                encoder = opening.result()
                # A build may have published another generation in between.
                if generation.manifest.model != facts:
                    encoder = _encoder_of(index, generation.manifest.model)
                reader = reading.result() if reading else None
            except BaseException:
                generation.close()
                raise
        return cls(generation, encoder, reader, cache_size)

    def reopened(self, index: Path) -> Self:
        """Open the generation that CURRENT names now, with this encoder where the model is the same.

        Raises:
            NoIndexError, GenerationError, ModelError: see `Retriever.open`.
        """
        generation = Generation.open(index)
        encoder = self.encoder
        if generation.manifest.model.sha256 != encoder.card.sha256:
            try:
                encoder = _encoder_of(index, generation.manifest.model)
            except BaseException:
                generation.close()
                raise
        return type(self)(generation, encoder, self.reader, self._cache_size)

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
    """The snapshot in use, replaced when a newer generation is published.

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
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()

    @property
    def snapshot(self) -> Snapshot:
        """Return the snapshot in use, to read its facts only: it may be closed at any time."""
        return self._snapshot

    @contextmanager
    def pinned(self) -> Iterator[Snapshot]:
        """Yield the snapshot in use, open at least until the context ends."""
        with self._lock:
            snapshot = self._snapshot
            self._uses[snapshot] += 1
        try:
            yield snapshot
        finally:
            self._release(snapshot)

    def _release(self, snapshot: Snapshot) -> None:
        with self._lock:
            self._uses[snapshot] -= 1
            is_over = self._uses[snapshot] <= 0
            if is_over:
                del self._uses[snapshot]
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
            self._refused, self.refusal = newest, reason
            return
        with self._lock:
            old, self._snapshot = self._snapshot, snapshot
            self._uses[snapshot] += 1
        self._release(old)
        self._seen, self._refused, self.refusal = pointed, None, ""
        log.info("took up a new generation", extra={"generation": snapshot.generation.folder.name})

    def close(self) -> None:
        """Close the index's files when the last question has ended."""
        with self._lock:
            was_closed, self._closed = self._closed, True
        if not was_closed:
            self._release(self._snapshot)
