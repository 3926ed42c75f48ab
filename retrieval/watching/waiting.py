"""Waiting questions, analysed and encoded once: to do that anew after every build would take longer than the look.

Vectors are stored in a file too, if the caller names a folder, so that a program that is started for each look, or
anew, encodes only what is new. Losing the file costs only time.
"""

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.encoder.cache import VectorCache, key_of
from index.encoder.encoder import ReadQuestion
from index.engines.protocol import WordQuery
from index.folding import folded
from retrieval.errors import QuestionError
from retrieval.question.filters import Filters, split
from retrieval.question.terms import (
    analysed_languages,
    checked_question,
    content_query,
    model_knows,
    question_languages,
    without_courtesies,
)
from retrieval.snapshot import Snapshot

# Silent unless a program sets up logging.
log = logging.getLogger("verbatim.retrieval")

# Vectors stored at a time.
_AT_ONCE: Final = 256


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question as it is looked for.

    Attributes:
        words: the question without filters, and its filters.
        query: its telling words in their indexed forms.
        own: the languages that it is in.
        trusted: whether the model knows the question's language.
        vector: its unit vector, float16 of shape (dimension,), half as large in memory.
        tokens: how many the encoder read.
    """

    words: str
    filters: Filters
    query: WordQuery
    own: tuple[str, ...]
    trusted: bool
    vector: NDArray[np.float16]
    tokens: int

    @property
    def read(self) -> ReadQuestion:
        """Return the question as the encoder read it; its tokens are of the right number only."""
        return ReadQuestion(self.vector.astype(np.float32), np.zeros(self.tokens, np.int64))


class WaitingQuestions:
    """The questions of the last look, by their text.

    Parameters:
        folder: for the file of vectors; None to store none.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._held: dict[str, Waiting] = {}
        self._of: tuple[object, ...] = ()

    def prepared(self, questions: Iterable[str], snapshot: Snapshot) -> dict[str, Waiting]:
        """Return these questions by their text, without those that cannot be read; drop all others."""
        # Everything that a question's analysis depends on.
        of = (snapshot.encoder.card.sha256, snapshot.all_languages)
        same = self._held if of[:1] == self._of[:1] else {}
        held = same if of == self._of else {}
        wanted = dict.fromkeys(questions)
        new = {text: asked for text in wanted if text not in held and (asked := _split(text)) is not None}
        # A vector depends on the model alone: where an article brings another language, none is made anew.
        vectors = {one.words: (one.vector.astype(np.float32), one.tokens) for one in map(same.get, new) if one}
        vectors |= self._vectors([words for words, _ in new.values() if words not in vectors], snapshot)
        if new:
            waits = [*(words for words, _ in new.values()), *(held[text].words for text in wanted if text in held)]
            self._forget_others(waits, snapshot)
        found = {text: held[text] for text in wanted if text in held}
        found |= {text: _analysed(*asked, *vectors[asked[0]], snapshot) for text, asked in new.items()}
        self._held, self._of = found, of
        return found

    def _vectors(self, words: Sequence[str], snapshot: Snapshot) -> dict[str, tuple[NDArray[np.float32], int]]:
        """Return the vector of each text, and the number of its tokens."""
        stored = self._stored(words, snapshot)
        missing = [text for text in dict.fromkeys(words) if text not in stored]
        for start in range(0, len(missing), _AT_ONCE):
            some = missing[start : start + _AT_ONCE]
            read = [snapshot.encoder.read(_plain(text)) for text in some]
            made = {text: (one.vector, len(one.ids)) for text, one in zip(some, read, strict=True)}
            self._store(made, snapshot)
            stored |= made
        return stored

    def _cache(self, snapshot: Snapshot) -> VectorCache:
        assert self._folder is not None
        # Nobody else is to learn what people ask.
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        card = snapshot.encoder.card
        # The number of tokens stands behind the vector.
        return VectorCache(self._folder, card.sha256, card.dimension + 1)

    def _stored(self, words: Sequence[str], snapshot: Snapshot) -> dict[str, tuple[NDArray[np.float32], int]]:
        if self._folder is None or not words:
            return {}
        keys = {key_of(text): text for text in words}
        try:
            with self._cache(snapshot) as cache:
                found = cache.fetch(list(keys))
        except OSError as error:
            log.info("vectors of waiting questions cannot be read", extra={"reason": str(error)})
            return {}
        return {keys[key]: (row[:-1], int(row[-1])) for key, row in found.items()}

    def _store(self, made: dict[str, tuple[NDArray[np.float32], int]], snapshot: Snapshot) -> None:
        if self._folder is None:
            return
        rows = np.array([[*vector, tokens] for vector, tokens in made.values()], np.float32)
        try:
            with self._cache(snapshot) as cache:
                cache.store([key_of(text) for text in made], rows)
        except OSError as error:
            log.info("vectors of waiting questions cannot be stored", extra={"reason": str(error)})

    def _forget_others(self, words: Sequence[str], snapshot: Snapshot) -> None:
        """Delete from the file what has not waited for 30 days."""
        if self._folder is None:
            return
        with suppress(OSError), self._cache(snapshot) as cache:
            cache.keep_only(map(key_of, words))


def _split(text: str) -> tuple[str, Filters] | None:
    """Return the words and the filters of a question; None where it cannot be read, which the look leaves alone."""
    try:
        return split(checked_question(text))
    except QuestionError:
        return None


def _plain(words: str) -> str:
    """Return what is searched for."""
    return folded(without_courtesies(words))


def _analysed(words: str, filters: Filters, vector: NDArray[np.float32], tokens: int, snapshot: Snapshot) -> Waiting:
    plain, held = _plain(words), snapshot.all_languages
    own = question_languages(plain, held)
    query = content_query(plain, analysed_languages(held, own), own)
    trusted = model_knows(own, held, snapshot.encoder.card)
    return Waiting(words, filters, query, own, trusted, vector.astype(np.float16), tokens)
