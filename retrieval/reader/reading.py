"""The reader: it reads a question with stretches of text, and says whether, how surely and where each answers.

Its input is a pair of texts as BERT takes it (Devlin et al. 2019): `[CLS] question [SEP] title (day) - window [SEP]`,
the second part of token type 1; a window is a few whole sentences. Training makes its examples with the same code.
"""

import json
import math
import os
import queue
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.article import Span
from index.encoder.bert import BertConfig, read_weights
from index.encoder.eight_bit import PROPERTIES, narrow, pays
from index.encoder.model import DEFAULT_MODEL, DEFAULT_SHA256, locate, sha256_of, weights_of
from index.encoder.runtime import compile_cached, release_pages
from index.encoder.runtime import openvino as ov
from index.errors import ModelError
from index.folding import Folded, folded, folded_with_places
from retrieval.cache import Cache
from retrieval.reader.model import RANK, SPAN, graph

WEIGHTS: Final = Path(__file__).with_name("weights.safetensors")
# Of the weights that training wrote; CARD.md describes them.
SHA256: Final = "6530ef12bee37322762fa346302210d3094d13d2d3509c0ad449dfaa1217e2b6"
LANGUAGES: Final = ("en",)
# Wordpieces at most.
WINDOW: Final = 112
QUESTION: Final = 40
TITLE: Final = 16
# Changes with the graph that is made from the same weights, so that it is compiled anew.
_GRAPH_FORMAT: Final = 1
# Windows a batch, and the multiple that their length is padded to: see encoder.py.
_BATCH: Final = 8
_TILE: Final = 16
# Readings that are remembered, and passages whose windows are, some 3 kB and 5 kB each.
_REMEMBERED: Final = 64
_PASSAGES: Final = 256
# Wordpieces of the longest answer that is looked for.
_LONGEST: Final = 30

Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Window:
    """Consecutive whole sentences of a passage.

    Attributes:
        span: where they stand in the text they were taken from.
        ids: their wordpieces, int32 of shape (wordpieces,).
        offsets: where each wordpiece stands in that text, int32 of shape (wordpieces, 2), code points.
    """

    span: Span
    ids: Ids
    offsets: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a window as the model takes them.

    Attributes:
        ids: int32 of shape (wordpieces,).
        second: where the second part begins.
        window: where the window begins, behind title and day.
    """

    ids: Ids
    second: int
    window: int


class Pieces:
    """A tokenizer that cuts texts into wordpieces, for use from several threads."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._before, self._between = (
            np.array([tokenizer.token_to_id(token)], np.int32) for token in ("[CLS]", "[SEP]")
        )
        self._dash = self.of("-", 1)

    @classmethod
    def open(cls, file: Path) -> Self:
        """Open the tokenizer in a file of BERT's family."""
        tokenizer = Tokenizer.from_file(str(file))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return cls(tokenizer)

    def of(self, text: str, most: int) -> Ids:
        """Return the first wordpieces of a text, int32 of shape (at most `most`,)."""
        return np.array(self._tokenizer.encode(folded(text), add_special_tokens=False).ids[:most], np.int32)

    def prefix(self, title: str, day: str = "") -> Ids:
        """Return the prefix of a window: the title of its article and the day it was published, as far as known."""
        parts = [self.of(title, TITLE)]
        if day:
            parts.append(self.of(f"({day})", TITLE))
        if title or day:
            parts.append(self._dash)
        return np.concatenate(parts)

    def pair(self, question: Ids, prefix: Ids, window: Ids) -> Pair:
        """Join a question and a window."""
        second = len(question) + 2
        ids = np.concatenate([self._before, question, self._between, prefix, window, self._between])
        return Pair(ids, second, second + len(prefix))

    def windows(self, text: str, sentences: Sequence[Span], most: int = WINDOW) -> list[Window]:
        """Pack the sentences into as few windows of at most `most` wordpieces as they fit, about equally long.

        A sentence that is longer is cut off at the end of its window.

        Parameters:
            sentences: in order.
        """
        quotes = [sentence.of(text) for sentence in sentences]
        places = [folded_with_places(quote) for quote in quotes]
        plain = [one.text if one else quote for one, quote in zip(places, quotes, strict=True)]
        encoded = self._tokenizer.encode_batch(plain, add_special_tokens=False)
        counts = [len(encoding.ids) for encoding in encoded]
        found = []
        for first, end in _packed(counts, most):
            ids = [number for encoding in encoded[first:end] for number in encoding.ids]
            offsets = [
                (sentence.start + start, sentence.start + stop)
                for sentence, encoding, place in zip(
                    sentences[first:end], encoded[first:end], places[first:end], strict=True
                )
                for start, stop in (_unfolded(place, *ends) for ends in encoding.offsets)
            ]
            span = Span(sentences[first].start, sentences[end - 1].end)
            found.append(
                Window(span, np.array(ids[:most], np.int32), np.array(offsets[:most], np.int32).reshape(-1, 2))
            )
        return found


@dataclass(frozen=True, slots=True)
class Candidate:
    """A window with the prefix that is read in front of it."""

    prefix: Ids
    window: Window


@dataclass(frozen=True, slots=True)
class Reading:
    """The reader's output for a window.

    Attributes:
        logit: that it answers.
        starts, ends: how likely the answer starts and ends at each of its wordpieces, if anywhere: logarithms of
            probabilities, float64 of shape (wordpieces,).
    """

    logit: float
    starts: NDArray[np.float64]
    ends: NDArray[np.float64]

    def within(self, inside: NDArray[np.bool_]) -> float:
        """Return how likely the answer stands at these wordpieces: the logarithm of a probability.

        Parameters:
            inside: bool of shape (wordpieces,).
        """
        if not inside.any():
            return -math.inf
        return float(np.logaddexp.reduce(self.starts[inside]) + np.logaddexp.reduce(self.ends[inside])) / 2

    def place(self, inside: NDArray[np.bool_]) -> tuple[int, int, float]:
        """Return the first and last wordpiece of the likeliest answer within these, and how likely it is.

        Parameters:
            inside: bool of shape (wordpieces,), true somewhere.
        """
        sums = np.add.outer(self.starts, self.ends)
        # An answer ends where it starts, or a little after.
        sums[~_possible(len(inside)) | ~np.logical_and.outer(inside, inside)] = -np.inf
        first, last = np.unravel_index(int(np.argmax(sums)), sums.shape)
        return int(first), int(last), float(sums[first, last])


class Reader:
    """The reading model, for use from several threads. Made by `open`."""

    def __init__(self, compiled: Any, pieces: Pieces) -> None:
        self.pieces = pieces
        # A window is read again within moments by whoever looks first whether an answer is to be expected.
        self._read: Cache[tuple[bytes, bytes, bytes], Reading] = Cache(_REMEMBERED)
        self._windows: Cache[tuple[str, tuple[Span, ...]], list[Window]] = Cache(_PASSAGES)
        self._requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for _ in range(len(os.sched_getaffinity(0))):
            self._requests.put(compiled.create_infer_request())

    @classmethod
    def open(cls, models: Path | None = None, weights: Path = WEIGHTS, sha256: str = SHA256) -> Self:
        """Load the reader's layers, and its embeddings and tokenizer, which are the default model's.

        Parameters:
            models: the folder for the compiled graph, so that it is compiled once; None to store nothing.
            sha256: of the weights, in hexadecimal.

        Raises:
            ModelError: if the default model is missing, or either's weights are not those that were published.
        """
        folder = locate(DEFAULT_MODEL)
        # One thread a question, so that every core reads for another question.
        cores = len(os.sched_getaffinity(0))
        narrowed = pays()
        properties: dict[str, Any] = {
            "NUM_STREAMS": cores,
            "INFERENCE_NUM_THREADS": cores,
            "ENABLE_CPU_PINNING": False,
            **(PROPERTIES if narrowed else {}),
        }

        def made() -> Any:
            if models is not None:
                _remove_others(models, sha256)
            return _graph(folder, weights, sha256, narrowed=narrowed)

        if models is None:
            compiled = ov.Core().compile_model(made(), "CPU", properties)
        else:
            about = f"{_GRAPH_FORMAT} {sha256} {DEFAULT_SHA256} {narrowed}"
            compiled = compile_cached(models / f"reader-{sha256[:12]}-{cores}.bin", about, properties, made)
        for file in (weights, folder / "model.safetensors"):
            release_pages(file)
        return cls(compiled, Pieces.open(folder / "tokenizer.json"))

    def knows(self, language: str | None) -> bool:
        """Return whether the reader was trained on that language; an unknown one is taken as one it knows."""
        return language in (None, *LANGUAGES)

    def windows(self, text: str, span: Span, sentences: tuple[Span, ...]) -> list[Window]:
        """Return the windows of a passage: see `Pieces.windows`; those of the last passages are remembered.

        Parameters:
            text: of the article; `span`: of the passage.
            sentences: of the passage, in order.
        """
        name = (span.of(text), sentences)
        found = self._windows.get(name)
        if found is None:
            found = self.pieces.windows(text, sentences)
            self._windows.put(name, found, 1)
        return found

    def read(self, question: str, candidates: Sequence[Candidate]) -> list[Reading]:
        """Return a reading of each window, in their order."""
        asked = self.pieces.of(question, QUESTION)
        names = [(asked.tobytes(), one.prefix.tobytes(), one.window.ids.tobytes()) for one in candidates]
        readings = {name: reading for name in names if (reading := self._read.get(name)) is not None}
        # Windows of like length together, to pad less.
        new = {name: one for name, one in zip(names, candidates, strict=True) if name not in readings}
        pairs = sorted(
            ((name, one, self.pieces.pair(asked, one.prefix, one.window.ids)) for name, one in new.items()),
            key=lambda part: -len(part[2].ids),
        )
        for start in range(0, len(pairs), _BATCH):
            part = pairs[start : start + _BATCH]
            outputs = self._inferred([pair for _, _, pair in part])
            for row, (name, one, pair) in enumerate(part):
                readings[name] = _reading(float(outputs[RANK][row]), outputs[SPAN][row], pair, one.window)
                self._read.put(name, readings[name], 1)
        return [readings[name] for name in names]

    def _inferred(self, pairs: Sequence[Pair]) -> Any:
        request = self._requests.get()
        try:
            # Copied by OpenVINO, so that the next batch does not write over it.
            return request.infer(_feed(pairs))
        finally:
            self._requests.put(request)


def _remove_others(models: Path, sha256: str) -> None:
    """Remove compiled graphs of other weights, 24 MB each."""
    for kept_file in models.glob("reader-*.bin"):
        if not kept_file.name.startswith(f"reader-{sha256[:12]}-"):
            with suppress(OSError):
                kept_file.unlink()


def _graph(folder: Path, weights: Path, sha256: str, *, narrowed: bool) -> Any:
    """Return the reader's graph with the embeddings of the default model in `folder`, an `openvino.Model`."""
    if not weights.is_file() or sha256_of(weights) != sha256:
        raise ModelError(f"{weights} is not the reader that belongs to this program: install it again")
    weights_of(folder, DEFAULT_MODEL)
    config = BertConfig.read(json.loads((folder / "config.json").read_text(encoding="utf-8")))
    model = graph(read_weights(weights), read_weights(folder / "model.safetensors"), config)
    if narrowed:
        narrow(model, attention=True)
    return model


def _feed(pairs: Sequence[Pair]) -> dict[str, NDArray[np.int64]]:
    longest = max(len(pair.ids) for pair in pairs)
    shape = (len(pairs), -(-longest // _TILE) * _TILE)
    feed = {name: np.zeros(shape, np.int64) for name in ("input_ids", "attention_mask", "token_type_ids")}
    for row, pair in enumerate(pairs):
        length = len(pair.ids)
        feed["input_ids"][row, :length] = pair.ids
        feed["attention_mask"][row, :length] = 1
        feed["token_type_ids"][row, pair.second : length] = 1
    return feed


def _reading(logit: float, span: NDArray[np.float32], pair: Pair, window: Window) -> Reading:
    own = span[pair.window : pair.window + len(window.ids)].astype(np.float64)
    starts, ends = (own - np.logaddexp.reduce(own, axis=0)).T
    return Reading(logit, starts, ends)


def _possible(length: int) -> NDArray[np.bool_]:
    places = np.arange(length)
    ahead = places[np.newaxis] - places[:, np.newaxis]
    return (ahead >= 0) & (ahead < _LONGEST)


def _unfolded(place: Folded | None, start: int, stop: int) -> tuple[int, int]:
    """Return where a wordpiece of a folded sentence stands in the sentence."""
    return (start, stop) if place is None or start == stop else (place.starts[start], place.ends[stop - 1])


def _packed(counts: Sequence[int], most: int) -> list[tuple[int, int]]:
    """Return the first sentence of each window and the one behind its last."""
    fewest = len(_filled(counts, most))
    # The shortest windows that need no more of them.
    low, high = max(1, -(-sum(counts) // max(1, fewest))), most
    while low < high:
        middle = (low + high) // 2
        if len(_filled(counts, middle)) <= fewest:
            high = middle
        else:
            low = middle + 1
    return _filled(counts, high)


def _filled(counts: Sequence[int], most: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    first = held = 0
    for place, count in enumerate(counts):
        if held and held + count > most:
            found.append((first, place))
            first, held = place, 0
        held += count
    if counts:
        found.append((first, len(counts)))
    return found
