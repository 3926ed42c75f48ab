"""Texts -> unit vectors, by OpenVINO. No torch.

The graph was converted once, see convert.py; model.py says where it is stored.
"""

import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, Self, cast

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from index.encoder.eight_bit import PROPERTIES, narrowed, pays
from index.encoder.model import ModelCard, read_card, sha256_of
from index.encoder.runtime import compile_cached, release_pages
from index.encoder.runtime import openvino as ov
from index.encoder.tokenizer import LeanTokenizer, WordpieceCounter
from index.errors import BrokenModelError, ModelError
from index.folding import folded

Vectors = NDArray[np.float32]

# Texts in a batch of passages. Measured: larger ones gain nothing on a processor and pad more.
_BATCH: Final = 8
_AT_ONCE: Final = 512
# Batches are padded to a multiple of this length, so that there are few shapes: the plugin stores code for each.
# Measured over 1,200 passages of up to 221 tokens in bf16: .87 of the processors' seconds that batches as long as their
# longest text take (with 8: .90; with 32: .94), though more is padded; after 2,400 the process is 95 MB smaller.
_TILE: Final = 16
# Lengths that questions are padded to, so that nearly all have one shape: for another shape than the last one the
# plugin prepares anew, which takes longer than a question. Measured on two cores: 1.7 ms a question where all have one
# shape, 2.7 where they do not. Batches of questions, whose sizes change, did no better than one question a core.
_STEPS: Final = (32, 64, 128, 256)


@dataclass(frozen=True, slots=True)
class ReadQuestion:
    """A question as the encoder sees it.

    Attributes:
        vector: its unit vector, float32 of shape (dimension,).
        ids: its tokens, int64 of shape (tokens,), special ones left out.
    """

    vector: Vectors
    ids: NDArray[np.int64]


class PassageEncoder(Protocol):
    """Encodes the passages of a build: here, or on other machines."""

    @property
    def at_once(self) -> int:
        """Return how many passages it takes at a time: enough to keep it busy, few enough to lose."""

    @property
    def room(self) -> int:
        """Return how many tokens a passage may have, special ones not counted."""

    def count(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, without special ones."""

    def passages(self, texts: Sequence[str], *, done: Callable[[int], None] = lambda _: None) -> Vectors:
        """Return the unit vectors of passages, float32 of shape (texts, dimension), in the order of the texts."""

    def close(self) -> None:
        """Let go of what it holds."""


class Encoder:
    """A converted model that encodes, from several threads. Passages of several callers come after one another.

    Make one with `open`; `card` describes the model. As many questions are encoded at once as there are cores,
    each alone on one of them, so that a question has the same vector whatever else is asked.
    """

    def __init__(self, card: ModelCard, tokenizer: Tokenizer, graph: Any, requests: int) -> None:
        self.card = card
        self._tokenizer = tokenizer
        self._counter = WordpieceCounter(tokenizer)
        self._graph = graph
        self._request_count = requests
        self._at_passages = threading.Lock()
        self._inputs = {name for port in graph.inputs for name in port.names}
        # Each is used by one thread at a time, which takes it from here and puts it back.
        self._requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for _ in range(requests):
            self._requests.put(graph.create_infer_request())

    @classmethod
    def open(cls, folder: Path, *, many: bool = False) -> Self:
        """Load the converted model in `folder`.

        Parameters:
            many: for a build, with weights in 8 bits where that pays.

        Raises:
            ModelError: if a file is missing or not the one that was converted.
        """
        card = read_card(folder)
        for name, expected in card.files.items():
            if not (folder / name).is_file() or sha256_of(folder / name) != expected:
                raise BrokenModelError(f"{folder / name} is damaged: renew it with `python -m index build`")
        # It cuts questions as the whole tokenizer does, in a hundredth of the memory.
        lean = None if many else LeanTokenizer.open(folder)
        tokenizer = cast(Tokenizer, lean) if lean else Tokenizer.from_file(str(folder / "tokenizer.json"))
        cores = len(os.sched_getaffinity(0))
        # A thread for each core, bound to none: other libraries' threads are there too.
        config = {"NUM_STREAMS": cores, "INFERENCE_NUM_THREADS": cores, "ENABLE_CPU_PINNING": False}
        graph = _compiled(folder, card.files["graph.xml"], config, narrow=many and pays())
        # One more for a build, so that a core whose batch is done finds the next one there.
        requests = cores + 1 if many else cores
        encoder = cls(card, tokenizer, graph, requests)
        # The first text makes the plugin lay out the weights. Their file is hardly read again.
        encoder.question("")
        release_pages(folder / "graph.bin")
        return encoder

    def __repr__(self) -> str:
        return f"Encoder({self.card.name!r}, dimension={self.card.dimension}, window={self.card.window})"

    @property
    def at_once(self) -> int:
        """Return how many passages a build encodes at a time; a killed one loses them."""
        return _AT_ONCE

    def close(self) -> None:
        """Do nothing: its memory is freed with it."""

    @property
    def room(self) -> int:
        """Return how many tokens a passage may have, special ones not counted."""
        around = self._tokenizer.num_special_tokens_to_add(is_pair=False)
        prompt = self.count([self.card.passage_prompt])[0] if self.card.passage_prompt else 0
        return self.card.window - around - prompt

    def count(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, without special ones."""
        return self._counter(texts)

    def question(self, text: str) -> Vectors:
        """Return the unit vector of a question, float32 of shape (dimension,); text past the window is not read."""
        return self.read(text).vector

    def read(self, text: str) -> ReadQuestion:
        """Return a question's vector and its tokens; text past the window is not read."""
        encoding = self._tokenizer.encode(self.card.question_prompt + folded(text), add_special_tokens=False)
        encoding.truncate(self.card.window - self._tokenizer.num_special_tokens_to_add(is_pair=False))
        own = np.array(encoding.ids, np.int64)
        return ReadQuestion(self._read(self._tokenizer.post_process(encoding)), own)

    def _read(self, encoding: Encoding) -> Vectors:
        length = len(encoding.ids)
        # The model has no positions past its window.
        padded = min(next((step for step in _STEPS if step >= length), length), self.card.window)
        feed = self._feed([encoding], padded)
        request = self._requests.get()
        try:
            # The inputs are copied: shared ones, which end with their question, damaged the process's memory as soon as
            # there were two requests (OpenVINO 2026.4).
            vector: Vectors = request.infer(feed, share_outputs=True)[0][0].astype(np.float32)
            return vector
        finally:
            self._requests.put(request)

    def passages(self, texts: Sequence[str], *, done: Callable[[int], None] = lambda _: None) -> Vectors:
        """Return the unit vectors of passages, float32 of shape (texts, dimension), in the order of the texts.

        Parameters:
            done: called with the number of texts of each batch when it is encoded.

        Raises:
            ModelError: if a text has more tokens than the model reads; nothing is dropped silently.
        """
        encodings = self._tokenizer.encode_batch_fast([self.card.passage_prompt + text for text in texts])
        for text, encoding in zip(texts, encodings, strict=True):
            if len(encoding.ids) > self.card.window:
                raise ModelError(
                    f"a passage has {len(encoding.ids)} tokens where {self.card.name} reads {self.card.window}: "
                    f"{text[:80]!r}"
                )
        vectors = np.empty((len(texts), self.card.dimension), np.float32)
        # Texts of like length together, so that little is padded; the longest first, so that memory peaks at once.
        order = np.argsort([-len(encoding.ids) for encoding in encodings], kind="stable")
        # All are kept busy by taking them in turn. Waited for here rather than by a callback, which runs on a thread of
        # the library that may outlive its queue.
        with self._at_passages:  # two threads with some requests each would wait for each other
            requests = [self._requests.get() for _ in range(self._request_count)]
        free = list(requests)
        pending: deque[tuple[Any, NDArray[np.int64]]] = deque()

        def collect() -> None:
            request, rows = pending.popleft()
            request.wait()
            vectors[rows] = request.get_output_tensor(0).data
            free.append(request)
            done(len(rows))

        try:
            for start in range(0, len(order), _BATCH):
                if not free:
                    collect()
                rows = order[start : start + _BATCH]
                batch = [encodings[row] for row in rows]
                longest = max(len(encoding.ids) for encoding in batch)
                feed = self._feed(batch, min(-(-longest // _TILE) * _TILE, self.card.window))
                pending.append((free.pop(), rows))
                pending[-1][0].start_async(feed)
            while pending:
                collect()
        finally:
            # The next thread may not find them at work.
            for request, _ in pending:
                request.wait()
            for request in requests:
                self._requests.put(request)
        return vectors

    def _feed(self, encodings: Sequence[Encoding], tokens: int) -> dict[str, NDArray[np.int64]]:
        """Return the graph's inputs, each of shape (encodings, tokens), padded with zeros that are masked out."""
        shape = (len(encodings), tokens)
        feed = {name: np.zeros(shape, np.int64) for name in self._inputs}
        for row, encoding in enumerate(encodings):
            length = len(encoding.ids)
            feed["input_ids"][row, :length] = encoding.ids
            feed["attention_mask"][row, :length] = 1
            if "token_type_ids" in feed:
                feed["token_type_ids"][row, :length] = encoding.type_ids
        return feed


def _compiled(folder: Path, graph_sha256: str, config: Mapping[str, int], *, narrow: bool) -> Any:
    """Return the graph in `folder`, compiled for this machine, an `openvino.CompiledModel`.

    Parameters:
        graph_sha256: of `graph.xml`.
        config: OpenVINO's properties, `NUM_STREAMS` among them.
        narrow: with weights in 8 bits, see eight_bit.py; that graph is not cached, since it is made as fast as read.
    """
    if narrow:
        return ov.Core().compile_model(narrowed(folder / "graph.xml"), "CPU", {**config, **PROPERTIES})
    return compile_cached(
        folder / f"compiled-{config['NUM_STREAMS']}.bin",
        graph_sha256,
        {**config, "CACHE_MODE": "OPTIMIZE_SIZE"},
        lambda: str(folder / "graph.xml"),
        weights=folder / "graph.bin",
    )
