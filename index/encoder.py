"""Texts -> unit vectors, by OpenVINO. No torch.

The graph was converted once, see conversion.py; model.py says where it is kept.
"""

import os
import queue
import threading
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Final, Self, cast

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from index.article import Span
from index.compiled import compiled
from index.eight_bit import pays
from index.errors import BrokenModelError, ModelError
from index.lean_tokenizer import LeanTokenizer
from index.model import ModelCard, read_card, sha256_of
from index.resident import let_go
from index.wordpieces import WordpieceCounter

Vectors = NDArray[np.float32]
Bits = NDArray[np.uint8]

# Texts a batch when there are many. Measured: larger ones gain nothing on a processor and pad more.
_BATCH: Final = 8
# Batches are a multiple of this long, so that there are few shapes: the plugin makes something for each, and keeps it.
# Measured over 1,200 passages of up to 221 tokens in bf16: .87 of the processors' seconds that batches as long as their
# longest text take (with 8: .90; with 32: .94), though more is padded; after 2,400 the process is 95 MB smaller.
_TILE: Final = 16
# Tokens that questions are padded to, so that nearly all are of one shape: for a shape that is not the last one's the
# plugin gets ready anew, which takes longer than to read a question. Measured on two cores: 1.7 ms a question where all
# are of one shape, 2.7 where they are not. Batches of questions, whose sizes change, did no better than one a core.
_STEPS: Final = (32, 64, 128, 256)


@dataclass(frozen=True, slots=True)
class ReadQuestion:
    """A question as the encoder sees it.

    Attributes:
        vector: its unit vector, float32 of shape (dimension,).
        ids: its tokens, int64 of shape (tokens,), special ones left out.
        spans: where each token stands in the question, in code points.
        tokens: their unit vectors in the last hidden layer, float32 of shape (tokens, token_dimension); of no rows
            where the model has none.
    """

    vector: Vectors
    ids: NDArray[np.int64]
    spans: tuple[tuple[int, int], ...]
    tokens: Vectors


@dataclass(frozen=True, slots=True)
class TokenSigns:
    """The tokens of a passage, special ones left out: one bit for each component, which is what is kept of them.

    Attributes:
        ids: int32 of shape (tokens,).
        bits: the signs of their vectors in the last hidden layer, packed, uint8 of shape (tokens, token_dimension / 8).
    """

    ids: NDArray[np.int32]
    bits: Bits


class Encoder:
    """A converted model, ready to encode, from several threads. Passages of several callers come after one another.

    Make one with `open`; `card` says what the model is. As many questions are read side by side as there are cores,
    each on one of them and none in the light of another, so that a question has the same vector whoever else asks.
    """

    def __init__(
        self, card: ModelCard, tokenizer: Tokenizer, graph: Any, requests: int, weights: Path | None = None
    ) -> None:
        self.card = card
        self._tokenizer = tokenizer
        self._counter = WordpieceCounter(tokenizer)
        self._graph = graph
        self._request_count = requests
        self._at_passages = threading.Lock()
        self._weights = weights
        self._inputs = {name for port in graph.inputs for name in port.names}
        # Each of one thread at a time: whoever asks takes one and puts it back.
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
        # It cuts questions as the whole one does, and takes a hundredth of the memory.
        lean = None if many else LeanTokenizer.open(folder)
        tokenizer = cast(Tokenizer, lean) if lean else Tokenizer.from_file(str(folder / "tokenizer.json"))
        cores = len(os.sched_getaffinity(0))
        # A thread for each, and bound to no core: other libraries' threads are there too.
        config = {"NUM_STREAMS": cores, "INFERENCE_NUM_THREADS": cores, "ENABLE_CPU_PINNING": False}
        graph = compiled(folder, card.files["graph.xml"], config, narrow=many and pays())
        # One more for a build, so that a core whose batch is done finds the next one there.
        requests = cores + 1 if many else cores
        encoder = cls(card, tokenizer, graph, requests, folder / "graph.bin")
        if not many:
            # The first text makes the plugin lay out the weights; what they were read from is not needed beside them.
            encoder.question("")
            encoder.rest()
        return encoder

    def rest(self) -> None:
        """Give back the memory of weights that were read from their file again; they stay in the system's cache."""
        if self._weights is not None:
            let_go(self._weights)

    def __repr__(self) -> str:
        return f"Encoder({self.card.name!r}, dimension={self.card.dimension}, window={self.card.window})"

    def count(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has, special ones not counted."""
        return self._counter(texts)

    def question(self, text: str) -> Vectors:
        """The unit vector of a question, float32 of shape (dimension,); what lies past the window is not read."""
        return self.read(text).vector

    def read(self, text: str) -> ReadQuestion:
        """A question's vector, and those of its tokens; what lies past the window is not read."""
        encoding = self._tokenizer.encode(self.card.question_prompt + text, add_special_tokens=False)
        encoding.truncate(self.card.window - self._tokenizer.num_special_tokens_to_add(is_pair=False))
        encoding = self._tokenizer.post_process(encoding)
        vector, hidden = self._read(encoding)
        own = _own(encoding)
        tokens = np.empty((0, 0), np.float32)
        if self.card.token_dimension:
            tokens = hidden[own]
            tokens = tokens / np.maximum(np.linalg.norm(tokens, axis=1, keepdims=True), 1e-12)
        prompt = len(self.card.question_prompt)
        offsets = encoding.offsets
        spans = tuple((max(0, start - prompt), max(0, end - prompt)) for start, end in map(offsets.__getitem__, own))
        return ReadQuestion(vector, np.array(encoding.ids, np.int64)[own], spans, tokens)

    def _read(self, encoding: Encoding) -> tuple[Vectors, Vectors]:
        """The vector and the hidden layer of a question; the latter of no rows where there is none."""
        length = len(encoding.ids)
        # The model has no positions past its window.
        padded = min(next((step for step in _STEPS if step >= length), length), self.card.window)
        feed = self._feed([encoding], padded)
        request = self._requests.get()
        try:
            # The inputs are copied: shared ones, which end with their question, damaged the process's memory as soon as
            # there were two requests (OpenVINO 2026.4).
            outputs = request.infer(feed, share_outputs=True)
            hidden = outputs[1][0, :length] if self.card.token_dimension else np.empty((0, 0))
            return outputs[0][0].astype(np.float32), hidden.astype(np.float32)
        finally:
            self._requests.put(request)

    def ranges(self, text: str, parts: Sequence[Span]) -> list[tuple[int, int]]:
        """Which of the tokens that `passages_with_tokens` gives of a passage stand in each of its parts: from, to.

        Parameters:
            parts: in order, without white space around them, and nothing but that between them.
        """
        if not parts:
            return []
        front = self.card.passage_prompt + text[: parts[0].start]
        gaps = [front[-1:] or " ", *(text[one.end : other.start] for one, other in pairwise(parts))]
        if self._counter.word_by_word and all(" " in gap or "\n" in gap for gap in gaps):
            # Most words are known by heart: to tokenize a passage again takes ten times as long.
            before, *counts = self._counter([front, *(part.of(text) for part in parts)])
            return list(pairwise(accumulate(counts, initial=before)))
        starts = [start for start, _ in self._places(text)]
        return [(bisect_left(starts, part.start), bisect_left(starts, part.end)) for part in parts]

    def _places(self, text: str) -> list[tuple[int, int]]:
        """Where the tokens that `passages_with_tokens` gives of a passage stand in it, in code points."""
        encoding = self._tokenizer.encode(self.card.passage_prompt + text)
        # Taken once: every look at them makes the whole list anew.
        offsets = encoding.offsets
        prompt = len(self.card.passage_prompt)
        own = (offsets[place] for place in _own(encoding).tolist())
        return [(start - prompt, end - prompt) for start, end in own]

    def passages(self, texts: Sequence[str], *, done: Callable[[int], None] = lambda _: None) -> Vectors:
        """The unit vectors of passages; see `passages_with_tokens`."""
        return self.passages_with_tokens(texts, done=done)[0]

    def passages_with_tokens(
        self, texts: Sequence[str], *, done: Callable[[int], None] = lambda _: None
    ) -> tuple[Vectors, list[TokenSigns]]:
        """The unit vectors of passages, float32 of shape (texts, dimension), in the order of the texts.

        Their tokens come with them; none where the model has no hidden layer to show.

        Parameters:
            done: called with the number of texts of each batch when it is encoded.

        Raises:
            ModelError: if a text has more tokens than the model reads: nothing is ever dropped silently.
        """
        encodings = self._tokenizer.encode_batch_fast([self.card.passage_prompt + text for text in texts])
        for text, encoding in zip(texts, encodings, strict=True):
            if len(encoding.ids) > self.card.window:
                raise ModelError(
                    f"a passage has {len(encoding.ids)} tokens where {self.card.name} reads {self.card.window}: "
                    f"{text[:80]!r}"
                )
        vectors = np.empty((len(texts), self.card.dimension), np.float32)
        tokens: dict[int, TokenSigns] = {}
        # Texts of like length together, so that little is padded; the longest first, so that memory peaks at once.
        order = np.argsort([-len(encoding.ids) for encoding in encodings], kind="stable")
        # All are kept busy by taking them in turn. Waited for here rather than called back: a callback runs on a thread
        # of the library's, which may outlive the queue that it belongs to.
        with self._at_passages:  # two that take a request each would wait for each other
            requests = [self._requests.get() for _ in range(self._request_count)]
        free = list(requests)
        pending: deque[tuple[Any, NDArray[np.int64]]] = deque()

        def collect() -> None:
            request, rows = pending.popleft()
            request.wait()
            vectors[rows] = request.get_output_tensor(0).data
            if self.card.token_dimension:
                for row, hidden in zip(rows, request.get_output_tensor(1).data, strict=True):
                    tokens[int(row)] = _signs(encodings[row], hidden)
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
            # Whoever has them next may not find them at work.
            for request, _ in pending:
                request.wait()
            for request in requests:
                self._requests.put(request)
        return vectors, [tokens[row] for row in range(len(tokens))]

    def _feed(self, encodings: Sequence[Encoding], tokens: int) -> dict[str, NDArray[np.int64]]:
        """The graph's inputs, each of shape (encodings, tokens), padded with zeros that are masked out."""
        shape = (len(encodings), tokens)
        feed = {name: np.zeros(shape, np.int64) for name in self._inputs}
        for row, encoding in enumerate(encodings):
            length = len(encoding.ids)
            feed["input_ids"][row, :length] = encoding.ids
            feed["attention_mask"][row, :length] = 1
            if "token_type_ids" in feed:
                feed["token_type_ids"][row, :length] = encoding.type_ids
        return feed


def _own(encoding: Encoding) -> NDArray[np.int64]:
    """The places of a text's own tokens: those that the tokenizer put around it left out."""
    own: NDArray[np.int64] = np.flatnonzero(np.array(encoding.special_tokens_mask) == 0)
    return own


def _signs(encoding: Encoding, hidden: Vectors) -> TokenSigns:
    own = _own(encoding)
    return TokenSigns(np.array(encoding.ids, np.int32)[own], np.packbits(hidden[own] > 0, axis=1))
