"""Texts -> unit vectors, by OpenVINO. No torch.

The graph was converted once by convert.py; see model.py for where it is kept.
"""

import os
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from index.compiled import compiled
from index.errors import ModelError
from index.model import ModelCard, read_card, sha256_of
from index.resident import let_go

Vectors = NDArray[np.float32]

# Texts a batch when there are many. Measured: larger ones gain nothing on a processor and pad more.
_BATCH: Final = 8


class Encoder:
    """A converted model, ready to encode. May be used from one thread at a time.

    Make one with `open`; `card` says what the model is.
    """

    def __init__(self, card: ModelCard, tokenizer: Tokenizer, graph: Any, streams: int) -> None:
        self.card = card
        self._tokenizer = tokenizer
        self._graph = graph
        self._streams = streams
        self._inputs = {name for port in graph.inputs for name in port.names}

    @classmethod
    def open(cls, folder: Path, *, many: bool = False) -> Self:
        """Load the converted model in `folder`.

        Parameters:
            many: compile for throughput, as a build wants it, one stream a core; otherwise for the shortest time to
                the vector of one text.

        Raises:
            ModelError: if a file is missing or not the one that was converted.
        """
        card = read_card(folder)
        for name, expected in card.files.items():
            if not (folder / name).is_file() or sha256_of(folder / name) != expected:
                raise ModelError(f"{folder / name} is damaged: delete {folder} and run `python -m index build`")
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        cores = len(os.sched_getaffinity(0))
        streams = cores if many else 1
        config = {"NUM_STREAMS": streams, "INFERENCE_NUM_THREADS": cores}
        encoder = cls(card, tokenizer, compiled(folder, card.files["graph.xml"], config), streams)
        if not many:
            # The first text makes the plugin lay out the weights; what they were read from is not needed beside them.
            encoder.question("")
            let_go(folder / "graph.bin")
        return encoder

    def __repr__(self) -> str:
        return f"Encoder({self.card.name!r}, dimension={self.card.dimension}, window={self.card.window})"

    def count(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has, special ones not counted."""
        return [len(encoding.ids) for encoding in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def question(self, text: str) -> Vectors:
        """The unit vector of a question, float32 of shape (dimension,); what lies past the window is not read."""
        encoding = self._tokenizer.encode(self.card.question_prompt + text, add_special_tokens=False)
        encoding.truncate(self.card.window - self._tokenizer.num_special_tokens_to_add(is_pair=False))
        encoding = self._tokenizer.post_process(encoding)
        vector: Vectors = self._graph(self._feed([encoding]))[0][0]
        return vector

    def passages(self, texts: Sequence[str], *, done: Callable[[int], None] = lambda _: None) -> Vectors:
        """The unit vectors of passages, float32 of shape (texts, dimension), in the order of the texts.

        Parameters:
            done: called with the number of texts of each batch when it is encoded.

        Raises:
            ModelError: if a text has more tokens than the model reads: nothing is ever dropped silently.
        """
        encodings = self._tokenizer.encode_batch([self.card.passage_prompt + text for text in texts])
        for text, encoding in zip(texts, encodings, strict=True):
            if len(encoding.ids) > self.card.window:
                raise ModelError(
                    f"a passage has {len(encoding.ids)} tokens where {self.card.name} reads {self.card.window}: "
                    f"{text[:80]!r}"
                )
        vectors = np.empty((len(texts), self.card.dimension), np.float32)
        # Texts of like length together, so that little is padded; the longest first, so that memory peaks at once.
        order = np.argsort([-len(encoding.ids) for encoding in encodings], kind="stable")
        # Every stream has one request; all are kept busy by taking them in turn. Waited for here rather than called
        # back: a callback runs on a thread of the library's, which may outlive the queue that it belongs to.
        requests = [self._graph.create_infer_request() for _ in range(self._streams)]
        pending: deque[tuple[Any, NDArray[np.int64]]] = deque()

        def collect() -> None:
            request, rows = pending.popleft()
            request.wait()
            vectors[rows] = request.get_output_tensor(0).data
            requests.append(request)
            done(len(rows))

        for start in range(0, len(order), _BATCH):
            if not requests:
                collect()
            rows = order[start : start + _BATCH]
            request = requests.pop()
            request.start_async(self._feed([encodings[row] for row in rows]))
            pending.append((request, rows))
        while pending:
            collect()
        return vectors

    def _feed(self, encodings: Sequence[Encoding]) -> dict[str, NDArray[np.int64]]:
        """The graph's inputs, each of shape (encodings, longest of them), padded with zeros that are masked out."""
        shape = (len(encodings), max(len(encoding.ids) for encoding in encodings))
        feed = {name: np.zeros(shape, np.int64) for name in self._inputs}
        for row, encoding in enumerate(encodings):
            length = len(encoding.ids)
            feed["input_ids"][row, :length] = encoding.ids
            feed["attention_mask"][row, :length] = 1
            if "token_type_ids" in feed:
                feed["token_type_ids"][row, :length] = encoding.type_ids
        return feed
